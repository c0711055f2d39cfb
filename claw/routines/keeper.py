"""Has everything run when it is due, once, and lets nothing pass in silence.

One loop sleeps to the earliest moment at which anything is due; events come in by ``fire``.  Each firing becomes a row
before anything else happens with it, and each row is closed with what came of it, also where that is only why nothing
was done.  What the words for missed, overlap, held and the others mean is written in ``docs/routines.md``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from claw.base.action import Origin
from claw.base.clock import Clock, Timer
from claw.routines.book import Book
from claw.routines.model import Done, Firing, Routine, Run
from claw.routines.place import Place


class Does(Protocol):
    """Who carries a run out."""

    async def do(self, routine: Routine, run: Run) -> Done:
        """Carry out one run and return what came of it; what it raises is a failed run."""
        ...

    def cancel(self, run: Run) -> None:
        """End a run that is under way: its task is cancelled right after this."""
        ...


class Settles(Protocol):
    """Who says what became of a run that an earlier daemon left (``claw/routines/settle.py``)."""

    async def of(self, run: Run) -> Done | None:
        """Return what came of it; None where nothing of it had been begun."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """What the keeper asks of everything around it.

    ``place`` is where the house stands now; ``house_ready`` whether it can be acted on; ``held`` why nothing may be
    done just now (the stop, a pause), empty where it may: it is asked with whether the routine guards life.  ``told``
    is called when a row has something that somebody should hear (``Reports.wake``).
    """

    clock: Clock
    timer: Timer
    place: Callable[[], Place]
    house_ready: Callable[[], bool]
    held: Callable[[bool], str]
    told: Callable[[], None] = lambda: None


class Keeper:
    """Keeps all routines of one book; used from the event loop only."""

    def __init__(self, book: Book, does: Does, settles: Settles, around: Around) -> None:
        self._book = book

    def start(self) -> None:
        """Settle what an earlier daemon left, and begin: needs a running event loop."""
        raise NotImplementedError

    async def close(self) -> None:
        """End; what is under way stays open in the book and is settled at the next start."""
        raise NotImplementedError

    def wake(self) -> None:
        """Look around now: the stop or a pause began or ended, the house came or went, the time zone is another."""
        raise NotImplementedError

    def fire(self, firing: Firing) -> None:
        """Take one firing that an event set off; returns at once and never raises."""
        raise NotImplementedError

    async def run_now(self, routine: str, asked_by: Origin) -> Run:
        """Have a routine run once because a person says so, and return its row when it ended.

        Quiet hours, skips, a cool-down and its conditions by the clock do not hold it; the stop and a pause do.  Raises
        Refused where there is no such routine or it waits for a yes or is suspended.
        """
        raise NotImplementedError

    def upcoming(self, routine: str, most: int = 3) -> tuple[datetime, ...]:
        """Return the next firings by the clock (UTC) that are neither skipped nor after its end."""
        raise NotImplementedError

    def under_way(self) -> tuple[Run, ...]:
        """Return the runs that go on now."""
        raise NotImplementedError
