"""Everything about one request, put together from the log alone: asked, judged, answered, done, seen.

Pure but for reading rows, so that it works on the file of a dead daemon as well.  What the twin said would be stands
beside what the device showed; where they differ, that is what to look at.  What a program did is told by its lines.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from claw.audit.entries import Entry
from claw.base.action import NO_DATA, Json, to_json
from claw.base.errors import Refused
from claw.llm.effector import MODEL

MOST_SIBLINGS = 200
"""How many entries after the first act of a plan its others are looked for; one plan has fifty at most."""

FURTHEST = 5_000
"""How many entries before what a program read the program is looked for."""

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
    acts = [_act(intent, rows) for intent in intents]
    return {
        "entry": seq,
        "root": root.seq,
        "kind": root.kind,
        "time": root.time.isoformat(),
        "erased": root.payload is None,
        "said": _of(root, "said", ""),
        "origin": to_json(root.origin),
        "policy": root.versions.get("policy"),
        "run": _of(root, "run"),
        "prompt": _prompt(root, rows),
        "program": _program(family, acts),
        "ended": next((_said(one, "how") | {"why": _of(one, "why")} for one in family if one.kind == "ended"), None),
        "undoes": list(_of(root, "undoes", ())),
        "asked_for": _asked_for(next((one for one in family if one.kind in _ASKED), root)),
        "question": None if question is None else _said(question, "question"),
        "answer": None if answer is None else _said(answer, "yes") | {"by": to_json(answer.origin)},
        "refusals": [_said(one, "why") | {"rule": _of(one, "rule")} for one in family if one.kind == "refusal"],
        "acts": acts,
        "others": [
            {"seq": one.seq, "kind": one.kind, "payload": to_json(one.payload)}
            for one in family
            if one.kind not in _TOLD
        ],
    }


_NO_ACTION: Mapping[str, Any] = {"name": "", "entities": [], "data": {}}
"""What an intent whose payload was erased is about."""

_ASKED = frozenset({"request", "refusal"})
_TASKS = ("intent", "refusal")

_TOLD = frozenset(
    {"request", "question", "answer", "refusal", "intent", "outcome", "program", "rehearsal", "calls", "ended"}
)


def _root(entry: Entry, rows: Rows) -> Entry:
    """Return what an entry goes back to: the program that it is of, else the oldest above it."""
    for _ in range(_DEEPEST):
        above = rows.entry(entry.parent) if entry.kind != "program" and entry.parent is not None else None
        if above is None:
            break
        entry = above
    if _asks_model(entry):
        entry = next((one for one in rows.children(entry.seq) if one.kind == "program"), entry)
    if entry.kind in _TASKS and entry.origin is not None and entry.origin.task:
        # What a program read, or had read out of a text, was for its run and stands beside it.
        near = rows.entries(max(0, entry.seq - FURTHEST), MOST_SIBLINGS, newest_first=False, kinds=("program",))
        entry = next((one for one in near if one.origin is not None and one.origin.task == entry.origin.task), entry)
    first = _of(entry, "first") if entry.kind == "intent" else None
    return (rows.entry(first) if isinstance(first, int) else None) or entry


def _family(root: Entry, rows: Rows) -> list[Entry]:
    """Return the root, what came of it, and the other acts of its plan, by number."""
    found = {root.seq: root}
    if root.kind == "intent":
        after = rows.entries(root.seq, MOST_SIBLINGS, newest_first=False, kinds=("intent", "refusal"))
        found.update((one.seq, one) for one in after if _of(one, "first") == root.seq)
    if root.kind == "program" and root.origin is not None:
        after = rows.entries(root.seq, MOST_SIBLINGS, newest_first=False, kinds=_TASKS)
        found.update((one.seq, one) for one in after if one.origin is not None and one.origin.task == root.origin.task)
    open_ = list(found.values())
    while open_:
        open_ = [child for one in open_ for child in rows.children(one.seq) if child.seq not in found]
        found.update((one.seq, one) for one in open_)
    return [found[seq] for seq in sorted(found)]


def _asks_model(entry: Entry | None) -> bool:
    return entry is not None and entry.kind == "intent" and _of(entry, "action", _NO_ACTION)["name"] == MODEL


def _prompt(root: Entry, rows: Rows) -> dict[str, Json] | None:
    """Return which model wrote the root and from what; None for what no model wrote."""
    call = rows.entry(root.parent) if root.kind == "program" and root.parent is not None else None
    call = root if _asks_model(root) else call
    if root.kind != "program" and call is None:
        return None
    data = _of(call, "action", _NO_ACTION)["data"]
    sha256, model = (root.versions.get(name) or data.get(name) for name in ("prompt", "model"))
    if not sha256:
        return None
    came = next((one for one in rows.children(call.seq) if one.kind == "outcome"), None) if call else None
    return {
        "seq": call.seq if call else None,
        "model": model,
        "sha256": sha256,
        "tokens": data.get("tokens"),
        "timings": dict(_of(came, "timings", NO_DATA)),
    }


def _program(family: Sequence[Entry], acts: Sequence[Mapping[str, Json]]) -> list[Json]:
    """Return a program line by line: what each called, what the rehearsal showed for it, and what became of that."""
    source = next((str(_of(one, "source", "")) for one in family if one.kind == "program"), "")
    lines: dict[int, dict[str, Json]] = {
        number: {"line": number, "source": text, "calls": [], "rehearsed": [], "things": []}
        for number, text in enumerate(source.split("\n") if source else (), 1)
    }

    def line(number: int) -> dict[str, Json]:
        empty = {"line": number, "source": "", "calls": [], "rehearsed": [], "things": []}
        return lines.setdefault(number, empty)

    for one in family:
        for act in _of(one, "acts", ()) if one.kind == "rehearsal" else ():
            line(act["line"])["rehearsed"].append(act["action"])
        for call in _of(one, "calls", ()) if one.kind == "calls" else ():
            line(call["line"])["calls"].append({key: call[key] for key in ("call", "times", "entries")})
    for told in lines.values():
        led_to = {seq for call in told["calls"] for seq in call["entries"]}
        told["things"] = [thing for act in acts if act["seq"] in led_to for thing in act["things"]]
    return [lines[number] for number in sorted(lines)]


def _act(intent: Entry, rows: Rows) -> dict[str, Json]:
    outcomes = [one for one in rows.children(intent.seq) if one.kind == "outcome"]
    last = outcomes[-1] if outcomes else None
    action: Mapping[str, Any] = _of(intent, "action", _NO_ACTION)
    return {
        "seq": intent.seq,
        "time": intent.time.isoformat(),
        "action": dict(action),
        "rule": _of(intent, "rule"),
        "effect": _of(intent, "effect"),
        "things": [_thing(entity, intent, last) for entity in action["entities"]],
        "outcomes": [
            {
                "seq": one.seq,
                "time": one.time.isoformat(),
                "status": _of(one, "status"),
                "detail": _of(one, "detail", ""),
                "timings": dict(_of(one, "timings", NO_DATA)),
            }
            for one in outcomes
        ],
    }


def _thing(entity: str, intent: Entry, outcome: Entry | None) -> dict[str, Json]:
    """Return one entity: before, as rehearsed, as seen, and whether the last two agree (None: nobody can tell)."""
    expected = _of(intent, "expected", NO_DATA).get(entity)
    value, attributes = (None, NO_DATA) if expected is None else expected
    status = _of(outcome, "entities", NO_DATA).get(entity, _of(outcome, "status"))
    before = _of(intent, "before", NO_DATA).get(entity)
    return {
        "entity": entity,
        "before": before,
        "prior": dict(_of(intent, "prior", NO_DATA).get(entity, NO_DATA)),
        "rehearsed": None if expected is None else (before if value is None else value),
        "rehearsed_attributes": dict(attributes),
        "seen": _of(outcome, "after", NO_DATA).get(entity),
        "seen_attributes": dict(_of(outcome, "attributes", NO_DATA).get(entity, NO_DATA)),
        "agrees": None if expected is None or status not in {"done", "failed", "unchanged"} else status != "failed",
        "status": status,
        "ours": entity in _of(outcome, "ours", ()),
    }


def _asked_for(root: Entry) -> list[Json]:
    """Return the actions that were asked for as they stand with a request or a refusal, each with its rule."""
    actions, rules = _of(root, "actions", ()), _of(root, "rules", ())
    rule = _of(root, "rule")
    return [{"action": one, "rule": rules[at] if at < len(rules) else rule} for at, one in enumerate(actions)]


def _said(entry: Entry, key: str) -> dict[str, Json]:
    return {"seq": entry.seq, "time": entry.time.isoformat(), key: _of(entry, key)}


def _of(entry: Entry | None, key: str, otherwise: Any = None) -> Any:
    """Return what an entry says under ``key``; ``otherwise`` where there is none, it says nothing, or it was erased."""
    return otherwise if entry is None or entry.payload is None else entry.payload.get(key, otherwise)
