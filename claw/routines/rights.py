"""For whom a routine acts, as they stand at this moment: it never does more than they may, and nothing once they left.

The judge asks here for every act (``claw/gate/makers.py``), so no way of running a routine goes past it.  What nobody
in particular set up, by voice in some room, reaches that room alone and nothing risky.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from claw.base.action import Action, Message, Origin
from claw.base.clock import Clock
from claw.gate.judge import Judge
from claw.policy.people import People
from claw.routines.model import Routine, Run

FREE_DAYS = 7
"""After so many days a routine is over that nobody in particular made and nobody took over."""


class Shelf(Protocol):
    """Where routines are kept (``claw/routines/book.py``)."""

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id, a skill's too; None where there is none."""
        ...

    def all(self) -> Sequence[Routine]:
        """Return every routine that is not removed."""
        ...

    def change(self, routine: str, **fields: object) -> Routine:
        """Put other values into some fields of a routine as it stands now; raises Refused where there is none."""
        ...


def nobodys(routine: Routine) -> bool:
    """Return whether nobody who is known answers for it: it was set by voice, and nobody took it over."""
    raise NotImplementedError


def expiry(made_by: Origin, now: datetime) -> datetime | None:
    """Return when a new routine is over that nobody in particular makes; None for one that somebody does."""
    raise NotImplementedError


def acting(routine: Routine, run: Run) -> Origin:
    """Return the origin in which a run acts: the routine's own name, its person, its place and its taint."""
    raise NotImplementedError


class RoutineRights:
    """Fills the judge's port (``judge.makers``); used from the event loop only.

    ``look`` is called at the start, when the household or the rules change, and by ``Doing`` before each run.
    """

    def __init__(
        self, shelf: Shelf, people: People, judge: Judge, clock: Clock, tell: Callable[[Message], object]
    ) -> None:
        """``tell`` sends a message without waiting for it."""
        raise NotImplementedError

    def maker(self, origin: Origin) -> Origin | None:
        """Return whoever the routine ``origin.routine`` acts for, as they would ask themselves now.

        None where it acts for the house alone.  Raises Refused where there is no such routine, it may not act now, or
        its person is not of the household any more.
        """
        raise NotImplementedError

    def bound(self, actions: Sequence[Action], origin: Origin) -> None:
        """Raise Refused where the routine may not do one of ``actions``, whoever made it."""
        raise NotImplementedError

    def why_not(self, routine: Routine) -> str:
        """Return why its person lets it not act now, a sentence without its full stop; empty where they do."""
        raise NotImplementedError

    def look(self, routines: Iterable[Routine] | None = None) -> tuple[str, ...]:
        """Suspend the routines of people who left, end those that nobody took over in time; return their ids.

        Owners are told once.
        """
        raise NotImplementedError

    def welcome(self, routine: Routine) -> None:
        """Tell a grown-up, once, of a new routine that nobody in particular made; of any other nothing is said."""
        raise NotImplementedError
