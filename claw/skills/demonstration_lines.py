"""What a demonstration comes to: for each thing that was moved by hand, how it is from now on, and what takes it there.

Pure, from the states before and after: what lies between does not count, and what ended as it began is not there.  What
lets somebody in (a lock, a door, a valve, the alarm) is left out and said so: a skill that opens is never learned by
watching.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from claw.base.action import NO_DATA, Action, Json
from claw.house.model import House, State


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a thing was: its state's value and the attributes that can be put back."""

    value: str
    attributes: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)

    def state(self) -> State:
        """Return it as a state."""
        return State(self.value, self.attributes)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was shown: which, the acts that take it there from how it was, and the figures in them.

    ``figures`` are the keys of the acts' data that could be another value another time (``brightness_pct``).
    """

    entity: str
    actions: tuple[Action, ...]
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """One thing that was moved and is not part of it; ``why``: ``opens``, ``unknown``, ``gone``, ``kind``."""

    entity: str
    why: str


@dataclass(frozen=True, slots=True)
class Free:
    """What may change: a figure of one line (from 0), of all lines that have it where ``line`` is None.

    Where ``what`` is empty it is the thing itself, where it is ``area`` the room of all of them.
    """

    line: int | None
    what: str = ""


def lines(
    before: Mapping[str, Snapshot], after: Mapping[str, Snapshot], house: House
) -> tuple[tuple[Line, ...], tuple[Left, ...]]:
    """Return what leads from ``before`` to ``after`` (by entity id, in the order in which they came to be so)."""
    raise NotImplementedError
