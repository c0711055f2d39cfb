import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from claw.base.clock import ShownClock, Stopwatch, SystemClock, within
from tests.held_clock import HeldClock


async def test_the_system_clock_tells_aware_utc_and_sleeps() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    before = clock.monotonic()
    await clock.sleep(-5)
    await clock.sleep(0.01)
    assert clock.monotonic() > before


def test_a_stopwatch_splits_its_time_into_stages() -> None:
    watch = Stopwatch()
    watch.mark("disk")
    watch.mark("device")
    before = watch.ms["disk"]
    watch.mark("disk")
    assert watch.ms["disk"] > before
    assert 0 < sum(watch.ms.values()) < watch.total()


async def test_within_returns_true_when_it_ended() -> None:
    assert await within(HeldClock(), 5, asyncio.sleep(0))


async def test_within_gives_up_and_cancels() -> None:
    clock = HeldClock()
    never = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(within(clock, 5, never))
    await clock.advance(5.1)
    assert not await waiting
    assert never.cancelled()


async def test_within_raises_what_was_raised() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await within(HeldClock(), 5, fail())


def test_a_clock_that_was_set_runs_on_from_the_moment_it_was_set_to() -> None:
    moment = datetime(2031, 3, 4, 21, 30, tzinfo=timezone(timedelta(hours=2)))
    clock = ShownClock(moment)
    first, second = clock.now(), clock.now()
    assert timedelta() <= first - moment < timedelta(minutes=1)
    assert first <= second
    assert first.tzinfo is UTC
