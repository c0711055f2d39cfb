"""A danger that was there before anybody looked: a detector that tells of smoke when Claw starts, or the house is back.

For any other routine what is found so is no event.  Here it is one, unless a firing since it began was carried out; one
that was held back by the stop is not made up for.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from claw.base.clock import Clock, Timer
from claw.base.errors import ClawError
from claw.house.backend import Link
from claw.house.mirror import Mirror
from claw.routines.detectors import Detector, detectors
from claw.routines.model import SAFETY, Firing, Routine, Run

logger = logging.getLogger(__name__)

LOOK_S = 10.0
"""So long after the house is there it is looked at: what changed while it was away is told before."""
FROST_RESTS = timedelta(hours=6)
"""A figure changes all the time; frost that is found is told again after so long."""
_AT_ONCE = timedelta(seconds=2)
_DEALT_WITH = frozenset({"running", "done", "held"})
"""What failed or broke off is tried again while the danger lasts: what is listed does no harm twice."""


class Known(Protocol):
    """The book, as far as this needs it."""

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id."""
        ...

    def runs(self, routine: str | None = None, *, limit: int = 50) -> Sequence[Run]:
        """Return the last rows of its history, latest first."""
        ...


class Alarms:
    """Looks at all detectors once whenever the house came into view; used from the event loop only."""

    def __init__(
        self, known: Known, mirror: Mirror, clock: Clock, timer: Timer, fire: Callable[[Firing], object]
    ) -> None:
        """``fire`` takes one firing (``Keeper.fire``)."""
        self._known = known
        self._mirror = mirror
        self._clock = clock
        self._timer = timer
        self._fire = fire
        self._task: asyncio.Task[None] | None = None
        self._leave: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin to watch the link; needs a running loop."""
        self._leave = self._mirror.on_link(self._linked)
        self._linked(self._mirror.link)

    async def close(self) -> None:
        """End."""
        if self._leave is not None:
            self._leave()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def look(self) -> int:
        """Fire for each danger that is told of now and was not dealt with since it began; return how many."""
        house, found = self._mirror.house(), 0
        for kind, those in detectors(house).items():
            routine = self._known.get(f"{SAFETY}{kind}")
            if routine is None or not routine.fires:
                continue
            for one in those:
                state = house.states.get(one.entity_id)
                if state is None or not one.tells(state) or self._dealt_with(routine, one, state.changed):
                    continue
                self._fire(self._firing(routine, one, state.changed))
                found += 1
        return found

    def _linked(self, link: Link) -> None:
        if link.status == "ready" and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._soon(), name="dangers that were there before")

    async def _soon(self) -> None:
        await self._timer.sleep(LOOK_S)
        if not self._mirror.ready:
            return  # the next time that it is
        try:
            self.look()
        except ClawError:
            logger.exception("What the detectors told of before could not be looked at")

    def _dealt_with(self, routine: Routine, one: Detector, since: datetime | None) -> bool:
        """Return whether a firing of ``routine`` since then was carried out, or held back by the stop."""
        if one.below is not None:
            since = self._clock.now() - FROST_RESTS
        return any(
            run.status in _DEALT_WITH and (since is None or run.firing.due >= since - _AT_ONCE)
            for run in self._known.runs(routine.id, limit=20)
        )

    def _firing(self, routine: Routine, one: Detector, since: datetime | None) -> Firing:
        triggers = [getattr(each, "state", None) or getattr(each, "number", None) for each in routine.spec.when]
        at = triggers.index(one.entity_id) if one.entity_id in triggers else 0
        now = self._clock.now()
        stamp = since.isoformat() if since is not None and one.below is None else f"{now:%Y-%m-%dT%H}"
        return Firing(routine.id, at, now, f"found {one.entity_id} {stamp}", f"{one.where} told of it already")
