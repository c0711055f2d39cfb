"""What Claw moves once to show that it works: the most harmless thing of a home, there and back."""

from claw.base.action import Action
from claw.care.init_home import Home
from claw.house.model import Entity, State

_KINDS = ("light", "fan")
_OF = {"on": "turn_off", "off": "turn_on"}


def harmless(home: Home) -> tuple[str, Action, Action] | None:
    """Return the name of a lamp, what switches it over and what switches it back; None where there is no such thing.

    It is exposed, for daily use and no group.  One that is off comes first: what is turned on and off again is
    exactly as it was before.
    """
    registry = home.house.registry
    found: list[tuple[tuple[int, bool, bool, str], Entity, State]] = []
    for entity_id in registry.daily:
        entity, state = registry.entities[entity_id], home.house.states.get(entity_id)
        if entity.domain not in _KINDS or not entity.exposed or entity_id in registry.groups or state is None:
            continue
        if state.value in _OF and state.attributes.get("assumed_state") is not True:
            rank = (_KINDS.index(entity.domain), state.value != "off", entity.area is None, entity_id)
            found.append((rank, entity, state))
    if not found:
        return None
    _, entity, state = min(found, key=lambda one: one[0])
    there, back = _OF[state.value], _OF["off" if state.value == "on" else "on"]
    targets = (entity.entity_id,)
    return entity.name, Action(f"{entity.domain}.{there}", targets), Action(f"{entity.domain}.{back}", targets)
