"""Where skills lie: those that came with Claw, read only, and the home's own, in the state directory."""

from pathlib import Path

OWN = "skills"
"""The folder of the home's own skills in the state directory."""
LOCK = "skills.lock"
"""The lock in either place: which content hash each skill there was written with."""


def shipped() -> Path | None:
    """Return the folder of the skills that came with Claw, in a wheel and in a checkout; None where there is none."""
    package = Path(__file__).resolve().parent
    for folder in (package / "shipped", package.parent.parent / "skills"):
        if (folder / LOCK).is_file():
            return folder
    return None


def own(state: Path) -> Path:
    """Return the folder of the home's own skills in the state directory ``state``; it need not be there."""
    return state / OWN
