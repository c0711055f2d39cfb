"""When a machine is done: what in the house says so of a washing machine, a robot, a timer.

Homes differ: one has a contact that says whether it runs, one a plug that measures power, one a machine that tells its
phase.  The best word for it that a thing of that name has counts.
"""

from collections.abc import Collection, Iterator

from claw.house.model import Entity, House, State
from claw.mind.hygiene import name_text
from claw.routines.spec import Becomes, Passes, Trigger

_IDLE_W = 5.0
"""Below this a machine does not run (the same figure as in the skill ``laundry-done``)."""
_DONE_FOR = "2 min"
"""How long a machine must rest to be done: many stop between two phases."""
_RUNS = frozenset({"running", "power", "plug", "moving", "outlet", None})
_BECOMES = {
    "vacuum": {"to": ["docked"]},
    "lawn_mower": {"to": ["docked"]},
    "media_player": {"to": ["idle", "off", "standby"]},
    "timer": {"to": ["idle"], "from": ["active"]},
}
_MOST_STATES = 10


def finished(thing: str, house: House, words: Collection[str], lasting: str | None = None) -> Trigger | None:
    """Return what fires when the machine called ``thing`` is done, None where nothing in the house tells that.

    ``words`` are states that mean done; ``lasting`` is how long it must be so, where that was said.
    """
    for entity, state in sorted(_called(thing, house), key=lambda pair: _rank(*pair)):
        trigger = _trigger(entity, state, frozenset(words), lasting)
        if trigger is not None:
            return trigger
    return None


def _called(thing: str, house: House) -> Iterator[tuple[Entity, State | None]]:
    said = name_text(thing)
    for entity in house.registry.entities.values():
        if said and any(said in name_text(name) for name in entity.names):
            yield entity, house.states.get(entity.entity_id)


def _rank(entity: Entity, state: State | None) -> tuple[int, str]:
    """Return how well a thing says that a machine is done, the best first."""
    if entity.domain == "binary_sensor":
        return (0 if entity.device_class == "running" else 3), entity.entity_id
    if entity.domain in _BECOMES:
        return 1, entity.entity_id
    if entity.domain == "sensor" and state is not None and not _numeric(state.value):
        return 2, entity.entity_id
    return (4 if entity.device_class == "power" else 5), entity.entity_id


def _trigger(entity: Entity, state: State | None, words: frozenset[str], lasting: str | None) -> Trigger | None:
    """Return the trigger by which one thing says that a machine is done, None where it cannot."""
    wait = {"for": lasting or _DONE_FOR}
    held = {"for": lasting} if lasting is not None else {}
    if entity.domain in _BECOMES:
        return Becomes.model_validate({"state": entity.entity_id, **_BECOMES[entity.domain], **held})
    if entity.domain == "binary_sensor" and entity.device_class in _RUNS:
        return Becomes.model_validate({"state": entity.entity_id, "to": ["off"], "from": ["on"], **wait})
    if entity.domain == "sensor" and entity.device_class == "power":
        return Passes.model_validate({"number": entity.entity_id, "below": _IDLE_W, "hysteresis": _IDLE_W, **wait})
    to = _phases(state, words) if entity.domain == "sensor" and state is not None else []
    return Becomes.model_validate({"state": entity.entity_id, "to": to, **held}) if to else None


def _phases(state: State, words: frozenset[str]) -> list[str]:
    """Return those states of a machine that mean done, of the ones that it says it has."""
    if _numeric(state.value):
        return []
    options = state.attributes.get("options")
    known = [str(one) for one in options] if isinstance(options, (list, tuple)) else sorted(words)
    return [one for one in known if one.lower().replace("_", " ") in words][:_MOST_STATES]


def _numeric(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
