"""Notices a latch that somebody else wrote while nobody asks for anything; while nobody looks, nothing moves.

Every act reads the latch itself.  What is under way is cut only when somebody looks, so a daemon that cannot look any
more must begin nothing new.
"""

import logging
from collections.abc import Callable

from claw.base.clock import Clock, Timer
from claw.base.errors import Refused

logger = logging.getLogger(__name__)

LOOK_S = 1.0
BLIND_S = 10.0
"""Without a look for so long, nothing may be begun."""


class LatchWatch:
    """Looks once a second while ``run`` goes on; ``check`` is a guard of the stop from then on."""

    def __init__(self, look: Callable[[], object], clock: Clock, timer: Timer) -> None:
        """``look`` is called each time, and must not block."""
        self._look = look
        self._clock = clock
        self._timer = timer
        self._looked: float | None = None

    async def run(self) -> None:
        """Look until cancelled; raises what a look raises."""
        if self._looked is None:
            self._looked = self._clock.monotonic()
        while True:
            await self._timer.sleep(LOOK_S)
            self._look()
            self._looked = self._clock.monotonic()

    def check(self) -> None:
        """Raise Refused while nobody has looked for so long that a stop may have been missed."""
        if self._looked is not None and self._clock.monotonic() - self._looked >= BLIND_S:
            raise Refused("Claw does not see whether somebody stopped it: its latch is not watched")
