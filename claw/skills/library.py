"""The library: which skills there are, and that each is byte for byte what it was when it was written here.

It knows nothing of trust: ``whole`` says whether the bytes of a skill are those that were locked and those that its
standing was given to; what that standing is, is somebody else's to say.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import sqlite_utils

from claw.base.clock import Clock
from claw.skills.model import Draft, Files, Skill

Place = Literal["shipped", "own"]


class Library:
    """All skills, by name; used from the event loop only.

    ``changed`` are called with the name of a skill whose bytes, or whose being there, is no longer what it was.
    """

    def __init__(self, shipped: Path | None, own: Path, db: sqlite_utils.Database, clock: Clock) -> None:
        """Take the two places (``claw/skills/places.py``) and claw.db; ``load`` reads them."""
        self.changed: list[Callable[[str], None]] = []

    def load(self) -> None:
        """Read all folders again and finish what a crash left half done; never raises for a wrong skill."""
        raise NotImplementedError

    def all(self) -> tuple[Skill, ...]:
        """Return every skill that can be read, by name; those with problems are drafts."""
        raise NotImplementedError

    def get(self, name: str) -> Skill | None:
        """Return the skill as it was last read; None where there is none that can be read."""
        raise NotImplementedError

    def broken(self) -> Mapping[str, str]:
        """Return, by name, why a folder cannot be read as a skill at all."""
        raise NotImplementedError

    def place(self, name: str) -> Place:
        """Return where a skill lies; raises Refused where there is none."""
        raise NotImplementedError

    def index(self) -> tuple[tuple[str, str], ...]:
        """Return name and description of every skill that can be read: what a model is told at first."""
        raise NotImplementedError

    def whole(self, name: str) -> Skill:
        """Return the skill for one run, its bytes read and hashed again now.

        Raises Refused with the sentence why where there is none, where they are not what the lock holds, where they
        are not what its standing was given to, or where it has problems.
        """
        raise NotImplementedError

    def read(self, name: str) -> Skill:
        """Return the skill as its folder is now, problems and all, for a proof; raises Refused or Invalid."""
        raise NotImplementedError

    def versions(self, name: str) -> tuple[tuple[str, str, str], ...]:
        """Return version, hash and time of every version that was ever here, the newest first."""
        raise NotImplementedError

    def files(self, name: str, hash: str = "") -> Files:  # noqa: A002  the noun of this room (Skill.hash)
        """Return the files of a version, of the present one by default; raises Refused where it is not known."""
        raise NotImplementedError

    async def write(self, draft: Draft) -> Skill:
        """Put a new skill, or a new version of an own one, into the library; raises Refused, Invalid or Broken.

        The files are sealed first.  The folder is swapped whole: after a crash it is the old one or the new one.
        """
        raise NotImplementedError

    async def restore(self, name: str, hash: str) -> Skill:  # noqa: A002  as above
        """Put an earlier version back, shipped or own; raises Refused where it is not known, Broken."""
        raise NotImplementedError

    async def import_folder(self, path: Path, person: str = "") -> Skill:
        """Copy a folder of this machine into the library, as a draft made ``imported``; raises Refused or Invalid."""
        raise NotImplementedError

    async def export(self, name: str, folder: Path) -> Path:
        """Write the skill into ``folder``/NAME, which must not be there; return that path; raises Refused."""
        raise NotImplementedError

    async def erase(self, name: str) -> None:
        """Take an own skill and all its versions off the disk: for erasing a person's words, and nothing else."""
        raise NotImplementedError
