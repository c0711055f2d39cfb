"""Rules made ready to be asked, and found by the actions and entities they speak about."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from claw.base.action import Decision, Effect, canonical
from claw.house.model import Entity, Registry
from claw.policy.conditions import Dynamic, Holds, Static, dynamic_conditions, static_conditions, together
from claw.policy.counted import counted_conditions
from claw.policy.globs import is_glob, matcher
from claw.policy.people import NO_PEOPLE, ROLES, People
from claw.policy.rules import EVERYONE, SUBJECT, Rule

MOST_ACTIONS = 2_000
"""Actions whose rules are kept sorted; Home Assistant's services number a few hundred."""

_STRENGTH: Mapping[Effect, int] = {"deny": 0, "confirm": 1, "allow": 2}


@dataclass(frozen=True, eq=False, slots=True)
class Compiled:
    """One rule: which actions it speaks about, on which entities, and what must hold; ``holds`` None = always.

    ``notify`` are the addresses of those it tells; ``mark`` changes with every word of the rule.
    """

    rule: Rule
    speaks: Callable[[str], bool]
    static: tuple[Static, ...]
    dynamic: tuple[Dynamic, ...]
    holds: Holds | None
    decision: Decision
    order: tuple[int, bool, int, str]
    notify: tuple[str, ...]
    mark: str

    def test(self, entity: Entity | None) -> Holds | None:
        """Return what must hold when it is about ``entity``, None where it always speaks."""
        if all(one.on is None for one in self.dynamic):
            return self.holds
        return together(tuple(one.test(entity) for one in self.dynamic))

    def fits(self, action: str, entity: Entity | None, registry: Registry) -> bool:
        """Return whether every static condition holds."""
        for condition in self.static:  # noqa: SIM110  a generator costs more than most conditions
            if not condition.fits(action, entity, registry):
                return False
        return True


_Ranked = tuple[int, Compiled]
"""A rule and its place in the order of all rules."""


def compile_rule(rule: Rule, people: People = NO_PEOPLE) -> Compiled:
    """Return ``rule`` ready to be asked.

    Its place in the order: strongest first; among equals those that always speak, the widest of them first, so that
    the fewest are asked; the id settles the rest.
    """
    static, dynamic = static_conditions(rule), dynamic_conditions(rule, people) + counted_conditions(rule, people)
    decision = Decision(rule.effect, rule.id, rule.why or f"the rule {rule.id} says {rule.effect}", None, rule.terms)
    order = (_STRENGTH[rule.effect], bool(dynamic), len(static), rule.id)
    holds = together(tuple(one.holds for one in dynamic))
    written = canonical(rule.model_dump(mode="json", by_alias=True))
    mark = f"{rule.id}@{hashlib.sha256(written).hexdigest()[:16]}"
    return Compiled(
        rule, matcher(rule.actions), static, dynamic, holds, decision, order, _addresses(rule, people), mark
    )


def _addresses(rule: Rule, people: People) -> tuple[str, ...]:
    """Return whom a rule tells: people by name or by role, or everyone; nobody who is shut out."""
    if EVERYONE in rule.notify:
        return (EVERYONE,)
    about = (SUBJECT,) if SUBJECT in rule.notify else ()
    told = (
        person.id
        for name in rule.notify
        for person in people
        if not person.barred and name == (person.role if name in ROLES else person.id)
    )
    return (*about, *dict.fromkeys(f"person:{person_id}" for person_id in told))


class Index:
    """Rules found by what they speak about, always in their order.

    Rules that name exact entities are found by entity.  The others are found by action, and what was found for an
    action is kept: most rules of a large file name one entity, so the rest is short.
    """

    def __init__(self, rules: Iterable[Compiled]) -> None:
        self._by_entity: dict[str, list[_Ranked]] = {}
        self._by_place: dict[str, list[_Ranked]] = {}
        self._by_action: dict[str, list[_Ranked]] = {}
        for ranked in enumerate(sorted(rules, key=lambda compiled: compiled.order)):
            rule = ranked[1].rule
            named = rule.on.entity if rule.on else ()
            if named and not any(map(is_glob, named)):
                for entity_id in named:
                    self._by_entity.setdefault(entity_id, []).append(ranked)
                continue
            for place in {_place(glob) for glob in rule.actions}:
                self._by_place.setdefault(place, []).append(ranked)

    def about(self, action: str, entity_ids: Iterable[str]) -> Iterable[Compiled]:
        """Return, in their order, the rules that speak about ``action`` and may speak about what has these ids."""
        found = self._by_action.get(action)
        if found is None:
            found = self._general(action)
        filed = {ranked for entity_id in entity_ids for ranked in self._by_entity.get(entity_id, ())}
        named = [ranked for ranked in filed if ranked[1].speaks(action)]
        if named:
            found = sorted(found + named, key=_rank)
        return [ranked[1] for ranked in found]

    def _general(self, action: str) -> list[_Ranked]:
        places = (action, action.partition(".")[0] + ".", "")
        filed = {ranked for place in places for ranked in self._by_place.get(place, ())}
        found = sorted((ranked for ranked in filed if ranked[1].speaks(action)), key=_rank)
        if len(self._by_action) >= MOST_ACTIONS:
            self._by_action.clear()
        self._by_action[action] = found
        return found


def _rank(ranked: _Ranked) -> int:
    return ranked[0]


def _place(glob: str) -> str:
    """Return where a glob is filed: an exact action under its name, ``light.turn_*`` under ``light.``."""
    if not is_glob(glob):
        return glob
    domain, dot, _ = glob.partition(".")
    return domain + "." if dot and not is_glob(domain) else ""
