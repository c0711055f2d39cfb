"""Puts a habit to the person whose habit it is: one question, with its evidence, at most one a day in the whole house.

A question comes when that person is up and about, never at night, and through the gate like every message.  Silence
is no; a no holds for ninety days.  A yes stores a preference or a routine; nothing is ever stored without one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Message, Origin
from claw.base.clock import Clock
from claw.memory.habits import Habit, Habits, Zone
from claw.memory.model import Fact

Tell = Callable[[Message], Awaitable[bool]]
"""Sends a message through the gate; returns whether it went out."""


class Keeps(Protocol):
    """What stores an accepted habit (``Memories``)."""

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: str = "words") -> object:
        """Keep ``fact`` for ``origin``."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a yes or no: one sentence, and the number of the memory where one was stored."""

    text: str
    memory: int | None = None


class Offers:
    """Asks, and takes the answers; used from the event loop only."""

    def __init__(self, habits: Habits, memories: Keeps, tell: Tell, clock: Clock, zone: Zone) -> None:
        self.habits = habits
        self._memories = memories
        self._tell = tell
        self._clock = clock
        self._zone = zone

    def active(self, person: str) -> None:
        """Note that ``person`` has just done or said something, so that they are awake and may be asked."""
        raise NotImplementedError

    async def look(self) -> Habit | None:
        """Ask somebody something if it is time to, and return what was asked; called once a minute."""
        raise NotImplementedError

    def waiting(self, person: str | None) -> Habit | None:
        """Return the habit that ``person`` was asked about in the last ten minutes: what a bare yes or no is about."""
        raise NotImplementedError

    async def answer(self, habit: int, origin: Origin, *, yes: bool) -> Answered:
        """Take the answer of the person concerned; raises Refused for anybody else and for what is not open."""
        raise NotImplementedError
