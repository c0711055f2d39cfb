"""In danger everybody is told at once, each listed act is done by itself, and what did not work is said."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.errors import Unavailable
from claw.gate.pause import Pause
from claw.policy.load import parse_policy
from claw.routines.model import Done, Firing, Routine, Run
from claw.routines.safety_doing import Either, SafetyDoing
from tests.gate_room import OWNER, PEOPLE
from tests.safety_room import POLICY, SafetyRoom, safety_room, statuses


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[SafetyRoom]:
    async with safety_room(tmp_path) as made:
        yield made


async def test_everybody_is_told_which_detector_it_is_and_all_that_is_listed_is_done(room: SafetyRoom) -> None:
    room.becomes("binary_sensor.kitchen_smoke", "on")
    done = await room.fires("smoke", 1)
    assert (done.status, done.reason) == ("done", "SMOKE! Reported by Kitchen Smoke (Hall).")
    message = room.told[0]
    assert (message.to, message.kind, message.urgency) == ("everyone", "alarm", "high")
    assert message.text == "SMOKE! Reported by Kitchen Smoke (Hall)."
    states = room.mirror.states
    found = [states[one].value for one in ("light.lamp", "lock.door", "lock.safe", "cover.garage")]
    assert found == ["on", "unlocked", "unlocked", "open"]
    room.becomes("binary_sensor.attic_smoke", "on")
    await room.fires("smoke", 1)
    assert room.told[-1].text == "SMOKE! Reported by Kitchen Smoke (Hall), Attic Smoke."


async def test_what_is_denied_keeps_nothing_else_from_being_done(room: SafetyRoom) -> None:
    text = POLICY.replace("safety:", "  - {id: no, deny: lock.unlock, on: {entity: lock.safe}}\nsafety:")
    room.judge.policy = parse_policy(text, "p", PEOPLE, None)
    done = await room.fires("smoke")
    assert done.status == "failed"
    assert "lock.unlock on lock.safe" in done.reason
    found = statuses(done.outcomes)
    assert found.pop("lock.unlock lock.safe") == "refused"
    assert found == {
        "claw.notify": "sent",
        "light.turn_on light.lamp": "done",
        "lock.unlock lock.door": "done",
        "cover.open_cover cover.garage": "done",
    }


async def test_where_nobody_can_be_told_the_acts_are_done_and_where_no_device_can_be_reached_people_are_told(
    room: SafetyRoom,
) -> None:
    room.messages.listeners.clear()
    done = await room.fires("smoke")
    alarm = "SMOKE! Reported by Attic Smoke."
    assert (done.status, done.reason) == ("failed", f"{alarm} Did not work: claw.notify: nobody is listening")
    assert room.mirror.states["lock.door"].value == "unlocked"
    room.messages.listeners.append(room.told.append)
    room.hand.fault = Unavailable("the house is away")
    done = await room.fires("smoke")
    assert len(room.told) == 1
    assert done.status == "failed"
    assert "light.turn_on on light.lamp: the house is away" in done.reason


async def test_a_pause_does_not_hold_it_and_the_stop_does(room: SafetyRoom) -> None:
    pause = Pause(room.folder, room.clock)
    room.stop.pauses.append(pause.check)
    pause.begin("peace", OWNER)
    assert (await room.fires("smoke")).status == "done"
    room.stop.engage("stop", OWNER)
    done = await room.fires("smoke")
    assert done.status == "refused"
    assert {one.detail for one in done.outcomes} == {"stopped"}


async def test_a_danger_with_nothing_listed_is_told_and_no_more(room: SafetyRoom) -> None:
    done = await room.fires("leak")
    assert statuses(done.outcomes) == {"claw.notify": "sent"}
    assert done.status == "done"
    assert room.hand.sent == []


async def test_a_routine_that_an_owner_paused_does_nothing(room: SafetyRoom) -> None:
    routine = room.routine("smoke")
    room.book.change(routine.id, state="paused", why="anna said so")
    run = Run(1, routine.id, Firing(routine.id, 0, room.clock.now(), "k"), "running")
    done = await room.doing.do(routine, run)
    assert done.status == "refused"
    assert room.hand.sent == []


async def test_somebody_who_tries_it_is_told_of_all_detectors(room: SafetyRoom) -> None:
    routine = room.routine("smoke")
    firing = Firing(routine.id, 0, room.clock.now(), "k", asked_by=OWNER)
    await room.doing.do(routine, Run(1, routine.id, firing, "running"))
    assert room.told[0].text == "Only a try, no danger: SMOKE! Reported by Attic Smoke, Kitchen Smoke (Hall)."
    room.becomes("binary_sensor.kitchen_smoke", "on")
    await room.doing.do(routine, Run(2, routine.id, replace(firing, key="l"), "running"))
    assert room.told[1].text == "SMOKE! Reported by Kitchen Smoke (Hall)."


async def test_without_a_test_the_test_is_refused(room: SafetyRoom) -> None:
    room.doing.tests = None
    assert (await room.fires("test")).status == "refused"


class _Kept:
    def __init__(self) -> None:
        self.ran: list[str] = []
        self.ended: list[int] = []

    async def do(self, routine: Routine, run: Run) -> Done:
        del run
        self.ran.append(routine.id)
        return Done("done")

    def cancel(self, run: Run) -> None:
        self.ended.append(run.id)


async def test_what_guards_life_goes_one_way_and_all_else_the_other(room: SafetyRoom) -> None:
    other = _Kept()
    either = Either(SafetyDoing(room.gate, room.mirror, room.clock, "de"), other)
    routine = room.routine("leak")
    run = Run(7, routine.id, Firing(routine.id, 0, room.clock.now(), "k"), "running")
    await either.do(routine, run)
    assert [one.text for one in room.told] == ["WASSER! Gemeldet von Sink (Hall)."]
    await either.do(replace(routine, id="blinds"), run)
    either.cancel(run)
    assert (other.ran, other.ended) == (["blinds"], [7])
