"""Everything about one request, put together from the log alone: asked, judged, answered, done, seen.

Pure but for reading rows, so that it works on the file of a dead daemon as well.  What the twin said would be stands
beside what the device showed; where they differ, that is what to look at.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from claw.audit.entries import Entry
from claw.base.action import Json, to_json
from claw.base.errors import Refused

MOST_SIBLINGS = 200
"""How many entries after the first act of a plan its others are looked for; one plan has fifty at most."""

_DEEPEST = 10


class Rows(Protocol):
    """What reads the log: the daemon's own reader, or that of a file."""

    def entry(self, seq: int) -> Entry | None:
        """Return one entry, None when there is none with that number."""
        ...

    def children(self, seq: int) -> list[Entry]:
        """Return the entries that name ``seq`` as their parent, oldest first."""
        ...

    def entries(self, after: int, limit: int, *, newest_first: bool, kinds: Sequence[str]) -> list[Entry]:
        """Return up to ``limit`` entries with a number above ``after``, of every kind when ``kinds`` is empty."""
        ...


def trace(seq: int, rows: Rows) -> dict[str, Json]:
    """Return everything about the request that entry ``seq`` belongs to; raises Refused when there is no such entry."""
    entry = rows.entry(seq)
    if entry is None:
        raise Refused(f"there is no audit entry {seq}")
    root = _root(entry, rows)
    family = _family(root, rows)
    intents = [one for one in family if one.kind == "intent"]
    question = next((one for one in family if one.kind == "question"), None)
    answer = next((one for one in family if one.kind == "answer"), None)
    payload = root.payload
    return {
        "entry": seq,
        "root": root.seq,
        "kind": root.kind,
        "time": root.time.isoformat(),
        "erased": payload is None,
        "said": (payload or {}).get("said", ""),
        "origin": to_json(root.origin),
        "policy": root.versions.get("policy"),
        "prompt": None,
        "program": [],
        "undoes": list((payload or {}).get("undoes", ())),
        "asked_for": _asked_for(root),
        "question": None if question is None else _said(question, "question"),
        "answer": None if answer is None else _said(answer, "yes") | {"by": to_json(answer.origin)},
        "refusals": [_said(one, "why") | {"rule": _of(one, "rule")} for one in family if one.kind == "refusal"],
        "acts": [_act(intent, rows) for intent in intents],
        "others": [
            {"seq": one.seq, "kind": one.kind, "payload": to_json(one.payload)}
            for one in family
            if one.kind not in _TOLD
        ],
    }


_TOLD = frozenset({"request", "question", "answer", "refusal", "intent", "outcome"})


def _root(entry: Entry, rows: Rows) -> Entry:
    for _ in range(_DEEPEST):
        above = rows.entry(entry.parent) if entry.parent is not None else None
        if above is None:
            break
        entry = above
    first = _of(entry, "first") if entry.kind == "intent" else None
    return (rows.entry(first) if isinstance(first, int) else None) or entry


def _family(root: Entry, rows: Rows) -> list[Entry]:
    """Return the root, what came of it, and the other acts of its plan, by number."""
    found = {root.seq: root}
    if root.kind == "intent":
        after = rows.entries(root.seq, MOST_SIBLINGS, newest_first=False, kinds=("intent", "refusal"))
        found.update((one.seq, one) for one in after if _of(one, "first") == root.seq)
    open_, depth = list(found.values()), 0
    while open_ and depth < _DEEPEST:
        open_ = [child for one in open_ for child in rows.children(one.seq) if child.seq not in found]
        found.update((one.seq, one) for one in open_)
        depth += 1
    return [found[seq] for seq in sorted(found)]


def _act(intent: Entry, rows: Rows) -> dict[str, Json]:
    payload: Mapping[str, Any] = intent.payload or {}
    outcomes = [one for one in rows.children(intent.seq) if one.kind == "outcome"]
    last: Mapping[str, Any] = (outcomes[-1].payload if outcomes else None) or {}
    action: Mapping[str, Any] = payload.get("action") or {"name": "", "entities": [], "data": {}}
    return {
        "seq": intent.seq,
        "time": intent.time.isoformat(),
        "action": dict(action),
        "rule": payload.get("rule"),
        "effect": payload.get("effect"),
        "things": [_thing(entity, payload, last) for entity in action.get("entities", ())],
        "outcomes": [
            {
                "seq": one.seq,
                "time": one.time.isoformat(),
                "status": _of(one, "status"),
                "detail": _of(one, "detail") or "",
                "timings": dict(_of(one, "timings") or {}),
            }
            for one in outcomes
        ],
    }


def _thing(entity: str, intent: Mapping[str, Any], outcome: Mapping[str, Any]) -> dict[str, Json]:
    """Return one entity: before, as rehearsed, as seen, and whether the last two agree (None: nobody can tell)."""
    expected = (intent.get("expected") or {}).get(entity)
    value, attributes = expected if isinstance(expected, list) and len(expected) == 2 else (None, {})  # noqa: PLR2004  as written
    seen = (outcome.get("after") or {}).get(entity)
    shown: Mapping[str, Any] = (outcome.get("attributes") or {}).get(entity) or {}
    status = (outcome.get("entities") or {}).get(entity, outcome.get("status"))
    before = (intent.get("before") or {}).get(entity)
    return {
        "entity": entity,
        "before": before,
        "prior": dict((intent.get("prior") or {}).get(entity) or {}),
        "rehearsed": None if expected is None else (before if value is None else value),
        "rehearsed_attributes": dict(attributes or {}),
        "seen": seen,
        "seen_attributes": dict(shown),
        "agrees": None if expected is None or status not in {"done", "failed", "unchanged"} else status != "failed",
        "status": status,
        "ours": entity in (outcome.get("ours") or ()),
    }


def _asked_for(root: Entry) -> list[Json]:
    """Return the actions that were asked for as they stand with a request or a refusal, each with its rule."""
    actions, rules = _of(root, "actions") or [], _of(root, "rules") or []
    rule = _of(root, "rule")
    return [{"action": one, "rule": rules[at] if at < len(rules) else rule} for at, one in enumerate(actions)]


def _said(entry: Entry, key: str) -> dict[str, Json]:
    return {"seq": entry.seq, "time": entry.time.isoformat(), key: _of(entry, key)}


def _of(entry: Entry, key: str) -> Any:
    return (entry.payload or {}).get(key)
