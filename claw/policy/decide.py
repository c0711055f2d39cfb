"""The judge: one action, one asker, one moment → allow, confirm or deny.

Nothing here reads a file, asks a clock or changes anything.  The strongest effect wins: deny, then confirm, then allow;
where no rule speaks the answer is deny.  The order of the file never matters.

Rules are many and decisions are frequent, but what a rule says about *this action on this entity* changes only with
the registry.  So for every such pair the static conditions are resolved once into a short tuple of rows, strongest
first, which ends at the first row that always speaks.  Explanations are made only when somebody asks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from claw.base.action import Action, Decision, Effect, Origin, Terms
from claw.house.model import House, Registry
from claw.policy.compiled import Compiled, Index, compile_rule
from claw.policy.conditions import Holds
from claw.policy.forbidden import forbidden
from claw.policy.people import People
from claw.policy.rules import Rule

MOST_PAIRS = 200_000
"""Pairs kept at once: ten actions on each of 20,000 entities; beyond it the table starts anew."""


class Verdict:
    """What one rule says about one entity; the decision is made when it is first given, as most never are."""

    __slots__ = ("_decision", "_entity", "plain")

    def __init__(self, plain: Decision, entity: str | None) -> None:
        self.plain = plain
        self._entity = entity
        self._decision: Decision | None = None

    @property
    def decision(self) -> Decision:
        """The decision with its entity, always the same object."""
        if self._decision is None:
            self._decision = replace(self.plain, entity=self._entity)
        return self._decision


Rows = tuple[tuple[Holds | None, Verdict], ...]
"""What may decide about one pair, strongest first: a test (None where it always speaks) and what is then said."""

_LIKELIER: Mapping[Effect, tuple[Effect, ...]] = {
    "deny": ("allow", "confirm", "deny"),
    "confirm": ("allow", "deny", "confirm"),
    "allow": ("deny", "confirm", "allow"),
}
"""Which near misses a person wants to hear of first, by what was decided."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that speaks about the action but not about this request, and the first thing it lacked."""

    rule: str
    effect: Effect
    lacked: str


@dataclass(frozen=True, slots=True)
class EntityExplanation:
    """What the policy says about one entity (None where the action has none), and which rules matched."""

    entity: str | None
    decision: Decision
    matched: tuple[str, ...]
    nearest: NearMiss | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its reasons, entity by entity."""

    decision: Decision
    entities: tuple[EntityExplanation, ...]


class Policy:
    """Rules in force and the people they name; replaced whole when the file changes.

    ``hash`` is the SHA-256 (hex) of the file's bytes and the table of people.
    """

    def __init__(self, rules: Sequence[Rule], people: People, digest: str = "") -> None:
        self.rules = tuple(rules)
        self.people = people
        self.hash = digest
        self._compiled = tuple(compile_rule(rule) for rule in rules)
        self._index = Index(self._compiled)
        self._roles: Mapping[str | None, str] = {person.id: person.role for person in people}
        self._registry: Registry | None = None
        self._pairs: dict[tuple[str, str], Rows] = {}

    def decide(self, house: House, action: Action, origin: Origin, now: datetime) -> Decision:
        """Return what the policy says about ``action`` as a whole: one deny denies, the strictest entity wins.

        ``now`` carries its zone.  An action without entities is judged once.
        """
        role = self._roles.get(origin.person) if origin.authenticated else None
        return self.decide_as(house, action, origin, role, now)

    def decide_as(self, house: House, action: Action, origin: Origin, role: str | None, now: datetime) -> Decision:
        """Return the same for an asker of a given role: how the file's own tests ask."""
        registry = house.registry
        if registry is not self._registry:
            self._registry = registry
            self._pairs.clear()
        entities = action.entities
        if len(entities) == 1 and entities[0] not in registry.groups:
            rows = self._pairs.get((action.name, entities[0])) or self._resolved(registry, action.name, entities[0])
            return _first(rows, house, action, origin, role, now)
        if not entities:
            rows = self._pairs.get((action.name, "")) or self._resolved(registry, action.name, "")
            return _first(rows, house, action, origin, role, now)
        if not registry.groups.keys().isdisjoint(entities):
            entities = tuple(_with_members(registry, entities))
        pairs = [self._resolved(registry, action.name, entity) for entity in entities]
        return strictest([_first(rows, house, action, origin, role, now) for rows in pairs])

    def explain(self, house: House, action: Action, origin: Origin, now: datetime) -> Explanation:
        """Return the decision about ``action`` with the rules that matched and the nearest one that did not."""
        role = self._roles.get(origin.person) if origin.authenticated else None
        entities = tuple(_with_members(house.registry, action.entities)) or ("",)
        found = [self._explained(house, action, entity, (origin, role), now) for entity in entities]
        return Explanation(self.decide(house, action, origin, now), tuple(found))

    def possible(self, registry: Registry, action: str, entity_id: str = "") -> tuple[Decision, ...]:
        """Return every decision that some request of ``action`` on this entity may get, strongest first."""
        return tuple(verdict.decision for _, verdict in self._rows(registry, action, entity_id))

    def _resolved(self, registry: Registry, action: str, entity_id: str) -> Rows:
        rows = self._pairs.get((action, entity_id))
        if rows is None:
            rows = self._rows(registry, action, entity_id)
            if len(self._pairs) >= MOST_PAIRS:
                self._pairs.clear()
            self._pairs[action, entity_id] = rows
        return rows

    def _rows(self, registry: Registry, action: str, entity_id: str) -> Rows:
        entity = registry.entities.get(entity_id)
        why = forbidden(action, entity_id)
        if why is None and entity is None and entity_id:
            why = "this entity is not in this house"
        if why is not None:
            return ((None, Verdict(Decision("deny", None, why), entity_id or None)),)
        rows: list[tuple[Holds | None, Verdict]] = []
        settled: Effect | None = None
        for compiled in self._index.about(action, {entity_id, entity.meant} if entity else ()):
            effect = compiled.rule.effect
            if settled is not None and (settled, effect) != ("confirm", "confirm"):
                break  # every confirm has a say in who may answer; of the others the strongest is enough
            if compiled.fits(action, entity, registry):
                rows.append((compiled.holds, Verdict(compiled.decision, entity_id or None)))
                settled = effect if compiled.holds is None else settled
        if settled is None:
            target = f"{action} on {entity_id}" if entity_id else action
            rows.append((None, Verdict(Decision("deny", None, f"no rule allows {target}"), entity_id or None)))
        return tuple(rows)

    def _explained(
        self, house: House, action: Action, entity_id: str, asker: tuple[Origin, str | None], now: datetime
    ) -> EntityExplanation:
        registry, (origin, role) = house.registry, asker
        decision = _first(self._rows(registry, action.name, entity_id), house, action, origin, role, now)
        if forbidden(action.name, entity_id):
            return EntityExplanation(entity_id or None, decision, (), None)
        matched: list[str] = []
        missed: list[tuple[int, int, str, NearMiss]] = []
        for compiled in self._compiled:
            if not compiled.speaks(action.name):
                continue
            rule = compiled.rule
            lacked = _lacked(compiled, house, action, entity_id, asker, now)
            if not lacked:
                matched.append(rule.id)
            elif decision.rule != rule.id:
                rank = _LIKELIER[decision.effect].index(rule.effect)
                missed.append((len(lacked), rank, rule.id, NearMiss(rule.id, rule.effect, lacked[0])))
        nearest = min(missed, key=lambda one: one[:3])[3] if missed else None
        return EntityExplanation(entity_id or None, decision, tuple(sorted(matched)), nearest)


def _first(rows: Rows, house: House, action: Action, origin: Origin, role: str | None, now: datetime) -> Decision:
    """Return what the strongest row that speaks says; all confirms that speak have to be satisfied."""
    left = iter(rows)
    for holds, verdict in left:
        if holds is None or holds(house, action, origin, role, now):
            if verdict.plain.terms is None:
                return verdict.decision
            asking = [verdict.decision]
            for test, other in left:
                if other.plain.terms is None:
                    break
                if test is None or test(house, action, origin, role, now):
                    asking.append(other.decision)
            return strictest(asking)
    raise AssertionError("rows always end with one that speaks")


def strictest(decisions: Sequence[Decision]) -> Decision:
    """Return the decision that satisfies all of ``decisions`` (at least one): a denial, else one confirm, else allow.

    Several confirms become one whose answer satisfies each; where no person or channel can, that is a denial.
    """
    if len(decisions) == 1:
        return decisions[0]
    for decision in decisions:
        if decision.effect == "deny":
            return decision
    asking = [decision for decision in decisions if decision.terms is not None]
    if not asking:
        return decisions[0]
    first, terms = asking[0], asking[0].terms
    for other in asking[1:]:
        terms = _merged(terms, other.terms)
        if terms is None:
            why = f"the rules {first.rule} and {other.rule} leave nobody who may say yes to both"
            return Decision("deny", first.rule, why, other.entity)
    return first if terms is first.terms else replace(first, terms=terms)


def _merged(one: Terms | None, other: Terms | None) -> Terms | None:
    if one is None or other is None or one is other:
        return one
    roles, channels = _common(one.roles, other.roles), _common(one.channels, other.channels)
    if roles is None or channels is None:
        return None
    return Terms(roles, channels, min(one.within_s, other.within_s), one.same_chat and other.same_chat)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what both name, where empty names all; None where they have nothing in common."""
    if not one or not other:
        return one or other
    return tuple(name for name in one if name in other) or None


def _with_members(registry: Registry, entities: Iterable[str]) -> Iterator[str]:
    """Give every entity once, each group followed by its members: acting on a group is acting on all of them."""
    seen: set[str] = set()
    waiting = list(reversed(list(entities)))
    while waiting:
        entity_id = waiting.pop()
        if entity_id not in seen:
            seen.add(entity_id)
            yield entity_id
            waiting += reversed(registry.groups.get(entity_id, ()))


def _lacked(
    compiled: Compiled, house: House, action: Action, entity_id: str, asker: tuple[Origin, str | None], now: datetime
) -> list[str]:
    """Return what a rule lacks to speak about this request, in order."""
    registry, (origin, role) = house.registry, asker
    entity = registry.entities.get(entity_id)
    missing = [one.text for one in compiled.static if not one.fits(action.name, entity, registry)]
    return missing + [one.text for one in compiled.dynamic if not one.holds(house, action, origin, role, now)]
