"""Whether the wishes of a manifest hold in a house: before a run, and read back after it."""

from collections.abc import Collection, Sequence

from claw.base.action import Json
from claw.house.fields import finite
from claw.house.model import UNAVAILABLE, House, State
from claw.house.text import plain
from claw.house.trusted import WORDS, number
from claw.skills.manifest import Manifest, Wish
from claw.skills.model import Arguments
from claw.skills.within import equals, meant, slot_of

MOST_NAMED = 3
"""Things that a sentence names."""


def unmet(
    wishes: Sequence[Wish],
    house: House,
    arguments: Arguments,
    manifest: Manifest,
    but: Collection[str] = (),
) -> tuple[str, ...]:
    """Return a sentence for each wish that does not hold in ``house``; empty where all do.

    ``but`` are things that are not looked at: what never reports says nothing about how it is.
    """
    found = (_unmet(wish, house, arguments, manifest, but) for wish in wishes)
    return tuple(why for why in found if why)


def _unmet(wish: Wish, house: House, arguments: Arguments, manifest: Manifest, but: Collection[str]) -> str | None:
    states = {
        entity: state
        for entity in meant(wish.of, house, arguments, manifest)
        if entity not in but and (state := house.states[entity]).value not in UNAVAILABLE
    }
    holding = {entity for entity, state in states.items() if _holds(wish, state, arguments)}
    match wish.how:
        case "each":
            wrong = [entity for entity in states if entity not in holding]
            return _sentence(wish, house, wrong) if wrong else None
        case "none":
            return _sentence(wish, house, sorted(holding)) if holding else None
        case "any":
            if holding:
                return None
            return wish.why or (_sentence(wish, house, list(states)) if states else "nothing of the kind is here")


def _holds(wish: Wish, state: State, arguments: Arguments) -> bool:
    value: Json = state.value if wish.attribute is None else state.attributes.get(wish.attribute)
    if wish.values is None:
        figure = _figure(value)
        return (
            figure is not None and (wish.min is None or figure >= wish.min) and (wish.max is None or figure <= wish.max)
        )
    return any(_is(one, value, arguments) for one in wish.values)


def _is(wanted: Json, value: Json, arguments: Arguments) -> bool:
    slot = slot_of(wanted)
    wanted = wanted if slot is None else arguments.get(slot)
    if wanted is None or value is None:
        return False
    figure = _figure(value) if isinstance(wanted, (int, float)) else None
    return equals(wanted, value if figure is None else figure)


def _figure(value: Json) -> float | None:
    """Return a state or an attribute as a number, None where it is none."""
    return number(value) if isinstance(value, str) else finite(value)


def _sentence(wish: Wish, house: House, entities: Sequence[str]) -> str:
    if wish.why:
        return wish.why
    told = [_told(wish, house, entity) for entity in entities[:MOST_NAMED]]
    if len(entities) > MOST_NAMED:
        told.append(f"{len(entities) - MOST_NAMED} more")
    return " and ".join(told)


def _told(wish: Wish, house: House, entity_id: str) -> str:
    entity, state = house.registry.entities.get(entity_id), house.states[entity_id]
    name = plain(entity.name, 60) if entity is not None else entity_id
    if wish.attribute is not None:
        figure = finite(state.attributes.get(wish.attribute))
        shown = "something else" if figure is None else f"{figure:g}"
        return f"the {wish.attribute.replace('_', ' ')} of {name} is {shown}"
    shown = state.value if number(state.value) is not None or state.value in WORDS else "something else"
    return f"{name} is {shown}"
