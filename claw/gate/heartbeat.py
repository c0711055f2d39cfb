"""Does the daemon still respond?  If its loop stood still, nothing may move until it has caught up.

A loop that hung for seconds wakes up with acts that were meant for a house of seconds ago.  So the loop beats twice a
second and a thread watches; after five seconds without a beat the gate refuses, and goes on only when the loop has
beaten a few times in its normal rhythm.  It leaves no latch: nobody stopped anything, the daemon was merely away.  A
machine that slept was not: the clock of this is the monotonic one, which stands still with it.
"""

import logging
import sys
import threading
import traceback

from claw.base.clock import Clock, Timer
from claw.base.errors import Refused
from claw.base.spread import Spread
from claw.base.supervised import Supervised

logger = logging.getLogger(__name__)

BEAT_S = 0.5
STALE_S = 5.0
"""Without a beat for so long the loop does not respond; a thread that did not look for so long does not watch."""
FRESH_BEATS = 3
"""Beats in their normal rhythm until a loop that stood still may act again."""
LATE_S = 1.0
"""A beat that came so much later than the one before is not the normal rhythm."""
JOIN_S = 2.0


class Heartbeat:
    """Beats on the loop and watches from a thread, from ``start`` to ``close``; ``check`` is a guard of the stop.

    ``late`` counts by how much its beats came late: that is for how long the loop let others wait.
    """

    def __init__(self, clock: Clock, timer: Timer) -> None:
        self._clock = clock
        self._timer = timer
        self._beat = self._looked = clock.monotonic()
        self._fresh = FRESH_BEATS
        self._stale = False
        self.kept = Supervised("heartbeat", self._keep_beating, clock, timer, guards=True)
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._loop_thread = 0
        self.times_stale = 0
        self.late = Spread()

    def start(self) -> None:
        """Beat on the running loop and watch it."""
        self._loop_thread = threading.get_ident()
        self._beat = self._looked = self._clock.monotonic()
        self.kept.start()
        self._have_watched()

    async def close(self) -> None:
        """End both."""
        self._over.set()
        await self.kept.close()
        if self._thread is not None:
            self._thread.join(JOIN_S)

    def check(self) -> None:
        """Raise Refused while the loop does not respond, has only just come back, or is not watched any more."""
        now = self._clock.monotonic()
        if now - self._beat >= STALE_S:
            self._fall_behind()
        if self._stale:
            raise Refused("Claw was not responding and has only just come back; try again in a moment")
        if now - self._looked >= 2 * STALE_S:
            raise Refused("Claw does not know whether it still responds: its heartbeat is not watched")

    def beat(self) -> None:
        """Take one beat of the loop."""
        now = self._clock.monotonic()
        late = now - self._beat >= BEAT_S + LATE_S
        self.late.add(max(0.0, now - self._beat - BEAT_S))
        if now - self._beat >= STALE_S:
            self._fall_behind()
        self._beat = now
        self._fresh = 0 if late else self._fresh + 1
        if self._stale and self._fresh >= FRESH_BEATS:
            self._stale = False
            logger.warning("The loop responds again")

    def look(self) -> None:
        """Notice, from another thread, that the loop stands still."""
        self._looked = now = self._clock.monotonic()
        if now - self._beat >= STALE_S and not self._stale:
            self._fall_behind()
            frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  Python offers no other look at a thread
            where = "".join(traceback.format_stack(frame)[-3:]) if frame is not None else ""
            logger.error("The loop does not respond; nothing moves until it does. It is at:\n%s", where)

    def _fall_behind(self) -> None:
        if not self._stale:
            self.times_stale += 1
        self._stale = True  # the next beat is late, so that it begins to count from nothing

    async def _keep_beating(self) -> None:
        while True:
            await self._timer.sleep(BEAT_S)
            self.beat()
            self._have_watched()

    def _have_watched(self) -> None:
        """Have a thread watch; another one where it ended, which nothing in it should bring about."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(BEAT_S):
            self.look()
