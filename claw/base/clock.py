"""Where time comes from, so that a test can hold it.

Nothing else in Claw asks the system for the time or sleeps by itself.  ``Clock`` tells the time, ``Timer`` waits.
"""

import asyncio
import time
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
