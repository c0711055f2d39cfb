"""A sandbox of the real kind with a handful of functions, and a driver that answers whatever a program asks."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Literal

from claw.base.clock import SystemClock, Timer
from claw.gate.children import Children
from claw.program.events import Answer, Call, Ended, Event, Failed, Handle, Mistyped, Value, Wave
from claw.program.sandbox import Sandbox
from claw.program.session import Session

STUBS = """
from typing import Any, Literal

Light = Literal["light.a", "light.b"]

class Handle:
    async def extract(self, schema: str) -> Any: ...
    def show(self) -> None: ...

Service = Literal["light.turn_on", "light.turn_off"]
async def call(service: Service, entities: Light | list[Light], **data: Any) -> Any: ...
def state(entity: Light) -> str: ...
async def ask(question: str) -> str: ...
async def read(source: str) -> Handle: ...
"""
NOW = datetime(2026, 1, 5, 13, 30, tzinfo=timezone(timedelta(hours=1)))
SEED = 7
HANG_S = 15.0
"""No program may hold anybody up for so long: beyond every limit of the sandbox."""


@dataclass
class Room:
    """A sandbox, and the stop's list of its processes."""

    sandbox: Sandbox
    children: Children
    calls: list[Call] = field(default_factory=list[Call])
    late: list[Call] = field(default_factory=list[Call])
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True
        self.children.kill()

    async def run(self, source: str, *, typed: bool = True, answer: Callable[[Call], Answer] | None = None) -> Event:
        """Drive one program to its end and return it; a program that is not valid is a Failed of kind Mistyped."""
        async with asyncio.timeout(HANG_S), self.session(typed=typed) as session:
            try:
                event = await session.start(source)
            except Mistyped as error:
                return Failed("Mistyped", error.diagnostics, 0, "")
            while isinstance(event, Wave):
                (self.late if self.stopped else self.calls).extend(event.calls)
                event = await session.resume({call.id: (answer or answered)(call) for call in event.calls})
            assert isinstance(event, (Ended, Failed))
            return event

    @asynccontextmanager
    async def session(self, *, typed: bool = True, now: datetime = NOW, seed: int = SEED) -> AsyncGenerator[Session]:
        async with self.sandbox.session(STUBS, now, seed, typed=typed) as session:
            yield session


def answered(call: Call) -> Answer:
    if call.name == "read":
        return Handle("mail:1", ("extract",))
    return Value("on" if call.name == "state" else {"status": "done"})


@asynccontextmanager
async def room(wrapper: Literal["auto", "plain"] = "plain", *, timer: Timer | None = None) -> AsyncGenerator[Room]:
    children = Children()
    sandbox = Sandbox.open(children, timer or SystemClock(), lambda: one.stopped, wrapper=wrapper)
    one = Room(sandbox, children)
    try:
        yield one
    finally:
        await sandbox.close()
        children.kill()
