"""What is said to install Claw anew works where it is said, names no package, and loses nothing that was chosen."""

import re
import tomllib
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import get_args

import pytest

from claw.base import reinstall
from claw.base.reinstall import LEADING, Choice, adding, again, is_clone

ROOT = Path(__file__).parents[3]
CLONE = ("Makefile", "pyproject.toml")
RELEASE = ()
ARGUMENT = "ARG WITH="
FOREIGN = ("pip install", "pip' install", "claw[", "force-reinstall")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make a clone or a release of Claw, with such packages beside it."""

    def make(files: Sequence[str], *packages: str) -> None:
        for file in files:
            (tmp_path / file).touch()
        for name in packages:
            folder = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info"
            folder.mkdir()
            (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        monkeypatch.setattr("sys.path", [str(tmp_path)])
        monkeypatch.setattr(reinstall, "FOLDER", tmp_path)

    return make


def test_this_is_a_clone_and_somebody_elses_makefile_is_none(here: Callable[..., None]) -> None:
    assert is_clone()
    here(["Makefile"])
    assert not is_clone()


def test_a_clone_has_make_do_it(here: Callable[..., None]) -> None:
    here(CLONE)
    assert (again(), adding("voice"), adding("channels")) == ("make clean demo", "make voice", "make channels")


def test_a_release_is_installed_by_its_own_script(here: Callable[..., None]) -> None:
    here(RELEASE)
    assert again() == "Install the release again, in its folder: ./install.sh"
    assert adding("voice") == "in the folder of the release, ./install.sh --with voice"


def test_what_was_chosen_before_is_chosen_again(here: Callable[..., None]) -> None:
    here(RELEASE, "faster-whisper", "aiomqtt")
    assert again().endswith(": ./install.sh --with voice --with channels")
    assert adding("voice").endswith(", ./install.sh --with channels --with voice")


def test_an_image_of_a_container_is_built_again(
    here: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here(RELEASE, "aiomqtt")
    assert ARGUMENT not in again() + adding("voice")
    (tmp_path / "image").touch()
    monkeypatch.setattr(reinstall, "IMAGE", tmp_path / "image")
    assert again() == f'Build the image of this container again, with {ARGUMENT}"--with channels"'
    assert adding("voice") == f'build the image of this container again, with {ARGUMENT}"--with channels --with voice"'


def test_the_images_say_that_they_are_some_and_take_what_is_said() -> None:
    for path in ("container/Containerfile", "home-assistant-app/claw/Dockerfile"):
        text = (ROOT / "packaging" / path).read_text(encoding="utf-8")
        assert f'\n{ARGUMENT}"--with channels"\n' in text
        assert re.search(
            r"(?m)^RUN /release/install\.sh --prefix (\S+) .*\$\{WITH\} \\\n    && touch \1/share/claw/image$", text
        )


def test_a_clone_that_has_more_gets_all_of_it(here: Callable[..., None]) -> None:
    here(CLONE, "mcp", "pymicro-wakeword")
    assert again() == "make clean voice channels"


def test_script_and_makefile_know_what_is_said() -> None:
    script = (ROOT / "packaging" / "install.sh").read_text(encoding="utf-8")
    (taken,) = re.findall(r'case "\$2" in (.*?)\)', script)
    assert taken.split(" | ") == list(get_args(Choice)) == list(LEADING)
    targets = re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert {"clean", "demo", *LEADING} <= set(targets)


def test_every_choice_is_known_by_packages_of_its_own_lock() -> None:
    core = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    wanted = {re.split(r"[^A-Za-z0-9-]", line)[0] for each in extras.values() for line in each}
    for choice, names in LEADING.items():
        lock = (ROOT / f"requirements-{choice}.lock").read_text(encoding="utf-8")
        for name in names:
            assert f"\n{name}==" in lock
            assert f"\n{name}==" not in core, "it would be there without the choice"
            assert name in wanted
            assert metadata.version(name)


def test_nothing_that_is_said_has_pip_fetch_a_package() -> None:
    sources = [*(ROOT / "claw").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    found = [
        (path.relative_to(ROOT).as_posix(), line.strip())
        for path in sources
        for line in path.read_text(encoding="utf-8").splitlines()
        if any(each in line for each in FOREIGN)
    ]
    assert found == [
        ("docs/doctor.md", found[0][1]),  # of a clone that is worked in
    ]
    assert "`pip install -e`" in found[0][1]
