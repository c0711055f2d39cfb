"""What becomes of a firing that could not be carried out when it was due: pure, from its lateness and the routine.

``docs/routines.md`` has the table that people read; this is what it says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from claw.routines.model import Routine
from claw.routines.spec import Acts, Says, Spec, span_s

ON_TIME = timedelta(seconds=60)
"""What begins within a minute is on time."""

LATER_ONE = "the next one was due before it could run"

Verdict = Literal["run", "late", "wait", "missed", "skipped"]
"""``late`` it runs all the same; ``wait`` for the house; ``skipped`` is a moment that one right after it covers."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One firing as it is looked at: how late it is, whether another is due by now, whether it could be carried out."""

    lateness: timedelta
    latest: bool
    possible: bool


def verdict(spec: Spec, moment: Moment) -> Verdict:
    """Return what becomes of it."""
    on_time = moment.lateness <= ON_TIME
    if spec.missed != "all" and not moment.latest:
        return "skipped" if on_time else "missed"
    if moment.lateness > patience(spec):
        return "missed"
    if not moment.possible:
        return "wait"
    return "run" if on_time else "late"


def patience(spec: Spec) -> timedelta:
    """Return how late a firing of it may begin at most."""
    return ON_TIME if spec.missed == "skip" else max(ON_TIME, timedelta(seconds=span_s(spec.grace)))


def needs_house(routine: Routine) -> bool:
    """Return whether it can do nothing while the house is not connected: a message needs none, and a danger is told."""
    if routine.safety:
        return False
    if routine.spec.only_if is not None and routine.spec.only_if.looks_at_house:
        return True
    return not all(
        isinstance(step, Says)
        or (isinstance(step, Acts) and all(act.action.startswith("claw.") for act in step.actions))
        for step in routine.spec.do
    )


def how_late(lateness: timedelta) -> str:
    """Return a lateness as a person says it (``12 min late``)."""
    seconds = lateness.total_seconds()
    if seconds < 3600:  # noqa: PLR2004  an hour
        return f"{seconds / 60:.0f} min late"
    return f"{seconds / 3600:.1f} h late" if seconds < 86_400 else f"{seconds / 86_400:.1f} days late"  # noqa: PLR2004  a day


class Reasons:
    """Remembers what kept Claw from carrying things out, to say of any moment why it was missed."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._set_forward: tuple[datetime, datetime] | None = None
        self._away: tuple[datetime, datetime | None] | None = None

    def start(self, now: datetime) -> None:
        """Take it that this daemon looks after routines from now on."""
        self._start = now

    def set_forward(self, before: datetime, after: datetime) -> None:
        """Take it that the clock went from one moment to the other at once."""
        self._set_forward = (before, after)

    def set_back(self, now: datetime) -> None:
        """Take it that the clock was set back to ``now``: what it will show again is not from before."""
        self._start = min(self._start, now)
        self._set_forward = self._away = None

    def house(self, now: datetime, *, ready: bool) -> None:
        """Take whether the house can be acted on now."""
        away = self._away is not None and self._away[1] is None
        if not ready and not away:
            self._away = (now, None)
        elif ready and away and self._away is not None:
            self._away = (self._away[0], now)

    def why(self, due: datetime) -> str:
        """Return what kept Claw from carrying out what was due at ``due``."""
        if due < self._start:
            return "Claw was not running"
        if self._set_forward is not None and self._set_forward[0] < due <= self._set_forward[1]:
            return "the clock was set forward"
        if self._away is not None and self._away[0] - ON_TIME <= due <= (self._away[1] or due):
            return "the house was not connected"
        return "Claw was busy"
