"""What requests came to in general: the steps with their things and values, and the parameters in them.

This is what the program, the rights, the words and the tests of a learned skill are all written from, so that they
cannot say different things.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from claw.base.action import Json
from claw.house.model import House, State
from claw.policy.words import Part
from claw.skills.manifest import Parameter
from claw.skills.mentions import Mention

Scale = Literal["", "percent", "byte"]
"""How a parameter becomes a datum: as it is; a hundredth of it; of a hundred that of 255."""

SLOT = "{%s}"

P = TypeVar("P", bound=Part)


def part(shape: type[P], **keys: object) -> P:
    """Return a part of a manifest; keys without a value are left out, which is how its files have it."""
    return shape.model_validate({key: value for key, value in keys.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Named:
    """Always these things."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The one thing that is the value of a parameter."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Found:
    """All things of a kind in a place, as ``find()`` has it; ``area`` is an id, or a parameter where ``given``.

    Of them only those that can take the data: a lamp supports one of ``modes``, of each of ``needs`` there is a bit.
    """

    domain: str = ""
    area: str = ""
    given: bool = False
    floor: str = ""
    label: str = ""
    device_class: str = ""
    state: str = ""
    modes: tuple[str, ...] = ()
    needs: tuple[int, ...] = ()


Things = Named | Chosen | Found


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always this value."""

    value: Json


@dataclass(frozen=True, slots=True)
class Given:
    """The value of a parameter."""

    parameter: str
    scale: Scale = ""


Datum = Fixed | Given


@dataclass(frozen=True, slots=True)
class Doing:
    """One step: an action on things, with its data; ``seen`` are the things and the data of it in each request."""

    service: str
    things: Things
    data: Mapping[str, Datum]
    seen: tuple[tuple[tuple[str, ...], Mapping[str, Json]], ...]

    @property
    def domain(self) -> str:
        """The part of the action before the dot."""
        return self.service.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Learned:
    """A parameter: its name and shape, its value in each request, and where each named it (None: it did not)."""

    name: str
    spec: Parameter
    values: tuple[Json, ...]
    named: tuple[Mention | None, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it."""

    doings: tuple[Doing, ...]
    parameters: tuple[Learned, ...]

    def parameter(self, name: str) -> Learned:
        """Return one parameter by its name."""
        return next(one for one in self.parameters if one.name == name)


@dataclass(frozen=True)
class Before:
    """The house as it was before a request: the registry of now, the states that were kept, else those of now."""

    house: House
    was: Mapping[str, Mapping[str, Json]] = field(default_factory=dict[str, Mapping[str, Json]])

    def state(self, entity_id: str) -> State | None:
        """Return the state of a thing before, with what it can do as it is now; None where it is not there."""
        now = self.house.states.get(entity_id)
        then = self.was.get(entity_id)
        if now is None or then is None:
            return now
        attributes = {**now.attributes, **{key: value for key, value in then.items() if key != "state"}}
        return State(str(then.get("state", now.value)), attributes)


def found(before: Before, what: Found, area: str) -> frozenset[str]:
    """Return the things that ``what`` is in a house, ``area`` being the value of its parameter if it has one."""
    registry = before.house.registry
    place = area if what.given else what.area
    ids: set[str] = set()
    for entity_id, entity in registry.entities.items():
        if (
            (what.domain and entity.domain != what.domain)
            or (place and entity.area != place)
            or (what.floor and registry.floor_of(entity) != what.floor)
            or (what.label and what.label not in entity.labels)
            or entity.hidden
            or entity.category is not None
        ):
            continue
        state = before.state(entity_id)
        if state is None or (what.state and state.value != what.state):
            continue
        if what.device_class not in {"", entity.device_class or state.attributes.get("device_class")}:
            continue
        if able(state, what.modes, what.needs):
            ids.add(entity_id)
    return frozenset(ids)


def able(state: State, modes: Sequence[str], needs: Sequence[int]) -> bool:
    """Return whether a thing can take what wants one of ``modes`` and a bit of each of ``needs``."""
    listed = state.attributes.get("supported_color_modes")
    known = listed if isinstance(listed, (list, tuple)) else ()
    features = state.attributes.get("supported_features")
    has = features if isinstance(features, int) else 0
    return (not modes or any(mode in known for mode in modes)) and all(has & bits for bits in needs)
