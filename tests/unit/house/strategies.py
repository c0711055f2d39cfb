"""What hypothesis draws about houses: valid actions on the demo house, and garbage."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from claw.base.action import Action, Json
from claw.base.errors import Refused
from claw.house.catalogue.speech import Answers
from claw.house.fields import (
    Choice,
    Duration,
    Field,
    Flag,
    Moment,
    Number,
    Numbers,
    Service,
    Text,
    Thing,
    choices,
    finite,
)
from claw.house.file import load_house
from claw.house.model import House, State
from claw.house.services import CATALOGUE, validate

DEMO = Path(__file__).parents[3] / "claw" / "daemon" / "demo" / "house.yaml"

Draw = Callable[[st.SearchStrategy[Any]], Any]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@cache
def demo_house() -> House:
    return load_house(DEMO)


def _figure(bound: float | str | tuple[str, float], state: State) -> float:
    if isinstance(bound, (int, float)):
        return bound
    name, fallback = (bound, 0.0) if isinstance(bound, str) else bound
    return finite(state.attributes.get(name)) or fallback


def _numbers(field: Number, state: State) -> st.SearchStrategy[Json]:
    least, most = _figure(field.low, state), _figure(field.high, state)
    grid = finite(state.attributes.get(field.step)) if field.step else None
    if least > most:
        return st.nothing()
    if grid is not None and grid > 0:
        return st.integers(0, int((most - least) / grid)).map(lambda count: least + count * grid)
    return st.integers(int(least), int(most)) if field.whole else st.floats(least, most)


def _choices(field: Choice, state: State) -> st.SearchStrategy[Json]:
    listed = choices(state, field.options) if isinstance(field.options, str) else field.options
    return st.sampled_from(listed) if listed else st.nothing()


def _texts(field: Text, state: State) -> st.SearchStrategy[Json]:
    least, most = int(_figure(field.shortest, state)), min(int(_figure(field.longest, state)), 20)
    if not 0 <= least <= most:
        return st.nothing()
    return st.text(st.characters(categories=["L", "N"]), min_size=least, max_size=most)


def _lists(field: Numbers, state: State) -> st.SearchStrategy[Json]:
    parts = (_numbers(Number(low=low, high=high, whole=field.whole), state) for low, high in field.bounds)
    return st.tuples(*parts).map(list)


def _moments(field: Moment, state: State) -> st.SearchStrategy[Json]:
    if field.form == "datetime":
        return st.datetimes().map(lambda one: one.isoformat(" ", "seconds"))
    return (st.dates() if field.form == "date" else st.times()).map(str)


_ANSWER = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
        "sentences": st.lists(st.from_regex(r"[a-z][a-z ]{0,9}", fullmatch=True), min_size=1, max_size=3),
    }
)

_VALUES: Mapping[type[Field], Callable[[Any, State], st.SearchStrategy[Json]]] = {
    Number: _numbers,
    Flag: lambda field, state: st.booleans(),
    Choice: _choices,
    Text: _texts,
    Numbers: _lists,
    Moment: _moments,
    Duration: lambda field, state: st.integers(1, 86_400),
    Thing: lambda field, state: st.just(f"{field.domain}.piper"),
    Answers: lambda field, state: st.lists(_ANSWER, min_size=1, max_size=3, unique_by=lambda one: one["id"]),
}


def value_of(field: Field, state: State) -> st.SearchStrategy[Json]:
    """Values that ``field`` should take for an entity in ``state``."""
    return _VALUES[type(field)](field, state)


def usable(house: House, name: str) -> list[str]:
    """The entities of the house that the service ``name`` may be for."""
    service = CATALOGUE[name]
    return sorted(
        entity_id
        for entity_id, state in house.states.items()
        if entity_id.startswith(f"{service.of or service.domain}.")
        and (service.needs is None or service.needs.supported_by(state))
        and (not service.only_in or state.value in service.only_in)
    )


def choose_action(draw: Draw, house: House, name: str) -> Action | None:
    """An action by the service ``name`` that ``house`` accepts, in normal form; None when nothing fits."""
    service = CATALOGUE[name]
    able = usable(house, name)
    if service.targets and not able:
        return None
    entities = (draw(st.sampled_from(able)),) if service.targets else ()
    state = house.states[entities[0]] if entities else State("unknown")
    data: dict[str, Json] = {}
    for key in _choose_keys(draw, service, state):
        values = value_of(service.fields[key], state)
        if values.is_empty:
            return None
        data[key] = draw(values)
    if service.range is not None and service.range[0] in data:
        low, high = service.range
        data[low], data[high] = sorted((data[low], data[high]))
    try:
        return validate(house, Action(name, entities, data))
    except Refused:
        return None


def _choose_keys(draw: Draw, service: Service, state: State) -> list[str]:
    """Keys that may be given together for an entity in ``state``, in some order."""
    fitting = [key for key, field in service.fields.items() if not field.required and _fits(field, state)]
    chosen = [key for key, field in service.fields.items() if field.required]
    for key in draw(st.permutations(fitting)):
        clash = any(key in keys and not keys.isdisjoint(chosen) for keys in service.exclusive)
        needed = bool(service.any_of) and service.any_of.isdisjoint(chosen)
        if not clash and (needed or draw(st.booleans())):
            chosen.append(key)
    if service.range is not None and not set(service.range).isdisjoint(chosen):
        chosen = list(dict.fromkeys((*chosen, *service.range)))
    return chosen


def _fits(field: Field, state: State) -> bool:
    able = field.needs is None or field.needs.supported_by(state)
    return able and (not field.modes or not field.modes.isdisjoint(choices(state, "supported_color_modes")))


def noisy(house: House, entity_id: str, attributes: Mapping[str, Json], value: str) -> House:
    """The house with one entity that says nonsense about itself."""
    state = house.states[entity_id]
    return House(house.registry, {**house.states, entity_id: State(value, {**state.attributes, **attributes})})
