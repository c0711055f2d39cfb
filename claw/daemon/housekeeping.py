"""What the daemon does by the clock, until there are routines: the daily drill, room on the disk, a look at the house.

What must never be may become so by the time of day alone, while nothing in the house changes.
Nothing here can engage the daemon's own switch, and above all nothing here can reset it.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from claw.base.action import Json
from claw.base.clock import Clock, Timer

logger = logging.getLogger(__name__)

LOOK_S = 60.0
SETTLE_S = 600.0
"""The first drill waits until the daemon has been up for so long."""
DAY = timedelta(days=1)
DAILY_TRIPS = 2
"""A drill of every day takes a second; one that a person asks for trips more often."""


class Drills(Protocol):
    """What a daily drill needs."""

    @property
    def last(self) -> Json:
        """The figures of the last drill with its ``time``, None where there was none."""
        ...

    async def run(self, trips: int) -> dict[str, Json]:
        """Drill and return the figures."""
        ...


class Housekeeping:
    """Does what is due, one thing after the other, until its task is cancelled."""

    def __init__(
        self,
        drills: Drills,
        clock: Clock,
        timer: Timer,
        *,
        keep_room: Callable[[], Awaitable[object]],
        look: Callable[[], None],
    ) -> None:
        """``keep_room`` sets room on the disk aside where it is missing, ``look`` looks for what must never be."""
        self._drills = drills
        self._clock = clock
        self._timer = timer
        self._keep_room = keep_room
        self._look = look
        self._started = clock.monotonic()
        self._drilled = self._last_drill()

    async def run(self) -> None:
        """Look once a minute what is due, and do it."""
        while True:
            await _done("setting room on the disk aside", self._keep_room)
            await self._timer.sleep(LOOK_S)
            self._look()
            if self._drill_is_due():
                self._drilled = self._clock.now()
                await _done("the daily drill", lambda: self._drills.run(DAILY_TRIPS))

    def _drill_is_due(self) -> bool:
        if self._clock.monotonic() - self._started < SETTLE_S:
            return False
        now = self._clock.now()
        # A clock that was set back must not put the drill off.
        return self._drilled is None or not timedelta() <= now - self._drilled < DAY

    def _last_drill(self) -> datetime | None:
        last = self._drills.last
        try:
            return datetime.fromisoformat(last["time"]) if last else None
        except (KeyError, TypeError, ValueError):
            return None


class Chores:
    """Does what may take its time, one thing after the other, in a task of its own until it is cancelled.

    Each is looked at once a minute and knows itself whether it is due: a night's work on memory must not hold up the
    look at what must never be.
    """

    def __init__(self, timer: Timer, chores: Sequence[tuple[str, Callable[[], Awaitable[object]]]]) -> None:
        """``chores`` are what each does, for the log, and what does it."""
        self._timer = timer
        self._chores = tuple(chores)

    async def run(self) -> None:
        """Look once a minute at each of them."""
        while True:
            await self._timer.sleep(LOOK_S)
            for what, work in self._chores:
                await _done(what, work)


async def _done(what: str, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except Exception:
        # The boundary of each task: one that fails must not end the others.
        logger.exception("Not done: %s", what)
