"""What one policy allows that another does not: asked request by request, before the other one counts.

Nobody reads the difference of two texts and sees which door it opens.  So every action of the catalogue on every
entity of this house is asked of both, as each role through its usual channel, by voice and by a routine, in the
circumstances that a changed rule can tell apart.  Pairs that no changed rule speaks about are not asked: they cannot
differ.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from claw.base.action import Action, Decision, Effect
from claw.house.model import House, Registry
from claw.house.services import acts_on
from claw.policy.circumstances import Asker, Case, cases, named_askers, usual_askers
from claw.policy.decide import Policy
from claw.policy.rules import Never, Rule
from claw.policy.safety import KINDS as KINDS_OF_DANGER

Kind = Literal["newly allowed", "newly asked", "asked otherwise", "newly denied"]
KINDS: tuple[Kind, ...] = ("newly allowed", "newly asked", "asked otherwise", "newly denied")
"""In the order in which they are worth reading."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing about which two policies differ.

    ``was`` and ``rule`` are the rules that decided before and decide after; ``entity`` is empty for an action without
    one; ``circumstances`` are empty where the two differ in plain ones.
    """

    kind: Kind
    action: str
    entity: str
    asker: str
    before: Effect
    after: Effect
    was: str | None
    rule: str | None
    circumstances: str = ""


def kind_of(before: Decision, after: Decision) -> Kind | None:
    """Return how ``after`` differs from ``before``, None where it does not."""
    if before.effect == after.effect:
        return "asked otherwise" if before.terms != after.terms else None
    kinds: Mapping[Effect, Kind] = {"allow": "newly allowed", "confirm": "newly asked", "deny": "newly denied"}
    return kinds[after.effect]


def differences(old: Policy, new: Policy, house: House, now: datetime, actions: Iterable[str]) -> list[Difference]:
    """Return what ``new`` says otherwise than ``old`` in this house, what it newly allows first.

    ``now`` carries its zone.  Each pair of action and entity is listed once for each asker and kind: by the plainest
    circumstances in which the two differ.
    """
    changed = _changed(old, new)
    plain = Case(house, now)
    made: dict[tuple[str, ...], tuple[list[Asker], list[Case]]] = {}
    found: list[Difference] = []
    for action, entity in _pairs(house.registry, actions):
        rules = _speaking(old, new, house.registry, action, entity, changed)
        if rules:
            key = tuple(rule.id for rule in rules)
            ways = made.get(key) or made.setdefault(key, _ways(new, rules, plain))
            found += _differing(old, new, Action(action, (entity,) if entity else ()), ways)
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.action, one.entity, one.asker))


def unseen(old: Policy, new: Policy, found: Iterable[Difference]) -> list[str]:
    """Return what ``new`` says otherwise than ``old`` and no difference in ``found`` tells of.

    What must never be binds plans and no single request, and how often something may be done or who is told of it makes
    none of them another decision: a draft that loosens one of these must not look as if it changed nothing.
    """
    told = {name for one in found for name in (one.was, one.rule)}
    nevers = _altered({one.id: one.written for one in old.never}, {one.id: one.written for one in new.never})
    rules = _altered({one.id: one for one in old.rules}, {one.id: one for one in new.rules})
    other = [f"rule {name} {how}" for name, how in rules.items() if name not in told]
    return [f"never {name} {how}" for name, how in nevers.items()] + other + list(_safety(old, new))


def _safety(old: Policy, new: Policy) -> Iterator[str]:
    """Give what happens by itself in danger with ``new`` and did not before, and what does no more."""
    for kind in KINDS_OF_DANGER:
        before, after = old.safety.get(kind, ()), new.safety.get(kind, ())
        for one in [*after, *before]:
            if one not in before or one not in after:
                how = "is new: it is done without asking anybody" if one in after else "is gone"
                with_ = f" with {dict(one.data)}" if one.data else ""
                yield f"safety {kind}: {one.action} on {', '.join(one.entities) or 'nothing'}{with_} {how}"


def _altered(
    old: Mapping[str, Rule] | Mapping[str, Never], new: Mapping[str, Rule] | Mapping[str, Never]
) -> dict[str, str]:
    """Return by id what became of each: gone, new, or another one; only a word of explanation makes none another."""
    gone = {name: "is gone" for name in old if name not in new}
    other = {
        name: "says something else" if name in old else "is new"
        for name, one in new.items()
        if name not in old or one.model_copy(update={"why": ""}) != old[name].model_copy(update={"why": ""})
    }
    return gone | other


def _changed(old: Policy, new: Policy) -> frozenset[str]:
    """Return the ids of the rules that only one of the two has, or that say something else in each."""
    before, after = ({rule.id: rule for rule in policy.rules} for policy in (old, new))
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _pairs(registry: Registry, actions: Iterable[str]) -> Iterator[tuple[str, str]]:
    by_domain: dict[str, list[str]] = {}
    for action in actions:
        by_domain.setdefault(acts_on(action), []).append(action)
    for entity_id, entity in sorted(registry.entities.items()):
        for action in (*by_domain.get(entity.domain, ()), *by_domain.get("homeassistant", ())):
            yield action, entity_id
    for domain in ("claw", "mcp", "notify"):
        yield from ((action, "") for action in by_domain.get(domain, ()))


def _speaking(
    old: Policy, new: Policy, registry: Registry, action: str, entity: str, changed: frozenset[str]
) -> list[Rule]:
    """Return the changed rules, as each policy has them, that may decide about a pair; none where none can."""
    ids = {
        decision.rule
        for policy in (old, new)
        for decision in policy.possible(registry, action, entity)
        if decision.rule in changed
    }
    return [rule for policy in (old, new) for rule in policy.rules if rule.id in ids]


def _ways(policy: Policy, rules: Iterable[Rule], plain: Case) -> tuple[list[Asker], list[Case]]:
    """Return who asks, and in which circumstances, the plainest first."""
    askers = {asker.name: asker for asker in usual_askers(policy.people)}
    circumstances = [plain]
    for rule in rules:
        askers |= {asker.name: asker for asker in named_askers(policy.people, plain.house.registry, rule)}
        circumstances += cases(rule, policy.people, plain)
    return list(askers.values()), sorted(circumstances, key=lambda case: len(case.words))


def _differing(old: Policy, new: Policy, action: Action, ways: tuple[list[Asker], list[Case]]) -> Iterator[Difference]:
    askers, circumstances = ways
    for asker in askers:
        seen: set[Kind] = set()
        for case in circumstances:
            asked, origin = replace(action, data=case.data), replace(asker.origin, taint=case.taint)
            before, after = (policy.decide_as(case.house, asked, origin, asker.role, case.now) for policy in (old, new))
            kind = kind_of(before, after)
            if kind is None or kind in seen:
                continue
            seen.add(kind)
            yield Difference(
                kind,
                action.name,
                action.entities[0] if action.entities else "",
                asker.name,
                before.effect,
                after.effect,
                before.rule,
                after.rule,
                ", ".join(case.words),
            )
