"""What a demonstration comes to: for each thing that was moved by hand, how it is from now on, and what takes it there.

Pure, from the states before and after: what lies between does not count, and what ended as it began is not there.  What
lets somebody in (a lock, a door, a valve, the alarm) is left out and said so: a skill that opens is never learned by
watching.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

from claw.base.action import NO_DATA, Action, Json, canonical
from claw.base.errors import Refused
from claw.gate.prior import KEPT, kept
from claw.gate.restore import VALUE, orders
from claw.gate.risk import risky
from claw.house.fields import finite
from claw.house.model import UNAVAILABLE, Entity, House, State
from claw.house.semantics import apply
from claw.house.services import validate

MOVED = frozenset(
    {
        "light", "switch", "input_boolean", "fan", "cover", "media_player", "climate", "humidifier", "water_heater",
        "vacuum", "lawn_mower", "lock", "valve", "alarm_control_panel", "siren", "input_number", "input_select",
    }
)  # fmt: skip
"""Domains of what people move; what else changes in a house does so by itself."""

MOST_LINES = 20
"""Things that a person can still look through, and say which of their values are fixed."""

Why = Literal["opens", "unknown", "many", "others"]
"""Why something that was moved is no part of it.

``opens``: it lets somebody in or switches a guard; ``unknown``: no act is known that does it; ``many``: there are more
than a person can look through; ``others``: somebody else moved it.
"""

_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_NO_FIGURES = frozenset({"hs_color", "is_volume_muted", "away_mode", "oscillating", "shuffle"})
"""What an act carries and nobody names as a value."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a thing was: its state's value and the attributes that can be put back."""

    value: str
    attributes: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was shown, or several that were all brought to the same: the acts that do it, in order."""

    entities: tuple[str, ...]
    actions: tuple[Action, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """The keys of what its acts carry that could be another value another time (``brightness_pct``)."""
        return tuple(key for action in self.actions for key in action.data if key not in _NO_FIGURES)


@dataclass(frozen=True, slots=True)
class Left:
    """One thing that was moved and is no part of it."""

    entity: str
    why: Why


def moved_by_people(entity: Entity) -> bool:
    """Return whether a thing is one that people move, and not a setting of a device."""
    return entity.domain in MOVED and not entity.hidden and entity.category is None


def snapshot(entity_id: str, state: State) -> Snapshot:
    """Return how a thing is, as much of it as can be brought about again."""
    return Snapshot(state.value, kept(entity_id, state))


def lines(
    before: Mapping[str, Snapshot], after: Mapping[str, Snapshot], house: House
) -> tuple[tuple[Line, ...], tuple[Left, ...]]:
    """Return what leads from ``before`` to ``after``, and what was moved besides.

    Both are by entity id, ``after`` in the order in which the things came to be so; ``house`` is as it is now.
    """
    found: list[Line] = []
    left: list[Left] = []
    for entity_id, then in after.items():
        entity, state = house.registry.entities.get(entity_id), house.states.get(entity_id)
        began = before.get(entity_id)
        if entity is None or state is None or began is None or _same(began, then):
            continue
        made = _made(entity_id, _as(began, state, entity_id), then, house)
        if made is None:
            left.append(Left(entity_id, "unknown"))
        elif any(risky(action, house.registry) for action in made):
            left.append(Left(entity_id, "opens"))
        elif made and len(found) < MOST_LINES:
            found = _joined(found, Line((entity_id,), made))
        elif made:
            left.append(Left(entity_id, "many"))
    return tuple(found), tuple(left)


def calls(shown: Sequence[Line]) -> tuple[Action, ...]:
    """Return the acts of all lines in order: what a program of them calls."""
    return tuple(action for line in shown for action in line.actions)


def steps(shown: Sequence[Line], number: int) -> range:
    """Return which of ``calls(shown)`` are those of the line with that number (from 0)."""
    first = sum(len(line.actions) for line in shown[:number])
    return range(first, first + len(shown[number].actions))


def _same(began: Snapshot, then: Snapshot) -> bool:
    if began.value != then.value:
        return False
    return began.value == "off" or all(then.attributes.get(key) == one for key, one in began.attributes.items())


def _as(began: Snapshot, state: State, entity_id: str) -> State:
    """Return the thing as it was: what of it can change as it stood then, what it can do as it says now."""
    unknown = dict.fromkeys(KEPT.get(entity_id.partition(".")[0], ()))
    return State(began.value, MappingProxyType({**state.attributes, **unknown, **began.attributes}))


def _made(entity_id: str, was: State, then: Snapshot, house: House) -> tuple[Action, ...] | None:
    """Return the acts that take a thing from how it was to how it is, none where nothing is; None where none do."""
    if then.value in UNAVAILABLE or was.value in UNAVAILABLE:
        return None
    domain = entity_id.partition(".")[0]
    end = State(then.value, then.attributes)
    found = orders(domain, end, was, frozenset({VALUE, *then.attributes}))
    if isinstance(found, str):
        return () if found == "same" else None
    twin = replace(house, states=MappingProxyType({**house.states, entity_id: was}))
    made: list[Action] = []
    for name, data in found:
        try:
            action = validate(twin, Action(name, (entity_id,), _in_percent(data)))
        except Refused:
            return None
        twin = apply(twin, action, _NO_TIME)
        made.append(action)
    return tuple(made)


def _in_percent(data: Mapping[str, Json]) -> dict[str, Json]:
    """Return the data of an act with a brightness as people name it: devices know 255 levels, people a hundred."""
    told = dict(data)
    brightness = finite(told.pop("brightness", None))
    return told if brightness is None else {"brightness_pct": max(1, round(brightness * 100 / 255)), **told}


def _joined(found: list[Line], line: Line) -> list[Line]:
    """Return ``found`` and ``line``, which joins the one before it where both do the same."""
    last = found[-1] if found else None
    if last is None or _orders(last) != _orders(line):
        return [*found, line]
    entities = (*last.entities, *line.entities)
    return [*found[:-1], Line(entities, tuple(Action(one.name, entities, one.data) for one in last.actions))]


def _orders(line: Line) -> list[tuple[str, bytes]]:
    return [(action.name, canonical(action.data)) for action in line.actions]
