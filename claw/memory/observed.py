"""What people in the house do by hand, kept for as long as habits are looked for in it, and of nobody who minds.

Nothing is written about a person who has not agreed to it; what an unknown hand did is written only where everybody
agreed whose hand it may have been.  Locks, alarms, doors and heating are never written at all.
"""

from collections.abc import Callable
from datetime import datetime

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.gate.cause import Who
from claw.house.mirror import Mirror
from claw.house.model import Cause, Change
from claw.policy.people import People

Behind = Callable[[str | None, Cause | None], Who]
"""Who is behind a context (``Causes.behind``)."""

Agreed = Callable[[str], bool]
"""Whether a person has agreed that their habits are learned (``Residents``)."""


class Observed:
    """Watches the mirror and writes what may be written, a batch at a time; used from the event loop only."""

    def __init__(
        self, db: Database, clock: Clock, mirror: Mirror, behind: Behind, people: People, agreed: Agreed
    ) -> None:
        """``mirror.watch(observed.take)`` is what starts it; ``active`` is called with a person whose hand was seen."""
        self._db = db
        self._clock = clock
        self._mirror = mirror
        self._behind = behind
        self._people = people
        self._agreed = agreed
        self.active: list[Callable[[str], None]] = []

    def take(self, change: Change) -> None:
        """Remember one change for the next batch, where it is one that people make."""
        raise NotImplementedError

    def flush(self) -> int:
        """Write what may be written of what came since the last time; return how many rows; raises Broken."""
        raise NotImplementedError

    def expire(self, before: datetime) -> int:
        """Drop what was observed before that moment (UTC); return how many rows; raises Broken."""
        raise NotImplementedError

    def erase(self, erasure: Erasure) -> int:
        """Let go of what is not written yet and belongs to what is being forgotten; return how many."""
        raise NotImplementedError
