"""What was done lately, and how often: the memory behind ``at_most`` and ``more_than``.

Kept are the acts of the last day that were really sent; the audit log fills it again at a start, so that a restart
forgives nothing.  A clock that is set back forgives nothing either: an act that would lie in the future counts as done
now.  When more was done than can be kept, what was let go counts as too often for as long as it would have counted.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from math import inf
from typing import Protocol

from claw.base.action import Action, Json, Origin
from claw.policy.bounds import number
from claw.policy.words import LONGEST_S

MOST_ACTS = 20_000
"""One act every four seconds, all day long."""


class Act:
    """One act; ``at`` is in seconds since the epoch."""

    __slots__ = ("action", "at", "origin")

    def __init__(self, at: float, action: Action, origin: Origin) -> None:
        self.at = at
        self.action = action
        self.origin = origin


class Counting(Protocol):
    """Says how often something was done."""

    def count(self, now: datetime, span_s: float, fits: Callable[[Act], bool], measure: str | None = None) -> float:
        """Return how many acts of the last ``span_s`` fit, or the sum of their datum ``measure``."""
        ...


class Acts:
    """The acts of the last day, oldest first; used from the event loop only."""

    def __init__(self, before: "Acts | None" = None) -> None:
        """Take what was done ``before``, which is looked at and never changed."""
        self._before = before
        self._acts: deque[Act] = deque()
        self._let_go = -inf

    def add(self, now: datetime, action: Action, origin: Origin) -> None:
        """Note an act that was sent at ``now``."""
        at = now.timestamp()
        self._set_back(at)
        while self._acts and (len(self._acts) >= MOST_ACTS or self._acts[0].at <= at - LONGEST_S):
            if len(self._acts) >= MOST_ACTS:
                self._let_go = self._acts[0].at
            self._acts.popleft()
        self._acts.append(Act(at, action, origin))

    def load(self, rows: Iterable[tuple[datetime, Action, Origin]]) -> None:
        """Note the acts of a log, in the order in which they were done."""
        for row in rows:
            self.add(*row)

    def planned(self) -> "Acts":
        """Return a copy to which what a plan is going to do can be added."""
        return Acts(self)

    def count(self, now: datetime, span_s: float, fits: Callable[[Act], bool], measure: str | None = None) -> float:
        """Return how many acts of the last ``span_s`` fit, or the sum of their datum ``measure``.

        Infinity where that is not known: an act was let go for want of room, or its datum is there and no number.
        """
        after = now.timestamp() - span_s
        self._set_back(now.timestamp())
        if self._let_go_since(after):
            return inf
        found = 0.0
        for act in self._latest():
            if act.at <= after:
                break
            if fits(act):
                found += 1 if measure is None else _amount(act.action.data.get(measure, 0))
        return found

    def _latest(self) -> Iterator[Act]:
        return chain(reversed(self._acts), self._before._latest() if self._before else ())  # noqa: SLF001  its own class

    def _let_go_since(self, after: float) -> bool:
        return self._let_go > after or (self._before is not None and self._before._let_go_since(after))  # noqa: SLF001  its own class

    def _set_back(self, now: float) -> None:
        """Take every act in the future as done now."""
        self._let_go = min(self._let_go, now)
        for act in self._latest():
            if act.at <= now:
                break
            act.at = now


def _amount(value: Json) -> float:
    found = number(value)
    return inf if found is None else max(found, 0.0)


class Nothing:
    """Nothing was done."""

    def count(self, now: datetime, span_s: float, fits: Callable[[Act], bool], measure: str | None = None) -> float:
        """Return 0."""
        del now, span_s, fits, measure
        return 0.0


NO_ACTS = Nothing()
