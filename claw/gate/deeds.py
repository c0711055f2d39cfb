"""What was done, read back from the log: each intent with what became of it.

The log is what survives a restart, so undo and "who was it" read it and keep nothing of their own.  Outcomes reach the
disk a moment after the reply, which is why those of the last minutes are also asked from the follower.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from claw.audit.log import AuditLog, Entry
from claw.base.action import NO_DATA, Action, Json, Origin, Outcome
from claw.base.errors import Refused
from claw.gate.follow import Follower
from claw.gate.restore import moved

MOST_ENTRIES = 20_000
"""How far back a deed is looked for; what is further back is nobody's to take back."""

MOST_CONTEXTS = 5_000

_PAGE = 1_000
_KINDS = ("intent", "outcome")
_NO_DEEDS = frozenset({"claw.model", "claw.read", "claw.read_presence"})
"""What moves nothing that anybody could take back."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One intent of the log: ``outcome`` is the last word on it, ``contexts`` what Home Assistant called it.

    ``undoes`` are the entries it takes back, ``first`` the first entry of the same plan (itself, where it is that).
    """

    seq: int
    time: datetime
    origin: Origin
    outcome: Outcome
    context: str | None = None
    undoes: tuple[int, ...] = ()
    first: int = 0

    def moved(self, entity: str) -> bool:
        """Return whether the act may have moved ``entity``."""
        return moved(self.outcome, entity)


@dataclass
class Deeds:
    """Reads deeds from the log; used from the event loop only."""

    audit: AuditLog
    follower: Follower
    _contexts: dict[str, int | None] = field(default_factory=dict[str, int | None])
    _looked: int = 0

    def after(self, seq: int) -> list[Deed]:
        """Return every deed with a number above ``seq``, oldest first; raises Refused when that is too far back."""
        entries: list[Entry] = []
        while page := self.audit.entries(seq, _PAGE, kinds=_KINDS):
            entries += page
            seq = page[-1].seq
            if len(entries) > MOST_ENTRIES:
                raise Refused("that is too long ago to be taken back")
        return self._deeds(entries)

    def latest(self, count: int) -> list[Deed]:
        """Return the deeds of about the last ``count`` intents and outcomes, oldest first."""
        return self._deeds(self.audit.entries(0, count, newest_first=True, kinds=_KINDS)[::-1])

    def in_context(self, context: str | None) -> Deed | None:
        """Return the deed that Home Assistant knows by this context, None where it is none of ours.

        Also one whose words were forgotten: what was done stands, and who did it.
        """
        if context is None:
            return None
        for seq, (_, known) in reversed(self.follower.recent.items()):
            if known == context:
                return self.of(seq)
        self._index()
        return self._stands(self._contexts.get(context))

    def of(self, seq: int | None) -> Deed | None:
        """Return the deed with this number, None where there is none."""
        entry = self.audit.entry(seq) if seq is not None else None
        if entry is None or entry.kind != "intent":
            return None
        return next(iter(self._deeds([entry, *self.audit.children(entry.seq)])), None)

    def _stands(self, seq: int | None) -> Deed | None:
        """Return the deed with this number, read from what an erasure left of it where it was forgotten."""
        entry = self.audit.entry(seq) if seq is not None else None
        if entry is None or entry.kind != "intent":
            return None
        rows = [entry, *self.audit.children(entry.seq)]
        return next(iter(self._deeds([replace(row, payload=self._left(row)) for row in rows])), None)

    def _left(self, entry: Entry) -> Mapping[str, Any] | None:
        """Return the payload of an entry; of one that was erased, what is kept of it beside its erasure."""
        if entry.payload is not None:
            return entry.payload
        erased = (row.payload or {} for row in self.audit.children(entry.seq) if row.kind == "erased")
        return next((kept for row in erased if isinstance(kept := row.get("kept"), Mapping)), None)

    def under(self, seq: int) -> list[int]:
        """Return the numbers of the intents that a request, a question or an answer led to, itself if it is one."""
        entry = self.audit.entry(seq)
        if entry is None:
            return []
        if entry.kind == "intent":
            return [seq]
        return [
            found for child in self.audit.children(seq) if child.kind != "outcome" for found in self.under(child.seq)
        ]

    def _deeds(self, entries: Sequence[Entry]) -> list[Deed]:
        last = {entry.parent: entry.payload for entry in entries if entry.kind == "outcome"}
        found = [self._deed(entry, last.get(entry.seq) or NO_DATA) for entry in entries if entry.kind == "intent"]
        return [deed for deed in found if deed is not None]

    def _deed(self, intent: Entry, outcome: Mapping[str, Json]) -> Deed | None:
        payload = intent.payload
        if payload is None or intent.origin is None:
            return None  # erased, or not the gate's
        try:
            made = _outcome(intent.seq, payload, outcome)
            first = int(payload.get("first") or intent.seq)
            undoes = tuple(int(seq) for seq in payload.get("undoes", ()))
        except (KeyError, TypeError, ValueError):
            return None  # cut, or of a version that wrote something else
        if made.action.name in _NO_DEEDS:
            return None
        context = outcome.get("context")
        recent = self.follower.recent.get(intent.seq)
        if recent is not None:
            made, context = recent
        if intent.parent is not None:
            first = self._program(intent.parent) if payload.get("run") else intent.parent
        return Deed(intent.seq, intent.time, intent.origin, made, context, undoes, first)

    def _program(self, seq: int) -> int:
        """Return the entry of the program that led to ``seq``, ``seq`` itself where none did."""
        above: int | None = seq
        while above is not None and (entry := self.audit.entry(above)) is not None:
            if entry.kind == "program":
                return above
            above = entry.parent
        return seq

    def _index(self) -> None:
        """Take the contexts of the newest outcomes that were written since the last look."""
        head = self.audit.head().seq
        for row in self.audit.entries(self._looked, MOST_CONTEXTS, newest_first=True, kinds=("outcome",))[::-1]:
            context = (self._left(row) or {}).get("context")
            if isinstance(context, str):
                self._contexts[context] = row.parent
        self._looked = head
        for context in list(self._contexts)[:-MOST_CONTEXTS]:
            del self._contexts[context]


def _outcome(seq: int, intent: Mapping[str, Any], outcome: Mapping[str, Any]) -> Outcome:
    action = intent["action"]
    return Outcome(
        Action(action["name"], tuple(action["entities"]), action["data"]),
        outcome.get("status", "unknown"),
        outcome.get("detail", ""),
        seq,
        before=dict(intent.get("before", {})),
        after=dict(outcome.get("after", {})),
        entities=dict(outcome.get("entities", {})),
        prior={entity: dict(known) for entity, known in intent.get("prior", {}).items()},
    )
