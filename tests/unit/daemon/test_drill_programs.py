"""What a drill stops is real programs, busy when the switch is tripped, and gone when the drill is over."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from claw.base.action import SYSTEM
from claw.base.clock import SystemClock
from claw.base.errors import Refused, Unavailable
from claw.daemon import drill_programs
from claw.daemon.build import drill_house
from claw.daemon.drill import DEVICES, Rig, rig
from claw.daemon.drill_programs import Programs, busy
from claw.gate.children import look, started_by
from claw.program.events import Call, Span, Trouble, Value
from claw.program.sandbox import LIMITS, PROCESSES, Sandbox

CLOCK = SystemClock()


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(Path(tempfile.mkdtemp(dir=tmp_path)), drill_house, CLOCK) as one:
        yield one


async def eventually(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not what():  # noqa: ASYNC110  the kernel tells nobody
            await asyncio.sleep(0.01)


def mine() -> set[int]:
    """Every process that this one started and that lives."""
    me = look(os.getpid())
    assert me
    return {one.pid for one in started_by({me.pid: me})}


async def test_all_of_them_run_at_once_under_the_stop_of_the_drill_and_act_through_its_gate(on: Rig) -> None:
    async with busy(on.stop, on.stopping.children, on.gate.perform, DEVICES, on.clock) as workers:
        assert workers.sandbox in {"plain", "bubblewrap"}
        assert len(workers.pids()) == PROCESSES
        assert on.stopping.children.alive() == ["sandbox"] * PROCESSES
        act = {DEVICES[number] for number in range(0, PROCESSES, 2)}
        await eventually(lambda: {one for action in on.hand._house.performed for one in action.entities} == act)


async def test_a_stop_ends_all_and_nothing_of_them_is_left(on: Rig) -> None:
    before = mine()
    async with busy(on.stop, on.stopping.children, on.gate.perform, DEVICES, on.clock) as workers:
        assert len(mine() - before) >= PROCESSES
        on.stop.engage("smoke", SYSTEM)
        done = on.hand.done
        await eventually(lambda: not workers.pids())
        await eventually(lambda: mine() == before)
        assert on.hand.done == done
    assert mine() == before


async def test_without_a_stop_nothing_of_them_is_left_either(on: Rig) -> None:
    before = mine()
    async with busy(on.stop, on.stopping.children, on.gate.perform, DEVICES, on.clock):
        pass
    await eventually(lambda: mine() == before)
    assert on.stopping.children.alive() == []


async def test_one_that_meets_a_limit_is_begun_anew(on: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "max_turn_duration_secs", 0.05)
    async with busy(on.stop, on.stopping.children, on.gate.perform, DEVICES, on.clock) as workers:
        first = set(workers.pids())
        await eventually(lambda: len(workers.pids()) == PROCESSES and len(set(workers.pids()) - first) >= 2)


async def test_a_machine_that_does_not_bring_them_up_in_time_is_said(on: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drill_programs, "BEGIN_S", 0.0)
    with pytest.raises(Unavailable, match="cannot start"):
        async with busy(on.stop, on.stopping.children, on.gate.perform, DEVICES, on.clock):
            pass
    assert on.stopping.children.alive() == []


async def test_what_the_gate_refuses_is_told_to_the_program_as_denied(on: Rig) -> None:
    refused = False

    async def perform(*_: object) -> None:
        if refused:
            raise Refused("stopped")

    programs = Programs(Sandbox.open(on.stopping.children, CLOCK, lambda: False), perform, DEVICES, CLOCK)
    call = Call(1, "call", ("light.turn_on", DEVICES[0]), {}, Span(0, 1, 1))
    assert await programs._answer(call) == Value(None)
    refused = True
    assert await programs._answer(call) == Trouble("PermissionError", "stopped", denied=True)
