"""What a changed policy would have decided otherwise about what was really asked, from the rows of the audit log.

The log keeps who asked for what, when, and the states that rules looked at.  From these a request is put together again
and judged anew.  What cannot be judged is counted, never guessed: a payload that was erased, a thing that is gone, a
state that the new rules look at and the old ones did not, wherever it would make the difference.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from claw.audit.log import Entry
from claw.base.action import Action, Decision, Effect, Json, Origin
from claw.house.model import House, Registry, State
from claw.policy.circumstances import wished_states
from claw.policy.decide import Policy, strictest
from claw.policy.difference import KINDS, Kind
from claw.policy.rates import Acts
from claw.policy.rules import Rule
from claw.policy.safety import guards_life

ROWS = ("intent", "request", "refusal")
"""The kinds of entries that hold a decision about a request."""

Unjudged = Literal["erased", "cut", "gone", "not recorded", "no decision"]
"""Why a row could not be judged; ``no decision`` are refusals of another kind (invalid, stopped, out of reach) and what
was done in danger, by a list and not by rules."""

_actions: TypeAdapter[tuple[Action, ...]] = TypeAdapter(tuple[Action, ...])
_KIND: Mapping[Effect, Kind] = {"allow": "newly allowed", "confirm": "newly asked", "deny": "newly denied"}


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One request that would have been decided otherwise; ``rule`` would have decided, ``was`` did."""

    kind: Kind
    seq: int
    time: datetime
    actions: tuple[Action, ...]
    origin: Origin
    before: Effect
    after: Effect
    was: str | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay: how many requests were judged, those decided otherwise, and how many could not be."""

    judged: int
    otherwise: tuple[Otherwise, ...]
    unjudged: Mapping[Unjudged, int] = field(default_factory=dict[Unjudged, int])


@dataclass(frozen=True, slots=True)
class _Asked:
    actions: tuple[Action, ...]
    origin: Origin
    effect: Effect
    rule: str | None
    states: Mapping[str, str]


def replay(rows: Iterable[Entry], policy: Policy, registry: Registry) -> Replayed:
    """Return what ``policy`` would have decided otherwise about the requests in ``rows``, newly allowed first.

    ``registry`` is the house as it is now: rooms and labels have no history.
    """
    unjudged: Counter[Unjudged] = Counter()
    otherwise: list[Otherwise] = []
    judged, acts = 0, Acts()
    for row in rows:
        if row.kind not in ROWS:
            continue
        asked = _asked(row, registry)
        if _is_answered(row):
            _count(acts, row, asked)
            continue
        if isinstance(asked, str):
            unjudged[asked] += 1
            continue
        decision = _decided(policy, registry, asked, row.time, acts)
        _count(acts, row, asked)
        if decision is None:
            unjudged["not recorded"] += 1
            continue
        judged += 1
        if decision.effect != asked.effect:
            kind = _KIND[decision.effect]
            otherwise.append(
                Otherwise(
                    kind, row.seq, row.time, asked.actions, asked.origin, asked.effect, decision.effect, asked.rule,
                    decision.rule,
                )
            )  # fmt: skip
    otherwise.sort(key=lambda one: (KINDS.index(one.kind), one.seq))
    return Replayed(judged, tuple(otherwise), dict(unjudged))


def _count(acts: Acts, row: Entry, asked: "_Asked | Unjudged") -> None:
    """Note what was done, for the rules that say how often."""
    if row.kind == "intent" and not isinstance(asked, str):
        acts.load((row.time, action, asked.origin) for action in asked.actions)


def _is_answered(row: Entry) -> bool:
    """Return whether a row is what came of a question: the request that was asked about stands for both."""
    return row.kind == "intent" and row.parent is not None and (row.payload or {}).get("effect") == "confirm"


def _asked(row: Entry, registry: Registry) -> _Asked | Unjudged:
    payload = row.payload
    if payload is None:
        return "erased"
    if "cut" in payload or row.origin is None:
        return "cut"
    effect = _effect(row.kind, payload)
    if effect is None or guards_life(row.origin):
        return "no decision"
    written = [payload["action"]] if "action" in payload else payload.get("actions")
    try:
        actions = _actions.validate_python(written)
    except ValidationError:
        return "cut"
    if any(entity not in registry.entities for action in actions for entity in action.entities):
        return "gone"
    rules: Sequence[str | None] = payload.get("rules") or (payload.get("rule"),)
    states = {**_texts(payload.get("before")), **_texts(payload.get("seen"))}
    return _Asked(actions, row.origin, effect, next((rule for rule in rules if rule), None), states)


def _effect(kind: str, payload: Mapping[str, Json]) -> Effect | None:
    """Return what was decided then, None where the policy was not what decided."""
    if kind == "request" or payload.get("grant"):
        return "confirm"
    effect = payload.get("effect")
    if effect is None and str(payload.get("why", "")).startswith("no rule allows "):
        return "deny"
    return effect if effect in _KIND else None


def _texts(value: Json) -> dict[str, str]:
    return {key: str(one) for key, one in value.items()} if isinstance(value, dict) else {}


def _decided(policy: Policy, registry: Registry, asked: _Asked, now: datetime, acts: Acts) -> Decision | None:
    """Return the decision about a whole request, None where it hangs on a state that was not recorded."""
    states = {entity: State(value) for entity, value in asked.states.items()}
    decision = _judged(policy, House(registry, MappingProxyType(states)), asked, now, acts)
    missing = _missing(policy, registry, asked)
    for guess in zip(*missing.values(), strict=True) if missing else ():
        guessed = {**states, **{entity: State(value) for entity, value in zip(missing, guess, strict=True)}}
        if _judged(policy, House(registry, MappingProxyType(guessed)), asked, now, acts).effect != decision.effect:
            return None
    return decision


def _judged(policy: Policy, house: House, asked: _Asked, now: datetime, acts: Acts) -> Decision:
    return strictest(policy.decide_plan(house, asked.actions, asked.origin, now, acts))


def _missing(policy: Policy, registry: Registry, asked: _Asked) -> dict[str, tuple[str, str]]:
    """Return, for each state that may matter and was not recorded, a value that a rule wishes and another."""
    found: dict[str, tuple[str, str]] = {}
    for rule in _candidates(policy, registry, asked):
        if rule.when is not None:
            for written, values in wished_states(rule.when, policy.people):
                entity = registry.renamed.get(written, written)
                if entity not in asked.states:
                    found.setdefault(entity, values)
    return found


def _candidates(policy: Policy, registry: Registry, asked: _Asked) -> Iterator[Rule]:
    ids = {
        decision.rule
        for action in asked.actions
        for entity in action.entities or ("",)
        for decision in policy.possible(registry, action.name, entity)
    }
    return (rule for rule in policy.rules if rule.id in ids)
