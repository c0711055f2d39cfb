"""Can the log still be written?  Asked several times a minute for years, often of a card that wears out by writing.

So what the daemon writes anyway is the answer, and only where it wrote nothing for long, or where the last write
failed, something is written to find out.  A write that fails changes nothing on the disk: it may be tried as often as
somebody asks.
"""

from claw.audit.log import AuditLog
from claw.base.clock import Clock

QUIET_S = 600.0
"""Nothing written for so long: at most 144 pages of 4 kB a day are written to find out, 0.6 MB."""
LONGEST_S = 45.0
"""A write that takes longer will not end: the slowest cards stand still for ten seconds."""

FAILS = "the log cannot be written"
HANGS = "a write to the log does not come to its end"


class Pulse:
    """Looks at the writer of one log; ``problem`` is what it found, empty where the log can be written."""

    def __init__(self, log: AuditLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock

    def look(self) -> None:
        """Have the disk tried where nobody knows, in the background; ``problem`` says afterwards what came of it."""
        if self._failing or self._clock.monotonic() - self._log.written_at >= QUIET_S:
            self._log.probe()

    @property
    def problem(self) -> str:
        """Say why the log is dead, in a few words; empty while it is not.

        A full disk is a reason to refuse every act, which the gate does, and none to be dead: no new start mends it.
        """
        since = self._log.under_way_since
        if since is not None and self._clock.monotonic() - since >= LONGEST_S:
            return HANGS
        return FAILS if self._failing and not self._log.full else ""

    @property
    def _failing(self) -> bool:
        return bool(self._log.failures) and self._log.failures[-1] >= self._log.written_at
