"""Which acts are risky: those that let somebody in, let something out, or switch a guard off.

The list is the policy's own.  A script, a scene or an automation is as risky as what it sets off, and where that is not
known it is risky: a person who says yes to it says yes to anything.
"""

from claw.base.action import Action
from claw.house.model import Registry
from claw.policy.reach import parts_of
from claw.policy.risky import risky_actions

_SETS_OFF = ("script", "scene", "automation")


def risky(action: Action, registry: Registry) -> bool:
    """Return whether some part of ``action``, what it sets off included, is or may be risky."""
    if action.domain not in _SETS_OFF:
        return any(risky_on(action.name, entity_id, registry) for entity_id in action.entities)
    parts = parts_of(registry, action)
    unknown = any(one not in registry.reaches and one not in registry.steps for one in action.entities)
    return parts is None or unknown or any(risky_on(part.action.name, part.entity, registry) for part in parts)


def risky_on(name: str, entity_id: str, registry: Registry) -> bool:
    """Return whether the action ``name`` is in the dangerous direction on this entity."""
    entity = registry.entities.get(entity_id)
    return entity is not None and name in risky_actions(entity)
