"""A clock for a whole daemon of which a test lets the hours pass: what waits on it wakes at its own moment."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from claw.base.clock import SystemClock
from tests.held_clock import HeldClock

T = TypeVar("T")

STEP_S = 0.05
LONGEST_S = 120.0
_TURNS = 60


class LivedClock(SystemClock):
    """Stands still until somebody lets time pass; the wall clock can be set like any other."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)) -> None:
        self._held = HeldClock(start)
        self._set = timedelta()

    def now(self) -> datetime:
        return self._held.now() + self._set

    def monotonic(self) -> float:
        return self._held.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._held.sleep(seconds)

    def set_by(self, by: timedelta) -> None:
        """Set the wall clock; the steady one goes on as it did."""
        self._set += by

    async def advance(self, span: timedelta) -> None:
        """Let ``span`` pass, and what it set off come to rest."""
        await self._held.advance(span.total_seconds())
        await self.settle()

    async def until(self, moment: datetime) -> None:
        """Let time pass until the wall clock shows ``moment``."""
        await self.advance(moment - self.now())

    async def through(self, work: Awaitable[T]) -> T:
        """Return what ``work`` comes to, letting as little time pass as it needs."""
        task, end = asyncio.ensure_future(work), self.monotonic() + LONGEST_S
        while not task.done():
            await self.settle()
            assert self.monotonic() < end, "it does not come to its end"
            if not task.done():
                await self._held.advance(STEP_S)
        return await task

    async def settle(self) -> None:
        """Let everything that can go on do so."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
