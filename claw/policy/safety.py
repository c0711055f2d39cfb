"""What the household lets happen by itself when something tells of smoke, gas, water or frost: a list, nothing else.

Nobody stands there to be asked, so nothing is judged on the spot: what is listed is done, even where a rule would ask
first or none speaks; what is not listed is not done, even where a rule allows it.  A denial and what must never be
still hold.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, StringConstraints

from claw.base.action import Action, Origin
from claw.house.model import Registry
from claw.policy.words import EntityId, Name, Part

SafetyKind = Literal["smoke", "co", "gas", "leak", "freeze"]
"""Of what a detector tells: smoke, carbon monoxide, gas, water where none should be, frost inside the house."""

KINDS: tuple[SafetyKind, ...] = get_args(SafetyKind)
MOST_LISTED = 20


def _one_or_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Listed(Part):
    """One action that is done then, on exactly these entities, with exactly these data."""

    action: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", max_length=120)]
    entities: Annotated[tuple[EntityId, ...], BeforeValidator(_one_or_list), Field(max_length=200)] = ()
    data: Mapping[Name, Any] = Field(default_factory=dict, max_length=20)


Safety = Mapping[SafetyKind, Annotated[tuple[Listed, ...], Field(max_length=MOST_LISTED)]]
NOTHING_LISTED: Safety = MappingProxyType({})


def guards_life(origin: Origin) -> bool:
    """Return whether a row of the log is of a routine that guards life; no proof of it for somebody who asks now."""
    return origin.channel == "routine" and origin.routine.startswith("safety-") and origin.person is None


def acts(listed: Sequence[Listed], registry: Registry) -> tuple[Action, ...]:
    """Return what is listed as actions on the things as they are called now; a thing that has gone is left out.

    A file means the thing that had the id when it was written (``claw/house/identity.py``).
    """
    found: list[Action] = []
    for one in listed:
        named = [registry.renamed.get(entity, entity) for entity in one.entities]
        entities = tuple(entity for entity in named if entity in registry.entities)
        if entities or not one.entities:
            found.append(Action(one.action, entities, one.data))
    return tuple(found)
