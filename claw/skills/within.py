"""Whether a thing, a value or an act is among what a manifest speaks of; pure, and the one reading of selectors.

Where a manifest says ``{parameter}`` it means the value of the run.  Where no values are known, it means everything
that the parameter could be: never more than somebody could have said.
"""

from collections.abc import Iterable, Mapping

from claw.base.action import Action, Json
from claw.house.fields import finite
from claw.house.model import Entity, House
from claw.policy.globs import compiled, is_glob
from claw.skills.manifest import SLOT, Bound, Capability, Manifest, Parameter, Value, Which
from claw.skills.model import Arguments

_NEAR = 1e-6


def slot_of(text: object) -> str | None:
    """Return the parameter that ``text`` stands for as a whole, None where it stands for itself."""
    found = SLOT.fullmatch(text) if isinstance(text, str) else None
    return found[1] if found else None


def within(manifest: Manifest, action: Action, house: House, arguments: Arguments | None = None) -> str | None:
    """Return why no capability of ``manifest`` covers ``action``, None where one does.

    Each thing of an act may be covered by another capability; what a capability says of data holds for its things.
    """
    fitting = [one for one in manifest.may if one.call == action.name]
    if not fitting:
        return f"its manifest does not name {action.name}"
    if not action.entities:
        fitting = [one for one in fitting if one.on is None]
    bounded = [one for one in fitting if covers(one, action.data, arguments, manifest)]
    if fitting and not bounded:
        return f"its manifest does not allow {action.name} with {_told(action.data)}"
    if not bounded:
        return f"its manifest does not allow {action.name} without naming a thing"
    for entity in action.entities:
        if not any(one.on is not None and fits(one.on, entity, house, arguments, manifest) for one in bounded):
            return f"its manifest does not allow {action.name} for {entity}"
    return None


def covers(capability: Capability, data: Mapping[str, Json], arguments: Arguments | None, manifest: Manifest) -> bool:
    """Return whether the fields of an act lie within the bounds of ``capability``: no other field, no other value."""
    return all(
        key in capability.data and _bounded(capability.data[key], value, arguments, manifest)
        for key, value in data.items()
    )


def fits(which: Which, entity_id: str, house: House, arguments: Arguments | None, manifest: Manifest) -> bool:
    """Return whether an entity is among those that ``which`` means."""
    entity = house.registry.entities.get(entity_id) or Entity(entity_id, entity_id)
    sought = _Sought(entity, house, arguments, manifest)
    if not all(sought.fits(key, named) for key, named in _keys(which)):
        return False
    without = getattr(which, "without", None)
    return without is None or not any(sought.fits(key, named) for key, named in _keys(without))


def meant(which: Which, house: House, arguments: Arguments | None, manifest: Manifest) -> tuple[str, ...]:
    """Return the ids of all entities of ``house`` that ``which`` means, in order."""
    near = _near(which, house, arguments)
    return tuple(sorted(one for one in near if one in house.states and fits(which, one, house, arguments, manifest)))


def _near(which: Which, house: House, arguments: Arguments | None) -> Iterable[str]:
    """Return ids among which everything is that ``which`` means: a house has thousands."""
    named = [_given(name, arguments) for name in which.entity or ()]
    if named and not any(name is None or is_glob(name) for name in named):
        renamed = house.registry.renamed
        return {renamed.get(name, name) for name in named if name is not None}
    areas = [_given(name, arguments) for name in which.area or ()]
    if areas and None not in areas:
        return house.registry.in_areas(area for area in areas if area is not None)
    if which.domain and not any(map(slot_of, which.domain)):
        return [one for one in house.states if one.partition(".")[0] in which.domain]
    return house.states


def _given(name: str, arguments: Arguments | None) -> str | None:
    """Return what a name of a selector stands for in this run, None where that is not known."""
    slot = slot_of(name)
    if slot is None:
        return name
    value = (arguments or {}).get(slot)
    return value if isinstance(value, str) else None


def ranges(parameter: Parameter, value: Json) -> bool:
    """Return whether ``value`` lies in the range of a parameter that is no thing and no place."""
    match parameter.type:
        case "number" | "duration":
            return _is_number(value) and _between(parameter.min, parameter.max, value)
        case "enum":
            return value in (parameter.values or ())
        case "bool":
            return isinstance(value, bool)
        case _:
            return isinstance(value, str)


def suits(parameter: Parameter, entity: Entity, house: House) -> bool:
    """Return whether an entity may be the value of ``parameter``."""
    return (
        parameter.type == "entity"
        and entity.domain in (parameter.domain or ())
        and (parameter.area is None or entity.area in parameter.area)
        and (parameter.device_class is None or entity.device_class in parameter.device_class)
        and entity.entity_id in house.states
    )


def equals(wanted: Value, found: Json) -> bool:
    """Return whether two values are one: numbers by their size, texts by their letters, true and on are the same."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return _truth(wanted) == _truth(found)
    one, other = finite(wanted), finite(found)
    if one is not None and other is not None:
        return abs(one - other) <= _NEAR
    return str(wanted) == str(found)


class _Sought:
    """One entity, held against the keys of selectors."""

    def __init__(self, entity: Entity, house: House, arguments: Arguments | None, manifest: Manifest) -> None:
        self._entity = entity
        self._house = house
        self._arguments = arguments
        self._manifest = manifest

    def fits(self, key: str, named: tuple[str, ...]) -> bool:
        """Return whether any of ``named`` fits the entity by this key."""
        return any(self._is(key, name) for name in named)

    def _is(self, key: str, name: str) -> bool:
        slot = slot_of(name)
        return self._is_given(key, slot) if slot is not None else self._is_literally(key, name)

    def _is_literally(self, key: str, name: str) -> bool:
        """Return whether ``name`` fits as it stands: what a run was given is no name of another parameter."""
        if key == "entity":
            return compiled(name).fullmatch(self._entity.entity_id) is not None if is_glob(name) else self._named(name)
        return name in self._entity.labels if key == "label" else self._plain(key) == name

    def _plain(self, key: str) -> Json:
        entity = self._entity
        match key:
            case "domain":
                return entity.domain
            case "area":
                return entity.area
            case "floor":
                return self._house.registry.floor_of(entity)
            case _:
                return self._class()

    def _class(self) -> Json:
        state = self._house.states.get(self._entity.entity_id)
        return self._entity.device_class or (state.attributes.get("device_class") if state else None)

    def _named(self, name: str) -> bool:
        """Return whether the skill means the entity by ``name``: by its id of then, where it was renamed since."""
        return self._house.registry.renamed.get(name, name) == self._entity.entity_id

    def _is_given(self, key: str, slot: str) -> bool:
        parameter = self._manifest.parameters.get(slot)
        if parameter is None:
            return False
        if self._arguments is not None:
            value = self._arguments.get(slot)
            if not isinstance(value, str):
                return False
            own = {"entity": self._entity.entity_id, "domain": self._entity.domain, "area": self._entity.area}
            return own[key] == value if key in own else self._is_literally(key, value)
        if key == "entity":
            return suits(parameter, self._entity, self._house)
        if parameter.type == "area":
            return key == "area" and self._entity.area is not None
        return any(self._is_literally(key, value) for value in parameter.values or ())


def _keys(which: Which) -> list[tuple[str, tuple[str, ...]]]:
    found = (
        ("entity", which.entity),
        ("domain", which.domain),
        ("area", which.area),
        ("floor", which.floor),
        ("label", which.label),
        ("device_class", which.device_class),
    )
    return [(key, named) for key, named in found if named is not None]


def _bounded(bound: Bound, value: Json, arguments: Arguments | None, manifest: Manifest) -> bool:
    if bound.any:
        return True
    if bound.values is None:
        return _is_number(value) and _between(bound.min, bound.max, value)
    return any(_is_one(one, value, arguments, manifest) for one in bound.values)


def _is_one(wanted: Value, value: Json, arguments: Arguments | None, manifest: Manifest) -> bool:
    slot = slot_of(wanted)
    if slot is None:
        return (
            isinstance(value, (str, int, float))
            and isinstance(value, bool) == isinstance(wanted, bool)
            and equals(wanted, value)
        )
    parameter = manifest.parameters.get(slot)
    if parameter is None:
        return False
    if arguments is not None:
        given = arguments.get(slot)
        return given is not None and isinstance(value, bool) == isinstance(given, bool) and equals(given, value)
    return ranges(parameter, value)


def _between(low: float | None, high: float | None, value: float) -> bool:
    return (low is None or value >= low - _NEAR) and (high is None or value <= high + _NEAR)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"on": True, "true": True, "off": False, "false": False}.get(str(value))


def _told(data: Mapping[str, Json]) -> str:
    return ", ".join(f"{key} {value!s:.40}" for key, value in data.items()) or "no data"
