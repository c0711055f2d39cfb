"""How an act is proved: what the device must report before anybody may say "done".

A service's goal is stated once and used twice: the twin takes its values, and the real device is watched until it shows
them.  A device may round, pass through states on its way, fail visibly, or never report at all; each is said here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from claw.base.action import NO_DATA, Json
from claw.house.model import UNAVAILABLE, State


class Check(Protocol):
    """A wish about one value: a state's, or an attribute's (None where it is missing)."""

    def holds(self, value: Json) -> bool:
        """Return whether ``value`` fulfils the wish."""
        ...


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these values, and no other."""

    values: tuple[Json, ...]

    def holds(self, value: Json) -> bool:
        """Return whether ``value`` is one of them; true is not 1."""
        return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in self.values)


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Any value but these."""

    values: tuple[Json, ...]

    def holds(self, value: Json) -> bool:
        """Return whether ``value`` is none of them."""
        return value not in self.values


@dataclass(frozen=True, slots=True)
class Between:
    """A number from ``low`` to ``high``; a state's value is text and is read as a number."""

    low: float
    high: float

    def holds(self, value: Json) -> bool:
        """Return whether ``value`` is a number in there."""
        try:
            return not isinstance(value, bool) and self.low <= float(value) <= self.high
        except (TypeError, ValueError, OverflowError):
            return False


@dataclass(frozen=True, slots=True)
class Hue:
    """A colour: hue in degrees, on a circle, and saturation in percent, each within ``tolerance``."""

    hue: float
    saturation: float
    tolerance: float = 8.0

    def holds(self, value: Json) -> bool:
        """Return whether ``value`` is such a pair; near white the hue says nothing."""
        match value:
            case [int() | float() as hue, int() | float() as saturation]:
                if abs(saturation - self.saturation) > self.tolerance:
                    return False
                apart = abs(hue - self.hue) % 360
                return self.saturation <= self.tolerance or min(apart, 360 - apart) <= self.tolerance
            case _:
                return False


def is_(*values: Json) -> OneOf:
    """Return the wish for one of ``values``."""
    return OneOf(values)


def near(value: float, tolerance: float) -> Between:
    """Return the wish for a number within ``tolerance`` of ``value``."""
    return Between(value - tolerance, value + tolerance)


@dataclass(frozen=True, slots=True)
class Goal:
    """What one service does to one entity.

    ``value`` and ``attributes`` are what the twin takes (``value`` None: the state stays); ``stamp`` is what takes the
    present time, ``stamp_after_s`` later: ``state``, or an attribute's name.  ``state`` and ``seen`` are what proves
    it, besides a new stamp; ``moving`` the states on the way, the first being the usual one; ``failed`` those that say
    it went wrong.  ``reports`` is false when nothing of it can be seen.
    """

    value: str | None = None
    attributes: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)
    state: Check | None = None
    seen: Mapping[str, Check] = field(default_factory=lambda: NO_DATA)
    moving: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    stamp: str | None = None
    stamp_after_s: float = 0.0
    reports: bool = True


@dataclass(frozen=True, slots=True)
class Expectation:
    """What to wait for after one action, for one entity; ``before`` is the state it was asked in.

    ``patience_s`` is how long the device may take; ``reports`` false means that it never tells, so that the outcome
    is ``sent``.
    """

    goal: Goal
    before: State
    patience_s: float
    reports: bool

    def reached(self, state: State) -> bool:
        """Return whether ``state`` proves the act, attributes included."""
        goal = self.goal
        if goal.stamp == "state":
            return state.value not in UNAVAILABLE and state.value != self.before.value
        if state.value in UNAVAILABLE:
            return False
        if goal.stamp is not None and state.attributes.get(goal.stamp) == self.before.attributes.get(goal.stamp):
            return False
        if goal.state is not None and not goal.state.holds(state.value):
            return False
        return all(check.holds(state.attributes.get(name)) for name, check in goal.seen.items())

    def moving(self, state: State) -> bool:
        """Return whether ``state`` is one that the device passes through on its way."""
        return state.value in self.goal.moving

    def failed(self, state: State) -> bool:
        """Return whether ``state`` says that it went wrong: the device is gone, or says so since the act."""
        if state.value == "unavailable":
            return True
        old = (self.before.value, self.before.changed, self.before.context)
        return state.value in self.goal.failed and (state.value, state.changed, state.context) != old
