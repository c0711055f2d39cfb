"""What a sentence must contain for a template to match at all.

Nine of ten templates cannot match a given sentence because a word or a name of theirs is not in it.  Knowing that
beforehand, in a form that is checked for all templates at once (``claw/mind/grammar.py``), is what makes
recognition cheap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hassil.expression import Alternative, Expression, Group, ListReference, RuleReference, TextChunk
from hassil.util import PUNCTUATION_STR

Clause = frozenset[str]
"""Of these at least one must occur: literal fragments as they are, slot lists in braces."""

_STRIPPED = frozenset(PUNCTUATION_STR)
_DEEPEST = 24
"""Rules that refer to each other end here."""


def required(expression: Expression, rules: Mapping[str, Any], depth: int = 0) -> set[Clause]:
    """Return what any text that matches ``expression`` must contain, as clauses that all have to hold.

    Necessary, not sufficient: hassil decides.  It goes further than hassil's own filter in that lists count too.
    """
    if depth > _DEEPEST:
        return set()
    match expression:
        case TextChunk():
            pieces = expression.text.casefold().split()
            return {frozenset((piece,)) for piece in pieces if _STRIPPED.isdisjoint(piece)}
        case ListReference():
            return {frozenset((f"{{{expression.list_name}}}",))}
        case Alternative():
            return _one_of(expression, rules, depth)
        case _:
            inner = expression.items if isinstance(expression, Group) else _rule(expression, rules)
            return set[Clause]().union(*(required(item, rules, depth + 1) for item in inner))


def _rule(expression: Expression, rules: Mapping[str, Any]) -> list[Expression]:
    if isinstance(expression, RuleReference) and expression.rule_name in rules:
        return [rules[expression.rule_name].expression]
    return []


def _one_of(expression: Alternative, rules: Mapping[str, Any], depth: int) -> set[Clause]:
    if expression.is_optional or not expression.items:
        return set()
    branches = [required(item, rules, depth + 1) for item in expression.items]
    if not all(branches):
        return set()
    # One clause for each branch; what all branches share is kept whole.
    shared = set[Clause].intersection(*branches)
    chosen = (min(branch - shared or branch, key=lambda clause: (len(clause), sorted(clause))) for branch in branches)
    return shared | {frozenset().union(*chosen)}


_SCOPED = frozenset({"{thing}", "{name}", "{kind}"})


@dataclass(frozen=True, slots=True)
class Index:
    """The clauses of many templates, each once: which templates need it, as bits, and what would meet it.

    ``literals`` and ``slots`` lead from a fragment or a slot list to the places of the clauses they meet.
    """

    clauses: tuple[int, ...]
    literals: tuple[tuple[str, tuple[int, ...]], ...]
    slots: tuple[tuple[str, tuple[int, ...]], ...]


def index_of(templates: Iterable[tuple[Expression, str]], rules: Mapping[str, Any]) -> Index:
    """Return the index of ``templates``: expressions with the verb they mean, which must reach the name they need."""
    needing: dict[Clause, int] = {}
    for number, (expression, verb) in enumerate(templates):
        for clause in required(expression, rules):
            scoped = frozenset(f"{it[:-1]}|{verb}}}" if it in _SCOPED else it for it in clause)
            needing[scoped] = needing.get(scoped, 0) | (1 << number)
    places: dict[str, list[int]] = {}
    for place, clause in enumerate(needing):
        for element in clause:
            places.setdefault(element, []).append(place)
    rows = [(element, tuple(found)) for element, found in places.items()]
    return Index(
        tuple(needing.values()),
        tuple(row for row in rows if not row[0].startswith("{")),
        tuple(row for row in rows if row[0].startswith("{")),
    )
