"""What a daemon keeps going and looks at, and how the list of what does not work follows."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from claw.base.degraded import Degraded
from claw.base.errors import Broken, Unavailable
from claw.base.supervised import WELL_S
from claw.daemon.supervision import LOOK_S, PATIENCE_S, Supervision
from tests.held_clock import HeldClock


class Room:
    def __init__(self) -> None:
        self.clock = HeldClock()
        self.degraded = Degraded(self.clock)
        self.supervision = Supervision(self.degraded, cast("Any", self.clock))

    def faults(self) -> dict[str, str]:
        return {fault.part: fault.text for fault in self.degraded.now()}


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    made.supervision.keep("supervision", made.supervision.run)
    yield made
    await made.supervision.close()


async def test_what_fails_is_in_the_list_until_it_has_gone_on_for_a_while(room: Room) -> None:
    fails = True

    async def work() -> None:
        if fails:
            raise KeyError("x")
        await room.clock.sleep(10_000)

    room.supervision.keep("memory", work)
    await room.clock.advance(LOOK_S)
    assert room.faults() == {"memory": "it failed (KeyError)"}
    fails = False
    await room.clock.advance(10 + WELL_S + LOOK_S)
    assert room.faults() == {}


async def test_a_channel_that_cannot_begin_costs_nothing_and_is_tried_again(room: Room) -> None:
    taken, tries = True, list[float]()

    async def start() -> None:
        tries.append(room.clock.monotonic())
        if taken:
            raise Broken("the port is taken")

    assert not await room.supervision.begin("page", start)
    assert room.faults() == {"page": "the port is taken"}
    await room.clock.advance(LOOK_S)
    assert room.faults() == {"page": "the port is taken"}
    taken = False
    await room.clock.advance(10 + LOOK_S)
    assert room.faults() == {}
    begun = len(tries)
    await room.clock.advance(1000)
    assert len(tries) == begun, "it began, and is not begun twice"


async def test_a_channel_that_begins_is_nothing_to_speak_of(room: Room) -> None:
    async def start() -> None:
        pass

    assert await room.supervision.begin("page", start)
    assert room.faults() == {}


async def test_what_is_looked_at_counts_after_a_while_and_the_worst_text_is_kept(room: Room) -> None:
    said = ["away"]
    room.supervision.look_at("house", lambda: said[0])
    await room.clock.advance(PATIENCE_S - LOOK_S)
    assert room.faults() == {}
    said[0] = ""
    await room.clock.advance(LOOK_S)
    said[0] = "away again"
    await room.clock.advance(PATIENCE_S)
    assert room.faults() == {}, "what came back meanwhile begins anew"
    await room.clock.advance(LOOK_S)
    assert room.faults() == {"house": "away again"}
    said[0] = ""
    await room.clock.advance(LOOK_S)
    assert room.faults() == {}


async def test_a_part_works_when_all_of_it_does(room: Room) -> None:
    one, two = ["broken"], ["broken too"]
    room.supervision.look_at("telegram", lambda: one[0], 0)
    room.supervision.look_at("telegram", lambda: two[0], 0)
    await room.clock.advance(LOOK_S)
    one[0] = ""
    await room.clock.advance(LOOK_S)
    assert room.faults() == {"telegram": "broken too"}
    two[0] = ""
    await room.clock.advance(LOOK_S)
    assert room.faults() == {}


async def test_a_part_that_cannot_be_asked_hides_no_other(room: Room) -> None:
    def breaks() -> str:
        raise AttributeError("a bug")

    def away() -> str:
        raise Unavailable("nobody is there")

    room.supervision.look_at("a", breaks, 0)
    room.supervision.look_at("b", away, 0)
    room.supervision.look_at("c", lambda: "broken", 0)
    await room.clock.advance(LOOK_S)
    assert room.faults() == {
        "a": "it cannot be asked how it does (AttributeError)",
        "b": "nobody is there",
        "c": "broken",
    }


async def test_closing_ends_all_that_is_kept(room: Room) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await room.clock.sleep(10_000)
        finally:
            ended.append("work")

    room.supervision.keep("work", work)
    await room.clock.settle()
    await room.supervision.close()
    assert ended == ["work"]
