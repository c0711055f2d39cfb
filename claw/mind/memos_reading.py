"""Many memories at once, read beside the event loop: a household of years has more of them than fit between two acts.

Each reading has a connection of its own that cannot write, for the moment it takes, so it holds up nobody who writes or
forgets.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.memory.beliefs import Beliefs
from claw.memory.model import Audience, Memory, Status
from claw.store.db import UNREADABLE, connect, unusable


@dataclass(frozen=True)
class Reading:
    """Reads ``claw.db`` at ``path``."""

    path: Path
    clock: Clock

    async def shown(self, audience: Audience, statuses: Sequence[Status], limit: int) -> list[Memory]:
        """Return what ``audience`` may hear of, newest first; raises Broken where the database cannot be read."""
        return await asyncio.to_thread(self._shown, audience, statuses, limit)

    def _shown(self, audience: Audience, statuses: Sequence[Status], limit: int) -> list[Memory]:
        connection = connect(self.path, read_only=True, any_thread=True)
        try:
            return Beliefs(Database(connection), self.clock).shown(audience, None, statuses, limit)
        except UNREADABLE as error:
            raise unusable(self.path, error) from error
        finally:
            connection.close()
