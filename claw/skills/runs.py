"""What skills did and would have done: each run with its words, its calls and what came of it, for who may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from claw.base.action import NO_DATA, Action, Json
from claw.base.clock import Clock

Mode = Literal["real", "shadow"]


@dataclass(frozen=True, slots=True)
class SkillRun:
    """One run of a skill.

    ``run`` is the id of the program's run, ``outcome`` the status of the reply, ``held`` whether what must be so after
    it was (None where that was not looked at), ``undone`` when somebody took it back or changed by hand what it did,
    ``ms`` how long it took, ``entry`` the log's entry of its program.  ``id`` is 0 until it is kept.
    """

    name: str
    version: str
    hash: str
    mode: Mode
    outcome: str
    run: str = ""
    channel: str = ""
    person: str | None = None
    conversation: str = ""
    said: str = ""
    arguments: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)
    calls: tuple[Action, ...] = ()
    held: bool | None = None
    why: str = ""
    undone: datetime | None = None
    ms: float = 0.0
    entry: int | None = None
    at: datetime | None = None
    id: int = 0


class Runs:
    """The table ``skill_runs``; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Keep nothing in memory: a run is written when it is over."""

    def add(self, run: SkillRun) -> int:
        """Keep a run and return its number; raises Broken."""
        raise NotImplementedError

    def undo(self, number: int, why: str) -> None:
        """Keep that what a run did was taken back, or changed by hand soon after; raises Broken."""
        raise NotImplementedError

    def of(self, name: str, limit: int = 100, *, hash: str = "", mode: Mode | None = None) -> list[SkillRun]:  # noqa: A002  the noun of this room
        """Return the runs of a skill, the newest first."""
        raise NotImplementedError

    def expire(self, before: datetime) -> int:
        """Drop the runs from before that moment (UTC), but the last ten of each skill; return how many."""
        raise NotImplementedError
