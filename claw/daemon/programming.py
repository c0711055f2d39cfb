"""What runs programs, made when the first one runs: 3 MB of code that most houses do not need for most of a day.

A house with a model needs it with the first sentence that nothing else understands, one without for its skills alone.
Nothing of it is imported here but the sandbox, which can say what programs would run in, and starts nothing.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Action, Origin
from claw.base.clock import SystemClock
from claw.base.config import Config
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.daemon.stopping import Stopping
from claw.daemon.texts import Texts
from claw.gate.follow import Follower
from claw.gate.judge import Judge
from claw.gate.perform import Gate
from claw.gate.stop import Stop
from claw.house.backend import HouseBackend
from claw.house.mirror import Mirror
from claw.mind.whereabouts import Whereabouts
from claw.policy.people import People
from claw.program.sandbox import Sandbox

if TYPE_CHECKING:
    from claw.daemon.recollecting import Recollecting
    from claw.daemon.running import Reading, Running
    from claw.program.later import Later, Schedules
    from claw.program.tooling import Answers

__all__ = ["Around", "Programming"]


@dataclass(frozen=True)
class Around:
    """What programs work on: everything of one daemon that they touch, always by way of the gate."""

    config: Config
    state: Path
    db: Database
    clock: SystemClock
    audit: AuditLog
    stop: Stop
    stopping: Stopping
    backend: HouseBackend
    mirror: Mirror
    judge: Judge
    people: People
    gate: Gate
    follower: Follower
    texts: Texts
    whereabouts: Whereabouts


class Programming:
    """Makes what runs programs, once; used from the event loop only."""

    def __init__(
        self, around: Around, rooms: AsyncExitStack, memory: "Callable[[], Recollecting] | None" = None
    ) -> None:
        """``memory`` gives what programs are told of what people told; they know nothing without it.

        ``rooms`` closes it: the sandbox after the programs in it, and both before anything that they could reach.
        """
        self.around = around
        self.sandbox = Sandbox.open(around.stopping.children, around.clock, lambda: around.stop.engaged)
        self._memory = memory
        self.schedules: Schedules | None = None
        """Set once there are routines: what programs want done later."""
        self.answers: Answers | None = None
        """Set where other servers have tools: what those answer to programs."""
        self._running: Running | None = None
        self._hooks: list[Callable[[Running], object]] = []
        rooms.push_async_callback(self.sandbox.close)
        rooms.push_async_callback(self._close)

    @property
    def made(self) -> bool:
        """Whether it is there already."""
        return self._running is not None

    @property
    def left(self) -> bool:
        """Whether an earlier process left programs behind that wait, or were under way."""
        return self.around.db.table("programs").count > 0

    def __call__(self, reading: "Reading | None" = None) -> "Running":
        """Return what runs programs; ``reading`` is what only a house with a model has, where it is first asked."""
        if self._running is None:
            from claw.daemon.running import running  # noqa: PLC0415  see above

            memory = self._memory() if self._memory is not None else None
            self._running = running(self.around, self.sandbox, memory, reading, (self._later, self._answered))
            for told in self._hooks:
                told(self._running)
        return self._running

    def when_made(self, told: "Callable[[Running], object]") -> None:
        """Call ``told`` once it is there; now, where it is already."""
        if self._running is not None:
            told(self._running)
        else:
            self._hooks.append(told)

    def erase(self, erasure: Erasure) -> int:
        """Let go of what was put aside and is to be forgotten; return how many programs went."""
        return self().programs.erase(erasure) if self.made or self.left else 0

    def _later(self, later: "Later", origin: Origin) -> Action:
        if self.schedules is None:
            raise Refused("nothing can be done later here")
        return self.schedules(later, origin)

    def _answered(self, number: int) -> str | None:
        return self.answers(number) if self.answers is not None else None

    async def _close(self) -> None:
        if self._running is not None:
            await self._running.programs.close()
