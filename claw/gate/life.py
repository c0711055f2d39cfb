"""What guards life is judged by a list and not by rules: exactly what the policy file lists for it is done.

Whether an asker is one that guards life is the word of whoever knows the routines (``claw/gate/makers.py``): never a
name alone.  A denial and what must never be hold here, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from claw.base.action import Action, Decision, Origin
from claw.base.errors import Refused
from claw.gate.messages import NOTIFY
from claw.house.fields import Service
from claw.house.model import House
from claw.house.services import validate
from claw.policy.decide import Policy
from claw.policy.safety import KINDS, acts

PREFIX = "safety-"
"""What the names of those routines begin with; the rest is what the policy file lists their acts under."""


def kind_of(routine: str) -> str:
    """Return of what danger a routine is, empty where it is of none."""
    kind = routine.removeprefix(PREFIX)
    return kind if routine.startswith(PREFIX) and kind in KINDS else ""


def guarded(
    policy: Policy,
    house: House,
    actions: Sequence[Action],
    origin: Origin,
    now: datetime,
    services: Mapping[str, Service],
) -> tuple[Decision, ...]:
    """Return the word on each of ``actions``, which are valid: a message or what is listed may be, nothing else.

    How often something was done lately is left out of it: whoever floods the house must not silence its alarms.
    """
    kind = kind_of(origin.routine)
    decisions: list[Decision] = []
    for action in actions:
        denial = policy.forbids(house, action, origin, now)
        if denial is not None:
            decisions.append(denial)
        elif action.name == NOTIFY or _listed(policy, house, kind, action, services):
            why = "everybody is told of danger" if action.name == NOTIFY else f"it is listed under safety: {kind}"
            decisions.append(Decision("allow", f"safety:{kind or 'test'}", why))
        else:
            why = f"{action.name} is not listed under safety in the policy"
            decisions.append(Decision("deny", None, why, next(iter(action.entities), None)))
    return tuple(decisions)


def _listed(policy: Policy, house: House, kind: str, action: Action, services: Mapping[str, Service]) -> bool:
    """Return whether exactly this is listed, on all of the listed things or some of them."""
    for name in KINDS:
        for one in acts(policy.safety.get(name, ()), house.registry) if name == kind else ():
            if one.name != action.name or bool(one.entities) != bool(action.entities):
                continue
            if not set(action.entities) <= set(one.entities):
                continue
            try:
                wanted = validate(house, replace(one, entities=action.entities), services)
            except Refused:
                continue
            if wanted == action:
                return True
    return False
