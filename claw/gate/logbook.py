"""Says in Home Assistant's own logbook what Claw did, for whom and by which rule.

The household looks there, not into Claw's log.  A note is an action like any other: it goes through the gate in Claw's
own name, after the act and beside it, so it can neither delay nor fail one.  What is too much for a logbook is counted,
not told one by one; and nothing is noted about a note.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol

from claw.base.action import SYSTEM, Action, Origin, Outcome
from claw.base.clock import Clock, Timer
from claw.base.errors import ClawError
from claw.gate.perform import Performed
from claw.gate.stop import Stop
from claw.house.text import plain
from claw.policy.people import People

logger = logging.getLogger(__name__)

LOG = "logbook.log"
A_MINUTE = 30
MINUTE_S = 60.0
MOST_WAITING = 60
QUIET_S = 600.0
"""After a note that was refused, or that did not arrive, so long nothing is noted."""

_TOLD = frozenset({"done", "started"})
_LONGEST = 255
_DID: Mapping[str, str] = {
    "turn_on": "turned on",
    "turn_off": "turned off",
    "lock": "locked",
    "unlock": "unlocked",
    "open": "opened",
    "open_cover": "opened",
    "close_cover": "closed",
    "open_valve": "opened",
    "close_valve": "closed",
    "alarm_disarm": "disarmed",
}


class Perform(Protocol):
    """The gate's one way in."""

    def __call__(self, actions: Sequence[Action], origin: Origin) -> Awaitable[Performed]:
        """Do ``actions`` for ``origin``."""
        ...


class Logbook:
    """Takes outcomes and notes them, one after another, at most thirty a minute."""

    def __init__(self, perform: Perform, stop: Stop, people: People, clock: Clock, timer: Timer) -> None:
        self._perform = perform
        self._stop = stop
        self._people = people
        self._clock = clock
        self._timer = timer
        self._waiting: deque[Action] = deque()
        self._folded = 0
        self._written: deque[float] = deque(maxlen=A_MINUTE)
        self._quiet_until = float("-inf")
        self._worker: asyncio.Task[None] | None = None

    def take(self, outcome: Outcome, origin: Origin) -> None:
        """Note what came of an act, later; never waits and never raises."""
        if outcome.action.name == LOG or self._stop.engaged or self._clock.monotonic() < self._quiet_until:
            return
        for entity in outcome.action.entities:
            if outcome.entities.get(entity, outcome.status) not in _TOLD:
                continue
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(self._note(outcome, entity, origin))
            else:
                self._folded += 1
        if self._waiting and (self._worker is None or self._worker.done()):
            self._worker = asyncio.get_running_loop().create_task(self._write(), name="logbook")

    def clear(self) -> None:
        """Forget what waits: called when the switch engages."""
        self._waiting.clear()
        self._folded = 0

    async def close(self) -> None:
        """Stop noting."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def _write(self) -> None:
        while self._waiting or self._folded:
            wait = self._written[0] + MINUTE_S - self._clock.monotonic() if len(self._written) == A_MINUTE else 0.0
            if wait > 0:
                # Nobody reads sixty lines that come a minute late: they become one.
                self._folded += len(self._waiting)
                self._waiting.clear()
                await self._timer.sleep(wait)
                continue
            self._written.append(self._clock.monotonic())
            if self._waiting:
                await self._send(self._waiting.popleft())
            else:
                count, self._folded = self._folded, 0
                await self._send(_action(f"did {count} more things; its own log has them all", None))

    async def _send(self, note: Action) -> None:
        if self._stop.engaged:
            return
        try:
            performed = await self._perform((note,), SYSTEM)
        except ClawError:
            logger.exception("A note for the logbook could not be written")
            failed = True
        else:
            outcomes = performed.outcomes
            failed = not outcomes or outcomes[0].status in {"refused", "failed", "unknown"}
        if failed and not self._stop.engaged:
            logger.warning("Home Assistant's logbook is not told anything for %g minutes", QUIET_S / 60)
            self._quiet_until = self._clock.monotonic() + QUIET_S
            self.clear()

    def _note(self, outcome: Outcome, entity: str, origin: Origin) -> Action:
        service = outcome.action.name.partition(".")[2]
        did = _DID.get(service, f"did {service.replace('_', ' ')}")
        person = self._people.get(origin.person)
        who = f"{person.name} ({origin.channel})" if person is not None else f"somebody ({origin.channel})"
        rule = outcome.decision.rule if outcome.decision is not None else None
        parts = [f"{did} for {who}", f"rule {rule}" if rule else "", f"entry {outcome.audit}" if outcome.audit else ""]
        return _action(", ".join(part for part in parts if part), entity)


def _action(message: str, entity: str | None) -> Action:
    # Some versions of Home Assistant read the message as a template, so nothing in it may begin one.
    told = plain(message, _LONGEST).translate({ord("{"): "(", ord("}"): ")"})
    data = {"name": "Claw", "message": told}
    if entity is not None:
        data |= {"entity_id": entity, "domain": entity.partition(".")[0]}
    return Action(LOG, (), data)
