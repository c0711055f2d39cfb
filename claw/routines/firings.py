"""What becomes of each firing: it runs, or a row says why it does not.

Here is every rule that stands between a moment at which a routine is due and its run, but for the order of runs
(``claw/routines/under_way.py``) and for what it is allowed to do, which the gate decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from claw.base.clock import Clock, Timer
from claw.routines.agenda import Agenda, Due
from claw.routines.book import Book
from claw.routines.history import TOGETHER
from claw.routines.missed import LATER_ONE, ON_TIME, Moment, Reasons, how_late, needs_house, patience, verdict
from claw.routines.model import TROUBLE, Firing, Routine, RunStatus
from claw.routines.place import Place
from claw.routines.spec import span_s
from claw.routines.under_way import UnderWay


@dataclass(frozen=True, slots=True)
class Around:
    """What the keeper asks of everything around it.

    ``place`` is where the house stands now; ``house_ready`` whether it can be acted on; ``held`` why nothing may be
    done just now (the stop, a pause), empty where it may: it is asked with whether the routine guards life.  ``told``
    is called when there may be a row that somebody should hear of (``Reports.wake``).
    """

    clock: Clock
    timer: Timer
    place: Callable[[], Place]
    house_ready: Callable[[], bool]
    held: Callable[[bool], str]
    told: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Firings:
    """Takes firings of one book; used from the event loop only.  Every method raises Broken where a row is not kept."""

    book: Book
    agenda: Agenda
    under_way: UnderWay
    around: Around
    reasons: Reasons

    def account(self, routine: Routine, passed: Sequence[Due], now: datetime, *, more: bool) -> datetime | None:
        """Run or write down what was due; return when to look again where something waits for the house."""
        possible = self.around.house_ready() or not needs_house(routine)
        rows: list[tuple[Due, RunStatus, str]] = []
        waits: datetime | None = None
        for index, due in enumerate(passed):
            lateness = now - due.moment
            if row := self._held_back(routine, due.moment):
                rows.append((due, *row))
                continue
            found = verdict(
                routine.spec, Moment(lateness, latest=index == len(passed) - 1 and not more, possible=possible)
            )
            queued = routine.spec.missed == "all" and self.under_way.full(routine.id)
            if found == "wait" or (found in {"run", "late"} and queued):
                waits = due.moment + patience(routine.spec) + timedelta(seconds=1)
                break
            if found == "missed" or found == "skipped":  # noqa: PLR1714  which the type checker follows
                rows.append((due, found, self.reasons.why(due.moment) if found == "missed" else LATER_ONE))
                continue
            self._write(routine.id, rows)
            rows = []
            late = f"{how_late(lateness)} ({self.reasons.why(due.moment)})" if found == "late" else ""
            self._run(routine, due.firing(routine.id), late, by_clock=True)
        self._write(routine.id, rows)
        return waits

    def _held_back(self, routine: Routine, day: datetime) -> tuple[RunStatus, str] | None:
        """Return why nothing may be done, whatever else is so, as status and reason."""
        if why := self.around.held(routine.safety):
            return "held", why
        if self.agenda.skips(routine, day):
            return "skipped", "it was to be skipped on that day"
        return None

    def _write(self, name: str, rows: Sequence[tuple[Due, RunStatus, str]]) -> None:
        """Write rows down, those together that say the same of moments that follow one another.

        Where the clock was set back some have theirs already, which must not stand for those that have none.
        """
        fresh = [row for row in rows if not self.book.has(row[0].firing(name))]
        for _, group in groupby(fresh, key=lambda row: (row[0].trigger, *row[1:])):
            same = list(group)
            start = 0
            for end in range(1, len(same) + 1):
                if end < len(same) and same[end][0].moment - same[end - 1][0].moment <= TOGETHER:
                    continue
                (first, status, reason), last = same[start], same[end - 1][0].moment
                firing = first.firing(name)
                self.note(firing, status, reason, times=end - start, until=last, accounted=last)
                start = end
        if rows and rows[-1] not in fresh[-1:]:
            self.book.account(name, rows[-1][0].moment)

    def happened(self, firing: Firing) -> None:
        """Take one firing by an event."""
        routine, now = self.book.standing(firing.routine), self.around.clock.now()
        if routine is None or not routine.fires or self.over(routine, now):
            return
        lateness = now - firing.due
        if row := self._held_back(routine, now):
            self.note(firing, *row)
        elif lateness > patience(routine.spec):
            self.note(firing, "missed", self.reasons.why(firing.due))
        elif needs_house(routine) and not self.around.house_ready():
            self.note(firing, "missed", "the house was not connected")
        else:
            self._run(routine, firing, how_late(lateness) if lateness > ON_TIME else "")

    def _run(self, routine: Routine, firing: Firing, late: str, *, by_clock: bool = False) -> None:
        """Run it now, or write down what of its own rules stands against that."""
        if why := self._at_rest(routine):
            self.note(firing, "skipped", why, accounted=firing.due if by_clock else None)
        else:
            self.under_way.start(routine, firing, late, accounted=by_clock)

    def _at_rest(self, routine: Routine) -> str:
        if routine.safety:
            return ""
        spec, now, going = routine.spec, self.around.clock.now(), self.under_way.count(routine.id)
        if self.agenda.quiet(routine, now):
            return "in its quiet hours"
        if spec.max_runs is not None and routine.runs + going >= spec.max_runs:
            return f"it may run {spec.max_runs} times"
        if spec.cooldown is not None:
            rests = routine.last is not None and now < routine.last + timedelta(seconds=span_s(spec.cooldown))
            if rests or going:
                return f"it rests for {spec.cooldown} after a run"
        return ""

    def over(self, routine: Routine, now: datetime) -> bool:
        """See whether it has come to its end, and write that down; what goes on of it goes on."""
        end, most = self.agenda.end(routine), routine.spec.max_runs
        why = ""
        if end is not None and end <= now:
            why = "its last day is over"
        elif most is not None and routine.runs >= most:
            why = f"it has run {most} times" if most > 1 else "it has run"
        if why:
            self.book.change(routine.id, state="over", why=why)
        return bool(why)

    def note(
        self,
        firing: Firing,
        status: RunStatus,
        reason: str,
        *,
        times: int = 1,
        until: datetime | None = None,
        accounted: datetime | None = None,
    ) -> None:
        """Write down ``times`` firings, from this one to ``until``, in which nothing was done."""
        run = self.book.note(firing, status, reason, times=times, until=until, accounted=accounted)
        if run is not None and status in TROUBLE:
            self.around.told()
