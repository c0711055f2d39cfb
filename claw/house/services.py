"""Whether an action is valid for this house, and what will prove it.

The gate asks here before the policy is even consulted: an action that passes names only entities that exist, of the
right kind, and data whose every key and value is known.  An unknown action is refused, however plausible its name.
"""

from collections.abc import Mapping
from itertools import combinations
from types import MappingProxyType

from claw.base.action import Action, Json
from claw.base.errors import Refused
from claw.house.catalogue import climate, helpers, lights, machines, openings, speech
from claw.house.fields import Feature, Field, Service, Thing, choices
from claw.house.model import House, State
from claw.house.proof import Expectation, Goal
from claw.house.text import quoted
from claw.house.trusted import WORDS

CATALOGUE: Mapping[str, Service] = MappingProxyType(
    {
        service.name: service
        for module in (lights, machines, climate, openings, helpers, speech)
        for service in module.SERVICES
    }
)

MAX_ENTITIES = 500
_NOTHING = State("unknown")
_EXTRA: Mapping[str, Service] = MappingProxyType({})


def validate(house: House, action: Action, extra: Mapping[str, Service] = _EXTRA) -> Action:
    """Return ``action`` with its data in normal form; raises Refused saying what is wrong with it.

    ``extra`` are services that a person declared; they never replace one of the catalogue.
    """
    service = CATALOGUE.get(action.name) or extra.get(action.name)
    if service is None:
        raise Refused(f"unknown action {quoted(action.name)}")
    states = {entity_id: _target(house, service, entity_id) for entity_id in _entities(service, action)}
    _check_keys(service, action.data)
    data: dict[str, Json] = dict(action.data)
    for entity_id, state in (states or {"": _NOTHING}).items():
        where = f"{action.name}: {entity_id}" if entity_id else action.name
        if service.only_in and state.value not in service.only_in:
            raise Refused(f"{where}: cannot be done while it is {_said(state.value)}")
        _check_feature(service.needs, state, where)
        for key, value in action.data.items():
            data[key] = _take(service.fields[key], value, state, f"{where}: {key}")
            if isinstance(service.fields[key], Thing) and data[key] not in house.states:
                raise Refused(f"{where}: {key}: unknown entity {quoted(data[key])}")
    _check_range(service, data)
    return Action(action.name, action.entities, data)


def acts_on(action: str) -> str:
    """Return the domain of the entities that an action acts on, known to the catalogue or not."""
    service = CATALOGUE.get(action)
    return service.acts_on if service is not None else action.partition(".")[0]


def _said(value: str) -> str:
    """Return a state as it may stand in a sentence: what is no word of Home Assistant's own is quoted."""
    return value if value in WORDS else quoted(value, 30)


def expectation(house: House, action: Action, entity_id: str, extra: Mapping[str, Service] = _EXTRA) -> Expectation:
    """Return what the valid ``action`` will show on one of its entities; to be asked before the act.

    For an action without entities ``entity_id`` is "".
    """
    service = CATALOGUE.get(action.name) or extra.get(action.name)
    state = house.states.get(entity_id, _NOTHING)
    if service is None or service.goal is None:
        return Expectation(Goal(reports=False), state, 0.0, reports=False)
    goal = service.goal(state, action.data)
    reports = goal.reports and state.attributes.get("assumed_state") is not True
    return Expectation(goal, state, service.patience_s, reports)


def _entities(service: Service, action: Action) -> tuple[str, ...]:
    if not service.targets:
        if action.entities:
            raise Refused(f"{service.name} takes no entities")
        return ()
    if not action.entities:
        raise Refused(f"{service.name} needs an entity")
    if len(action.entities) > MAX_ENTITIES:
        raise Refused(f"{service.name}: more than {MAX_ENTITIES} entities")
    if len(set(action.entities)) != len(action.entities):
        raise Refused(f"{service.name}: an entity is named twice")
    return action.entities


def _target(house: House, service: Service, entity_id: str) -> State:
    """Return the state of one entity that ``service`` may act on."""
    state = house.states.get(entity_id)
    if state is None:
        raise Refused(f"unknown entity {quoted(entity_id)}")
    domain = entity_id.partition(".")[0]
    if domain != service.acts_on:
        raise Refused(f"{service.name} is not for {quoted(entity_id)}")
    if entity_id in house.registry.groups and domain not in {"scene", "script"}:
        raise Refused(f"{entity_id} is a group: name its members")
    return state


def _check_keys(service: Service, data: Mapping[str, Json]) -> None:
    for key in data:
        if key not in service.fields:
            raise Refused(f"{service.name} takes no {quoted(str(key))}")
    for key, field in service.fields.items():
        if field.required and key not in data:
            raise Refused(f"{service.name} needs {quoted(key)}")
    for keys in service.exclusive:
        for one, other in combinations(sorted(keys), 2):
            if one in data and other in data:
                raise Refused(f"{service.name} takes {one} or {other}, not both")
    if service.any_of and service.any_of.isdisjoint(data):
        raise Refused(f"{service.name} needs one of {', '.join(sorted(service.any_of))}")


def _check_feature(needs: Feature | None, state: State, where: str) -> None:
    if needs is not None and not needs.supported_by(state):
        raise Refused(f"{where}: not supported ({needs.name})")


def _take(field: Field, value: Json, state: State, where: str) -> Json:
    _check_feature(field.needs, state, where)
    if field.modes and field.modes.isdisjoint(choices(state, "supported_color_modes")):
        raise Refused(f"{where}: not supported (supported_color_modes)")
    try:
        return field.take(value, state)
    except Refused as refusal:
        raise Refused(f"{where}: {refusal}") from None


def _check_range(service: Service, data: Mapping[str, Json]) -> None:
    if service.range is None:
        return
    low, high = service.range
    if (low in data) != (high in data):
        raise Refused(f"{service.name} takes {low} and {high} together")
    if low in data and data[low] > data[high]:
        raise Refused(f"{service.name}: {low} is above {high}")
