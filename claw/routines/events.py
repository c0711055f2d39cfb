"""Events of Home Assistant that set routines off: a button of a remote, a tag that was held to the phone.

Each type is asked for once.  An event is not a state: one that happened while the house was out of sight is gone.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from claw.base.action import Json
from claw.base.clock import Clock
from claw.base.errors import ClawError
from claw.house.mirror import Mirror
from claw.routines.model import Firing
from claw.routines.spec import Happens, Trigger

_logger = logging.getLogger(__name__)

FLOODS = frozenset({"state_changed", "state_reported", "call_service", "time_changed"})
"""Events of which a house has thousands: each has a trigger of its own, or none, and is never asked for."""


class Listens(Protocol):
    """The backend, as far as events need it."""

    async def events(self, types: Sequence[str]) -> None:
        """Also tell about these event types; raises Refused where the house does not."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    routine: str
    number: int
    data: Mapping[str, str | int | float | bool]


class Events:
    """Listens for all routines; used from the event loop only."""

    def __init__(self, mirror: Mirror, backend: Listens, fire: Callable[[Firing], object], clock: Clock) -> None:
        self._backend = backend
        self._fire = fire
        self._clock = clock
        self._waiting: dict[str, list[_Waiting]] = {}
        self._asked: set[str] = set()
        self._refused: dict[str, str] = {}
        self._order = count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._leave = mirror.on_event(self._happened)

    def listen(self, routine: str, number: int, trigger: Trigger) -> None:
        """Let a trigger count from now on, where it is one of events."""
        if not isinstance(trigger, Happens) or trigger.event in FLOODS:
            return
        self._waiting.setdefault(trigger.event, []).append(_Waiting(routine, number, trigger.data))
        if trigger.event not in self._asked:
            self._asked.add(trigger.event)
            task = asyncio.get_running_loop().create_task(self._ask(trigger.event), name="listening for routines")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def leave(self, routine: str) -> None:
        """Let the triggers of a routine count no more."""
        for event, waiting in tuple(self._waiting.items()):
            self._waiting[event] = [one for one in waiting if one.routine != routine]

    def refused(self) -> Mapping[str, str]:
        """Return, by routine, that Home Assistant does not tell of an event that sets it off."""
        return {one.routine: why for event, why in self._refused.items() for one in self._waiting.get(event, ())}

    async def close(self) -> None:
        """Stop listening."""
        self._leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ask(self, event: str) -> None:
        try:
            await self._backend.events([event])
        except ClawError as error:
            self._refused[event] = f"The event {event} cannot set it off: {error}."
            _logger.warning("The event %s cannot set routines off: %s", event, error)

    def _happened(self, event: str, data: Mapping[str, Json], context: str | None) -> None:
        for one in tuple(self._waiting.get(event, ())):
            if all(_same(wanted, data.get(key)) for key, wanted in one.data.items()):
                now = self._clock.now()
                key = f"{one.number}:{event}:{context or ''}:{now.isoformat()}:{next(self._order)}"
                self._fire(Firing(one.routine, one.number, now, key, f"the event {event}", context))


def _same(wanted: str | float | bool, found: Json) -> bool:  # noqa: FBT001  it is the value that is compared
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, (int, float)):
        return isinstance(found, (int, float)) and wanted == found
    return wanted == found
