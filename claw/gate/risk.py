"""Which acts are risky: those that let somebody in, let something out, or switch a guard off.

The list is the policy's own.  A script, a scene or an automation is as risky as what it reaches, and where that is not
known it is risky: a person who says yes to it says yes to anything.
"""

from collections.abc import Iterable

from claw.base.action import Action
from claw.house.model import House, Registry
from claw.policy.soundness import RISKY, RISKY_COVERS

_SETS_OFF = ("script", "scene", "automation", "homeassistant", "conversation", "group")
_GUARDS = frozenset({"lock", "alarm_control_panel", "valve", "siren"})


def risky(action: Action, house: House, reached: Iterable[str] | None = None) -> bool:
    """Return whether some part of ``action`` is risky; ``reached`` is what a script sets off, None where not known."""
    if any(risky_on(action.name, entity_id, house.registry) for entity_id in action.entities):
        return True
    if action.domain not in _SETS_OFF:
        return False
    return reached is None or any(guards(entity_id, house.registry) for entity_id in reached)


def risky_on(name: str, entity_id: str, registry: Registry) -> bool:
    """Return whether the action ``name`` is in the dangerous direction on this entity."""
    domain = entity_id.partition(".")[0]
    return name in RISKY.get(domain, ()) and guards(entity_id, registry)


def guards(entity_id: str, registry: Registry) -> bool:
    """Return whether this entity keeps something in or out: a lock, an alarm, a valve, a siren, an outer door."""
    domain = entity_id.partition(".")[0]
    if domain != "cover":
        return domain in _GUARDS
    entity = registry.entities.get(entity_id)
    return entity is None or entity.device_class in RISKY_COVERS
