"""Memory as programs and their writers get at it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.daemon.recollecting import Recollecting, marks
from claw.house.mirror import Mirror
from claw.house.model import Area, Entity, House, Registry
from claw.memory.audience import Hearing
from claw.memory.facts import Facts
from claw.memory.model import GUESTS, Audience, Fact, Hit, Memory, Told, Trust, private_to
from claw.memory.passages import Passages
from claw.memory.written import from_text
from claw.mind.remembered import MOST
from claw.policy.people import People, Person
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

ANNA = Origin("web", "anna", authenticated=True, conversation="c")
BEN = replace(ANNA, person="ben")
VOICE = Origin("voice:hall", place="hall", conversation="v")
PEOPLE = People([Person("anna", "Anna", "owner"), Person("ben", "Ben", "adult")])
REGISTRY = Registry(
    areas={"shed": Area("shed", "Shed")},
    entities={"light.a": Entity("light.a", "A", registry_id="r1")},
    time_zone="Europe/Berlin",
)
TOLD = Told("resident_told", "web", "anna", explicit=True, audit=1)


class Finds:
    """Finds everything that it was given, whoever asks: what is filtered here is filtered twice."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.asked: list[tuple[str, int, Audience]] = []

    async def find(self, query: str, k: int, audience: Audience, origin: object = None) -> list[Hit]:
        self.asked.append((query, k, audience))
        return self.hits


class Room:
    def __init__(self) -> None:
        self.db = Database(memory=True)
        migrate(self.db)
        clock = HeldClock(datetime(2026, 5, 8, 22, 30, tzinfo=UTC))
        mirror = Mirror(clock)
        mirror.synced(House(REGISTRY, {}))
        self.finds = Finds()
        self.facts = Facts(self.db, clock, Passages(self.db), str)
        hearing = Hearing(PEOPLE, clock.now)
        self.memory = Recollecting(self.facts, self.finds, hearing, self.understand, PEOPLE, mirror)

    @staticmethod
    def understand(text: str, origin: Origin) -> Fact:
        del origin
        if "?" in text:
            raise Refused("that is a question")
        return fact(text)

    def keep(self, sentence: str, told: Told = TOLD, **more: object) -> Memory:
        kept = self.facts.keep(replace(fact(sentence), **more), told).memory  # type: ignore[arg-type]
        self.finds.hits.append(Hit(1.0, sentence, kept.id))
        return kept


def fact(sentence: str) -> Fact:
    return Fact("fact", "person:anna", sentence, True, sentence)


async def test_what_is_found_is_what_is_in_force_and_may_be_heard() -> None:
    room = Room()
    shared, secret = room.keep("the filter is new"), room.keep("my gift", visibility=private_to("anna"))
    guests = room.keep("the wifi is called Nest", visibility=GUESTS)
    gone = room.keep("gone")
    room.facts.reject(room.facts.keep(fact("a candidate"), TOLD, status="candidate").memory.id)
    room.facts.retire(gone.id, datetime(2026, 5, 9, tzinfo=UTC))
    room.finds.hits += [Hit(0.5, "words of before", episode=1), Hit(0.4, "forgotten", 999)]

    async def told(origin: Origin) -> list[str]:
        return [one.text for one in await room.memory.recall("what", origin)]

    heard = await told(ANNA)
    assert {shared.fact.sentence, secret.fact.sentence, guests.fact.sentence} <= set(heard)
    assert "words of before" not in heard
    assert secret.fact.sentence not in await told(BEN)
    assert await told(VOICE) == [guests.fact.sentence]
    assert await told(replace(ANNA, authenticated=False)) == [guests.fact.sentence]
    assert room.finds.asked[-1][2].may_hear() == (GUESTS,)
    assert {one.text: one.private for one in await room.memory.recall("what", ANNA)}[secret.fact.sentence]
    shown = [one.text for one in await room.memory.relevant("what", ANNA)]
    assert secret.fact.sentence not in shown
    assert shared.fact.sentence in shown


async def test_at_most_eight_are_told_and_what_was_told_is_written_down() -> None:
    room = Room()
    for at in range(12):
        room.keep(f"fact {at}")
    found = await room.memory.relevant("fact", ANNA)
    assert len(found) == MOST
    assert room.db.execute("select count(*), min(shown) from reads").fetchone() == (MOST, 1)


@pytest.mark.parametrize(
    ("subject", "about"),
    [
        ("person:anna", "Anna"),
        ("person:gone", "gone"),
        ("area:shed", "shed"),
        ("entity:r1", "light.a"),
        ("entity:lost", "lost"),
        ("house", "house"),
        ("thing:the boiler", "the boiler"),
    ],
)
async def test_a_program_gets_number_text_subject_and_the_day_in_the_house(subject: str, about: str) -> None:
    room = Room()
    kept = room.keep("the filter is new", subject=subject)
    (found,) = await room.memory.recall("filter", ANNA)
    assert (found.id, found.text, found.about, found.day) == (kept.id, "the filter is new", about, "2026-05-09")
    assert found.marks == ()


@pytest.mark.parametrize(
    ("trust", "taint", "left"),
    [
        ("owner_told", (), ()),
        ("resident_told", (), ()),
        ("observed", (), ("memory 7",)),
        ("guest_told", (), ("memory 7",)),
        ("external", (), ("memory 7",)),
        ("owner_told", ("calendar",), ("calendar",)),
    ],
)
def test_what_residents_did_not_tell_themselves_leaves_a_mark(
    trust: Trust, taint: tuple[str, ...], left: tuple[str, ...]
) -> None:
    now = datetime(2026, 5, 8, tzinfo=UTC)
    memory = Memory(7, fact("x"), "active", trust, True, 1.0, "anna", now, taint=taint)
    assert marks(memory) == left


def test_what_a_program_keeps_is_an_action_that_says_so() -> None:
    room = Room()
    action = room.memory.keeps("Sam is allergic to nuts", ANNA)
    assert (action.name, action.data["op"], action.data["by"]) == ("claw.remember", "keep", "program")
    assert from_text(action.data["fact"]) == fact("Sam is allergic to nuts")
    with pytest.raises(Refused, match="question"):
        room.memory.keeps("is it?", ANNA)
