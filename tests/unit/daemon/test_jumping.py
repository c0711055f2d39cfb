"""Time that jumps where everything waits, and stands still where anything works."""

import asyncio
from datetime import UTC, datetime

import pytest

from claw.daemon import jumping
from claw.daemon.jumping import Endless, JumpingClock

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


async def test_an_hour_passes_at_once_and_wakers_come_in_their_order() -> None:
    clock, woken = JumpingClock(START), list[str]()

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(f"{name} {clock.monotonic():g}")

    async def all_of_them() -> None:
        await asyncio.gather(sleeper("late", 3600), sleeper("soon", 5), sleeper("at once", 0), sleeper("too", 5))

    await clock.live(all_of_them())
    assert woken == ["at once 0", "soon 5", "too 5", "late 3600"]
    assert clock.now() == datetime(2026, 1, 5, 13, 0, tzinfo=UTC)


async def test_no_time_passes_while_something_works() -> None:
    clock, seen = JumpingClock(START), list[float]()
    done = asyncio.Event()

    async def work() -> None:
        async with clock.working():
            await done.wait()
            seen.append(clock.monotonic())

    async def both() -> None:
        alarm = asyncio.ensure_future(clock.sleep(60))
        await work()
        await alarm
        seen.append(clock.monotonic())

    asyncio.get_running_loop().call_later(0.05, done.set)
    await clock.live(both())
    assert seen == [0.0, 60.0]


async def test_whoever_was_called_off_moves_no_time() -> None:
    clock = JumpingClock(START)

    async def calls_off() -> None:
        alarm = asyncio.ensure_future(clock.sleep(3600))
        await clock.sleep(1)
        alarm.cancel()
        await asyncio.gather(alarm, return_exceptions=True)
        await clock.sleep(1)

    await clock.live(calls_off())
    assert clock.monotonic() == 2


async def test_what_it_raises_is_raised() -> None:
    async def fails() -> None:
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        await JumpingClock(START).live(fails())


async def test_what_never_comes_is_not_waited_for_and_is_called_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jumping, "HANGS_S", 0.01)
    monkeypatch.setattr(jumping, "MOST_JUMPS", 100)
    clock, ended = JumpingClock(START), list[str]()

    async def hangs() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("called off")

    async def turns() -> None:
        while True:
            await clock.sleep(1)

    with pytest.raises(Endless, match="never comes"):
        await clock.live(hangs())
    with pytest.raises(Endless, match="for ever"):
        await clock.live(turns())
    assert ended == ["called off"]


async def test_what_neither_sleeps_nor_works_is_waited_for() -> None:
    clock = JumpingClock(START)

    async def reads_and_sleeps() -> str:
        found = await asyncio.to_thread(lambda: "read")
        await clock.sleep(30)
        return found

    assert await clock.live(reads_and_sleeps()) == "read"
    assert clock.monotonic() == 30
