"""What became of a run in the middle of which Claw ended: read from the log and the house, never done again.

The log has the intent of an act before the act, so a run without one has done nothing; what has one may have been
done, and only the state of the house can still say so.
"""

from claw.audit.log import AuditLog
from claw.house.mirror import Mirror
from claw.routines.model import Done, Run


class Settle:
    """Asks the log and the house; used from the event loop only."""

    def __init__(self, log: AuditLog, mirror: Mirror) -> None:
        self._log = log
        self._mirror = mirror

    async def of(self, run: Run) -> Done | None:
        """Return what came of a run that an earlier daemon left; None where nothing of it had been begun."""
        raise NotImplementedError
