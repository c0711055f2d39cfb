"""One at a time, and only so many who wait: for what a person may ask and what takes the machine a while."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from claw.base.errors import Unavailable

MOST_WAITING = 4
"""A household has not more people who ask such things in the same second; a loop of requests has."""
BUSY = "others are asking the same at this moment; try again in a few seconds"


class Turns:
    """Who is in, and how many wait; used from the event loop only."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        """``most`` may be there at once, the one who is in included."""
        self._one = asyncio.Lock()
        self._most = most
        self._there = 0

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait until nobody else is in; raises Unavailable at once where too many wait already."""
        if self._there >= self._most:
            raise Unavailable(BUSY)
        self._there += 1
        try:
            async with self._one:
                yield
        finally:
            self._there -= 1
