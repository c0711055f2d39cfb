"""A clock for a house that is thrown away: where everything in it waits, the next moment comes at once.

A proof lives through minutes of slow devices many hundred times.  Here time stands still while anything works and
jumps to the next waker where nothing does, so that a proof takes as long as it works, and goes the same way each time
however busy the machine is.
"""

import asyncio
import heapq
import itertools
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from claw.base.errors import Unavailable

T = TypeVar("T")


class Endless(Unavailable):
    """What goes on in a house comes to no end, however much time passes there."""


TURNS = 12
"""Turns of the event loop in which nothing of it goes on before time jumps: the longest way from one waker to the next.

A task that wakes another in the next turn, which wakes a third, are three of them.
"""
MOST_JUMPS = 20_000
"""Jumps of one run: whoever sleeps in a loop without an end is not waited for."""
HANGS_S = 20.0
"""Real seconds in which nothing at all goes on, and nobody sleeps either."""


class JumpingClock:
    """Clock and timer of one house; time passes only inside ``live``."""

    def __init__(self, start: datetime) -> None:
        """``start`` is in UTC."""
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._working = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._news = asyncio.Event()  # somebody sleeps, or works

    def now(self) -> datetime:
        """Return what the clock shows, in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return the seconds since ``start``."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of this clock."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._news.set()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), future))
        await future

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Let no time pass meanwhile: something works outside of this process."""
        self._working += 1
        self._idle.clear()
        self._news.set()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._idle.set()

    async def live(self, work: Awaitable[T]) -> T:
        """Let ``work`` come to its end, and time pass where it waits; raises what it raises.

        Raises Endless where it goes on for ever, and where it waits for what is neither time nor work.
        """
        task = asyncio.ensure_future(work)
        try:
            for _ in range(MOST_JUMPS):
                if await self._settled(task):
                    return task.result()
                if not self._jump():
                    await self._stuck(task)
            raise Endless("it goes on for ever")
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _settled(self, task: "asyncio.Future[T]") -> bool:
        """Return once nothing goes on any more, whether ``task`` is over."""
        turns = 0
        while turns < TURNS:
            if task.done():
                return True
            if self._working:
                await self._free(task)
                turns = 0
            else:
                await asyncio.sleep(0)
                turns += 1
        return task.done()

    async def _free(self, task: "asyncio.Future[T]") -> None:
        await _first(self._idle, task, None)

    async def _stuck(self, task: "asyncio.Future[T]") -> None:
        """Wait for what neither sleeps nor works here, such as a disk; raises Endless where nothing comes."""
        self._news.clear()
        if not await _first(self._news, task, HANGS_S):
            raise Endless("it waits for what never comes")

    def _jump(self) -> bool:
        """Let the next moment come at which somebody wakes; return whether there is one."""
        while self._sleepers:
            due, _, future = heapq.heappop(self._sleepers)
            if future.done():  # whoever slept was called off
                continue
            self._elapsed = max(self._elapsed, due)
            future.set_result(None)
            while self._sleepers and self._sleepers[0][0] <= self._elapsed:
                _, _, also = heapq.heappop(self._sleepers)
                if not also.done():
                    also.set_result(None)
            return True
        return False


async def _first(event: asyncio.Event, task: "asyncio.Future[T]", seconds: float | None) -> bool:
    """Wait for ``event`` or the end of ``task``; return whether either came within ``seconds`` of real time."""
    waiting = asyncio.ensure_future(event.wait())
    try:
        done, _ = await asyncio.wait({waiting, task}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)
    finally:
        waiting.cancel()
