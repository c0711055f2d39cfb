"""Where time comes from, so that a test can hold it.

Nothing else in Claw asks the system for the time or sleeps by itself.  ``Clock`` tells the time, ``Timer`` waits.
"""

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the wall clock, timezone-aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never go back."""
        ...


class Timer(Protocol):
    """Waits."""

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds``; at once when they are zero or negative."""
        ...


class SystemClock:
    """The machine's own clock and timer."""

    def now(self) -> datetime:
        """Return the wall clock, timezone-aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  the one place that asks

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds``; at once when they are zero or negative."""
        await asyncio.sleep(max(0.0, seconds))


class ShownClock(SystemClock):
    """A clock that is set to ``moment`` when it is made and runs on from there: for a house at another time."""

    def __init__(self, moment: datetime) -> None:
        """``moment`` is timezone-aware."""
        self._ahead = moment - super().now()

    def now(self) -> datetime:
        """Return what the clock shows, timezone-aware, in UTC."""
        return (super().now() + self._ahead).astimezone(UTC)


class Stopwatch:
    """Real milliseconds by stage, for figures only: nothing is decided by it, so no test has to hold it."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._started = self._last = time.perf_counter()

    def mark(self, stage: str) -> None:
        """Add the time since the mark before to ``stage``."""
        now = time.perf_counter()
        self.ms[stage] = self.ms.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now

    def total(self) -> float:
        """Return the milliseconds since it was made."""
        return (time.perf_counter() - self._started) * 1000


async def within(timer: Timer, seconds: float, awaitable: Awaitable[object]) -> bool:
    """Wait for ``awaitable`` at most ``seconds``; return whether it ended, cancelling it where it did not.

    What it raises is raised here.
    """
    work = asyncio.ensure_future(awaitable)
    alarm = asyncio.ensure_future(timer.sleep(seconds))
    try:
        await asyncio.wait({work, alarm}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            return False
        await work
        return True
    finally:
        for task in (work, alarm):
            if not task.done():
                task.cancel()
        await asyncio.gather(work, alarm, return_exceptions=True)
