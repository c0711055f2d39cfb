"""What was asked with a key is done once: who got no answer may ask again with the same key, and gets the same answer.

A connection that breaks leaves its program not knowing whether it was heard.  Without a key the same words are another
request, as when a person says them twice.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from claw.base.clock import Clock

KEPT_S = 60.0
"""An answer holds words, so it is kept no longer than somebody who lost the line takes to ask again."""

MOST_KEPT = 256


@dataclass
class _Asked:
    work: "asyncio.Task[Any]"
    at: float


class Once:
    """The keys of all programs; each of them has its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asked: OrderedDict[tuple[str, str], _Asked] = OrderedDict()

    async def __call__(self, source: str, key: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Return what ``work`` returns, or raise what it raises: done now, or earlier for the same ``source`` and key.

        Without a key it is done now, and so it is where so many are under way that none can be let go: it may be a
        stop.  What has a key goes on to its end, also where whoever asked has gone.
        """
        if not key:
            return await work()
        self._let_go()
        asked = self._asked.get((source, key))
        if asked is None:
            if not self._room():
                return await work()
            asked = _Asked(asyncio.ensure_future(_done(work)), self._clock.monotonic())
            self._asked[source, key] = asked
        return await asyncio.shield(asked.work)

    def _let_go(self) -> None:
        oldest = self._clock.monotonic() - KEPT_S
        over = [name for name, asked in self._asked.items() if asked.at <= oldest and asked.work.done()]
        for name in over:
            del self._asked[name]

    def _room(self) -> bool:
        if len(self._asked) < MOST_KEPT:
            return True
        over = next((name for name, asked in self._asked.items() if asked.work.done()), None)
        if over is not None:
            del self._asked[over]
        return over is not None


async def _done(work: Callable[[], Awaitable[Any]]) -> Any:
    return await work()
