"""What somebody does again and again, found in what was observed and kept until that person has said yes or no.

Nothing here has any effect: a habit is a proposal with its evidence.  It is found by counting, never by asking a model,
and only about things that nobody minds being switched: locks, alarms, doors, heating and money are not learned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.memory.model import Audience, Fact

HabitState = Literal["candidate", "offered", "accepted", "declined"]

Zone = Callable[[], tzinfo]
"""The time zone of the house, as it is now."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Something that one person does again and again, or that is done in the house (``person`` None).

    ``fact`` is what a yes would store.  ``evidence`` is one sentence that says what it rests on: on ``days`` of
    ``chances`` days it was so, from ``first`` to ``last`` (UTC).  ``offered`` is when it was asked, ``until`` until
    when it is not asked again, ``memory`` what it became.
    """

    id: int
    person: str | None
    fact: Fact
    evidence: str
    days: int
    chances: int
    rate: float
    first: datetime
    last: datetime
    state: HabitState
    offered: datetime | None = None
    until: datetime | None = None
    memory: int | None = None


class Habits:
    """The habits that were found; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def get(self, habit: int) -> Habit | None:
        """Return one habit, None where there is none with that number."""
        raise NotImplementedError

    def shown(self, audience: Audience) -> list[Habit]:
        """Return the habits this audience may hear of: their own, those of the house for residents; newest first."""
        raise NotImplementedError

    def ready(self, now: datetime) -> list[Habit]:
        """Return what may be offered now, the surest first: candidates whose time has come."""
        raise NotImplementedError
