"""What installs Claw anew, or with more of what it can: as a release does it, as a clone or as an image of a container.

No command of ours names a package: whatever a registry calls so would be fetched, past the hashes of the locks.  And a
release has no pip.  Each is whole: a release's folder is made anew, so what was chosen before has to be said again.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

Choice = Literal["voice", "channels"]
"""What ``--with`` of ``packaging/install.sh`` takes, and a target of the ``Makefile``."""

FOLDER = Path(__file__).resolve().parents[2]
"""What ``claw`` is imported from."""
IMAGE = Path(sys.prefix, "share", "claw", "image")
"""There where Claw lies in the image of a container, whose files put it there: nothing can be added to that."""
LEADING: Final[Mapping[Choice, tuple[str, ...]]] = {
    "voice": ("faster-whisper", "pymicro-wakeword"),
    "channels": ("mcp", "python-telegram-bot", "aiomqtt"),
}
"""The packages that show that something was chosen."""


def is_clone() -> bool:
    """Return whether Claw runs from a folder of sources that ``make`` works in, and not from where it was installed."""
    return all((FOLDER / name).is_file() for name in ("Makefile", "pyproject.toml"))


def again() -> str:
    """Return what installs Claw anew, with all that it has now."""
    had = list(_had())
    if is_clone():
        return f"make clean {' '.join(had or ['demo'])}"
    if IMAGE.exists():
        return f"Build the image of this container again, with {_argument(had)}"
    return f"Install the release again, in its folder: {_script(had)}"


def adding(choice: Choice) -> str:
    """Return what installs ``choice`` beside all that Claw has now, as the end of a sentence."""
    if is_clone():
        return f"make {choice}"
    wanted: list[Choice] = [*(each for each in _had() if each != choice), choice]
    if IMAGE.exists():
        return f"build the image of this container again, with {_argument(wanted)}"
    return f"in the folder of the release, {_script(wanted)}"


def _had() -> Iterator[Choice]:
    """Give what was chosen before, also where a part of it is gone."""
    from importlib import metadata  # noqa: PLC0415  megabytes, and only wanted when something is missing

    for choice, names in LEADING.items():
        for name in names:
            try:
                metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
            yield choice
            break


def _script(choices: list[Choice]) -> str:
    return " ".join(["./install.sh", *_words(choices)])


def _argument(choices: list[Choice]) -> str:
    return f'ARG WITH="{" ".join(_words(choices))}"'


def _words(choices: list[Choice]) -> list[str]:
    return [f"--with {each}" for each in choices]
