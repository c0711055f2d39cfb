import asyncio
from pathlib import Path

import pytest

from claw.base.action import Acknowledgement, Action
from claw.base.errors import Unavailable
from claw.gate import verify
from claw.gate.prior import MOST_THINGS
from claw.house.backend import Link
from claw.house.model import Change, State
from tests.gate_room import GARAGE, LAMP_ON, Room, gate_room
from tests.held_clock import HeldClock

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
    seen = await asyncio.wait_for(settling, 1)  # at the change, not at the end of its time
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


async def test_between_two_changes_nobody_looks(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    look = room.verifier._look
    monkeypatch.setattr(room.verifier, "_look", lambda *about: looks.append("look") or look(*about))
    watched = room.verifier.watch(GARAGE)
    settling = asyncio.create_task(room.verifier.settle(watched, Acknowledgement(), 0.05))
    await asyncio.sleep(0.01)
    room.mirror.changed([Change("cover.garage", State("opening", {"supported_features": 11}))])
    await settling
    assert len(looks) == 3  # at the beginning, at the change and at the end
    watched.close()


async def test_a_thing_that_is_gone_is_waited_for_and_then_failed(room: Room) -> None:
    nobody = room.verifier.watch(Action("light.turn_on", ("light.gone",)))
    assert (nobody.before, nobody.satisfied) == ({}, frozenset())
    nobody.close()
    watched = room.verifier.watch(GARAGE)
    watched.saw(Change("cover.garage", None))
    watched.saw(Change("cover.garage", State("opening")))
    assert watched.contexts == {}
    watched.close()


async def test_of_very_many_things_what_they_should_become_is_not_written_down(room: Room) -> None:
    def wished(count: int) -> int:
        watched = room.verifier.watch(Action("light.turn_on", tuple(f"light.l{number}" for number in range(count))))
        watched.close()
        return len(watched.wished)

    assert wished(MOST_THINGS) == MOST_THINGS
    assert wished(MOST_THINGS + 1) == 0


async def test_the_attributes_that_should_change_are_kept_as_seen_of_few_things_only(room: Room) -> None:
    async def seen(action: Action) -> int:
        watched = room.verifier.watch(action)
        watched.close()
        return len((await room.verifier.settle(watched, Acknowledgement(), 0.0)).attributes)

    lamps = tuple(f"light.l{number}" for number in range(MOST_THINGS + 1))
    room.mirror.changed([Change(lamp, State("on", {**ON, "brightness": 3})) for lamp in lamps])
    assert await seen(Action("light.turn_on", lamps[1:], {"brightness": 9})) == MOST_THINGS
    assert await seen(Action("light.turn_on", lamps, {"brightness": 9})) == 0
    assert await seen(Action("lock.unlock", ("lock.door",))) == 0


async def test_what_never_reports_is_expected_to_become_nothing(room: Room) -> None:
    room.mirror.changed([Change("light.lamp", State("off", {"assumed_state": True}))])
    watched = room.verifier.watch(LAMP_ON)
    assert watched.wished == {}
    watched.close()


async def test_when_the_time_is_up_it_is_up(room: Room) -> None:
    clock = HeldClock()
    verifier = verify.Verifier(room.mirror, clock, clock, room.db)
    watched = verifier.watch(GARAGE)
    seen = await asyncio.wait_for(verifier.settle(watched, Acknowledgement(), 0.0), 1)
    assert seen.open
    await clock.advance(watched.patience_s)
    seen = await asyncio.wait_for(verifier.settle(watched, Acknowledgement()), 1)
    assert seen.statuses == {"cover.garage": "failed"}
    watched.close()


async def test_what_was_so_already_and_went_away_again_is_not_called_unchanged(room: Room) -> None:
    room.mirror.changed([Change("light.lamp", State("on", ON))])
    watched = room.verifier.watch(LAMP_ON)
    assert (await room.verifier.settle(watched, Acknowledgement())).statuses == {"light.lamp": "unchanged"}
    room.mirror.changed([Change("light.lamp", State("off", ON))])
    assert (await room.verifier.settle(watched, Acknowledgement(), 0.0)).statuses == {"light.lamp": "started"}
    watched.close()


async def test_what_needs_no_house_is_sent_without_one(room: Room) -> None:
    room.mirror.linked(Link("lost"))
    watched = room.verifier.watch(Action("claw.notify", (), {"to": "everyone", "text": "dinner"}))
    room.verifier.reachable(watched)
    watched.close()
    assert not await room.verifier.back(0.01)


async def test_a_device_that_takes_a_second_is_slow(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(room.clock, "monotonic", lambda: now[0])
    for took in (verify.WORTH_LEARNING_S - 0.01, verify.WORTH_LEARNING_S):
        now[0] = 0.0
        watched = room.verifier.watch(LAMP_ON)
        now[0] = took
        room.verifier.learn(watched)
        watched.close()
    assert [row["seconds"] for row in room.db["waits"].rows] == [verify.WORTH_LEARNING_S]


@pytest.mark.parametrize("gone", [None, State("unavailable"), State("unknown")])
async def test_what_went_away_under_the_act_has_failed_and_what_never_reports_in_the_end(
    room: Room, gone: State | None
) -> None:
    clock = HeldClock()
    verifier = verify.Verifier(room.mirror, clock, clock, room.db)
    room.mirror.changed([Change("light.lamp", State("off", {"assumed_state": True}))])
    for action, status in ((GARAGE, "failed"), (LAMP_ON, "sent")):
        watched = verifier.watch(action)
        (entity,) = action.entities
        room.mirror.changed([Change(entity, gone)])
        seen = await asyncio.wait_for(verifier.settle(watched, Acknowledgement()), 1)
        assert seen.statuses == {entity: status}
        await clock.advance(watched.patience_s)
        late = await verifier.settle(watched, Acknowledgement())
        assert late.statuses == {entity: "failed"}
        watched.close()
