"""Which acts are risky: those that let somebody in, let something out, or switch a guard off.

The list is the policy's own.  What sets off something else (a script, a button, a group of garages) is as risky as what
it sets off, and where that is not known it is risky: a person who says yes to it says yes to anything.
"""

from claw.base.action import Action
from claw.house.model import Registry
from claw.policy.forbidden import indirect
from claw.policy.reach import Part, parts_of
from claw.policy.risky import risky_actions

_SETS_OFF = ("script", "scene", "automation", "button", "input_button")


def risky(action: Action, registry: Registry) -> bool:
    """Return whether some part of ``action``, what it sets off included, is or may be risky."""
    parts = parts_of(registry, action)
    return parts is None or any(
        risky_on(part.action.name, part.entity, registry) or _unknown(part, registry) for part in parts
    )


def _unknown(part: Part, registry: Registry) -> bool:
    """Return whether nobody knows what a part sets off."""
    target = part.entity or part.action.name  # every script is also an action of its own name
    if not indirect(part.action.name) or target.partition(".")[0] not in _SETS_OFF:
        return False
    return not registry.tells(target)


def risky_on(name: str, entity_id: str, registry: Registry) -> bool:
    """Return whether the action ``name`` is in the dangerous direction on this entity."""
    entity = registry.entities.get(entity_id)
    return entity is not None and name in risky_actions(entity)
