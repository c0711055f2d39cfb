"""What is odd about a policy, held against this house: nothing here is an error of the file, all of it deserves a look.

``error``: a risky thing may be done without asking, or an allow rests on what Claw itself may change.  ``warning``: a
rule that does nothing, or asks where the answer is worth little.  ``note``: things that no rule mentions, which are
therefore denied, rules that no test reaches, and risky things whose yes is cheap.
"""

from collections.abc import Iterable, Iterator, Sequence

from claw.house.model import Entity, Registry
from claw.house.services import CATALOGUE, acts_on
from claw.policy.cases import Test
from claw.policy.compiled import compile_rule
from claw.policy.decide import Policy
from claw.policy.globs import matcher
from claw.policy.load import HouseNames
from claw.policy.safety_review import safety_findings
from claw.policy.soundness import Finding, listed, open_risks, own_conditions, weak_answers
from claw.policy.testing import untested

__all__ = ["Finding", "check"]


def check(
    policy: Policy, registry: Registry, actions: Iterable[str] = CATALOGUE.keys(), tests: Sequence[Test] | None = None
) -> list[Finding]:
    """Return what is odd about ``policy`` in this house, the worst first; ``tests`` are those of its file."""
    actions = tuple(actions)
    reached, silent = _reach(policy, registry, actions)
    found = [
        *open_risks(policy, registry),
        *own_conditions(policy, registry, actions),
        *safety_findings(policy, registry),
        *_useless(policy, registry, reached),
        *weak_answers(policy, registry),
        *_renamed(registry),
        *_unmentioned(silent),
        *_untested(policy, registry, tests),
    ]
    return sorted(found, key=lambda finding: ("error", "warning", "note").index(finding.level))


def _reach(policy: Policy, registry: Registry, actions: Iterable[str]) -> tuple[set[str], list[str]]:
    """Return the rules that may decide something in this house, and the entities about which none does."""
    by_domain: dict[str, list[str]] = {}
    for action in actions:
        by_domain.setdefault(acts_on(action), []).append(action)
    reached: set[str] = set()
    silent: list[str] = []
    for entity_id, entity in sorted(registry.entities.items()):
        own = by_domain.get(entity.domain, ())
        rules = {
            decision.rule
            for action in (*own, *by_domain.get("homeassistant", ()))
            for decision in policy.possible(registry, action, entity_id)
            if decision.rule
        }
        reached |= rules
        if own and not rules:
            silent.append(entity_id)
    return reached, silent


def _useless(policy: Policy, registry: Registry, reached: set[str]) -> Iterator[Finding]:
    names = HouseNames(registry)
    for rule in policy.rules:
        unknown = [problem for problem, _ in names.unknown_in_rule(rule)]
        for problem in unknown:
            yield Finding("warning", rule.id, problem)
        compiled = compile_rule(rule)
        entityless = any(
            glob.partition(".")[0] in {"claw", "mcp", "logbook", "*"} or glob.startswith("notify.mobile_app_")
            for glob in rule.actions
        )
        if unknown or rule.id in reached or entityless:
            continue
        targets = [
            (action, entity)
            for entity in registry.entities.values()
            for action in _named(rule.actions, entity)
            if compiled.fits(action, entity, registry)
        ]
        if targets:
            other = policy.possible(registry, targets[0][0], targets[0][1].entity_id)[-1].rule
            yield Finding("warning", rule.id, f"never decides: wherever it could speak, another does ({other})")
        elif rule.effect != "deny":
            yield Finding("note", rule.id, "never speaks: there is nothing like this in the house")


def _named(globs: tuple[str, ...], entity: Entity) -> list[str]:
    speaks = matcher(globs)
    return [action for action in CATALOGUE if acts_on(action) == entity.domain and speaks(action)]


def _renamed(registry: Registry) -> Iterator[Finding]:
    entities = sorted(registry.entities.values(), key=lambda entity: entity.entity_id)
    renamed = [f"{entity.former} (now {entity.entity_id})" for entity in entities if entity.former]
    if renamed:
        text = f"renamed since this file was written: {listed(renamed)}; change the file, or go on by the old ids"
        yield Finding("warning", None, text)
    taken = [entity.entity_id for entity in entities if entity.former == ""]
    if taken:
        text = f"what has the id {listed(taken)} now is not what this file means by it; no allow that names ids fits it"
        yield Finding("warning", None, text)


def _unmentioned(silent: list[str]) -> Iterator[Finding]:
    if silent:
        yield Finding("note", None, f"no rule mentions {listed(silent)}: everything there is denied")


def _untested(policy: Policy, registry: Registry, tests: Sequence[Test] | None) -> Iterator[Finding]:
    if tests is None:
        return
    missed = untested(tests, policy, registry)
    if missed:
        yield Finding("note", None, f"no test of the file is decided by {listed(missed)}: say what they are for")
