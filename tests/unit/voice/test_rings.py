import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.base.action import SYSTEM
from claw.base.erasure import Erasure
from claw.base.errors import Unavailable
from claw.house.model import Change, State
from claw.voice.rings import PAUSE_S, TIMES, Rings
from tests.speech_room import HALL, SpeechRoom, speech_room

LAMP = "light.kitchen"


class Bells:
    """A room in which a timer is done."""

    def __init__(self, room: SpeechRoom) -> None:
        self.room = room
        self.hand: bool | Exception = True
        self.rings = Rings(room.speaker, room.mirror, self.by_hand, room.clock)
        room.stop.hooks.append(self.rings.cut)

    def by_hand(self, state: State) -> bool:
        if isinstance(self.hand, Exception):
            raise self.hand
        return self.hand

    @property
    def said(self) -> list[str]:
        return [text for _, text in self.room.door.said]

    def change(self, entity: str, value: str | None) -> None:
        self.room.mirror.changed([Change(entity, None if value is None else State(value))])


@pytest.fixture
async def bells(tmp_path: Path) -> AsyncIterator[Bells]:
    found = Bells(speech_room(tmp_path))
    yield found
    await found.rings.close()


async def test_it_says_the_same_so_many_times_after_a_chime_and_no_more(bells: Bells) -> None:
    assert await bells.rings.ring("kitchen", "The eggs are done.")
    assert bells.rings.ringing() == {"kitchen"}
    await bells.room.clock.advance(PAUSE_S * (TIMES + 5))
    assert bells.said == ["The eggs are done."] * TIMES
    assert {one.data["preannounce"] for one in bells.room.door.done} == {True}
    assert bells.rings.ringing() == frozenset()
    assert not bells.rings.silence("kitchen")


async def test_a_bare_stop_in_that_room_ends_it_and_in_no_other(bells: Bells) -> None:
    await bells.rings.ring("kitchen", "The eggs are done.")
    assert not bells.rings.silence("hall")
    assert not bells.rings.silence(None)
    assert bells.rings.silence("kitchen")
    await bells.room.clock.advance(PAUSE_S * 3)
    assert bells.said == ["The eggs are done."]


async def test_two_timers_of_a_room_ring_as_one(bells: Bells) -> None:
    await bells.rings.ring("kitchen", "The eggs are done.")
    await bells.rings.ring("kitchen", "The tea is done.")
    await bells.rings.ring("kitchen", "The tea is done.")
    await bells.room.clock.advance(PAUSE_S)
    assert bells.said[-1] == "The eggs are done. The tea is done."
    assert len(bells.said) == 4
    assert bells.rings.silence("kitchen")


async def test_what_nobody_could_hear_does_not_ring(bells: Bells) -> None:
    assert not await bells.rings.ring("cellar", "The eggs are done.")
    bells.room.door.refuses["assist_satellite.kitchen"] = "failed"
    assert not await bells.rings.ring("kitchen", "The eggs are done.")
    assert bells.rings.ringing() == frozenset()


async def test_it_ends_when_the_loudspeaker_goes(bells: Bells) -> None:
    await bells.rings.ring("kitchen", "The eggs are done.")
    bells.room.door.refuses["assist_satellite.kitchen"] = "failed"
    await bells.room.clock.advance(PAUSE_S * 2)
    assert bells.rings.ringing() == frozenset()


async def test_a_hand_on_something_in_the_room_ends_it(bells: Bells) -> None:
    await bells.rings.ring("kitchen", "The eggs are done.")
    bells.change(LAMP, "on")
    assert bells.rings.ringing() == frozenset()
    await bells.room.clock.advance(PAUSE_S * 2)
    assert bells.said == ["The eggs are done."]
    bells.change(LAMP, "off")  # nobody looks any more


@pytest.mark.parametrize(
    ("entity", "value"),
    [
        ("sensor.kitchen", "21"),
        ("media_player.box", "playing"),
        ("assist_satellite.kitchen", "responding"),
        ("media_player.bedroom", "playing"),
        (LAMP, "off"),
        (LAMP, None),
        ("light.new", "on"),
    ],
)
async def test_what_measures_or_sounds_or_stands_elsewhere_is_no_hand(
    bells: Bells, entity: str, value: str | None
) -> None:
    await bells.rings.ring("kitchen", "The eggs are done.")
    bells.change(entity, value)
    assert bells.rings.ringing() == {"kitchen"}


@pytest.mark.parametrize("hand", [False, Unavailable("the log cannot be read")])
async def test_what_claw_or_an_automation_moved_is_no_hand(bells: Bells, hand: bool | Exception) -> None:
    bells.hand = hand
    await bells.rings.ring("kitchen", "The eggs are done.")
    bells.change(LAMP, "on")
    assert bells.rings.ringing() == {"kitchen"}


async def test_the_stop_ends_all_of_them(bells: Bells) -> None:
    await bells.rings.ring("kitchen", "The eggs are done.")
    await bells.rings.ring("hall", "The tea is done.")
    bells.room.stop.engage("test", SYSTEM)
    assert bells.rings.ringing() == frozenset()
    await bells.room.clock.advance(PAUSE_S * 3)
    assert bells.said == ["The eggs are done."]


async def test_words_that_are_to_be_forgotten_ring_no_more(bells: Bells) -> None:
    await bells.rings.ring("kitchen", "The eggs are done.")
    await bells.rings.ring("hall", "The tea is done.")
    assert bells.rings.erase(Erasure(words=("eggs",))) == 1
    assert bells.rings.ringing() == {"hall"}
    assert bells.rings.erase(Erasure(everything=True)) == 1
    assert bells.rings.erase(Erasure(everything=True)) == 0


async def test_silenced_while_it_is_said_for_the_first_time_it_is_not_said_again(bells: Bells) -> None:
    bells.room.loud.hold = asyncio.Event()
    task = asyncio.ensure_future(bells.rings.ring("hall", "The tea is done."))
    await bells.room.clock.settle()
    assert bells.rings.silence("hall")
    assert bells.room.speaker.cut(HALL)
    assert await task
    await bells.room.clock.advance(PAUSE_S * 3)
    assert len(bells.room.loud.said) == 1
