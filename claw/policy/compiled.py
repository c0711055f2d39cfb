"""Rules made ready to be asked, and found by the actions and entities they speak about."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from claw.base.action import Decision, Effect
from claw.house.model import Entity, Registry
from claw.policy.conditions import Dynamic, Holds, Static, dynamic_conditions, static_conditions, together
from claw.policy.globs import is_glob, matcher
from claw.policy.rules import Rule

_STRENGTH: Mapping[Effect, int] = {"deny": 0, "confirm": 1, "allow": 2}


@dataclass(frozen=True, eq=False, slots=True)
class Compiled:
    """One rule: which actions it speaks about, on which entities, and what must hold; ``holds`` None = always."""

    rule: Rule
    speaks: Callable[[str], bool]
    static: tuple[Static, ...]
    dynamic: tuple[Dynamic, ...]
    holds: Holds | None
    decision: Decision
    order: tuple[int, bool, int, str]

    def fits(self, action: str, entity: Entity | None, registry: Registry) -> bool:
        """Return whether every static condition holds."""
        return all(condition.fits(action, entity, registry) for condition in self.static)


def compile_rule(rule: Rule) -> Compiled:
    """Return ``rule`` ready to be asked.

    Its place in the order: strongest first; among equals those that always speak, the widest of them first, so that
    the fewest are asked; the id settles the rest.
    """
    static, dynamic = static_conditions(rule), dynamic_conditions(rule)
    decision = Decision(rule.effect, rule.id, rule.why or f"the rule {rule.id} says {rule.effect}", None, rule.terms)
    order = (_STRENGTH[rule.effect], bool(dynamic), len(static), rule.id)
    return Compiled(rule, matcher(rule.actions), static, dynamic, together(dynamic), decision, order)


class _Shelf:
    """Rules about some actions: those that name exact entities are found by entity, the others are all looked at."""

    def __init__(self) -> None:
        self._general: list[Compiled] = []
        self._by_entity: dict[str, list[Compiled]] = {}

    def put(self, compiled: Compiled) -> None:
        named = compiled.rule.on.entity if compiled.rule.on else ()
        if not named or any(map(is_glob, named)):
            self._general.append(compiled)
            return
        for entity_id in named:
            self._by_entity.setdefault(entity_id, []).append(compiled)

    def about(self, entity_id: str) -> Iterator[Compiled]:
        yield from self._general
        yield from self._by_entity.get(entity_id, ())


class Index:
    """Rules by the actions they speak about: exact names, globs within a domain, and the rest."""

    def __init__(self, rules: Iterable[Compiled]) -> None:
        self._shelves: dict[str, _Shelf] = {}
        for compiled in rules:
            for place in {_place(glob) for glob in compiled.rule.actions}:
                self._shelves.setdefault(place, _Shelf()).put(compiled)

    def about(self, action: str, entity_id: str) -> list[Compiled]:
        """Return, in their order, the rules that speak about ``action`` and may speak about this entity."""
        found: dict[str, Compiled] = {}
        for place in (action, action.partition(".")[0] + ".", ""):
            shelf = self._shelves.get(place)
            for compiled in shelf.about(entity_id) if shelf else ():
                if compiled.speaks(action):
                    found[compiled.rule.id] = compiled
        return sorted(found.values(), key=lambda compiled: compiled.order)


def _place(glob: str) -> str:
    """Return where a glob is filed: an exact action under its name, ``light.turn_*`` under ``light.``."""
    if not is_glob(glob):
        return glob
    domain, dot, _ = glob.partition(".")
    return domain + "." if dot and not is_glob(domain) else ""
