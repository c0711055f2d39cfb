"""How much of the log stays in one file, and for how long what was finished is kept.

A file is sealed when it holds half a million entries, or a month of them where the configuration says how long entries
are kept.  What is older than that goes file by file, oldest first, and never without an entry that says what went: then
``claw log verify`` begins behind it and tells so.
"""

import logging
from datetime import timedelta

from claw.audit.checkpoint import Checkpointer
from claw.audit.log import AuditLog
from claw.audit.segments import segments
from claw.base.clock import Clock, Timer
from claw.base.errors import ClawError

logger = logging.getLogger(__name__)

MOST_ROWS = 500_000
MONTH = timedelta(days=30)
LOOK_S = 300.0


class Retention:
    """Seals and retires; ``keep_days`` None keeps everything."""

    def __init__(self, audit: AuditLog, checkpoints: Checkpointer, clock: Clock, keep_days: int | None) -> None:
        self._audit = audit
        self._checkpoints = checkpoints
        self._clock = clock
        self._keep = timedelta(days=keep_days) if keep_days is not None else None

    async def run(self, timer: Timer) -> None:
        """Look every five minutes, until cancelled."""
        while True:
            await timer.sleep(LOOK_S)
            try:
                await self.tend()
            except ClawError as error:
                logger.warning("The audit log could not be sealed or shortened, which is tried again: %s", error)

    async def tend(self) -> None:
        """Seal the running file if it is due, and remove what is to be kept no longer; raises Unavailable or Broken."""
        if self._full():
            await self._checkpoints.seal("full")
        if self._keep is None:
            return
        for segment in segments(self._audit.path):
            last = self._audit.entry(segment.last)
            if last is None or self._clock.now() - last.time < self._keep:
                return
            note = (last.payload or {}).get("note", "")
            gone = {"first": segment.first, "last": segment.last, "hash": last.hash.hex(), "note": note}
            await self._audit.retire(segment, gone)
            self._checkpoints.soon("retired")

    def _full(self) -> bool:
        rows = self._audit.rows_in_file()
        if rows >= MOST_ROWS:
            return True
        first = self._audit.entry(self._audit.head().seq - rows + 1) if self._keep is not None else None
        return first is not None and self._clock.now() - first.time >= MONTH
