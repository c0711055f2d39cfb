"""Forgetting in the library: every row of every table of skills, and the files that were made of somebody's words."""

from typing import Protocol

from sqlite_utils import Database

from claw.base.erasure import Erasure
from claw.skills.standings import Standings


class Shelf(Protocol):
    """The library's files; an eraser is asked without waiting, so this one may not wait either."""

    def erase(self, name: str) -> None:
        """Take an own skill, with all its versions, off the disk; nothing where there is none."""
        ...


class SkillEraser:
    """Erases what skills keep of people: runs, requests, demonstrations, offers, and skills made of what goes."""

    def __init__(self, db: Database, standings: Standings, library: Shelf) -> None:
        """``library`` takes own skills off the disk (``Library.erase``)."""

    def erase(self, erasure: Erasure) -> int:
        """Let go of all that ``erasure`` means and return how many rows and files went."""
        raise NotImplementedError
