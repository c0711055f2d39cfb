"""The exchanges that memories rest on: what a person said, as they said it, for a while.

Only people's words come in: never an answer of Claw's, nor what it recalled, for a memory that feeds on itself fills
with junk.  An exchange is heard again by its speaker alone, and by nobody where the channel did not prove who spoke.
"""

from datetime import datetime, timedelta

from sqlite_utils import Database

from claw.base.action import Origin
from claw.base.clock import Clock
from claw.memory.model import Episode, Trust
from claw.memory.passages import Passages

LONGEST_SAID = 4_000
"""Characters of one exchange that are kept."""


class Episodes:
    """The table ``episodes`` of ``claw.db``; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock, passages: Passages) -> None:
        self._db = db
        self._clock = clock
        self._passages = passages

    def note(
        self,
        origin: Origin,
        text: str,
        trust: Trust,
        *,
        name: str = "",
        audit: int | None = None,
        keep: timedelta | None = None,
    ) -> int:
        """Keep what was said for ``keep`` and have it found; without ``keep`` only as the source of a memory.

        ``name`` is what the speaker is called.  Returns the episode's number.  Raises Refused for no words at all.
        """
        raise NotImplementedError

    def get(self, number: int) -> Episode | None:
        """Return that exchange, whoever may hear it: for code."""
        raise NotImplementedError

    def last(self, conversation: str) -> Episode | None:
        """Return the newest exchange of ``conversation``, None where nothing of it is kept."""
        raise NotImplementedError

    def expire(self, now: datetime) -> tuple[int, ...]:
        """Forget the exchanges whose time is over and that no memory rests on; return their numbers."""
        raise NotImplementedError

    def drop(self, number: int) -> bool:
        """Forget one exchange, in the caller's transaction, with what its neighbours had of it."""
        raise NotImplementedError
