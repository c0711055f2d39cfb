"""What is odd about the list of what is done in danger: an act that a denial would refuse, or one that opens a door.

The list is for a moment in which nobody can mend it.  So what would not work is said before, with the rule.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from claw.base.action import Action, Origin
from claw.house.model import House, Registry
from claw.policy.compiled import Compiled, compile_rule
from claw.policy.conditions import who_conditions
from claw.policy.decide import Policy
from claw.policy.forbidden import forbidden
from claw.policy.rates import NO_ACTS
from claw.policy.reach import Part, parts_of
from claw.policy.risky import risky_actions
from claw.policy.safety import KINDS, Listed, SafetyKind, acts
from claw.policy.soundness import Finding

_ANY = datetime(2026, 1, 7, 12, tzinfo=UTC)
"""A moment for conditions that ask for none."""


def asker(kind: SafetyKind) -> Origin:
    """Return who acts in danger: the house's own routine, for nobody."""
    return Origin("routine", source=f"routine:safety-{kind}", routine=f"safety-{kind}")


def safety_findings(policy: Policy, registry: Registry) -> Iterator[Finding]:
    """Give what is odd about ``safety`` of ``policy`` in this house."""
    # How often something was done before does not count here, so neither does a denial that counts it.
    rules = [rule for rule in policy.rules if rule.effect == "deny" and rule.more_than is None]
    denying = [compile_rule(rule, policy.people) for rule in rules]
    yield from _silenced(denying, policy, registry)
    for kind in KINDS:
        for one in policy.safety.get(kind, ()):
            yield from _gone(kind, one, registry)
            for action in acts((one,), registry):
                yield from _denied(kind, action, denying, policy, registry)
                yield from _opens(kind, action, registry)


def _gone(kind: SafetyKind, one: Listed, registry: Registry) -> Iterator[Finding]:
    found = {entity for action in acts((one,), registry) for entity in action.entities}
    present = {registry.renamed.get(entity, entity): entity for entity in one.entities}
    gone = [written for entity, written in present.items() if entity not in found]
    if gone:
        yield Finding("error", None, f"safety {kind}: {one.action} names {', '.join(gone)}, which is not in this house")


def _denied(
    kind: SafetyKind, action: Action, denying: list[Compiled], policy: Policy, registry: Registry
) -> Iterator[Finding]:
    """Give the denials that a listed act would meet; one with conditions may only meet it at times."""
    parts = parts_of(registry, action)
    if parts is None:
        yield Finding("error", None, f"safety {kind}: {action.name} sets off more than can be judged: it is refused")
        return
    said: set[str | None] = set()
    for part in parts:
        where = f"{action.name} on {part.entity}" if part.entity else action.name
        why = forbidden(part.action.name, part.entity)
        if why and None not in said:
            said.add(None)
            yield Finding("error", None, f"safety {kind}: {where} is refused: {why}")
        for compiled in denying if part.certain else ():
            rule = compiled.rule
            if rule.id in said or not _speaks(compiled, part, registry, policy, kind):
                continue
            said.add(rule.id)
            always = not (rule.when or rule.beyond)
            how = "is refused by this denial" if always else "may be refused by this denial, when its conditions hold"
            yield Finding("error" if always else "warning", rule.id, f"safety {kind}: {where} {how}")


def _silenced(denying: list[Compiled], policy: Policy, registry: Registry) -> Iterator[Finding]:
    """Give the denials by which nobody would be told of some danger."""
    message = Part(Action("claw.notify"), "")
    for compiled in denying:
        kinds = [kind for kind in KINDS if _speaks(compiled, message, registry, policy, kind)]
        if kinds:
            text = f"safety: keeps everybody from being told of {', '.join(kinds)}"
            yield Finding("error" if not compiled.rule.when else "warning", compiled.rule.id, text)


def _speaks(compiled: Compiled, part: Part, registry: Registry, policy: Policy, kind: SafetyKind) -> bool:
    entity, when = registry.entities.get(part.entity), compiled.rule.when
    if when is not None and when.tainted:
        return False  # nothing that anybody wrote has a part in it
    if not compiled.speaks(part.action.name) or not compiled.fits(part.action.name, entity, registry):
        return False
    who = who_conditions(compiled.rule.who, policy.people) if compiled.rule.who else ()
    house = House(registry, {})
    return all(one.test(entity)(house, part.action, asker(kind), None, _ANY, NO_ACTS) for one in who)


def _opens(kind: SafetyKind, action: Action, registry: Registry) -> Iterator[Finding]:
    for part in parts_of(registry, action) or ():
        entity = registry.entities.get(part.entity)
        if entity is not None and part.action.name in risky_actions(entity):
            text = f"safety {kind}: {part.action.name} on {part.entity} is done without asking anybody"
            yield Finding("warning", None, text)
