"""Deciding about routines as an act: judged, logged and stopped like a lamp.

Who decides is told from the entry in the log under which the gate sent it.  The rules of the household come first; what
``claw/routines/whose.py`` says holds whatever they say: nobody changes another's unless they are grown up, a voice only
what was made in its room, and what a stranger's text had a part in waits for an owner.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from claw.audit.log import AuditLog, Entry
from claw.base.action import Acknowledgement, Action, Origin, Permit
from claw.base.erasure import Erasure
from claw.base.errors import ClawError, Refused
from claw.base.permit import PermitDesk
from claw.policy.people import Role
from claw.routines.acts import ADOPT, CHANGE, PAUSE, REMOVE, RESUME, RUN, SCHEDULE, SERVICES, SKIP
from claw.routines.asked import Asked
from claw.routines.model import Routine, Run

if TYPE_CHECKING:
    from claw.routines.deeds import Deeds

logger = logging.getLogger(__name__)

STEP = "routine"
"""The kind of the log's entries about what became of a routine."""
MOST_RESULTS = 100


class RunsNow(Protocol):
    """Who runs a routine because a person says so (``claw/routines/keeper.py``)."""

    async def run_now(self, routine: str, asked_by: Origin) -> Run:
        """Run it once and return its row when it ended; raises Refused where it may not run."""
        ...


class RoutineEffector:
    """The effector of the acts on routines; ``deeds`` and ``runs`` are given to it once there are any."""

    def __init__(self, permits: PermitDesk, audit: AuditLog, role: Callable[[str | None], Role | None]) -> None:
        """``role`` gives the role that somebody has at this moment."""
        self._permits = permits
        self._audit = audit
        self._role = role
        self._done: OrderedDict[int, Routine] = OrderedDict()
        self._running: OrderedDict[int, asyncio.Task[Run]] = OrderedDict()
        self._tasks: set[asyncio.Task[Run]] = set()
        self.deeds: Deeds | None = None
        self.runs: RunsNow | None = None

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do one act on a routine; raises Refused, with a sentence, for what may not be done or by whom."""
        self._permits.spend(permit, action)
        asked, deeds = self._asked(action, permit.audit), self.deeds
        if deeds is None:
            raise Refused("there are no routines here")
        routine = self._do(action, asked, deeds)
        step = action.name.partition("routine_")[2] or "schedule"
        body = {"routine": routine.id, "step": step, "state": routine.state}
        self._audit.note(STEP, body, origin=asked.origin, parent=permit.audit)
        self._done[permit.audit] = routine
        while len(self._done) > MOST_RESULTS:
            self._done.popitem(last=False)
        return Acknowledgement(response={"routine": routine.id, "state": routine.state})

    def take(self, entry: int | None) -> Routine | None:
        """Return the routine as the act with that number in the log left it, once."""
        return None if entry is None else self._done.pop(entry, None)

    def under_way(self, entry: int | None) -> "asyncio.Task[Run] | None":
        """Return the run that the act with that number in the log began, once; it goes on whoever waits for it."""
        return None if entry is None else self._running.pop(entry, None)

    def erase(self, erasure: Erasure) -> int:
        """Let go of what nobody has taken yet: it holds what somebody called a routine."""
        del erasure
        gone = len(self._done)
        self._done.clear()
        return gone

    async def close(self) -> None:
        """End what waits for a run to come to its end; the run itself is the keeper's."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._running.clear()

    def _do(self, action: Action, asked: Asked, deeds: "Deeds") -> Routine:
        ident, spec = str(action.data.get("routine", "")), str(action.data.get("spec", ""))
        do: Mapping[str, Callable[[], Routine]] = {
            SCHEDULE: lambda: deeds.schedule(spec, asked),
            CHANGE: lambda: deeds.change(ident, spec, asked),
            PAUSE: lambda: deeds.pause(ident, asked),
            RESUME: lambda: deeds.resume(ident, asked),
            SKIP: lambda: deeds.skip(ident, str(action.data.get("days", "")), asked),
            REMOVE: lambda: deeds.remove(ident, asked),
            ADOPT: lambda: deeds.adopt(ident, asked),
            RUN: lambda: self._run(deeds.runs(ident, asked), asked),
        }
        return do[action.name]()

    def _run(self, routine: Routine, asked: Asked) -> Routine:
        """Begin a run; the act is that it was begun, because the run goes through the gate by itself."""
        if self.runs is None:
            raise Refused("nothing runs here")
        task = asyncio.get_running_loop().create_task(self.runs.run_now(routine.id, asked.origin))
        task.add_done_callback(self._ended)
        self._tasks.add(task)
        self._running[asked.entry] = task
        while len(self._running) > MOST_RESULTS:
            self._running.popitem(last=False)
        return routine

    def _ended(self, task: "asyncio.Task[Run]") -> None:
        """Take what a run that was asked for ended with: its row says it, and who asked is told from that."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ClawError):
            logger.error("A routine could not be run by hand", exc_info=error)

    def _asked(self, action: Action, entry: int) -> Asked:
        """Return who decides, as the log has it; raises Refused where it does not say, or for no act on routines."""
        if action.name not in SERVICES:
            raise Refused(f"{action.name} is nothing that is done about routines")
        found = self._audit.entry(entry)
        if found is None or found.origin is None or found.payload is None:
            raise Refused("the log does not say who asked for this")
        origin = found.origin
        role = self._role(origin.person) if origin.authenticated else None
        return Asked(origin, role, entry, self._accepted(found), bool(found.payload.get("run")))

    def _accepted(self, intent: Entry) -> bool:
        """Return whether an owner was asked, shown the act and said yes to it."""
        answer = self._audit.entry(intent.parent) if intent.parent is not None else None
        if answer is None or answer.kind != "answer" or answer.origin is None or answer.payload is None:
            return False
        who = answer.origin
        owner = who.authenticated and not who.asks_only and not who.taint and self._role(who.person) == "owner"
        return owner and answer.payload.get("yes") is True
