"""Lines before the door, one for each source: nobody's flood keeps anybody else waiting.

Four plans of one source are at work at once; the rest wait in the order they came, up to a number.  A stop is not an
action and never waits here; it sends everybody in every line away.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from claw.base.action import SYSTEM, Action, Origin
from claw.base.errors import Refused
from claw.gate.doing import tell
from claw.gate.stop import OWN

AT_ONCE = 4
MOST_WAITING = 64


@dataclass
class _Line:
    at_work: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])


class Lines:
    """The lines of all sources; one for the gate."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def place(self, origin: Origin, actions: Sequence[Action] = ()) -> AsyncGenerator[None]:
        """Hold one of the four places of this source, waiting for it in line; raises Refused when the line is full.

        What is Claw's own among ``actions``, such as asking a model, has a line of its own: a lamp does not wait for
        a slow server.

        Raises Refused ("stopped") for those who wait while the line is emptied.  The daemon's own messages take none:
        they come out of plans that hold a place already.
        """
        if origin.channel == SYSTEM.channel:
            yield
            return
        own = bool(actions) and all(action.domain == OWN for action in actions)
        name = f"{origin.channel} {origin.source}" + (f" {OWN}" if own else "")
        line = self._lines.setdefault(name, _Line())
        if line.at_work >= AT_ONCE:
            tell(origin, "waits")
        await self._enter(line)
        try:
            yield
        finally:
            self._leave(name, line)

    @property
    def waiting(self) -> int:
        """How many plans of all sources wait for their turn."""
        return sum(len(line.waiting) for line in self._lines.values())

    def empty(self) -> None:
        """Send away everybody who waits: called when the switch engages."""
        for line in self._lines.values():
            while line.waiting:
                future = line.waiting.popleft()
                if not future.done():
                    future.set_exception(Refused("stopped"))

    async def _enter(self, line: _Line) -> None:
        if line.at_work < AT_ONCE:
            line.at_work += 1
            return
        if len(line.waiting) >= MOST_WAITING:
            raise Refused(f"{MOST_WAITING} requests of yours wait already")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with suppress(ValueError):  # looked at already, and passed over
                    line.waiting.remove(turn)
            elif turn.exception() is None:
                self._next(line)  # the place was given to somebody who had just gone
            raise

    def _leave(self, name: str, line: _Line) -> None:
        self._next(line)
        if not line.at_work:  # nobody waits then: a place is passed on as long as somebody does
            self._lines.pop(name, None)

    @staticmethod
    def _next(line: _Line) -> None:
        while line.waiting:
            turn = line.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        line.at_work -= 1
