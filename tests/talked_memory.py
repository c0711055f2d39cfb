"""A household to talk with about what it remembers: real memories on a real database, a gate that does as it is told.

The gate here does everything at once; what it refuses and asks is tried with the whole daemon.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlite_utils import Database

from claw.base.action import Action, Origin, Outcome, Reply
from claw.base.errors import Refused
from claw.gate.perform import Performed
from claw.house.backend import Link
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.memory.audience import audience_of
from claw.memory.erasing import Scope
from claw.memory.facts import Facts, Kept
from claw.memory.forget import Forgotten
from claw.memory.memories import Answer
from claw.memory.model import Fact, Told, Trust
from claw.memory.offers import Answered
from claw.memory.passages import Passages
from claw.memory.residents import Consent, Residents
from claw.mind.intents import Intents
from claw.mind.memos import Memos
from claw.mind.memos_reading import Reading
from claw.mind.memos_rooms import Rooms
from claw.policy.people import People, Person
from claw.store.db import connect
from claw.store.migrations import migrate
from tests.held_clock import HeldClock
from tests.talked_house import house

PEOPLE = People(
    [
        Person("anna", "Anna", "owner"),
        Person("ben", "Ben", "adult"),
        Person("sam", "Sam", "child"),
        Person("gil", "Gil", "guest"),
    ]
)
ANNA = Origin("web", "anna", authenticated=True, source="test", conversation="anna", strength="session")
BEN = Origin("web", "ben", authenticated=True, source="test", conversation="ben", strength="session")
GUEST = Origin("web", "gil", authenticated=True, source="test", conversation="gil", strength="session")
VOICE = Origin("voice:hall", place="hall", source="test", conversation="hall")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_DONE = Performed((Outcome(Action("claw.remember"), "done"),))


@dataclass
class Keeps:
    """Writes what it is told, as the gate would let the person who speaks."""

    facts: Facts
    trusts: Mapping[str, Trust]
    consents: list[tuple[str, bool | None, bool | None]] = field(default_factory=list)
    refuses: str = ""

    def _told(self, origin: Origin) -> Told:
        trust = self.trusts.get(origin.person or "", "guest_told") if origin.authenticated else "guest_told"
        return Told(trust, origin.channel, origin.person, explicit=True, audit=1)

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: str = "words") -> Answer:
        if self.refuses:
            raise Refused(self.refuses)
        told = self._told(origin)
        return Answer(
            _DONE, self.facts.keep(fact, told, status="candidate" if told.trust == "guest_told" else "active")
        )

    async def correct(self, number: int, fact: Fact, origin: Origin, *, said: str = "") -> Answer:
        return Answer(_DONE, self.facts.correct(number, fact, self._told(origin)))

    async def consent(
        self, person: str, origin: Origin, *, habits: bool | None = None, talks: bool | None = None, said: str = ""
    ) -> Answer:
        self.consents.append((person, habits, talks))
        return Answer(_DONE, consent=Consent(bool(habits), bool(talks)))


@dataclass
class Forgets:
    """Writes down what was to be forgotten."""

    scopes: list[Scope] = field(default_factory=list)

    async def forget(self, scope: Scope, origin: Origin) -> Forgotten:
        self.scopes.append(scope)
        return Forgotten(1, 0, verified=True, tombstone=len(self.scopes), told="That is forgotten.")


@dataclass
class Offered:
    id: int = 7


@dataclass
class Offers:
    """One thing that Anna was asked."""

    open: bool = False
    answers: list[bool] = field(default_factory=list)

    def active(self, person: str) -> None:
        pass

    def waiting(self, person: str | None) -> Offered | None:
        return Offered() if self.open and person == "anna" else None

    async def answer(self, habit: int, origin: Origin, *, yes: bool) -> Answered:
        self.answers.append(yes)
        return Answered("Good, I keep that." if yes else "Then not.", None)


class Names:
    """Lets every thing be called anything, except what says so."""

    def lives_here(self, origin: Origin) -> bool:
        return origin.authenticated and origin.person != "gil"

    def name_for_talk(self, entity_id: str, name: str, origin: Origin) -> str:
        return entity_id

    def fact(self, entity_id: str, name: str, origin: Origin) -> Fact:
        if name == "Door":
            raise Refused("“Door” could be taken for another name, so please choose another name.")
        return Fact(
            "alias", f"entity:{entity_id}", "called", {"name": name}, f"{entity_id} is also called {name}", several=True
        )


class Prefers:
    """Knows one wish."""

    async def wish(self, said: str, house: House, origin: Origin) -> Fact | None:
        del said, house, origin
        return None

    async def from_now_on(self, rest: str, house: House, origin: Origin) -> Fact:
        if "30" not in rest:
            raise Refused("That is no wish that I can keep.")
        return Fact(
            "preference",
            "area:bedroom",
            "light brightness_pct",
            {"brightness_pct": 30},
            "the lights in Bedroom are turned on at 30 %",
        )


class Nights:
    def summary(self, audience: Any) -> str:
        return "Last night I learned nothing new." if audience.resident else ""


class Household:
    """Everything that talk about memory needs, and what was said to it."""

    def __init__(self, folder: Path, languages: tuple[str, ...] = ("en",), home: House | None = None) -> None:
        self.clock = HeldClock(NOW)
        self.db = Database(connect(folder / "claw.db", trusted=True))
        migrate(self.db)
        self.facts = Facts(self.db, self.clock, Passages(self.db), lambda person: person)
        self.residents = Residents(self.db, self.clock)
        self.residents.follow(PEOPLE)
        self.keeps = Keeps(self.facts, {"anna": "owner_told", "ben": "resident_told", "sam": "resident_told"})
        self.forgets, self.offers = Forgets(), Offers()
        self.mirror = Mirror(self.clock)
        self.mirror.synced(home or house())
        self.mirror.linked(Link("ready"))
        self.intents = Intents(languages)
        rooms = Rooms(
            facts=self.facts,
            memories=cast("Any", self.keeps),
            residents=self.residents,
            forgetting=cast("Any", self.forgets),
            aliases=cast("Any", Names()),
            preferring=Prefers(),
            offers=cast("Any", self.offers),
            sleep=cast("Any", Nights()),
            reading=Reading(folder / "claw.db", self.clock),
            audience=lambda origin: audience_of(origin, PEOPLE, self.clock.now()),
        )
        self.memos = Memos(rooms, self.intents, self.mirror, PEOPLE, self.clock)

    async def say(self, text: str, origin: Origin = ANNA) -> str | None:
        """Return what is answered, None where it is nothing about memory."""
        reply = await self.reply(text, origin)
        return reply.text if reply is not None else None

    async def reply(self, text: str, origin: Origin = ANNA) -> Reply | None:
        return await self.memos.answer(text, origin)

    async def tell(self, *texts: str, origin: Origin = ANNA) -> list[Kept]:
        """Have sentences remembered, a minute apart."""
        for text in texts:
            reply = await self.reply(f"remember that {text}", origin)
            assert reply is not None, text
            assert reply.status == "done", reply.text
            await self.clock.advance(60)
        return []

    async def days(self, days: float) -> None:
        await self.clock.advance(timedelta(days=days).total_seconds())
