import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from claw.base.action import SYSTEM, Action, Json, Origin, Outcome, Pending, Reply, Terms
from claw.base.errors import Refused, Unavailable
from claw.house.model import Change, State
from claw.voice.asking import ASK, Asking, Door, Listeners
from claw.voice.model import Satellite
from tests.speech_room import BEDROOM, KITCHEN, Came, SpeechRoom, clean, speech_room

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
VOICE = Origin("voice:kitchen", place="kitchen", source="192.168.1.10", conversation="voice:1", language="en")
LAMPS = Pending(
    "p1",
    "Turn off all lamps?",
    (Action("light.turn_off", ("light.kitchen",)),),
    VOICE,
    Terms(channels=("voice",)),
    "all-lamps",
    {"light.kitchen": "on"},
    NOW,
    NOW + timedelta(seconds=15),
    1,
)


@dataclass
class House:
    """The gate with a satellite behind it that answers."""

    room: SpeechRoom
    response: Json = None
    may: bool = True
    late: bool = False
    error: Exception | None = None
    instead: Action | None = None
    responded: Listeners = field(default_factory=list)
    answers: list[tuple[str, Origin, bool]] = field(default_factory=list[tuple[str, Origin, bool]])
    hold: asyncio.Event | None = None

    async def perform(self, actions: tuple[Action, ...], origin: Origin) -> Came:
        assert origin == SYSTEM
        came = await self.room.door.perform(actions, origin)
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        if self.response is not None:
            for told in tuple(self.responded):
                told(Outcome(self.instead or actions[0], "sent"), self.response)
        return came

    async def answer(self, pending: str, origin: Origin, *, yes: bool) -> Reply:
        if self.late:
            raise Refused("this question is over")
        self.answers.append((pending, origin, yes))
        return Reply("I turned off all lamps." if yes else "I left them on.", "done")

    def asking(self, language: str = "en") -> Asking:
        door = Door(self.perform, self.answer, lambda _, __: self.may, self.responded)
        return Asking(door, self.room.mirror, self.room.speaker, clean, language)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(speech_room(tmp_path))


@pytest.mark.parametrize("answer", ["yes", "no"])
async def test_what_is_answered_comes_in_as_nobody_from_there_and_is_told_there(house: House, answer: str) -> None:
    house.response = {"id": answer, "sentence": answer, "slots": {}}
    assert house.asking().can(LAMPS, KITCHEN, VOICE)
    reply = await house.asking().put(LAMPS, KITCHEN, VOICE)
    assert reply is not None
    assert house.answers == [("p1", VOICE, answer == "yes")]
    (asked, _) = house.room.door.done
    assert (asked.name, asked.entities, asked.data["question"]) == (ASK, (KITCHEN.entity,), "Turn off all lamps?")
    assert [one["id"] for one in asked.data["answers"]] == ["yes", "no"]
    assert house.room.door.said[-1] == ("assist_satellite.kitchen", reply.text)
    assert house.responded == []


@pytest.mark.parametrize(
    "response",
    [None, {}, {"id": None}, {"id": "maybe"}, {"id": ["yes"]}, {"id": True}, "yes", ["yes"], {"sentence": "yes"}],
)
async def test_what_is_no_answer_is_none(house: House, response: Json) -> None:
    house.response = response
    assert await house.asking().put(LAMPS, KITCHEN, VOICE) is None
    assert house.answers == []


async def test_where_a_voice_may_not_answer_nothing_is_asked_aloud(house: House) -> None:
    house.may, house.response = False, {"id": "yes"}
    assert await house.asking().put(LAMPS, KITCHEN, VOICE) is None
    assert house.room.door.done == []


@pytest.mark.parametrize(
    "satellite",
    [
        BEDROOM,
        Satellite(),
        replace(KITCHEN, entity="assist_satellite.attic"),  # it can announce, and cannot listen
        replace(KITCHEN, entity="assist_satellite.gone"),
        replace(KITCHEN, entity="light.kitchen"),
    ],
)
async def test_what_cannot_listen_is_not_asked(house: House, satellite: Satellite) -> None:
    house.response = {"id": "yes"}
    assert not house.asking().can(LAMPS, satellite, VOICE)
    assert await house.asking().put(LAMPS, satellite, VOICE) is None
    assert house.room.door.done == []


async def test_a_satellite_that_is_away_is_not_asked(house: House) -> None:
    house.room.mirror.changed([Change("assist_satellite.kitchen", State("unavailable", {"supported_features": 3}))])
    assert await house.asking().put(LAMPS, KITCHEN, VOICE) is None
    assert house.room.door.done == []


async def test_a_person_is_never_answered_for_by_a_voice(house: House) -> None:
    house.response = {"id": "yes"}
    assert await house.asking().put(LAMPS, KITCHEN, replace(VOICE, person="anna", authenticated=True)) is None
    assert house.answers == []


async def test_a_question_that_is_over_is_said_to_be(house: House) -> None:
    house.response, house.late = {"id": "yes"}, True
    reply = await house.asking().put(LAMPS, KITCHEN, VOICE)
    assert reply is not None
    assert reply.status == "refused"
    assert house.room.door.said[-1][1] == "this question is over."


async def test_one_satellite_is_asked_one_thing_at_a_time(house: House) -> None:
    house.response, house.hold = {"id": "yes"}, asyncio.Event()
    asking = house.asking()
    first = asyncio.ensure_future(asking.put(LAMPS, KITCHEN, VOICE))
    await house.room.clock.settle()
    assert not asking.can(replace(LAMPS, id="p2"), KITCHEN, VOICE)
    assert await asking.put(replace(LAMPS, id="p2"), KITCHEN, VOICE) is None
    house.hold.set()
    assert await first is not None
    assert [pending for pending, _, _ in house.answers] == ["p1"]
    assert await asking.put(replace(LAMPS, id="p3"), KITCHEN, VOICE) is not None


async def test_what_came_of_another_act_is_no_answer(house: House) -> None:
    house.response, house.instead = {"id": "yes"}, Action(ASK, ("assist_satellite.attic",))
    assert await house.asking().put(LAMPS, KITCHEN, VOICE) is None
    assert house.answers == []


@pytest.mark.parametrize(("said", "told", "first"), [(None, "de", "ja"), ("tlh", "tlh", "ja"), ("fr", "fr", "oui")])
async def test_whoever_says_no_language_that_is_known_is_asked_in_that_of_the_house(
    house: House, said: str | None, told: str, first: str
) -> None:
    house.response, house.late = {"id": "yes"}, True
    reply = await house.asking("de").put(LAMPS, KITCHEN, replace(VOICE, language=said))
    assert house.room.door.done[0].data["answers"][0]["sentences"][0] == first
    assert reply is not None
    assert reply.language == told


async def test_an_answer_to_something_else_is_not_taken_for_one_to_this(house: House) -> None:
    house.hold = asyncio.Event()
    task = asyncio.ensure_future(house.asking().put(LAMPS, KITCHEN, VOICE))
    await house.room.clock.settle()
    for told in house.responded:
        told(Outcome(house.room.door.done[0], "sent"), {"id": "yes"})  # the same words, by another who asked
        told(Outcome(Action(ASK, ("assist_satellite.attic",)), "sent"), {"id": "yes"})
    house.hold.set()
    assert await task is None
    assert house.answers == []


@pytest.mark.parametrize("status", ["refused", "failed", "unknown", "unchanged"])
async def test_where_it_could_not_be_asked_it_waits_as_it_did(house: House, status: str) -> None:
    house.response = {"id": "yes"}
    house.room.door.refuses["assist_satellite.kitchen"] = status  # type: ignore[assignment]  # as the gate says it
    assert await house.asking().put(LAMPS, KITCHEN, VOICE) is None
    assert house.answers == []


async def test_a_gate_that_is_broken_is_no_answer(house: House) -> None:
    house.error = Unavailable("the log")
    assert await house.asking().put(LAMPS, KITCHEN, VOICE) is None


async def test_a_name_in_the_question_wakes_and_stops_nothing(house: House) -> None:
    house.response = {"id": "no"}
    named = replace(LAMPS, question="Turn off {Alexa}? Stop everything. Hey Google?")
    await house.asking().put(named, KITCHEN, VOICE)
    question = str(house.room.door.done[0].data["question"]).lower()
    assert "alexa" not in question
    assert "stop" not in question
    assert "{" not in question


@pytest.mark.parametrize("language", ["de", "fr", "nl", "zh"])
async def test_it_is_answered_in_the_language_it_was_asked_in(house: House, language: str) -> None:
    house.response = {"id": "yes"}
    await house.asking().put(LAMPS, KITCHEN, replace(VOICE, language=language))
    assert house.room.door.done[0].data["answers"][0]["sentences"][0] in {"ja", "oui", "是"}
