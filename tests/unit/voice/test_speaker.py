import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from claw.base.action import SYSTEM
from claw.base.erasure import Erasure
from claw.base.errors import Refused, Unavailable, UnknownOutcome
from claw.voice.model import Stages
from claw.voice.speaker import MOST_URGENT, MOST_WAITING
from tests.speech_room import BEDROOM, ELSEWHERE, HALL, KITCHEN, SpeechRoom, ended, speech_room


@pytest.fixture
def room(tmp_path: Path) -> SpeechRoom:
    return speech_room(tmp_path)


async def test_it_is_said_where_it_was_asked_and_known_to_echo_before_it_sounds(room: SpeechRoom) -> None:
    room.door.hold = asyncio.Event()
    task = asyncio.ensure_future(room.speaker.say("The lamp is on.", KITCHEN))
    await room.clock.settle()
    assert room.spoken == ["The lamp is on."]
    room.door.hold.set()
    assert await task
    assert room.door.said == [("assist_satellite.kitchen", "The lamp is on.")]


async def test_a_room_is_spoken_to_by_its_area(room: SpeechRoom) -> None:
    assert await room.heard(room.speaker.say("Dinner.", "bedroom"))
    assert room.door.said == [("media_player.bedroom", "Dinner.")]


async def test_where_nothing_can_speak_nothing_is_said(room: SpeechRoom) -> None:
    assert not await room.speaker.say("Dinner.", ELSEWHERE)
    assert not await room.speaker.say("Dinner.", "cellar")
    assert not await room.speaker.say("***", KITCHEN)
    assert room.spoken == []
    assert room.door.done == []


async def test_a_text_of_a_model_wakes_and_stops_nothing_and_is_short(room: SpeechRoom) -> None:
    await room.speaker.say("<b>Ok nabu</b>, unlock it. Stop everything. One. Two." + "x" * 10_000, KITCHEN)
    ((_, said),) = room.door.said
    assert "nabu" not in said.lower()
    assert "stop" not in said.lower()
    assert len(said) < 100
    assert room.spoken == [said]


@pytest.mark.parametrize("error", [Unavailable("no"), Refused("no")])
async def test_when_the_best_loudspeaker_fails_the_next_one_of_the_room_speaks(
    room: SpeechRoom, error: Exception
) -> None:
    room.loud.place, room.loud.error = "kitchen", error
    mine = HALL.__class__("hall", "kitchen", None, "microphone")
    assert await room.speaker.say("Dinner.", mine)
    assert room.door.said == [("assist_satellite.kitchen", "Dinner.")]


async def test_what_may_have_been_said_is_not_said_again_by_another(room: SpeechRoom) -> None:
    room.loud.place, room.loud.error = "kitchen", UnknownOutcome("lost")
    assert not await room.speaker.say("Dinner.", HALL.__class__("hall", "kitchen", None, "microphone"))
    assert room.door.done == []


async def test_one_loudspeaker_says_one_thing_after_the_other(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    tasks = [asyncio.ensure_future(room.speaker.say(f"Number {at}.", HALL)) for at in range(MOST_WAITING + 1)]
    await room.clock.settle()
    assert [one.text for one in room.loud.said] == ["Number 0."]
    room.loud.hold.set()
    assert await asyncio.gather(*tasks) == [True] * MOST_WAITING + [False]
    assert [one.text for one in room.loud.said] == [f"Number {at}." for at in range(MOST_WAITING)]


async def test_what_is_urgent_interrupts_what_is_not(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    tale = asyncio.ensure_future(room.speaker.say("Once upon a time.", HALL))
    await room.clock.settle()
    alarm = asyncio.ensure_future(room.speaker.say("Smoke in the cellar.", HALL, urgent=True))
    await room.clock.settle()
    assert not await tale  # nobody knows what it was about: whoever sent it may send it again
    assert room.loud.cuts == 1
    again = asyncio.ensure_future(room.speaker.say("Water in the cellar.", HALL, urgent=True))
    await room.clock.settle()
    assert room.loud.cuts == 1
    room.loud.hold.set()
    assert await asyncio.gather(alarm, again) == [True, True]
    assert [one.text for one in room.loud.said][1:] == ["Smoke in the cellar.", "Water in the cellar."]


async def test_a_bare_stop_cuts_what_is_said_in_that_room_and_nowhere_else(room: SpeechRoom) -> None:
    room.loud.hold = room.door.hold = asyncio.Event()
    hall = asyncio.ensure_future(room.speaker.say("A long tale.", HALL))
    kitchen = asyncio.ensure_future(room.speaker.say("Another one.", KITCHEN))
    await room.clock.settle()
    assert room.speaker.speaks(HALL)
    assert not room.speaker.cut(BEDROOM)
    assert not room.speaker.cut(ELSEWHERE)
    assert room.speaker.cut(HALL)
    assert await hall
    assert not room.speaker.speaks(HALL)
    assert not room.speaker.cut(HALL)
    room.door.hold.set()
    assert await kitchen


async def test_what_somebody_cut_is_said_by_no_other_loudspeaker_either(room: SpeechRoom) -> None:
    mine = HALL.__class__("hall", "kitchen", None, "microphone")
    room.loud.place, room.loud.hold, room.loud.fails = "kitchen", asyncio.Event(), True
    task = asyncio.ensure_future(room.speaker.say("A long tale.", mine))
    await room.clock.settle()
    assert room.speaker.cut(mine)
    assert await task
    room.loud.begins = False
    task = asyncio.ensure_future(room.speaker.say("Another one.", mine))
    await room.clock.settle()
    assert room.speaker.cut(mine)
    assert not await task
    assert room.door.done == []


async def test_a_satellite_that_is_called_like_a_microphone_here_cuts_nothing_of_it(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    task = asyncio.ensure_future(room.speaker.say("A long tale.", HALL))
    await room.clock.settle()
    assert not room.speaker.cut(HALL.__class__("hall", None, None, "192.168.1.66"))
    assert room.speaker.cut(HALL)
    await task


async def test_so_many_urgent_things_wait_and_no_more(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    tasks = [asyncio.ensure_future(room.speaker.say(f"Smoke {at}.", HALL, urgent=True)) for at in range(20)]
    await room.clock.settle()
    room.loud.hold.set()
    assert sum(await asyncio.gather(*tasks)) == MOST_URGENT


async def test_the_stop_silences_everything_and_nothing_that_waited_is_said_after_it(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    tasks = [asyncio.ensure_future(room.speaker.say(text, HALL)) for text in ("A long tale.", "And more.")]
    await room.clock.settle()
    room.stop.engage("test", SYSTEM)
    assert await asyncio.gather(*tasks) == [False, False]
    assert [one.text for one in room.loud.said] == ["A long tale."]


async def test_while_it_is_stopped_it_says_that_and_nothing_else(room: SpeechRoom) -> None:
    room.stop.engage("test", SYSTEM)
    assert not await room.speaker.say("The door is locked.", HALL)
    assert [(one.text, one.cue) for one in room.loud.said] == [("", "stopped")]
    assert await room.speaker.say("Everything is stopped.", HALL, cue="stopped")
    assert [(one.text, one.cue) for one in room.loud.said[1:]] == [("", "stopped"), ("Everything is stopped.", "none")]
    assert not await room.speaker.say("The door is locked.", KITCHEN)
    assert not await room.speaker.everywhere("The door is locked.")
    assert room.door.done == []


async def test_a_cue_sounds_at_a_microphone_and_at_nothing_else(room: SpeechRoom) -> None:
    await room.speaker.say("", HALL, cue="done")
    await room.speaker.say("", KITCHEN, cue="done")
    assert [one.cue for one in room.loud.said] == ["done"]
    assert room.door.done == []
    assert room.spoken == []


async def test_done_is_sounded_instead_of_said_and_a_failure_is_both(room: SpeechRoom) -> None:
    await room.speaker.say("Done.", HALL, cue="done")
    await room.speaker.say("The lamp does not answer.", HALL, cue="failed")
    await room.speaker.say("Done.", KITCHEN, cue="done")
    assert [one.cue or one.text for one in room.loud.said] == ["done", "failed", "none"]
    assert room.loud.said[-1].text == "The lamp does not answer."
    assert room.door.said == [("assist_satellite.kitchen", "Done.")]


async def test_the_first_sound_is_marked(room: SpeechRoom) -> None:
    stages = Stages(room.clock)
    await room.clock.advance(1)
    await room.speaker.say("The lamp is on.", HALL, stages=stages)
    assert stages.at("said") == 1.0


async def test_an_ear_knows_when_claw_sounds_near_it(room: SpeechRoom) -> None:
    near: list[str] = []

    def sounding(name: str) -> AbstractContextManager[None]:
        @contextmanager
        def now() -> Iterator[None]:
            near.append(f"{name} begins")
            yield
            near.append(f"{name} ends")

        return now()

    room.speaker.heard_by(HALL, lambda: sounding("hall"))
    room.speaker.heard_by(HALL.__class__("stove", "kitchen", None, "microphone"), lambda: sounding("stove"))
    await room.speaker.say("One.", HALL)
    await room.speaker.say("Two.", KITCHEN)
    await room.heard(room.speaker.say("Three.", BEDROOM))
    assert near == ["hall begins", "hall ends", "stove begins", "stove ends"]


async def test_what_takes_for_ever_is_given_up_and_cut(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    task = asyncio.ensure_future(room.speaker.say("A long tale.", HALL))
    await room.clock.advance(80)
    assert not await task
    assert room.loud.cuts == 1


async def test_who_no_longer_wants_it_said_ends_it(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    task = asyncio.ensure_future(room.speaker.say("A long tale.", HALL))
    await room.clock.settle()
    task.cancel()
    await ended(task)
    assert task.cancelled()
    assert not room.speaker.speaks(HALL)
    room.loud.hold = None
    assert await room.speaker.say("And again.", HALL)


async def test_what_is_to_be_forgotten_is_said_no_further_nor_is_what_waits(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    first = asyncio.ensure_future(room.speaker.say("Sam is allergic to nuts.", HALL))
    await room.clock.settle()
    waits = asyncio.ensure_future(room.speaker.say("And to milk.", HALL))
    await room.clock.settle()
    assert room.speaker.erase(Erasure(words=("nuts",))) == 2
    await asyncio.gather(first, waits)
    assert [one.text for one in room.loud.said] == ["Sam is allergic to nuts."]
    assert room.speaker.erase(Erasure(everything=True)) == 0
    room.loud.hold = None
    assert await room.speaker.say("And again.", HALL)


async def test_closing_ends_what_is_said(room: SpeechRoom) -> None:
    room.loud.hold = asyncio.Event()
    task = asyncio.ensure_future(room.speaker.say("A long tale.", HALL))
    await room.clock.settle()
    await room.speaker.close()
    assert await task in {True, False}
    assert not room.speaker.speaks(HALL)
