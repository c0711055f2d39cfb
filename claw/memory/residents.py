"""Who lives in the house, since when, and what each of them has agreed to.

The people themselves are the policy's; what is kept here is when somebody came and went, so that "who lived here in
May" has an answer, and each person's own yes: nothing is learned from the habits of somebody who did not agree, and
their talk is not kept.  Both are off until that person says so, and only they can.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.policy.people import Person


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who lives or lived here: from ``since`` until ``until`` (UTC, the end excluded), as Claw knew it."""

    person: str
    name: str
    role: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person agreed to: that their ``habits`` are learned, that their ``talks`` are kept for a while."""

    habits: bool = False
    talks: bool = False


class Residents:
    """The tables ``residents`` and ``consents`` of ``claw.db``; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def follow(self, people: Iterable[Person]) -> None:
        """Bring what is kept up to date with the people of the configuration: called at the start.

        Who is new or has another role begins now, who is gone ended now; guests and services do not live here.
        """
        raise NotImplementedError

    def lived(self, moment: datetime, until: datetime | None = None) -> list[Resident]:
        """Return who lived here at ``moment``, or at any time from it to ``until`` (excluded)."""
        raise NotImplementedError

    def of(self, person: str) -> list[Resident]:
        """Return the times in which that person lived here, oldest first."""
        raise NotImplementedError

    def consent(self, person: str | None) -> Consent:
        """Return what that person agreed to; nothing, where they never said."""
        raise NotImplementedError

    def agree(self, person: str, *, habits: bool | None = None, talks: bool | None = None) -> Consent:
        """Keep what that person says about it, None leaves it as it is; return what holds now."""
        raise NotImplementedError

    def all_agreed(self, people: Iterable[str]) -> bool:
        """Return whether each of these people agreed that habits are learned; False for nobody at all."""
        raise NotImplementedError
