"""The goals that many services share: to be in a state, to have an attribute, to have been touched."""

from collections.abc import Mapping

from claw.base.action import Json
from claw.house.fields import MakeGoal, finite
from claw.house.model import State
from claw.house.proof import Between, Check, Goal, is_, near

OFF = ("off", "standby")


def becomes(
    value: str,
    *also: str,
    moving: tuple[str, ...] = (),
    failed: tuple[str, ...] = (),
) -> MakeGoal:
    """Return the goal to be in the state ``value``, or in one of ``also``, which count as well."""
    goal = Goal(value, state=is_(value, *also), moving=moving, failed=failed)
    return lambda _state, _data: goal


def sets(field: str, attribute: str | None = None, tolerance: float | None = None) -> MakeGoal:
    """Return the goal that ``attribute`` takes the value of ``field``, within ``tolerance`` when it is a number.

    A device that does not show the attribute now cannot prove it.
    """
    name = attribute or field

    def goal(state: State, data: Mapping[str, Json]) -> Goal:
        value = data[field]
        check = is_(value) if tolerance is None else near(value, tolerance)
        return Goal(attributes={name: value}, seen={name: check}, reports=name in state.attributes)

    return goal


def unseen(value: str | None = None) -> MakeGoal:
    """Return the goal of something that no report shows; the twin takes ``value``."""
    return lambda _state, _data: Goal(value, reports=False)


def touched(stamp: str = "state") -> MakeGoal:
    """Return the goal that the time in ``stamp`` is a new one: the state of a button, an attribute of a script."""
    return lambda _state, _data: Goal(stamp=stamp)


def stepped(attribute: str, step: float, low: float, high: float) -> MakeGoal:
    """Return the goal that a number goes one step up, or down when ``step`` is negative; at the end it stays there."""

    def goal(state: State, _data: Mapping[str, Json]) -> Goal:
        value = finite(state.attributes.get(attribute))
        if value is None:
            return Goal(reports=False)
        return Goal(
            attributes={attribute: round(min(high, max(low, value + step)), 4)},
            seen={attribute: beyond(value, step, low, high)},
        )

    return goal


def beyond(value: float, step: float, low: float, high: float) -> Check:
    """Return the wish for a number past ``value`` in the direction of ``step``, or at the end it cannot pass."""
    least = min(abs(step), high - low) / 100
    if step > 0:
        return Between(min(value + least, high), high)
    return Between(low, max(value - least, low))
