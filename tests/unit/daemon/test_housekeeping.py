"""What the daemon does by the clock, and that one thing that fails does not end the rest."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from claw.base.action import Json
from claw.base.errors import Broken
from claw.daemon.housekeeping import DAILY_TRIPS, LOOK_S, SETTLE_S, Chores, Housekeeping
from tests.held_clock import HeldClock

HOUR = 3600.0
DAY = 24 * HOUR


class Drills:
    def __init__(self, clock: HeldClock) -> None:
        self.clock = clock
        self.last: Json = None
        self.trips: list[int] = []
        self.fault: Exception | None = None

    async def run(self, trips: int) -> dict[str, Json]:
        self.trips.append(trips)
        if self.fault is not None:
            raise type(self.fault)(str(self.fault))
        self.last = {"ok": True, "time": self.clock.now().isoformat()}
        return self.last


class Kept:
    def __init__(self, last: Json = None) -> None:
        self.clock = HeldClock()
        self.drills = Drills(self.clock)
        self.drills.last = last
        self.kept: list[float] = []
        self.fault: Exception | None = None
        self.looks: list[float] = []
        keeping = Housekeeping(self.drills, self.clock, self.clock, keep_room=self._keep, look=self._look)
        self.task = asyncio.create_task(keeping.run())

    def _look(self) -> None:
        self.looks.append(self.clock.monotonic())

    async def _keep(self) -> None:
        self.kept.append(self.clock.monotonic())
        if self.fault is not None:
            raise type(self.fault)(str(self.fault))


@pytest.fixture
async def kept() -> AsyncIterator[Kept]:
    made = Kept()
    yield made
    made.task.cancel()
    await asyncio.gather(made.task, return_exceptions=True)


async def test_the_first_drill_comes_when_the_daemon_has_settled_and_then_one_a_day(kept: Kept) -> None:
    await kept.clock.advance(SETTLE_S - LOOK_S)
    assert kept.drills.trips == []
    await kept.clock.advance(LOOK_S)
    assert kept.drills.trips == [DAILY_TRIPS]
    await kept.clock.advance(DAY - LOOK_S)
    assert len(kept.drills.trips) == 1
    await kept.clock.advance(2 * LOOK_S)
    assert len(kept.drills.trips) == 2
    await kept.clock.advance(5 * DAY)
    assert 6 <= len(kept.drills.trips) <= 7


@pytest.mark.parametrize(("ago", "soon"), [(2 * HOUR, False), (23 * HOUR, False), (25 * HOUR, True), (-HOUR, True)])
async def test_a_restart_does_not_drill_again_the_same_day(ago: float, soon: bool) -> None:
    last = HeldClock().now() - timedelta(seconds=ago)
    kept = Kept({"ok": True, "time": last.isoformat()})
    await kept.clock.advance(SETTLE_S + 2 * LOOK_S)
    assert bool(kept.drills.trips) is soon
    kept.task.cancel()
    await asyncio.gather(kept.task, return_exceptions=True)


@pytest.mark.parametrize("last", [{}, {"time": "yesterday"}, {"time": 5}])
async def test_a_row_that_cannot_be_read_is_a_drill_that_is_due(last: Json) -> None:
    kept = Kept(last)
    await kept.clock.advance(SETTLE_S + LOOK_S)
    assert len(kept.drills.trips) == 1
    kept.task.cancel()
    await asyncio.gather(kept.task, return_exceptions=True)


async def test_room_is_kept_at_once_and_looked_after(kept: Kept) -> None:
    await kept.clock.settle()
    assert kept.kept == [0.0]
    await kept.clock.advance(10 * LOOK_S)
    assert len(kept.kept) == 11


async def test_what_must_never_be_is_looked_for_once_a_minute(kept: Kept) -> None:
    await kept.clock.advance(3 * LOOK_S)
    assert kept.looks == [LOOK_S, 2 * LOOK_S, 3 * LOOK_S]


@pytest.mark.parametrize("fault", [Broken("the disk is full"), RuntimeError("a bug")])
async def test_one_thing_that_fails_does_not_end_the_others(
    kept: Kept, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    kept.fault = kept.drills.fault = fault
    await kept.clock.advance(DAY + HOUR)
    assert not kept.task.done()
    assert len(kept.kept) > 1000
    assert len(kept.drills.trips) == 2
    assert "Not done: the daily drill" in caplog.text


async def test_each_chore_is_looked_at_once_a_minute_although_one_fails() -> None:
    clock, done = HeldClock(), []

    async def fails() -> None:
        done.append("fails")
        raise Broken("no")

    async def works() -> None:
        done.append("works")

    task = asyncio.create_task(Chores(clock, [("failing", fails), ("working", works)]).run())
    await clock.advance(LOOK_S - 1)
    assert done == []
    await clock.advance(LOOK_S + 1)
    assert done == ["fails", "works"] * 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
