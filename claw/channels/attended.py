"""Work that ends when whoever asked for it hangs up: a person at a terminal who presses Ctrl-C means what they asked.

A caller has to ask for this, because most programs that hang up have only lost the line, and what they asked for goes
on.  Nothing is torn by it: the gate settles an act that is under way when its task is cancelled, by looking, and a
program is halted before its next step.
"""

import asyncio
from collections.abc import Awaitable

from claw.base.action import Json
from claw.channels.call import Word

ATTENDED: frozenset[Word] = frozenset({"say", "act", "answer", "undo"})
"""What may be ended this way: the turns.  Everything else goes on to its end."""

_CHUNK = 1 << 16


class Left(Exception):
    """Whoever asked has gone, and what they asked for has ended."""


async def attended(work: Awaitable[Json], reader: asyncio.StreamReader) -> Json:
    """Return what ``work`` returns or raise what it raises; raises Left once the caller has hung up, and ends it then.

    What the caller sends meanwhile is not read as a call.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_gone(reader))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Left
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _gone(reader: asyncio.StreamReader) -> None:
    try:
        while await reader.read(_CHUNK):
            pass
    except ConnectionError:
        return
