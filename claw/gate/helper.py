"""The stop as a switch of Home Assistant: one way in, and one place where the household sees it.

Turning the switch on stops Claw; turning it off does nothing at all, whoever does it, because a stop is lifted by a
person with a reason and never by an automation.  A switch that is unavailable or gone says nothing.  The other way
round the switch shows the stop, whatever engaged it: Claw turns it on, and turns it off itself after a reset.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from claw.base.action import Action, Json, Origin
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.gate.safe import Passing
from claw.gate.stop import Stop
from claw.house.backend import Link
from claw.house.mirror import Mirror
from claw.house.model import Change

logger = logging.getLogger(__name__)

DOMAIN = "input_boolean"
FIRST_RETRY_S = 10.0
LONGEST_RETRY_S = 3600.0


class Helper:
    """Watches the switch and publishes the stop to it; ``published`` is what a publication found last."""

    def __init__(self, entity: str, stop: Stop, mirror: Mirror, passing: Passing, clock: Clock) -> None:
        """Raises Refused unless ``entity`` is an input_boolean."""
        if entity.partition(".")[0] != DOMAIN:
            raise Refused(f"stop: helper: {entity} is not an {DOMAIN}")
        self._entity = entity
        self._stop = stop
        self._mirror = mirror
        self._passing = passing
        self._clock = clock
        self._on = Action(f"{DOMAIN}.turn_on", (entity,))
        self._off = Action(f"{DOMAIN}.turn_off", (entity,))
        self._lifted: object = None  # when the switch went on that a reset has dealt with
        self._owes_off = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_try = 0.0
        self._pause_s = FIRST_RETRY_S
        passing.fix("helper", (self._on, self._off))
        mirror.watch(self._changed, (entity,))
        mirror.on_link(self._linked)

    def state(self) -> dict[str, Json]:
        """Return how the switch stands, as a status may show it."""
        state = self._mirror.states.get(self._entity)
        value = state.value if state is not None else "missing"
        return {"entity": self._entity, "state": value, "shows": value == ("on" if self._stop.engaged else "off")}

    async def publish(self) -> None:
        """Turn the switch on, once; what fails is tried again by ``look`` and at the next link."""
        self._wait_longer()
        outcome = await self._passing.send("helper", self._on)
        if outcome.status == "failed":
            logger.warning("The stop could not be shown in Home Assistant: %s", outcome.detail)

    def lifted(self) -> None:
        """Take that the stop was reset: the switch is turned off as soon as there is a link."""
        state = self._mirror.states.get(self._entity)
        self._lifted = state.changed if state is not None and state.value == "on" else None
        self._owes_off = True
        self._pause_s, self._next_try = FIRST_RETRY_S, 0.0
        self._pay()

    def look(self) -> None:
        """Publish again what the switch does not show, ever more seldom: called about once a second."""
        state = self._mirror.states.get(self._entity)
        if state is None or not self._mirror.ready:
            return
        if not self._stop.engaged:
            self._pay()
        elif state.value == "on":
            self._pause_s = FIRST_RETRY_S
        elif state.value == "off" and self._clock.monotonic() >= self._next_try:
            self._begin(self.publish())

    async def close(self) -> None:
        """End what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _changed(self, change: Change) -> None:
        state = change.state
        if state is None or state.value != "on":
            self._lifted = None
            return
        if self._stop.engaged:
            return
        if state.context in self._passing.contexts:
            return
        if self._lifted is not None and state.changed == self._lifted:
            return
        origin = Origin(channel="helper", source=self._entity)
        self._stop.engage(f"{self._entity} was turned on in Home Assistant", origin)

    def _linked(self, link: Link) -> None:
        if link.status != "ready":
            return
        if self._stop.engaged:
            self._next_try = 0.0
            self.look()
        else:
            self._pay()

    def _pay(self) -> None:
        """Turn the switch off after a reset, when the house is there and the switch is still on."""
        state = self._mirror.states.get(self._entity)
        if not self._owes_off or not self._mirror.ready:
            return
        if state is None or state.value != "on":
            self._owes_off = False
        elif self._clock.monotonic() >= self._next_try:
            self._wait_longer()
            self._begin(self._turn_off())

    async def _turn_off(self) -> None:
        if self._stop.engaged:
            return
        outcome = await self._passing.send("helper", self._off)
        if outcome.status == "failed":
            logger.warning("The end of the stop could not be shown in Home Assistant: %s", outcome.detail)

    def _wait_longer(self) -> None:
        self._next_try = self._clock.monotonic() + self._pause_s
        self._pause_s = min(self._pause_s * 2, LONGEST_RETRY_S)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
