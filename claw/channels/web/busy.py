"""How many requests of one client are answered at the same time.

Strangers are turned away before anything is done for them, but a token that was stolen, or a program in a loop, is
somebody.  An answer can take a minute while a model thinks, and there are 256 connections in all: one client must not
be able to take those of everybody else.
"""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from claw.channels.web.guard import Rejected

AT_ONCE = 32
"""Far more than a household's page, or a program that waits for its answers, has under way."""


class Busy:
    """Counts what is under way; used from the event loop only."""

    def __init__(self) -> None:
        self._under_way = Counter[str]()

    @contextmanager
    def held(self, client: str) -> Generator[None]:
        """Count one request of ``client`` while it is answered; raises Rejected (429) for one too many."""
        if self._under_way[client] >= AT_ONCE:
            raise Rejected(429, "too_many", "Too many requests of this client are under way.", {"Retry-After": "1"})
        self._under_way[client] += 1
        try:
            yield
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]
