"""The most that a policy could ever say to somebody: what may be so at another hour, in another house, is taken as so.

Whoever sets something up for later is told at once when it can never be allowed to them; that it may not be at this
moment is no reason to refuse it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from claw.base.action import Action, Decision, Origin
from claw.house.model import House
from claw.policy.decide import Policy
from claw.policy.reach import parts_of
from claw.policy.rules import Rule, When

_NOON = datetime(2000, 1, 1, 12, tzinfo=UTC)
"""Any time: no rule that is left looks at it."""


def never_allowed(
    policy: Policy, house: House, actions: Sequence[Action], origins: Sequence[Origin]
) -> Decision | None:
    """Return the first denial of ``actions`` that no hour, state or count would lift for one of ``origins``, else None.

    Whoever counts only at some hours is taken as themselves.  A grant lifts no denial, so none is looked for.
    """
    registry = house.registry
    speaking = {
        rule.id: rule
        for action in actions
        for part in parts_of(registry, action) or ()
        for rule in policy.speaking(registry, part.action.name, part.entity)
    }
    relaxed = [found for rule in speaking.values() if (found := _relaxed(rule)) is not None]
    best = Policy(relaxed, policy.people)
    for origin in origins:
        person = policy.people.get(origin.person) if origin.authenticated else None
        for action in actions:
            found = best.decide_as(house, action, origin, person.role if person else None, _NOON)
            if found.effect == "deny":
                return found
    return None


def _relaxed(rule: Rule) -> Rule | None:
    """Return ``rule`` without what passes, None where it would then say no to what it may once not say no to."""
    when = rule.when
    stays = When(tainted=when.tainted) if when is not None and when.tainted is not None else None
    passing = rule.more_than is not None or (when is not None and when != stays)
    if rule.effect == "deny" and passing:
        return None
    return rule.model_copy(update={"when": stays, "at_most": None, "more_than": None})
