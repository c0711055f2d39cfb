"""Tells people what did not go as they had it set up: nothing that was missed, late or failed stays silent.

A row that is to be told says so on disk until it was, whatever becomes of the daemon.  One routine is told of at once
and then at most once an hour, the same of it once a day; many at the same time are one message.
"""

from collections.abc import Awaitable, Callable

from claw.base.action import Message
from claw.base.clock import Clock, Timer
from claw.routines.book import Book

Send = Callable[[Message], Awaitable[bool]]
"""Sends one message through the gate and returns whether it went; it raises nothing that a later try would not."""


class Reports:
    """Sends what the book has untold; used from the event loop only."""

    def __init__(self, book: Book, send: Send, clock: Clock, timer: Timer) -> None:
        self._book = book

    def wake(self) -> None:
        """Look for what is untold soon: many that come together are told together."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop telling; what is untold stays so for the next daemon."""
        raise NotImplementedError
