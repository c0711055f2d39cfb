"""Spans that run until something ends them or their time is up: a door open for two minutes, nobody home for ten.

They run by the monotonic clock, so that a clock that is set neither shortens nor stretches one.  A span that begins
and ends many times a second costs two look-ups each time: what waits in the heap is looked at when it is due, and not
before.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta

from claw.base.clock import Clock, Timer, within

LONGEST_SLEEP_S = 60.0
_MINUTE = timedelta(minutes=1)


class Spans:
    """All spans that run; used from the event loop only.

    ``up`` is called with the key of each whose time is up; ``minute`` at every full minute of the wall clock while
    ``every_minute`` is set, and whenever the clock was set.
    """

    def __init__(self, clock: Clock, timer: Timer, up: Callable[[Hashable], None], minute: Callable[[], None]) -> None:
        self.every_minute = False
        self._clock = clock
        self._timer = timer
        self._up = up
        self._minute = minute
        self._due: dict[Hashable, float] = {}
        self._heap: list[tuple[float, int, Hashable]] = []
        self._waiting: dict[Hashable, float] = {}
        """The earliest entry of the heap of each key: one is enough, it is put back where its span ends later."""
        self._order = itertools.count()
        self._news = asyncio.Event()

    def begin(self, key: Hashable, seconds: float) -> None:
        """Let a span of this key run from now on, in the place of the one that runs."""
        due = self._clock.monotonic() + max(0.0, seconds)
        self._due[key] = due
        waiting = self._waiting.get(key)
        if waiting is None or waiting > due:
            self._push(key, due)

    def end(self, key: Hashable) -> None:
        """End the span of this key; nothing where none runs."""
        self._due.pop(key, None)

    def runs(self, key: Hashable) -> bool:
        """Return whether a span of this key runs."""
        return key in self._due

    def wake(self) -> None:
        """Look again what is to be waited for."""
        self._news.set()

    async def run(self) -> None:
        """Call what is due, until cancelled."""
        looked = self._clock.now()
        while True:
            self._news.clear()
            now = self._clock.now()
            if self.every_minute and now.replace(second=0, microsecond=0) != looked.replace(second=0, microsecond=0):
                self._minute()
            looked = now
            self._call()
            await within(self._timer, self._next(now), self._news.wait())

    def _push(self, key: Hashable, due: float) -> None:
        earliest = not self._heap or due < self._heap[0][0]
        heapq.heappush(self._heap, (due, next(self._order), key))
        self._waiting[key] = due
        if earliest:
            self._news.set()

    def _call(self) -> None:
        now = self._clock.monotonic()
        while self._heap and self._heap[0][0] <= now:
            at, _, key = heapq.heappop(self._heap)
            if self._waiting.get(key) != at:
                continue  # an earlier entry of the key came after this one
            del self._waiting[key]
            due = self._due.get(key)
            if due is None:
                continue
            if due > now:
                self._push(key, due)
                continue
            del self._due[key]
            self._up(key)

    def _next(self, now: datetime) -> float:
        """Return how many seconds there is nothing to do."""
        seconds = LONGEST_SLEEP_S
        if self._heap:
            seconds = min(seconds, self._heap[0][0] - self._clock.monotonic())
        if self.every_minute:
            full = now.replace(second=0, microsecond=0) + _MINUTE
            seconds = min(seconds, (full - now).total_seconds())
        return max(0.0, seconds)
