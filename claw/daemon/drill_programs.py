"""What a drill stops: programs of the real kind, in the sandbox that this machine has for them.

Half of them spin, which is the hardest to end; half do nothing but act, through the gate of the drill.  A program that
meets a limit of the sandbox is started anew, so that all are busy whenever the switch is tripped.  They are under the
stop of the drill, never under the daemon's own, and all that they brought up is gone afterwards.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

from claw.base.action import Action, Origin
from claw.base.clock import SystemClock, within
from claw.base.errors import Refused, Unavailable
from claw.gate.children import Children
from claw.gate.drill import Busy, Perform, Workers
from claw.gate.stop import Stop
from claw.program.confined import bubblewrap
from claw.program.events import Answer, Call, Trouble, Value, Wave
from claw.program.sandbox import PROCESSES, Sandbox

STUBS = "async def call(service: str, entity: str) -> None: ...\n"
SPINS = "while True:\n    pass\n"
ACTS = """\
while True:
    await call("light.turn_on", "{0}")
    await call("light.turn_off", "{0}")
"""
BEGIN_S = 10.0
"""How long the machine may take to bring all of them up."""


class Programs:
    """As many programs as may run at once, on the gate of a drill."""

    def __init__(self, sandbox: Sandbox, perform: Perform, devices: Sequence[str], clock: SystemClock) -> None:
        self._sandbox = sandbox
        self._perform = perform
        self._devices = tuple(devices)
        self._clock = clock
        self._running: dict[int, int] = {}
        self._begun = [asyncio.Event() for _ in range(PROCESSES)]

    @property
    def sandbox(self) -> str:
        """Return what they run in: ``plain`` or ``bubblewrap``."""
        return self._sandbox.kind

    def pids(self) -> Sequence[int]:
        """Return the process of each that runs now."""
        return list(self._running.values())

    @asynccontextmanager
    async def working(self) -> AsyncGenerator["Programs"]:
        """Give them when all have begun; raises Unavailable where that takes too long."""
        tasks = [asyncio.create_task(self._on_and_on(number), name="drill program") for number in range(PROCESSES)]
        try:
            begun = asyncio.gather(*(event.wait() for event in self._begun))
            if not await within(self._clock, BEGIN_S, begun):
                raise Unavailable("the drill cannot start its programs")
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _on_and_on(self, number: int) -> None:
        with suppress(Unavailable):  # the stop: nothing more runs
            while True:
                await self._once(number)

    async def _once(self, number: int) -> None:
        """Run one program until the sandbox or the stop ends it."""
        source = SPINS if number % 2 else ACTS.format(self._devices[number % len(self._devices)])
        # Of the real ones, too, only that which is rehearsed has its types checked: 24 MB, and the run beside it 1 MB.
        async with self._sandbox.session(STUBS, self._clock.now(), number, typed=number == 0) as session:
            self._running[number] = session.pid
            self._begun[number].set()
            try:
                event = await session.start(source)
                while isinstance(event, Wave):
                    event = await session.resume({call.id: await self._answer(call) for call in event.calls})
            finally:
                self._running.pop(number, None)

    async def _answer(self, call: Call) -> Answer:
        service, entity = call.args
        origin = Origin(channel="drill", source="drill program", task=f"drill {entity}")
        try:
            await self._perform((Action(str(service), (str(entity),)),), origin)
        except Refused as refusal:
            return Trouble("PermissionError", str(refusal), denied=True)
        return Value(None)


@asynccontextmanager
async def busy(
    stop: Stop, children: Children, perform: Perform, devices: Sequence[str], clock: SystemClock
) -> AsyncGenerator[Busy]:
    """Give programs that do not want to end, or plain children where this machine has no sandbox; ends them all.

    Raises Unavailable when the machine does not let us start them.
    """
    # Said once by the daemon's own sandbox, not by each trip: that there is no bubblewrap.
    sandbox = Sandbox.open(children, clock, lambda: stop.engaged, wrapper="auto" if bubblewrap() else "plain")
    try:
        if await sandbox.ready() == "none":
            async with Workers(children).working() as workers:
                yield workers
        else:
            async with Programs(sandbox, perform, devices, clock).working() as programs:
                yield programs
    finally:
        await sandbox.close()
