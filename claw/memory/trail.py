"""The entries of the log that hold what is to be forgotten, and what is left of them: deeds without words.

What was said can be forgotten, what was done to the house cannot: an entry loses its payload as a whole, and what it
said about acts (which service, which things, by which rule, what came of it) is written anew beside it.  Nobody gets
rid of the trace of an open door by having "the last hour" forgotten.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from claw.audit.log import AuditLog, Entry
from claw.audit.search import Whose, conversations, holding, said_by, under
from claw.base.action import Json, Origin
from claw.base.erasure import Erasure
from claw.base.errors import Unavailable
from claw.memory.erasing import Selected
from claw.memory.traces import SHORTEST

logger = logging.getLogger(__name__)

KINDS = frozenset(
    {
        "answer",
        "calls",
        "ended",
        "intent",
        "outcome",
        "program",
        "question",
        "refusal",
        "rehearsal",
        "request",
        "skill",
        "void",
    }
)
"""Kinds of entries that may hold somebody's words; the others are about rules, the stop and the log itself."""

MOST_WORDS = 200
"""So many texts are looked for in entries that nothing else leads to."""

SENTENCE = 3
"""Words of a text that is looked for in what was written for others too: theirs may hold it out of memory."""

TRIES = 3
AT_ONCE = 500

_LED_TO = frozenset({"answer", "question", "request"})
"""Kinds of entries above an act that are about this act alone."""

_KEPT = frozenset(
    {
        "context",
        "effect",
        "entities",
        "first",
        "grant",
        "hash",
        "rule",
        "run",
        "state",
        "status",
        "undoes",
        "what",
        "yes",
    }
)
_IDS: Mapping[str, frozenset[str]] = {"claw.read_presence": frozenset({"person"})}
"""Texts of an act that are ids and no words: whose whereabouts were looked at stays in the log."""

_WORDLESS = frozenset({"claw.model"})


class Trail:
    """Finds entries, and erases them."""

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit

    async def find(self, selected: Selected, own: int) -> Erasure:
        """Return the erasure of ``selected`` with its entries and talks; ``own`` is the entry that asks for it.

        Raises Broken where the log cannot be read.
        """
        erasure, path = selected.erasure, self._audit.path
        await self._audit.settle()
        linked = {seq for entry in erasure.entries for seq in self._led_to(entry)}

        def search() -> tuple[set[int], set[str]]:
            words = [word for word in erasure.words if len(word) >= SHORTEST]
            mine, said = erasure.speakers, [word for word in words[:MOST_WORDS] if _is_whole(word)]
            own = Whose(tuple(mine or ()), everybody=mine is None)
            found = linked | holding(path, words[:MOST_WORDS], KINDS, own, said)
            if selected.whole:
                whose = Whose(selected.speakers or (), selected.unknown, selected.speakers is None)
                found |= said_by(path, whose, erasure.since, KINDS)
            found = under(path, found, KINDS)
            return found, conversations(path, found)

        found, talks = await asyncio.to_thread(search)
        found -= {*self._above(own), *(entry.seq for entry in self._audit.unfinished())}
        return replace(erasure, entries=frozenset(found), conversations=erasure.conversations | talks)

    def said(self, erasure: Erasure) -> list[str]:
        """Return the newest sentences in the entries that are to go: what to look for once they are gone."""
        newest = sorted(erasure.entries, reverse=True)[:MOST_WORDS]
        payloads = [entry.payload or {} for seq in newest if (entry := self._audit.entry(seq)) is not None]
        return list(dict.fromkeys(said for one in payloads if isinstance(said := one.get("said"), str) and said))

    async def erase(self, erasure: Erasure, actor: Origin, reason: str) -> int:
        """Remove the payloads and return how many are gone.

        Raises Unavailable where the log is too busy for it: then what is not gone yet can be tried again.
        """
        entries, gone = sorted(erasure.entries), 0
        for at in range(0, len(entries), AT_ONCE):
            gone += await self._part(entries[at : at + AT_ONCE], actor, reason)
        return gone

    async def _part(self, entries: Sequence[int], actor: Origin, reason: str) -> int:
        for _ in range(TRIES):
            kept = self._left(entries)
            if not kept:
                break
            try:
                await self._audit.erase_all(kept, actor, reason)
            except Unavailable as error:  # or its bytes are only not gone from the disk while somebody reads it
                logger.warning("The log: %s", error)
                await self._audit.settle()
        if self._left(entries):
            raise Unavailable("the log is too busy to forget; the rest of it goes within a minute")
        return sum(self._is_gone(seq) for seq in entries)

    def _left(self, entries: Iterable[int]) -> dict[int, dict[str, Json]]:
        """Return those of the entries that still have words, with what is kept of each."""
        kept: dict[int, dict[str, Json]] = {}
        for seq in entries:
            entry = self._audit.entry(seq)
            if entry is not None and entry.payload is not None and not _wordless(entry.payload):
                kept[seq] = without_words(entry)
        return kept

    def _is_gone(self, seq: int) -> bool:
        entry = self._audit.entry(seq)
        return entry is not None and entry.payload is None

    def _led_to(self, seq: int) -> set[int]:
        """Return an entry with those above it that are about it alone."""
        found: set[int] = set()
        above: int | None = seq
        while above is not None and (entry := self._audit.entry(above)) is not None:
            if found and entry.kind not in _LED_TO:
                break
            if entry.kind in KINDS:
                found.add(above)
            above = entry.parent
        return found

    def _above(self, seq: int) -> Iterable[int]:
        above: int | None = seq
        while above is not None:
            yield above
            entry = self._audit.entry(above)
            above = entry.parent if entry is not None else None


def without_words(entry: Entry) -> dict[str, Json]:
    """Return what stays in the log of an entry: its kind and time, and of the acts in it everything but words."""
    payload = entry.payload or {}
    kept = {key: value for key, value in payload.items() if key in _KEPT and _plain(value)}
    action, actions = payload.get("action"), payload.get("actions")
    if isinstance(action, Mapping):
        kept["action"] = _deed(action)
    if isinstance(actions, list):
        kept["actions"] = [_deed(one) for one in actions if isinstance(one, Mapping)]
    return {"kind": entry.kind, "time": entry.time.isoformat(), **kept} if kept else {}


def _deed(action: Mapping[str, Json]) -> dict[str, Json]:
    """Return an action with the figures of its data: a text in there may be what somebody said."""
    data = action.get("data")
    ids = _IDS.get(str(action.get("name")), frozenset())
    figures = {key: one for key, one in data.items() if _figure(one) or key in ids} if isinstance(data, Mapping) else {}
    return {"name": action.get("name"), "entities": action.get("entities"), "data": figures}


def _figure(value: Json) -> bool:
    return value is None or isinstance(value, bool | int | float)


def _is_whole(text: str) -> bool:
    """Return whether a text is more than a word or two.

    A single word can stand in every entry there is, and whoever chooses it would get rid of what others said.
    """
    return len(text.split()) >= SENTENCE or (
        len(text) >= SHORTEST * 2 and not text.isascii() and len(text.split()) == 1
    )


def _plain(value: Json) -> bool:
    """Return whether a value is figures and names of ours: statuses, rules, ids."""
    if isinstance(value, Mapping):
        return all(isinstance(one, str) for one in value.values())
    return not isinstance(value, list) or all(isinstance(one, str | int) for one in value)


def _wordless(payload: Mapping[str, Json]) -> bool:
    """Return whether an entry is of an act that never holds words: the figures of a call of a model."""
    action = payload.get("action")
    return isinstance(action, Mapping) and action.get("name") in _WORDLESS and not payload.get("said")
