"""Which of several."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from claw.base.action import Action, Origin, Reply
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.memory.facts import Kept
from claw.memory.meanings import Meanings, meaning
from claw.memory.model import ANYBODY, Audience, Fact, Memory
from claw.memory.sources import By
from claw.mind.choosing import ANSWERED_S, MOST, Choosing
from claw.mind.intents import Intents
from claw.mind.understood import Command, Unclear
from tests.held_clock import HeldClock
from tests.talked_house import house
from tests.unit.memory.test_preferences import Remembered

NOW = datetime(2026, 3, 4, 20, tzinfo=UTC)
HOME = house()
ANNA = Origin(channel="web", person="anna", authenticated=True, conversation="c", language="en")
TEXT = "turn on the ceiling"
LIVING = Action("light.turn_on", ("light.living",))
BEDROOM = Action("light.turn_on", ("light.bedroom",))
DONE = Reply("Done.", "done")


@dataclass(frozen=True)
class Told:
    kept: Kept | None


class Memories:
    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.settled: list[tuple[int, bool]] = []
        self.refuse = False
        self.known = False

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: By = "words") -> Told:
        assert (by, said) == ("program", "")
        if self.refuse:
            raise Refused("Somebody said no to that before.")
        self.facts.append(fact)
        row = Memory(7, fact, "candidate", "inferred", False, 0.5, origin.person, NOW)
        return Told(Kept(row, new=not self.known))

    async def settle(self, number: int, origin: Origin, *, yes: bool, said: str = "") -> Told:
        assert origin.person
        assert said
        self.settled.append((number, yes))
        return Told(None)


class Room:
    def __init__(self, intents: Intents) -> None:
        self.clock = HeldClock()
        self.intents = intents
        self.memories = Memories()
        self.known = Remembered()
        self.resident = True
        meanings = Meanings(self.known, lambda: HOME.registry, self.hears, lambda: NOW)
        self.choosing = Choosing(intents, self.memories, meanings, lambda _origin: self.resident, self.clock)

    @staticmethod
    def hears(origin: Origin) -> Audience:
        return Audience(person=origin.person, resident=True) if origin.authenticated else ANYBODY

    def asks(self, text: str = TEXT, origin: Origin = ANNA) -> Unclear:
        unclear = self.intents.recognise(text, HOME, origin)
        assert isinstance(unclear, Unclear)
        self.choosing.ask(unclear, text, origin)
        return unclear

    def answer(self, text: str, origin: Origin = ANNA) -> list[Action] | None:
        command = self.choosing.answered(text, HOME, origin)
        return list(command.actions) if isinstance(command, Command) else None


@pytest.fixture(scope="module")
def intents() -> Intents:
    found = Intents(["en"])
    found.warm(HOME)
    return found


@pytest.fixture
def room(intents: Intents) -> Room:
    return Room(intents)


@pytest.mark.parametrize(
    "text", ["living room", "the lounge one", "Living Room Ceiling", "I mean the one in the living room, please"]
)
def test_the_next_sentence_says_which(room: Room, text: str) -> None:
    room.asks()
    assert room.answer(text) == [LIVING]


def test_what_was_said_besides_is_still_meant(room: Room) -> None:
    room.asks("turn off the ceiling and turn on the kettle")
    assert room.answer("bedroom") == [
        Action("light.turn_off", ("light.bedroom",)),
        Action("switch.turn_on", ("switch.kettle",)),
    ]


@pytest.mark.parametrize(
    "text", ["ceiling", "the attic", "turn on the bedroom lights", "", "lounge or bedroom", "worktop"]
)
def test_what_names_none_of_them_is_no_answer(room: Room, text: str) -> None:
    room.asks()
    assert room.answer(text) is None
    assert room.answer("lounge") is None  # the question is over


def test_a_question_is_answered_in_time_in_its_own_talk_and_once(room: Room) -> None:
    room.asks()
    assert room.answer("lounge", replace(ANNA, conversation="d")) is None
    room.clock._elapsed = ANSWERED_S + 1
    assert room.answer("lounge") is None
    room.asks(origin=replace(ANNA, conversation=""))
    assert room.answer("lounge", replace(ANNA, conversation="")) is None


def test_a_thing_that_is_gone_is_not_picked(room: Room) -> None:
    room.asks()
    less = {key: one for key, one in HOME.registry.entities.items() if key != "light.living"}
    gone = replace(HOME, registry=replace(HOME.registry, entities=less, version=9))
    assert room.choosing.answered("lounge", gone, ANNA) is None


async def three_times(room: Room, answers: tuple[str, ...] = ("lounge",) * 3, origin: Origin = ANNA) -> Reply:
    reply = DONE
    for text in answers:
        room.asks(origin=origin)
        assert room.answer(text, origin) is not None
        reply = await room.choosing.offered(DONE, HOME, origin)
    return reply


async def test_the_third_same_answer_is_offered_as_a_preference_and_a_yes_keeps_it(room: Room) -> None:
    reply = await three_times(room, ("lounge",) * 2)
    assert reply.text == "Done."
    reply = await three_times(room, ("lounge",))
    assert reply.text == "Done. Shall I always take Ceiling (Living Room) when you say “ceiling” here?"
    (fact,) = room.memories.facts
    assert (fact.subject, fact.predicate, fact.visibility) == ("thing:ceiling", "means", "person:anna")
    assert await room.choosing.settled(replace(ANNA, person="ben"), "en", yes=True) is None
    answered = await room.choosing.settled(ANNA, "en", yes=True)
    assert answered is not None
    assert room.memories.settled == [(7, True)]
    assert await room.choosing.settled(ANNA, "en", yes=True) is None


async def test_another_answer_in_between_begins_the_count_anew(room: Room) -> None:
    reply = await three_times(room, ("lounge", "lounge", "bedroom", "lounge", "lounge"))
    assert reply.text == "Done."
    assert (await three_times(room, ("lounge",))).text != "Done."


async def test_nothing_is_offered_twice(room: Room) -> None:
    room.memories.refuse = True
    assert (await three_times(room)).text == "Done."
    room.memories.refuse, room.memories.known = False, True
    assert (await three_times(room)).text == "Done."


async def test_an_offer_is_over_once_something_else_is_said(room: Room) -> None:
    await three_times(room)
    room.answer("what time is it")
    assert await room.choosing.settled(ANNA, "en", yes=True) is None
    await three_times(room)
    room.clock._elapsed += ANSWERED_S + 1
    assert await room.choosing.settled(ANNA, "en", yes=False) is None


async def test_who_does_not_live_here_is_offered_nothing(room: Room) -> None:
    room.resident = False
    assert (await three_times(room)).text == "Done."
    room.resident = True
    voice = Origin(channel="voice:hall", conversation="v")
    assert (await three_times(room, origin=voice)).text == "Done."


async def test_what_failed_is_no_moment_for_a_question(room: Room) -> None:
    for _ in range(3):
        room.asks()
        room.answer("lounge")
    assert (await room.choosing.offered(Reply("No.", "failed"), HOME, ANNA)).text == "No."


async def test_of_two_doors_one_is_asked_every_time(room: Room) -> None:
    for _ in range(5):
        room.asks("unlock the door")
        assert room.answer("front door") == [Action("lock.unlock", ("lock.front",))]
        assert (await room.choosing.offered(DONE, HOME, ANNA)).text == "Done."


def test_what_is_always_meant_is_not_asked_again(room: Room) -> None:
    unclear = room.asks()
    assert room.choosing.usual(unclear, TEXT, HOME, ANNA) is unclear
    fact = meaning("ceiling", HOME.registry.entities["light.bedroom"], "anna")
    room.known.rows.append(Memory(1, fact, "active", "resident_told", True, 1.0, "anna", NOW))
    for tell in room.known.changed:
        tell()
    command = room.choosing.usual(unclear, TEXT, HOME, ANNA)
    assert isinstance(command, Command)
    assert command.actions == (BEDROOM,)
    assert room.choosing.usual(unclear, TEXT, HOME, replace(ANNA, authenticated=False)) is unclear
    plainly = Unclear("en", None, "What?")
    assert room.choosing.usual(plainly, TEXT, HOME, ANNA) is plainly


def test_only_so_many_questions_are_open(room: Room) -> None:
    for number in range(MOST + 50):
        room.asks(origin=replace(ANNA, conversation=f"c{number}"))
    assert len(room.choosing._asked) == MOST


def test_what_is_to_be_forgotten_is_gone(room: Room) -> None:
    room.asks()
    room.asks(origin=replace(ANNA, conversation="d"))
    assert room.choosing.erase(Erasure(conversations=frozenset({"c"}))) == 1
    assert room.answer("lounge") is None
    assert room.answer("lounge", replace(ANNA, conversation="d")) is not None
    assert room.choosing.erase(Erasure(person="anna")) == 1
    room.asks()
    assert room.choosing.erase(Erasure(words=("turn on the ceiling",))) == 1
