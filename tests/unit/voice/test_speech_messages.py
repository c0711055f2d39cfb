import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import SYSTEM, Message
from claw.policy.windows import local
from claw.voice.model import Satellite
from claw.voice.rings import Rings
from claw.voice.speech_manners import Manners
from claw.voice.speech_messages import Aloud
from tests.speech_room import CONFIG, HALL, KITCHEN, SpeechRoom, speech_room

NIGHT_S = 11 * 3600.0  # from one o'clock in Berlin to midnight
TALKS = {"voice:peer:kitchen:1": KITCHEN, "voice:microphone:hall:1": HALL, "voice:peer:nowhere:1": Satellite()}


@pytest.fixture
def room(tmp_path: Path) -> SpeechRoom:
    return speech_room(tmp_path)


def aloud(room: SpeechRoom) -> Aloud:
    manners = Manners(CONFIG, room.clock, lambda: local(room.mirror.registry, room.clock.now()))
    rings = Rings(room.speaker, room.mirror, lambda _: True, room.clock)
    return Aloud(room.speaker, rings, manners, TALKS.get, room.clock)


def said(room: SpeechRoom) -> list[str]:
    return sorted([entity for entity, _ in room.door.said] + [room.loud.name for _ in room.loud.said])


EVERYWHERE = ["assist_satellite.attic", "assist_satellite.kitchen", "media_player.bedroom", "microphone:hall"]


@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize(
    ("message", "by_day", "by_night"),
    [
        (Message("place:kitchen", "Dinner."), ["assist_satellite.kitchen"], []),
        (Message("place:kitchen", "Dinner.", urgency="low"), ["assist_satellite.kitchen"], []),
        (
            Message("place:kitchen", "Water!", urgency="high"),
            ["assist_satellite.kitchen"],
            ["assist_satellite.kitchen"],
        ),
        (Message("place:kitchen", "Water!", "alarm"), *(["assist_satellite.kitchen"],) * 2),
        (Message("place:cellar", "Water!", "alarm", "high"), [], []),
        (Message("place:nosuch", "Dinner."), [], []),
        (Message("conversation:voice:peer:kitchen:1", "It is open.", "late"), *(["assist_satellite.kitchen"],) * 2),
        (Message("conversation:voice:microphone:hall:1", "It is open.", "late"), *(["microphone:hall"],) * 2),
        (Message("conversation:voice:peer:nowhere:1", "It is open.", "late", "high"), [], []),
        (Message("conversation:web:1", "It is open.", "late", "high"), [], []),
        (Message("everyone", "The garden is open."), [], []),
        (Message("everyone", "Frost is coming.", "note", "high"), EVERYWHERE, EVERYWHERE),
        (Message("everyone", "Smoke!", "alarm", "high"), EVERYWHERE, EVERYWHERE),
        (Message("person:anna", "Your results are here."), [], []),
        (Message("person:anna", "Your results are here.", "late", "high"), [], []),
        (Message("person:anna", "Your results are here.", "question", "high"), [], []),
        (Message("person:anna", "Smoke!", "alarm", "high"), EVERYWHERE, EVERYWHERE),
        (Message("nonsense", "Smoke!", "note", "high"), [], []),
    ],
)
async def test_each_message_is_said_where_it_belongs_and_nowhere_else(
    room: SpeechRoom, message: Message, by_day: list[str], by_night: list[str], *, night: bool
) -> None:
    if night:
        await room.clock.advance(NIGHT_S)
    expected = by_night if night else by_day
    mouth = aloud(room)
    assert mouth.reaches(message) is bool(expected)
    assert await room.heard(mouth.tell(message)) is bool(expected)
    assert said(room) == sorted(expected)


async def test_why_something_is_not_said_is_told_where_it_would_be_another_time(room: SpeechRoom) -> None:
    mouth, dinner = aloud(room), Message("place:kitchen", "Dinner.")
    for message in (dinner, Message("person:anna", "Results."), Message("everyone", "Frost.", "note", "high")):
        assert mouth.why_not(message) == ""
    assert mouth.why_not(Message("everyone", "Frost.")).startswith("what is for everybody is not said aloud; ")
    for silent in (Message("place:cellar", "Dinner."), Message("place:cellar", "Water!", "alarm", "high")):
        assert mouth.why_not(silent) == "nothing there can speak (claw voice devices)"
    await room.clock.advance(NIGHT_S)
    assert mouth.why_not(dinner) == "it is quiet there until 07:00; what is urgent is said all the same"
    assert mouth.why_not(replace(dinner, urgency="high")) == ""


async def test_what_is_not_urgent_is_said_so_often_an_hour_in_a_room(room: SpeechRoom) -> None:
    mouth, note = aloud(room), Message("place:kitchen", "Dinner.")
    assert all([await mouth.tell(replace(note, urgency="high")) for _ in range(3)]), (
        "and what is urgent counts for nothing"
    )
    assert [await mouth.tell(note) for _ in range(4)] == [True, True, False, False]
    assert await mouth.tell(Message("place:kitchen", "Water!", urgency="high"))
    assert await mouth.tell(Message("place:hall", "Dinner."))
    await room.clock.advance(3600)
    assert await mouth.tell(note)


async def test_what_could_not_be_said_costs_nothing_of_the_hour(room: SpeechRoom) -> None:
    mouth, note = aloud(room), Message("place:kitchen", "Dinner.")
    room.door.refuses["assist_satellite.kitchen"] = "failed"
    assert [await mouth.tell(note) for _ in range(4)] == [False] * 4
    room.door.refuses.clear()
    assert await mouth.tell(note)


async def test_an_alarm_is_heard_where_one_room_hears_it(room: SpeechRoom) -> None:
    room.loud.works = False
    room.door.refuses |= {"assist_satellite.kitchen": "failed", "assist_satellite.attic": "unknown"}
    assert await room.heard(aloud(room).tell(Message("everyone", "Smoke!", "alarm", "high")))
    assert said(room) == ["media_player.bedroom"]


async def test_an_alarm_that_hangs_in_one_room_sounds_in_the_others(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    task = asyncio.ensure_future(aloud(room).tell(Message("everyone", "Smoke!", "alarm", "high")))
    await room.clock.settle()
    assert said(room) == EVERYWHERE
    room.loud.hold.set()
    await room.clock.advance(2)
    assert await task


async def test_who_sends_a_message_does_not_wait_for_ever(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    ahead = [asyncio.ensure_future(room.speaker.say(f"Tale {at}.", HALL)) for at in range(3)]
    await room.clock.settle()
    task = asyncio.ensure_future(aloud(room).tell(Message("place:hall", "Dinner.")))
    await room.clock.advance(125)
    assert not await task
    room.loud.hold.set()
    await asyncio.gather(*ahead)


async def test_a_timer_rings_at_night_too_and_its_first_ring_says_whether_it_was_heard(room: SpeechRoom) -> None:
    await room.clock.advance(NIGHT_S)
    mouth, timer = aloud(room), Message("place:kitchen", "The eggs are done.", "timer")
    assert await mouth.tell(timer)
    await room.clock.advance(10)
    assert said(room) == ["assist_satellite.kitchen"] * 2
    room.stop.engage("test", SYSTEM)
    await room.clock.advance(60)
    assert said(room) == ["assist_satellite.kitchen"] * 2


async def test_a_chime_comes_before_what_nobody_waits_for_and_not_before_an_answer(room: SpeechRoom) -> None:
    mouth = aloud(room)
    assert await room.heard(mouth.tell(Message("place:kitchen", "Dinner.")))
    assert await room.heard(mouth.tell(Message("conversation:voice:peer:kitchen:1", "It is open.", "late")))
    assert [one.data.get("preannounce") for one in room.door.done] == [True, False]


async def test_a_talk_that_ends_just_then_is_told_nothing(room: SpeechRoom) -> None:
    manners = Manners(CONFIG, room.clock, lambda: local(room.mirror.registry, room.clock.now()))
    held = iter([KITCHEN])
    mouth = Aloud(
        room.speaker,
        Rings(room.speaker, room.mirror, lambda _: True, room.clock),
        manners,
        lambda _name: next(held, None),
        room.clock,
    )
    assert not await room.heard(mouth.tell(Message("conversation:voice:peer:kitchen:1", "It is open.", "late")))
    assert said(room) == []


async def test_nothing_is_told_while_claw_is_stopped(room: SpeechRoom) -> None:
    room.stop.engage("test", SYSTEM)
    assert not await aloud(room).tell(Message("everyone", "Smoke!", "alarm", "high"))
    assert not await aloud(room).tell(Message("place:hall", "Dinner.", "note", "high"))
    assert room.door.done == []
    assert [one.text for one in room.loud.said if one.text] == []


async def test_what_everybody_can_see_who_would_hear_it_is_not_said(room: SpeechRoom) -> None:
    arrived = Message("conversation:voice:peer:kitchen:1", "It is open.", "late")
    manners = Manners(CONFIG, room.clock, lambda: None)
    rings = Rings(room.speaker, room.mirror, lambda _: True, room.clock)
    mouth = Aloud(room.speaker, rings, manners, TALKS.get, room.clock, lambda message: message == arrived)
    assert not mouth.reaches(arrived)
    assert mouth.reaches(Message(arrived.to, "It is stuck.", "late", "high"))
