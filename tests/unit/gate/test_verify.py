import asyncio
from pathlib import Path

import pytest

from claw.base.action import Acknowledgement, Action
from claw.base.errors import Unavailable
from claw.gate import verify
from claw.house.backend import Link
from claw.house.model import Change, State
from tests.gate_room import GARAGE, LAMP_ON, Room, gate_room

DIM = Action("light.turn_on", ("light.lamp",), {"brightness_pct": 50})
ON = {"supported_color_modes": ["brightness"], "color_mode": "brightness"}


@pytest.fixture
async def room(tmp_path: Path):  # noqa: ANN201  an async generator of a Room
    async with gate_room(tmp_path) as made:
        yield made


async def test_a_brightness_is_compared_not_only_the_state(room: Room) -> None:
    room.mirror.changed([Change("light.lamp", State("on", {**ON, "brightness": 255}))])
    watched = room.verifier.watch(DIM)
    assert watched.satisfied == frozenset()
    settling = asyncio.create_task(room.verifier.settle(watched, Acknowledgement("c")))
    await asyncio.sleep(0.01)
    assert not settling.done()
    room.mirror.changed([Change("light.lamp", State("on", {**ON, "brightness": 128}, None, "c"))])
    seen = await settling
    assert seen.statuses == {"light.lamp": "done"}
    assert seen.ours == ("light.lamp",)
    watched.close()


async def test_a_change_that_came_before_the_answer_counts_and_is_known_as_ours(room: Room) -> None:
    watched = room.verifier.watch(LAMP_ON)
    room.mirror.changed([Change("light.lamp", State("on", ON, None, "ours"))])
    room.mirror.changed([Change("light.lamp", State("on", {**ON, "brightness": 3}, None, "theirs"))])
    seen = await room.verifier.settle(watched, Acknowledgement("ours"))
    assert (seen.statuses, seen.ours) == ({"light.lamp": "done"}, ("light.lamp",))
    watched.close()


async def test_another_actors_change_is_done_but_not_ours(room: Room) -> None:
    watched = room.verifier.watch(LAMP_ON)
    room.mirror.changed([Change("light.lamp", State("on", ON, None, "theirs"))])
    seen = await room.verifier.settle(watched, Acknowledgement("ours"))
    assert (seen.statuses, seen.ours) == ({"light.lamp": "done"}, ())
    watched.close()


async def test_a_jammed_lock_is_failed_at_once(room: Room) -> None:
    watched = room.verifier.watch(Action("lock.unlock", ("lock.door",)))
    room.mirror.changed([Change("lock.door", State("jammed"))])
    seen = await asyncio.wait_for(room.verifier.settle(watched, Acknowledgement()), 1)
    assert seen.statuses == {"lock.door": "failed"}
    watched.close()


async def test_a_moving_cover_is_started(room: Room) -> None:
    watched = room.verifier.watch(GARAGE)
    room.mirror.changed([Change("cover.garage", State("opening", {"supported_features": 11}))])
    seen = await room.verifier.settle(watched, Acknowledgement(), 0.05)
    assert seen.statuses == {"cover.garage": "started"}
    assert seen.open
    watched.close()


async def test_what_can_not_be_reached_is_said_before_sending(room: Room) -> None:
    room.mirror.changed([Change("light.lamp", State("unavailable"))])
    watched = room.verifier.watch(LAMP_ON)
    with pytest.raises(Unavailable, match=r"light\.lamp"):
        room.verifier.reachable(watched)
    watched.close()
    room.mirror.linked(Link("lost"))
    watched = room.verifier.watch(GARAGE)
    with pytest.raises(Unavailable, match="cannot reach the house"):
        room.verifier.reachable(watched)
    watched.close()


async def test_patience_is_learned_from_slow_devices_only(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(room.clock, "monotonic", lambda: now[0])

    def once(seconds: float) -> float:
        watched = room.verifier.watch(LAMP_ON)
        now[0] += seconds
        room.verifier.learn(watched)
        watched.close()
        return watched.patience_s

    usual = once(0.5)
    assert once(20.0) == usual
    assert once(20.0) == pytest.approx(20.0 * verify.LEARNED_FACTOR)
    once(10_000.0)
    assert once(1.0) == verify.LONGEST_S


async def test_closing_ends_the_watch(room: Room) -> None:
    watched = room.verifier.watch(LAMP_ON)
    watched.close()
    room.mirror.changed([Change("light.lamp", State("on", ON, None, "c"))])
    assert watched.contexts == {}
