"""The judge: one action, one asker, one moment → allow, confirm or deny.

Nothing here reads a file, asks a clock or changes anything.  The strongest effect wins: deny, then confirm, then allow;
where no rule speaks the answer is deny.  The order of the file never matters.

Rules are many and decisions are frequent, but what a rule says about *this action on this entity* changes only with
the registry.  So for every such pair the static conditions are resolved once into a short tuple of rows, strongest
first, which ends at the first row that always speaks.  Explanations are made only when somebody asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from claw.base.action import Action, Decision, Effect, Origin
from claw.house.model import House, Registry
from claw.policy.compiled import Compiled, Index, compile_rule
from claw.policy.conditions import Holds
from claw.policy.forbidden import commands_a_phone, forbidden
from claw.policy.never import Predicate
from claw.policy.overlay import NO_OVERLAY, Lifting
from claw.policy.people import People
from claw.policy.presence import entities_of
from claw.policy.rates import NO_ACTS, Acts, Counting
from claw.policy.reach import Part, amounts_to_more, parts_of
from claw.policy.rules import ABOUT_SOMEBODY, SUBJECT, Never, Rule
from claw.policy.safety import NOTHING_LISTED, Safety
from claw.policy.verdicts import Rows, Verdict, first, of_all, strictest
from claw.policy.windows import local

MOST_PAIRS = 200_000
"""Pairs kept at once: ten actions on each of 20,000 entities; beyond it the table starts anew."""


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
    """What the policy says about one entity (None where the action has none), and which rules matched.

    ``action`` is what is done to it: of a script or scene, what that sets off.
    """

    entity: str | None
    decision: Decision
    matched: tuple[str, ...]
    nearest: NearMiss | None
    action: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its reasons, entity by entity."""

    decision: Decision
    entities: tuple[EntityExplanation, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Everything that one decision may depend on."""

    house: House
    origin: Origin
    role: str | None
    now: datetime
    acts: Counting

    def holds(self, test: Holds | None, action: Action) -> bool:
        return test is None or test(self.house, action, self.origin, self.role, self.now, self.acts)

    def first(self, rows: Rows, action: Action) -> Decision:
        return first(rows, self.house, action, self.origin, self.role, self.now, self.acts)


class Policy:
    """Rules in force and the people they name; replaced whole when the file changes.

    ``hash`` is the SHA-256 (hex) of the file's bytes and the table of people.  ``looks_at`` are the entity ids, as the
    file has them, whose states any rule asks for; ``never`` is what no plan may bring about; ``safety`` what is done
    without anybody when a detector tells of danger.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        people: People,
        digest: str = "",
        never: Sequence[Never] = (),
        safety: Safety = NOTHING_LISTED,
    ) -> None:
        self.rules = tuple(rules)
        self.people = people
        self.hash = digest
        self.never = tuple(Predicate(one, people) for one in never)
        self.safety = safety
        self.looks_at = frozenset(_looked_at(rules, people)).union(*(one.entities for one in self.never))
        self._compiled = tuple(compile_rule(rule, people) for rule in rules)
        self._by_id: Mapping[str | None, Compiled] = {compiled.rule.id: compiled for compiled in self._compiled}
        self._index = Index(self._compiled)
        self._tellers = Index(compiled for compiled in self._compiled if compiled.notify)
        self._registry: Registry | None = None
        self._pairs: dict[tuple[str, str], Rows] = {}  # of what amounts to no more and tells nobody

    def decide(
        self,
        house: House,
        action: Action,
        origin: Origin,
        now: datetime,
        acts: Counting = NO_ACTS,
        overlay: Lifting = NO_OVERLAY,
    ) -> Decision:
        """Return what the policy says about ``action`` as a whole: one deny denies, the strictest entity wins.

        ``now`` carries its zone, ``acts`` is what was done lately, ``overlay`` holds the grants.  An action without
        entities is judged once.
        """
        role = self.people.roles.get(origin.person) if origin.authenticated else None
        if role is None and origin.authenticated:
            origin, role = self.proven(house, origin, now)
        return self.decide_as(house, action, origin, role, now, acts, overlay)

    def proven(self, house: House, origin: Origin, now: datetime) -> tuple[Origin, str | None]:
        """Return who asks as they count now, and their role: outside their hours somebody is nobody."""
        person = self.people.get(origin.person) if origin.authenticated else None
        if person is None or self.people.counts(person, local(house.registry, now)):
            return origin, person.role if person else None
        return replace(origin, person=None, authenticated=False, strength=None), None

    def decide_as(
        self,
        house: House,
        action: Action,
        origin: Origin,
        role: str | None,
        now: datetime,
        acts: Counting = NO_ACTS,
        overlay: Lifting = NO_OVERLAY,
    ) -> Decision:
        """Return the same for an asker of a given role: how the file's own tests ask."""
        registry = house.registry
        if registry is not self._registry:
            self._registry = registry
            self._pairs.clear()
        entities = action.entities
        if len(entities) == 1:
            rows = self._pairs.get((action.name, entities[0]))
            if rows is not None:
                decision = first(rows, house, action, origin, role, now, acts)
                if decision.terms is None or overlay is NO_OVERLAY:
                    return decision
        else:
            found = [self._pairs.get((action.name, entity_id)) for entity_id in entities or ("",)]
            rows = [rows for rows in found if rows is not None]
            if len(rows) == len(found):
                decision = of_all(rows, house, action, origin, role, now, acts)
                if decision.terms is None or overlay is NO_OVERLAY:
                    return decision
        return self._whole(_Asked(house, origin, role, now, acts), action, overlay)

    def decide_plan(
        self,
        house: House,
        actions: Sequence[Action],
        origin: Origin,
        now: datetime,
        acts: Acts | None = None,
        overlay: Lifting = NO_OVERLAY,
    ) -> tuple[Decision, ...]:
        """Return the decision about each of ``actions``, each counted as done when the next is judged."""
        planned = Acts(acts)
        decisions: list[Decision] = []
        for action in actions:
            decisions.append(self.decide(house, action, origin, now, planned, overlay))
            planned.add(now, action, origin)
        return tuple(decisions)

    def forbids(
        self, house: House, action: Action, origin: Origin, now: datetime, acts: Counting = NO_ACTS
    ) -> Decision | None:
        """Return the denial that ``action`` meets whatever else is said: by a rule, or by what no rule can lift.

        None also where no rule speaks at all, or one would ask somebody first.
        """
        asked = _Asked(house, *self.proven(house, origin, now), now, acts)
        parts = parts_of(house.registry, action)
        if parts is None:
            return Decision("deny", None, f"{action.name} sets off more than can be judged", action.entities[0])
        guesses: dict[str, list[Decision | None]] = {}
        for part in parts:
            said = asked.first(self._resolved(house.registry, part.action.name, part.entity), part.action)
            denial = said if self._is_denial(said, part, house.registry) else None
            if not part.certain:
                guesses.setdefault(part.entity, []).append(denial)
            elif denial is not None:
                return denial
        return next((guessed[0] for guessed in guesses.values() if all(guessed)), None)

    def _is_denial(self, said: Decision, part: Part, registry: Registry) -> bool:
        """Return whether something denies, and not only nothing allows."""
        if said.effect != "deny":
            return False
        if said.rule is not None:
            return self._by_id[said.rule].rule.effect == "deny"
        gone = bool(part.entity) and part.entity not in registry.entities
        commanding = part.action.name.startswith("notify.") and commands_a_phone(part.action.data)
        return gone or commanding or forbidden(part.action.name, part.entity) is not None

    def asks(
        self, house: House, action: Action, origin: Origin, now: datetime, acts: Counting = NO_ACTS
    ) -> frozenset[str]:
        """Return what asks for a yes to ``action``: every rule in its present wording, with what it asks it about."""
        origin, role = self.proven(house, origin, now)
        return self._asks(_Asked(house, origin, role, now, acts), parts_of(house.registry, action) or [])

    def explain(
        self, house: House, action: Action, origin: Origin, now: datetime, acts: Counting = NO_ACTS
    ) -> Explanation:
        """Return the decision about ``action`` with the rules that matched and the nearest one that did not."""
        decision = self.decide(house, action, origin, now, acts)
        origin, role = self.proven(house, origin, now)
        asked = _Asked(house, origin, role, now, acts)
        parts = [part for part in parts_of(house.registry, action) or [Part(action, "")] if part.certain]
        return Explanation(decision, tuple(self._explained(asked, part) for part in parts))

    def possible(self, registry: Registry, action: str, entity_id: str = "") -> tuple[Decision, ...]:
        """Return every decision that some request of ``action`` on this entity may get, strongest first."""
        return tuple(verdict.decision for _, verdict in self._rows(registry, action, entity_id))

    def speaking(self, registry: Registry, action: str, entity_id: str = "") -> tuple[Rule, ...]:
        """Return the rules that may speak about ``action`` on this entity, at some moment and for somebody."""
        entity = registry.entities.get(entity_id)
        about = self._index.about(action, {entity_id, entity.meant} if entity else ())
        return tuple(one.rule for one in about if one.fits(action, entity, registry))

    def reached(self, before: House, after: House, now: datetime) -> Predicate | None:
        """Return what must never be and is, or may be, so after a step that had a part in it; None where nothing is."""
        return next((one for one in self.never if one.reached(before, after, now)), None)

    def breached(self, house: House, now: datetime) -> tuple[Predicate, ...]:
        """Return what must never be and is so in this house, for certain."""
        return tuple(one for one in self.never if one.holds(house, now))

    def _whole(self, asked: _Asked, action: Action, overlay: Lifting) -> Decision:
        """Decide about all that ``action`` amounts to, with what may lift a question and whom to tell."""
        registry = asked.house.registry
        parts = parts_of(registry, action)
        if parts is None:
            return Decision("deny", None, f"{action.name} sets off more than can be judged", action.entities[0])
        decision = self._all(asked, parts)
        if decision.terms is not None:
            grant = overlay.lifts(registry, action, asked.origin, self._asks(asked, parts), asked.now)
            if grant:
                decision = replace(decision, effect="allow", terms=None, grant=grant)
        told = self._told(asked, parts, denied=decision.effect == "deny")
        return replace(decision, notify=told) if told else decision

    def _all(self, asked: _Asked, parts: Sequence[Part]) -> Decision:
        """Return the strictest decision about ``parts``; of those that are not certain only an entity's last way."""
        registry = asked.house.registry
        found: list[Decision] = []
        guesses: dict[str, list[Decision]] = {}
        for part in parts:
            said = asked.first(self._resolved(registry, part.action.name, part.entity), part.action)
            (found if part.certain else guesses.setdefault(part.entity, [])).append(said)
        found += [
            guessed[0]
            for guessed in guesses.values()
            if all(said.effect == "deny" and said.rule is not None for said in guessed)
        ]
        return strictest(found)

    def _asks(self, asked: _Asked, parts: Sequence[Part]) -> frozenset[str]:
        registry = asked.house.registry
        return frozenset(
            f"{self._by_id[verdict.plain.rule].mark} {part.action.name} {part.entity}"
            for part in parts
            if part.certain
            for test, verdict in self._resolved(registry, part.action.name, part.entity)
            if verdict.plain.terms is not None and asked.holds(test, part.action)
        )

    def _told(self, asked: _Asked, parts: Sequence[Part], *, denied: bool) -> tuple[str, ...]:
        """Return whom the rules tell that speak here and have a say in it."""
        registry = asked.house.registry
        told: dict[str, None] = {}
        for part in parts:
            entity = registry.entities.get(part.entity)
            for rule in self._telling(registry, part.action.name, part.entity):
                if (rule.rule.effect == "deny") == denied and asked.holds(rule.test(entity), part.action):
                    told |= dict.fromkeys(rule.notify)
        return tuple(filter(None, dict.fromkeys(self._addressed(to, parts) for to in told)))

    def _addressed(self, to: str, parts: Sequence[Part]) -> str:
        """Return where a message goes that is for ``to``; nowhere for the subject of what is about nobody known."""
        if to != SUBJECT:
            return to
        person = parts[0].action.data.get("person") if parts[0].action.name in ABOUT_SOMEBODY else None
        return f"person:{person}" if isinstance(person, str) and self.people.get(person) is not None else ""

    def _telling(self, registry: Registry, action: str, entity_id: str) -> list[Compiled]:
        entity = registry.entities.get(entity_id)
        about = self._tellers.about(action, {entity_id, entity.meant} if entity else ())
        return [rule for rule in about if rule.fits(action, entity, registry)]

    def _resolved(self, registry: Registry, action: str, entity_id: str) -> Rows:
        rows = self._pairs.get((action, entity_id))
        if rows is None:
            rows = self._rows(registry, action, entity_id)
            if not amounts_to_more(registry, action, entity_id) and not self._telling(registry, action, entity_id):
                if len(self._pairs) >= MOST_PAIRS:
                    self._pairs.clear()
                self._pairs[action, entity_id] = rows
        return rows

    def _rows(self, registry: Registry, action: str, entity_id: str) -> Rows:
        entity, named = registry.entities.get(entity_id), entity_id or None
        why = forbidden(action, entity_id)
        if why is None and entity is None and entity_id:
            why = "this entity is not in this house"
        if why is not None:
            return ((None, Verdict(Decision("deny", None, why), named)),)
        rows: list[tuple[Holds | None, Verdict]] = []
        if action.startswith("notify."):
            why = "a message that is a command to a phone is forbidden and no rule can allow it"
            rows.append((_commanding, Verdict(Decision("deny", None, why), named)))
        settled: Effect | None = None
        for compiled in self._index.about(action, {entity_id, entity.meant} if entity else ()):
            effect = compiled.rule.effect
            if settled is not None and (settled, effect) != ("confirm", "confirm"):
                break  # every confirm has a say in who may answer; of the others the strongest is enough
            if compiled.fits(action, entity, registry):
                rows.append((compiled.test(entity), Verdict(compiled.decision, named)))
                settled = effect if compiled.holds is None else settled
        if settled is None:
            target = f"{action} on {entity_id}" if entity_id else action
            rows.append((None, Verdict(Decision("deny", None, f"no rule allows {target}"), named)))
        return tuple(rows)

    def _explained(self, asked: _Asked, part: Part) -> EntityExplanation:
        registry, action, entity_id = asked.house.registry, part.action, part.entity
        decision = asked.first(self._rows(registry, action.name, entity_id), action)
        if decision.effect == "deny" and decision.rule is None and forbidden(action.name, entity_id):
            return EntityExplanation(entity_id or None, decision, (), None, action.name)
        matched: list[str] = []
        missed: list[tuple[int, int, str, NearMiss]] = []
        for compiled in self._compiled:
            if not compiled.speaks(action.name):
                continue
            rule = compiled.rule
            lacked = _lacked(compiled, asked, part)
            if not lacked:
                matched.append(rule.id)
            elif decision.rule != rule.id:
                rank = _LIKELIER[decision.effect].index(rule.effect)
                missed.append((len(lacked), rank, rule.id, NearMiss(rule.id, rule.effect, lacked[0])))
        nearest = min(missed, key=lambda one: one[:3])[3] if missed else None
        return EntityExplanation(entity_id or None, decision, tuple(sorted(matched)), nearest, action.name)


def _lacked(compiled: Compiled, asked: _Asked, part: Part) -> list[str]:
    """Return what a rule lacks to speak about this request, in order."""
    registry = asked.house.registry
    entity = registry.entities.get(part.entity)
    missing = [one.text for one in compiled.static if not one.fits(part.action.name, entity, registry)]
    return missing + [one.text for one in compiled.dynamic if not asked.holds(one.test(entity), part.action)]


def _commanding(_h: House, action: Action, _o: Origin, _r: str | None, _n: datetime, _d: Counting) -> bool:
    return commands_a_phone(action.data)


def _looked_at(rules: Sequence[Rule], people: People) -> list[str]:
    """Return the entity ids whose states ``rules`` ask for."""
    whens = [rule.when for rule in rules if rule.when]
    states = [entity_id for when in whens for entity_id in when.states]
    people_of = [entity_id for when in whens for entity_id in entities_of(people, (*when.home, *when.away))]
    return states + [entity_id for entity_id in people_of if entity_id]
