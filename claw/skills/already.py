"""Whether a thing is already as an act would make it, in the words of a program: then a skill leaves it alone.

A second run of a skill must call nothing, so a learned program looks before each act.  What it looks for is the goal
that proves the act (``claw/house/proof.py``), as far as a program may read it; what it may not read (an effect, the
source of a player) is called each time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from claw.base.action import Action, Json
from claw.base.errors import Refused
from claw.house.model import House, State
from claw.house.proof import Between, Check, Goal, Hue, NoneOf, OneOf
from claw.house.semantics import apply
from claw.house.services import CATALOGUE, validate
from claw.house.trusted import NUMBERS
from claw.program.taint import READABLE, TEXTS

_FROM: Mapping[str, tuple[str, ...]] = {
    "brightness": ("brightness", "brightness_pct"),
    "current_position": ("position",),
    "current_tilt_position": ("tilt_position",),
}
"""The data that an attribute comes from, where they have another name."""

_RELATIVE = frozenset({"brightness_step", "brightness_step_pct", "percentage_step"})
_STEPS = ("_up", "_down", "increment", "decrement", "toggle", "_next", "_previous", "increase_speed", "decrease_speed")
_HAIR = 1e-6
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Test:
    """One look: an attribute, or the state where it has no name; the words it may be, or the figure it is near to."""

    attribute: str
    how: Literal["in", "not_in", "near", "hue"]
    values: tuple[Json, ...] = ()
    expression: str = ""
    tolerance: float = 0.0

    def text(self, one: str) -> str:
        """Return it as an expression of a program about the thing ``one``."""
        seen = f"state({one}, {self.attribute!r})" if self.attribute else f"state({one})"
        match self.how:
            case "in" | "not_in":
                words = self.expression or ", ".join(map(repr, self.values))
                several = self.expression == "" and len(self.values) > 1
                if several:
                    return f"{seen} {'not in' if self.how == 'not_in' else 'in'} ({words})"
                return f"{seen} {'!=' if self.how == 'not_in' else '=='} {words}"
            case "near" if self.expression:
                edge = self.tolerance if self.tolerance == int(self.tolerance) else self.tolerance + _HAIR
                return f"abs(({seen} or 0) - ({self.expression})) <= {edge:g}"
            case "near":
                return f"{self.values[0]!r} <= ({seen} or 0) <= {self.values[1]!r}"
            case "hue":
                hue, saturation = self.values
                apart = f"abs(({seen} or [0, 0])[0] - {hue:g}) <= {self.tolerance:g}"
                return f"({apart} and abs(({seen} or [0, 0])[1] - {saturation:g}) <= {self.tolerance:g})"


def unless(service: str, data: Mapping[str, Json], given: Mapping[str, str], state: State, one: str) -> str:
    """Return the expression that is true where ``one`` is not yet as the act makes it; empty where nobody can tell.

    ``data`` are the values of a request, ``given`` the expressions of those that are parameters.
    """
    goal = _goal(service, data, state)
    tests = None if goal is None else _tests(goal, data, given)
    if goal is None or not tests:
        return ""
    so = " and ".join(test.text(one) for test in tests)
    if goal.moving and any(not test.attribute for test in tests):
        so = f"state({one}) == {goal.moving[0]!r} or {so}"
    return f"not ({so})"


def is_so(action: Action, entity: str, house: House) -> bool:
    """Return whether a thing is already as ``action`` makes it, and a program can tell."""
    state = house.states.get(entity)
    goal = _goal(action.name, action.data, state) if state is not None else None
    if state is None or goal is None or not _tests(goal, action.data, {}):
        return False
    if state.value in goal.moving[:1]:
        return True
    attributes = all(check.holds(state.attributes.get(name)) for name, check in goal.seen.items())
    return attributes and (goal.state is None or goal.state.holds(state.value))


def needed(calls: Sequence[Action], house: House) -> tuple[Action, ...]:
    """Return ``calls``, one after the other, less the things that are already so when their turn comes."""
    found: list[Action] = []
    for call in calls:
        left = tuple(one for one in call.entities if not is_so(call, one, house))
        if call.entities and not left:
            continue
        found.append(Action(call.name, left, call.data))
        try:
            house = apply(house, validate(house, found[-1]), _NO_TIME)
        except Refused:
            continue  # one of Claw's own, or no act of this house any more
    return tuple(found)


def untold(action: Action) -> bool:
    """Return whether no program can read what ``action`` sets: it is called although it may be so already."""
    return any(name in TEXTS or name == "color_name" for name in action.data)


def _goal(service: str, data: Mapping[str, Json], state: State) -> Goal | None:
    """Return the goal of an act whose end does not hang on how things are, None for any other."""
    known = CATALOGUE.get(service)
    if known is None or known.goal is None or _RELATIVE & data.keys() or service.endswith(_STEPS):
        return None
    goal = known.goal(state, data)
    return goal if goal.stamp is None and goal.reports else None


def _tests(goal: Goal, data: Mapping[str, Json], given: Mapping[str, str]) -> list[_Test] | None:
    """Return what a program has to look at; None where it may not look, or would not understand it."""
    found = [_test("", goal.state, data, given)] if goal.state is not None else []
    found += [_test(name, check, data, given) for name, check in goal.seen.items()]
    return [one for one in found if one is not None] if all(one is not None for one in found) else None


def _test(attribute: str, check: Check, data: Mapping[str, Json], given: Mapping[str, str]) -> _Test | None:
    if attribute and (attribute not in READABLE or attribute in TEXTS):
        return None
    match check:
        case OneOf(values=values):
            own = next((given[key] for key in data if key in given and data[key] in values), "")
            return _Test(attribute, "in", values, own)
        case NoneOf(values=values):
            return _Test(attribute, "not_in", values)
        case Between(low=low, high=high) if not attribute or attribute in NUMBERS:
            return _Test(
                attribute, "near", (low, high), next(_expressions(attribute, data, given), ""), (high - low) / 2
            )
        case Hue(hue=hue, saturation=saturation, tolerance=tolerance) if not given.keys() & {"color_name"}:
            return _Test(attribute, "hue", (round(hue, 3), round(saturation, 3)), "", tolerance)
        case _:
            return None


def _expressions(attribute: str, data: Mapping[str, Json], given: Mapping[str, str]) -> Iterator[str]:
    """Yield the expression of the figure that an attribute comes to, where that is a parameter's."""
    for key in _FROM.get(attribute, (attribute or "value",)):
        if key in data and key in given:
            yield f"max(1, round({given[key]} * 255 / 100))" if key == "brightness_pct" else given[key]
