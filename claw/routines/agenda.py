"""When each routine is due by the clock, in the order of time, all its triggers together.

A moment of the wall clock is due when the clock shows it.  An interval and a timer go by the time that passes: where
the clock is set back, what is left of them stays what it was, so that they neither wait for the hour that comes again
nor fire in it twice.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from claw.routines.book import BACK, SETS, Book
from claw.routines.due import next_due
from claw.routines.history import BY_CLOCK, SET_BACK
from claw.routines.model import Firing, Routine
from claw.routines.place import Place
from claw.routines.spec import ByClock, Every, Once
from claw.routines.wall import moment_of

SURE = timedelta(milliseconds=20)
"""What is certainly past the last moment that was seen to, however figures are rounded."""


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """One moment (UTC) at which a routine is due, the position of the trigger, and the name of the firing."""

    moment: datetime
    trigger: int
    key: str

    def firing(self, routine: str) -> Firing:
        """Return it as a firing of ``routine``."""
        return Firing(routine, self.trigger, self.moment, self.key)


class Agenda:
    """Works out due times from what the book has; used from the event loop only."""

    def __init__(self, book: Book, place: Callable[[], Place]) -> None:
        self._book = book
        self._place = place

    def dues(self, routine: Routine, after: datetime) -> Iterator[Due]:
        """Give the moments after ``after``, earliest first, each once; raises ValueError where a trigger is none."""
        place = self._place()
        kept = self._book.kept(routine.id)
        back, sets = timedelta(seconds=_figure(kept.get(BACK))), int(_figure(kept.get(SETS)))
        found: list[Due] = []

        def add(number: int, trigger: ByClock, since: datetime) -> None:
            shift = back if by_passing(routine, trigger) else timedelta()
            moment = next_due(trigger, since + shift, place, routine.created)
            if moment is not None:
                moment -= shift
                key = f"{BY_CLOCK}{moment.isoformat()}" + (f"{SET_BACK}{sets}" if shift else "")
                heapq.heappush(found, Due(moment, number, key))

        triggers = {number: each for number, each in enumerate(routine.spec.when) if isinstance(each, ByClock)}
        for number, trigger in triggers.items():
            add(number, trigger, after)
        last = after
        while found:
            due = heapq.heappop(found)
            if due.moment > last:
                last = due.moment
                yield due
            add(due.trigger, triggers[due.trigger], due.moment)

    def next(self, routine: Routine, after: datetime) -> Due | None:
        """Return the first moment after ``after``, None where there is none."""
        return next(self.dues(routine, after), None)

    def end(self, routine: Routine) -> datetime | None:
        """Return when (UTC) it ends by itself, None where it does not."""
        until = routine.spec.until
        if until is not None and until.tzinfo is None:
            until = moment_of(until, self._place().zone)
        ends = [each for each in (until, routine.expires) if each is not None]
        return min(ends, default=None)

    def skips(self, routine: Routine, due: datetime) -> bool:
        """Return whether somebody said that it should not fire on the day of ``due``; what guards life skips none."""
        return bool(routine.skips) and not routine.safety and self._place().wall(due).date() in routine.skips

    def quiet(self, routine: Routine, moment: datetime) -> bool:
        """Return whether ``moment`` lies in its quiet hours; what guards life has none."""
        if routine.spec.quiet is None or routine.safety:
            return False
        start, end = routine.spec.quiet
        shown = self._place().wall(moment).strftime("%H:%M:%S")
        return start <= shown < end if start <= end else shown >= start or shown < end

    def set_back(self, routine: Routine, now: datetime, seconds: float) -> None:
        """Take it that the clock was set back by ``seconds``; what was due until it showed ``now`` has been seen to.

        What goes by the time that passes moves whole, so that nothing of it that waits (for the house) is left behind.
        """
        clocks = [each for each in routine.spec.when if isinstance(each, ByClock)]
        passing = [each for each in clocks if by_passing(routine, each)]
        if passing:
            kept = self._book.kept(routine.id)
            times = int(_figure(kept.get(SETS))) + 1
            self._book.keep(routine.id, {BACK: _figure(kept.get(BACK)) + seconds, SETS: times})
        accounted = self._book.accounted(routine.id)
        if clocks and len(passing) == len(clocks):
            self._book.account(routine.id, accounted - timedelta(seconds=seconds) + SURE)
        elif accounted > now:
            self._book.account(routine.id, now)


def by_clock(routine: Routine) -> bool:
    """Return whether a clock sets it off at all."""
    return any(isinstance(each, ByClock) for each in routine.spec.when)


def once(routine: Routine) -> bool:
    """Return whether it has nothing but single moments."""
    return all(isinstance(each, Once) for each in routine.spec.when)


def by_passing(routine: Routine, trigger: object) -> bool:
    """Return whether a trigger goes by the time that passes: an interval, and the moment of a timer."""
    return isinstance(trigger, Every) or (isinstance(trigger, Once) and routine.spec.kind == "timer")


def _figure(kept: object) -> float:
    return float(kept) if isinstance(kept, (int, float)) else 0.0
