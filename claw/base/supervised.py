"""Work that is to go on for as long as the daemon does: when it fails it is begun again, ever later, and says so.

Whoever has such work makes one of these instead of a task.  Nothing that fails in it reaches anything else: the pauses
grow, after so many failures in a span it rests for long and is then tried once, and all the while ``problem`` says what
is wrong.  What must not go on without it (the heartbeat, the look at the latch) is refused by a guard of its own.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from claw.base.clock import Clock, Timer
from claw.base.errors import ClawError

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
LONGEST_GUARD_PAUSE_S = 2.0
MOST_FAILURES = 5
SPAN_S = 600.0
REST_S = 600.0
"""After ``MOST_FAILURES`` within ``SPAN_S`` it is left alone for so long, and then tried once."""
WELL_S = 10.0
"""What failed and has gone on for so long, and for longer than until it failed, works again."""
STEADY_S = 900.0
"""Nothing that fails each time does so only after this."""

_jitter = secrets.SystemRandom().random

Work = Callable[[], Awaitable[object]]


class Looked(Protocol):
    """Something of which can be told whether it works."""

    @property
    def part(self) -> str:
        """What it is, in a word or two."""
        ...

    @property
    def problem(self) -> str:
        """What is wrong with it, in plain words without anybody's; empty while it works."""
        ...


class Supervised:
    """One piece of such work, from ``start`` to ``close``; used from the event loop only.

    ``ends``: it may come to its end by itself, which is no failure, and it is not begun again.  ``guards``: nothing may
    move without it, so that it is tried soon, without end; anything else is left alone for long where it fails again
    and again.
    """

    def __init__(
        self,
        part: str,
        work: Work,
        clock: Clock,
        timer: Timer,
        *,
        ends: bool = False,
        guards: bool = False,
        jitter: Callable[[], float] = _jitter,
    ) -> None:
        """``part`` is what it is, in a word or two; ``jitter`` returns numbers from 0 to 1."""
        self.part = part
        self.problem = ""
        self.failures = 0
        """How often it failed since it was made."""
        self._work = work
        self._clock = clock
        self._timer = timer
        self._ends = ends
        self._guards = guards
        self._jitter = jitter
        self._lately: deque[float] = deque(maxlen=MOST_FAILURES)
        self._in_a_row = 0
        self._resting = False
        self._began = self._life_s = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether it goes on: it works, or is left alone for a while and then tried again."""
        return self._task is not None and not self._task.done()

    @property
    def resting(self) -> bool:
        """Whether it failed so often that it is left alone for long."""
        return self._resting

    def start(self, failed: Exception | None = None) -> None:
        """Begin; nothing where it goes on already.  ``failed`` is why a try before this one did not work."""
        if self._task is None or self._task.done():
            self._began = self._clock.monotonic()
            pause = 0.0 if failed is None else self._failed(failed)
            self._task = asyncio.get_running_loop().create_task(self._run(pause), name=self.part)

    async def close(self) -> None:
        """End it, whatever it is at."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def ended(self) -> None:
        """Wait until it has come to its end by itself; whoever stops waiting ends nothing."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self, pause: float) -> None:
        while True:
            if pause:
                await self._timer.sleep(pause)
            try:
                await self._once()
            except asyncio.CancelledError:
                current = asyncio.current_task()
                if current is not None and current.cancelling():
                    raise
                pause = self._failed(None)  # something that it waited for was cancelled, not it
            except Exception as error:  # noqa: BLE001  the boundary that this class is; it is logged there
                pause = self._failed(error)
            else:
                if self._ends:
                    self._works()
                    return
                pause = self._failed(None)

    async def _once(self) -> None:
        """Do the work; where it failed before, it works again once it has gone on for a while."""
        self._began = self._clock.monotonic()
        if not self.problem:
            await self._work()
            return
        work = asyncio.ensure_future(self._work())
        alarm = asyncio.ensure_future(self._timer.sleep(WELL_S + self._life_s))
        try:
            await asyncio.wait({work, alarm}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                self._works()
            await work
        finally:
            for task in (work, alarm):
                task.cancel()
            await asyncio.gather(work, alarm, return_exceptions=True)

    def _works(self) -> None:
        if self.problem:
            logger.warning("It works again: %s", self.part)
        self.problem, self._in_a_row, self._resting = "", 0, False

    def _failed(self, error: Exception | None) -> float:
        """Take note that it failed; return for how many seconds it is left alone now."""
        now = self._clock.monotonic()
        life_s = now - self._began
        self._life_s = life_s if life_s < STEADY_S else 0.0
        self.failures += 1
        self._lately.append(now)
        told = isinstance(error, ClawError)
        # What a sentence of ours says may be shown to anybody; what else was raised may hold anybody's words.
        why = str(error) if told else f"it failed ({type(error).__name__})" if error is not None else "it ended"
        longest = LONGEST_GUARD_PAUSE_S if self._guards else LONGEST_PAUSE_S
        pause = min(longest, FIRST_PAUSE_S * 2 ** min(self._in_a_row, 20)) * (0.5 + 0.5 * self._jitter())
        self._in_a_row += 1
        often = len(self._lately) == MOST_FAILURES and self._lately[-1] - self._lately[0] <= SPAN_S
        self._resting = not self._guards and (self._resting or often)
        if self._resting:
            pause = REST_S
            why = f"{why}, {MOST_FAILURES} times in a short while; it is tried again in {REST_S / 60:g} minutes"
        known, self.problem = self.problem, why
        if known != why or not told:
            # A sentence of ours says all; anything else is a bug, whose traceback is wanted each time.
            again = "" if self._resting else "; it is tried again"
            logger.error("%s: %s%s", self.part, why, again, exc_info=None if told else error)
        return pause
