"""Puts a habit to the person whose habit it is: one question, with its evidence, at most one a day in the whole house.

A question comes when that person is up and about, never at night, and through the gate like every message.  Silence
is no; a no holds for ninety days.  A yes stores a preference or a routine; nothing is ever stored without one.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from claw.base.action import Message, Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused
from claw.memory.habit_words import words_of
from claw.memory.habits import DECLINED, Habit, Habits, Zone
from claw.memory.memories import Answer, By
from claw.memory.model import Audience, Fact
from claw.memory.proposing import question
from claw.policy.people import People

logger = logging.getLogger(__name__)

Tell = Callable[[Message], Awaitable[bool]]
"""Sends a message through the gate; returns whether it went out."""

EARLIEST, LATEST = 8, 21
"""The hours of the house's day between which anybody is asked."""
AWAKE = timedelta(minutes=10)
"""Who did or said something so lately may be asked, and what a bare yes means is what they were asked so lately."""
GONE = "There is no such question, or it is not yours to answer."


class Keeps(Protocol):
    """What stores an accepted habit (``Memories``)."""

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: By = "words") -> Answer:
        """Keep ``fact`` for ``origin``; raises Refused where it may not be kept."""
        ...


class Carries(Protocol):
    """What makes something that runs of a habit that somebody said yes to (``claw/routines/habits.py``)."""

    def can(self, fact: Fact) -> bool:
        """Return whether it is one that can be carried out."""
        ...

    async def carry(self, fact: Fact, origin: Origin, *, said: str) -> str:
        """Have it carried out for ``origin`` from now on and return a sentence: what will be done, or why not."""
        ...


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom an offer may go to: who hears what comes in from where, and who lives in the house."""

    hears: Callable[[Origin], Audience]
    people: People
    agreed: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a yes or no: one sentence, and the number of the memory where one was stored."""

    text: str
    memory: int | None = None


class Offers:
    """Asks, and takes the answers; used from the event loop only.

    ``carries`` is given to it once there is something that carries habits out; without it they are only known.
    """

    def __init__(self, habits: Habits, memories: Keeps, tell: Tell, asking: Asking, clock: Clock, zone: Zone) -> None:
        self.habits = habits
        self._memories = memories
        self._tell = tell
        self._asking = asking
        self._clock = clock
        self._zone = zone
        self._active: dict[str, datetime] = {}
        self._tried: date | None = None
        self.carries: Carries | None = None

    def active(self, person: str) -> None:
        """Note that ``person`` has just done or said something, so that they are awake and may be asked."""
        self._active[person] = self._clock.now()

    async def look(self) -> Habit | None:
        """Ask somebody something if it is time to, and return what was asked; called once a minute."""
        now = self._clock.now()
        local = now.astimezone(self._zone())
        try:
            self.habits.lapse(now)
            if not EARLIEST <= local.hour < LATEST or self._asked_on(local) or self._tried == local.date():
                return None
            found = next(((one, to) for one in self.habits.ready(now) if (to := self._whom(one, now))), None)
            return await self._ask(*found, now, local) if found else None
        except Broken:
            logger.exception("Nobody is asked about habits now")
            return None

    def waiting(self, person: str | None) -> Habit | None:
        """Return the habit that ``person`` was asked about in the last ten minutes: what a bare yes or no is about."""
        now = self._clock.now()
        return next(
            (
                one
                for one in self.habits.offered()
                if one.offered is not None and now - one.offered <= AWAKE and self._theirs(one, person)
            ),
            None,
        )

    async def answer(self, habit: int, origin: Origin, *, yes: bool, said: str = "") -> Answered:
        """Take the answer of the person concerned: to a question, or to what they see among the proposals.

        ``said`` is how they put it.  Raises Refused for anybody else, and for what is not open, with one sentence.
        """
        audience = self._asking.hears(origin)
        found = self.habits.get(habit)
        if found is None or found.state not in {"candidate", "offered"} or origin.asks_only or origin.taint:
            raise Refused(GONE)
        if audience.person is None or not audience.resident or not self._theirs(found, audience.person):
            raise Refused(GONE)
        words = words_of(self.habits.language)
        if not yes:
            self.habits.set(habit, "declined", until=self._clock.now() + DECLINED)
            return Answered(words.declined)
        answer = await self._memories.tell(found.fact, origin, said=said, by="habit")
        if answer.kept is None:
            return Answered(_why(answer))
        memory = answer.kept.memory
        self.habits.set(habit, "accepted", memory=memory.id)
        kept = words.kept.format(sentence=memory.fact.sentence)
        if memory.fact.kind == "routine":
            carries = self._carrying(memory.fact)
            kept += f" {words.not_run if carries is None else await carries.carry(memory.fact, origin, said=said)}"
        return Answered(kept, memory.id)

    def _carrying(self, fact: Fact) -> Carries | None:
        """Return what carries out a habit of this kind, None where nothing does."""
        carries = self.carries if fact.kind == "routine" else None
        return carries if carries is not None and carries.can(fact) else None

    def _asked_on(self, local: datetime) -> bool:
        last = self.habits.last_offer()
        # A clock that was set back must not let a second question through on the same day.
        return last is not None and last.astimezone(self._zone()).date() >= local.date()

    def _whom(self, habit: Habit, now: datetime) -> str | None:
        """Return who is asked about a habit, None while none of them is up and about."""
        awake = [person for person, at in self._active.items() if timedelta() <= now - at <= AWAKE]
        return next((person for person in awake if self._theirs(habit, person)), None)

    def _theirs(self, habit: Habit, person: str | None) -> bool:
        """Return whether ``person`` is the one to ask: whose habit it is, or an owner where it is the house's."""
        if person is None or not self._asking.agreed(person):
            return False
        if habit.person is not None:
            return habit.person == person
        return self._asking.people.role(person) == "owner"

    async def _ask(self, habit: Habit, to: str, now: datetime, local: datetime) -> Habit | None:
        # Written down before it goes out: a crash in between costs a question, never a second one on one day.
        self.habits.set(habit.id, "offered", offered=now)
        self._tried = local.date()
        carried = self._carrying(habit.fact) is not None
        text = question(habit.fact, habit.evidence, self.habits.language, carried=carried)
        if await self._tell(Message(f"person:{to}", text, kind="question", urgency="low")):
            return self.habits.get(habit.id)
        self.habits.take_back(habit.id)
        return None


def _why(answer: Answer) -> str:
    """Return why nothing was kept, or that somebody has to be asked first."""
    if answer.performed.pending is not None:
        return answer.performed.pending.question
    outcomes = answer.performed.outcomes
    return f"I did not keep that: {outcomes[0].detail}" if outcomes else "I did not keep that."
