"""What an action amounts to: a script, a scene or a generic ``turn_on`` is judged as what it sets off.

Where the steps are known they are judged as they are, so that locking a door needs no yes.  Where only the things are
known that something acts on, it might do the worst that can be done to each: unlock, open, disarm.  Where nothing is
known the rule for the thing itself decides, and an allow needs its exact id.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from claw.base.action import Action
from claw.house.model import Registry
from claw.house.services import CATALOGUE, acts_on
from claw.policy.forbidden import indirect
from claw.policy.risky import risky_actions

MOST_PARTS = 2_000
"""A script that amounts to more is denied: nobody can judge it in time."""

_GENERIC = ("homeassistant", "group")
_SWITCHING = ("turn_on", "turn_off", "toggle")
_SETTING_OFF = {
    "script": "script.turn_on",
    "scene": "scene.turn_on",
    "automation": "automation.trigger",
    "button": "button.press",
    "input_button": "input_button.press",
}
SENSED = ("binary_sensor", "sensor", "person", "device_tracker", "zone", "sun", "weather")
"""What no action moves: a script that names one of them asks it."""


class Part(NamedTuple):
    """One action on one entity (empty where it has none) of all that an action amounts to.

    ``certain`` is False where nobody knows what is done there: it then counts only where every act is denied.
    """

    action: Action
    entity: str
    certain: bool = True


def parts_of(registry: Registry, action: Action) -> list[Part] | None:
    """Return all that ``action`` amounts to, itself first; None where that is more than can be judged."""
    found: dict[Part, None] = {}
    waiting = _each(registry, action)
    while waiting:
        part = waiting.pop(0)
        if part not in found:
            found[part] = None
            waiting += _set_off(registry, part)
        if len(found) + len(waiting) > MOST_PARTS:
            return None
    return list(found)


def unforeseen(registry: Registry, action: Action) -> frozenset[str]:
    """Return the entities that ``action`` acts on in a way that nobody knows, itself or by what it sets off."""
    found: set[str] = set()
    for part in parts_of(registry, action) or ():
        if indirect(part.action.name):
            found.update(_loose(registry, part, _steps(registry, part)))
        elif part.action.name not in CATALOGUE:
            found.add(part.entity)
    return frozenset(one for one in found if one.partition(".")[0] not in SENSED)


def amounts_to_more(registry: Registry, action: str, entity_id: str) -> bool:
    """Return whether ``action`` on this entity, empty where it has none, is more than just that."""
    return entity_id in registry.groups or bool(_set_off(registry, Part(Action(action), entity_id)))


def with_members(registry: Registry, entities: Iterable[str]) -> Iterator[str]:
    """Give every entity once, each group followed by its members: acting on a group is acting on all of them."""
    seen: set[str] = set()
    waiting = list(reversed(list(entities)))
    while waiting:
        entity_id = waiting.pop()
        if entity_id not in seen:
            seen.add(entity_id)
            yield entity_id
            waiting += reversed(registry.groups.get(entity_id, ()))


def _each(registry: Registry, action: Action) -> list[Part]:
    entities = list(with_members(registry, action.entities)) or [""]
    return [Part(action, entity_id) for entity_id in entities]


def _set_off(registry: Registry, part: Part) -> list[Part]:
    """Return what one part sets off by itself."""
    if not indirect(part.action.name):
        return []
    exact = _steps(registry, part)
    return exact + [one for entity_id in _loose(registry, part, exact) for one in _worst(registry, entity_id)]


def _steps(registry: Registry, part: Part) -> list[Part]:
    """Return what one indirect part is known to do."""
    domain, _, service = part.action.name.partition(".")
    target = _target(part)
    kind = target.partition(".")[0]
    if domain in _GENERIC and kind not in _GENERIC:
        return [Part(Action(f"{kind}.{service}", (target,), part.action.data), target)] if service in _SWITCHING else []
    if service == "turn_off":
        return []
    known = registry.entities
    exact = [one for step in registry.steps.get(target, ()) for one in _each(registry, step)]
    return [one for one in exact if not one.entity or one.entity in known]


def _loose(registry: Registry, part: Part, exact: Iterable[Part]) -> Iterator[str]:
    """Give what one indirect part reaches beside its known steps ``exact``: nobody knows what is done there."""
    domain, _, service = part.action.name.partition(".")
    if service == "turn_off" or domain in _GENERIC:
        return iter(())
    covered = {one.entity for one in exact}
    return with_members(registry, (one for one in registry.reaches.get(_target(part), ()) if one not in covered))


def _target(part: Part) -> str:
    return part.entity or part.action.name  # every script is also an action of its own name


def _worst(registry: Registry, entity_id: str) -> list[Part]:
    """Return what might be done to an entity of which it is only known that something acts on it."""
    entity = registry.entities.get(entity_id)
    if entity is None:
        return []
    if entity.domain in _SETTING_OFF:
        return [Part(Action(_SETTING_OFF[entity.domain], (entity_id,)), entity_id)]
    names = risky_actions(entity)
    if names:
        return [Part(Action(name, (entity_id,)), entity_id) for name in names]
    own = [name for name in CATALOGUE if acts_on(name) == entity.domain] or [f"{entity.domain}.turn_on"]
    return [Part(Action(name, (entity_id,)), entity_id, certain=False) for name in own]
