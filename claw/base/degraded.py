"""What does not work right now although the rest does: one list, which every channel, ``status`` and ``doctor`` show.

Whoever runs a part says when it fails and when it works again; who listens is told of each change once, however often
the same is said.  Nothing is decided here: a part that fails takes nothing else down with it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from claw.base.action import Json
from claw.base.clock import Clock

logger = logging.getLogger(__name__)

MOST = 100
"""Parts that are kept at once; a daemon has far fewer."""


@dataclass(frozen=True)
class Fault:
    """A part that does not work: its name, in plain words what is wrong with it, and since when.

    The text is for everybody: no secret, no word of anybody's and nothing that tells who is at home.
    """

    part: str
    text: str
    since: datetime

    def as_json(self) -> dict[str, Json]:
        """Return the same as JSON."""
        return {"part": self.part, "text": self.text, "since": self.since.isoformat()}


Listener = Callable[[Fault, bool], None]
"""A part and whether it works again."""


class Degraded:
    """Keeps what does not work, in the order in which it began."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._faults: dict[str, Fault] = {}
        self._listeners: list[Listener] = []

    def fails(self, part: str, text: str) -> None:
        """Note that ``part`` does not work; who listens is told when it did before."""
        known = self._faults.get(part)
        if known is not None:
            self._faults[part] = replace(known, text=text)
        elif len(self._faults) < MOST:
            self._faults[part] = fault = Fault(part, text, self._clock.now())
            self._tell(fault, works=False)

    def works(self, part: str) -> None:
        """Note that ``part`` works; who listens is told when it did not before."""
        fault = self._faults.pop(part, None)
        if fault is not None:
            self._tell(fault, works=True)

    def now(self) -> tuple[Fault, ...]:
        """Return what does not work."""
        return tuple(self._faults.values())

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` of every change from now on; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, fault: Fault, *, works: bool) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(fault, works)
            except Exception:
                # Who only wants to know must not break what reports.
                logger.exception("A change of %s was not told", fault.part)
