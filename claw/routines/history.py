"""What became of each time that a routine was due: one row for each, written before anything is done.

A firing has a name, and the row that carries it is the only licence to act: whoever sees the same firing again, after
a crash, a clock that was set or an event that came twice, finds the row and does nothing.  Firings in a row in which
nothing was done, for one reason, share a row that counts them.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.routines.model import Done, Firing, Run, RunStatus


class History:
    """The rows of the history; used from the event loop only.  Every method raises Broken where it cannot be kept."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def claim(self, firing: Firing, *, begin: bool = True) -> Run | None:
        """Make ``firing`` ours to carry out, for good; None where it was claimed before or was held back then.

        ``begin``: it is begun with that; else it waits for ``begin``.  What was merely missed or skipped may be
        claimed after all, where a clock that was set back shows the same moment again.
        """
        raise NotImplementedError

    def begin(self, run: Run) -> Run:
        """Write down that a claimed run begins now."""
        raise NotImplementedError

    def close(self, run: Run, done: Done) -> Run | None:
        """Write down what came of a run that is under way, or waited for somebody's yes; None where it was closed."""
        raise NotImplementedError

    def note(self, firing: Firing, status: RunStatus, reason: str) -> Run | None:
        """Write down a firing in which nothing was done; the row before counts it too where it says the same.

        None where that firing has its row already.
        """
        raise NotImplementedError

    def unfinished(self) -> tuple[Run, ...]:
        """Return what was claimed and never closed, oldest first: what was under way, or waited (``began`` is None)."""
        raise NotImplementedError

    def run(self, number: int) -> Run | None:
        """Return one row."""
        raise NotImplementedError

    def runs(self, routine: str | None = None, *, limit: int = 50, before: datetime | None = None) -> tuple[Run, ...]:
        """Return the rows due before ``before``, latest first."""
        raise NotImplementedError

    def would(self, run: int) -> tuple[str, ...]:
        """Return what a run that ran dry said it would have done."""
        raise NotImplementedError

    def counts(self, since: datetime) -> Mapping[RunStatus, int]:
        """Return how many firings came to what since then."""
        raise NotImplementedError

    def untold(self) -> tuple[Run, ...]:
        """Return the rows that somebody has still to be told of, oldest first."""
        raise NotImplementedError

    def told(self, *numbers: int) -> None:
        """Write down that these rows were told."""
        raise NotImplementedError

    def tidy(self) -> int:
        """Let go of old rows and return how many went."""
        raise NotImplementedError
