"""Puts the stop together: what it cuts, in which order, what still passes, and what a reset opens again.

At the moment of a stop everything that could act is cut, without waiting for anything: permits, the house's link, calls
under way, children.  Then, in the background and at most two seconds later, the few fixed things that pass: the
safe-state list of a stop of category 1, and the switch that shows the stop in Home Assistant.  After those the link is
aborted; what reopens can read and show, and nothing else, until a person resets the stop.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claw.audit.log import AuditLog
from claw.base.action import Json
from claw.base.clock import SystemClock, within
from claw.base.config import StopConfig
from claw.base.errors import Broken, Refused
from claw.base.permit import PermitDesk
from claw.gate.children import Children, Family
from claw.gate.heartbeat import Heartbeat
from claw.gate.helper import Helper
from claw.gate.pause import Pause
from claw.gate.running import Running
from claw.gate.safe import Passing, SafeStates, safe_action
from claw.gate.stop import Stop, StopState
from claw.house.backend import HouseBackend
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.store.reserve import Reserve

logger = logging.getLogger(__name__)

PUBLISH_S = 0.2
"""How long the link stays to show the stop before it is aborted."""


@dataclass(frozen=True)
class Around:
    """What the stop of one daemon works on: the rooms it cuts and writes to, and where its files lie."""

    state: Path
    switch: Stop
    audit: AuditLog
    permits: PermitDesk
    backend: HouseBackend
    clock: SystemClock


class Stopping:
    """Everything of a stop beside its switch; ``cuts`` are what else a room wants to be cut, and must not block."""

    def __init__(self, config: StopConfig, around: Around, known: House | None) -> None:
        """``known`` is the house where it is known already; raises Broken for a safe list that is not safe."""
        self._in = around
        self._category = config.category
        clock, switch = around.clock, around.switch
        self.passing = Passing(around.audit, around.permits, around.backend)
        self.running = Running()
        self.children = Children()
        self.heartbeat = Heartbeat(clock, clock)
        self.pause = Pause(around.state, clock)
        self.reserve = Reserve(around.state)
        self.family = Family()
        self.helper: Helper | None = None
        self.cuts: list[Callable[[], None]] = []
        self._ending: asyncio.Task[None] | None = None
        safe = [safe_action(one.action, one.entities, known) for one in config.safe]
        self.passing.fix("safe", safe)
        self._safe = SafeStates(self.passing, safe, clock)
        switch.hooks += [around.permits.void, self._close_house, self.running.cut, self._kill, self._cut_more]
        switch.hooks.append(self._end)
        switch.guards += [self.heartbeat.check, self.reserve.check]
        switch.pauses.append(self.pause.check)
        switch.told.append(self._told)
        self._listen_to_failures(around.audit)

    def start(self, mirror: Mirror, helper: str | None) -> None:
        """Begin to beat and to watch the helper entity; raises Broken where it is not one."""
        if helper is not None:
            try:
                self.helper = Helper(helper, self._in.switch, mirror, self.passing, self._in.clock)
            except Refused as refusal:
                raise Broken(str(refusal)) from refusal
        self.heartbeat.start()
        self.passing.told.append(self._closed_from_the_start)
        self._closed_from_the_start()

    def status(self) -> dict[str, Json]:
        """Return what a status may show of all this."""
        return {
            "category": self._category,
            "passed": dict(self.passing.count),
            "children": self.children.alive(),
            "stale": self.heartbeat.times_stale,
            "helper": self.helper.state() if self.helper is not None else None,
            "reserve": {"bytes": self.reserve.kept, "used": self.reserve.used},
        }

    def look(self) -> None:
        """Notice what nobody told: called about once a second."""
        _ = self._in.switch.engaged
        if self.helper is not None:
            self.helper.look()

    async def keep_room(self) -> None:
        """Set aside the room on the disk that a stop needs, where that is not so already; takes its time."""
        await asyncio.to_thread(self.reserve.keep)

    async def close(self) -> None:
        """End what is under way, and every child."""
        await self.heartbeat.close()
        if self._ending is not None:
            self._ending.cancel()
            await asyncio.gather(self._ending, return_exceptions=True)
        if self.helper is not None:
            await self.helper.close()
        self.children.kill()
        self.reserve.close()

    def _listen_to_failures(self, audit: AuditLog) -> None:
        earlier = audit.on_failure

        def failed() -> None:
            if self.reserve.full():
                self.reserve.give_back()
            if earlier is not None:
                earlier()

        audit.on_failure = failed

    def _closed_from_the_start(self) -> None:
        """Close the house for a stop of an earlier run, or for a log that does not hold: no hook was there to do it."""
        if self._in.switch.engaged:
            self._close_house()

    def _close_house(self) -> None:
        self._in.backend.hold(self.passing.ids(safe=self._category == 1))

    def _kill(self) -> None:
        killed = self.children.kill()
        if killed:
            logger.info("Killed by the stop: %s", ", ".join(killed))

    def _cut_more(self) -> None:
        for cut in self.cuts:
            cut()

    def _end(self) -> None:
        """Let what passes pass, in a task of its own: the latch is written before it begins."""
        if self._ending is not None:
            self._ending.cancel()
        self._ending = asyncio.get_running_loop().create_task(self._last_things(), name="end of the stop")

    async def _last_things(self) -> None:
        last: list[Coroutine[Any, Any, object]] = []
        if self.helper is not None:
            last.append(within(self._in.clock, PUBLISH_S, self.helper.publish()))
        if self._category == 1:
            last.append(self._safe.run())
        try:
            for failed in await asyncio.gather(*last, return_exceptions=True):
                if isinstance(failed, Exception):
                    logger.error("A last thing of the stop failed", exc_info=failed)
        finally:
            # After a reset, or a stop after that one, the link is not this one's any more.
            if self._in.switch.engaged and self._ending is asyncio.current_task():
                self._in.backend.hold(self.passing.ids(safe=False))
                self._in.backend.cut()

    def _told(self, state: StopState) -> None:
        if state.engaged:
            return
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        self._in.backend.release()
        if self.helper is not None:
            self.helper.lifted()
