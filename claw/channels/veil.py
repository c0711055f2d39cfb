"""What one person may read of what another asked for: that it was, what was done and why it was allowed; no words.

Nobody reads another's talk, also no owner: a sentence, a program's source, a message, what is to be remembered.  So the
log, a trace, the live stream and waiting questions pass through here on their way to a viewer.  It is closed: of an
entry that is not the viewer's own only what is listed here is left, so that a kind of entry which comes later shows
nothing until somebody has thought about it.  Where somebody was at a time is theirs too: the log shows states as the
rules saw them, and those of other people are left out.

What a voice or a shared screen was told is nobody's in particular, so that nobody reads it afterwards.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from claw.audit.entries import Entry
from claw.base.action import Action, Json, Origin, Pending, Terms
from claw.base.errors import Refused
from claw.gate.messages import NOTIFY
from claw.gate.trace import Rows
from claw.house.fields import Choice, Field
from claw.house.services import CATALOGUE
from claw.house.trusted import WORDS
from claw.memory.audience import OWN_CHANNELS
from claw.mind.whereabouts import follows

NOBODY = Origin(channel="")
"""Who looks where nobody is named: somebody to whom no word belongs."""

HIDDEN = "(somebody else's words)"
OWN = "claw"
"""The domain of Claw's own acts: what they carry is words, until it is listed here."""
SKILLS = f"{OWN}.skill_"
"""How the acts on skills begin."""

ROUTINES = (f"{OWN}.schedule", f"{OWN}.routine_")
"""How the acts on routines begin."""

MOST_KNOWN = 2_000

_OPEN = frozenset(
    {
        "breach",
        "checkpoint",
        "continued",
        "contradicted",
        "drill",
        "end",
        "erased",
        "grant",
        "key",
        "names",
        "pause",
        "people",
        "policy",
        "refused_requests",
        "reset",
        "resume",
        "retired",
        "running",
        "start",
        "stop",
        "tool",
        "void",
    }
)
"""Kinds of entries that hold nobody's talk: the switch with its reasons, the log itself, the rules, who may come in."""

_KEPT = frozenset(
    {
        "context",
        "digest",
        "effect",
        "entities",
        "first",
        "grant",
        "how",
        "id",
        "ours",
        "rule",
        "rules",
        "run",
        "shown",
        "status",
        "timings",
        "undoes",
        "yes",
    }
)
"""Keys of the other kinds whose values are numbers, ids and Claw's own words."""

_STATES = frozenset({"after", "attributes", "before", "expected", "held", "prior", "seen"})
"""Keys under which states of the house stand, by entity."""

_REASONS = frozenset({"detail", "why"})
_REASONED = frozenset({"outcome", "refusal"})
"""Keys, and the kinds of entries in which they hold a sentence that code wrote; what it quotes came from somebody."""

_OWN_DATA = frozenset(
    {"call", "days", "kind", "model", "op", "prompt", "purpose", "routine", "source", "tokens", "urgency"}
)
"""Data of Claw's own acts that is no words of people."""

_STEP = frozenset({"enabled", "state", "version", "what"})
"""What is said of a step in a skill's life, whoever it was learned from."""
_OF_ROUTINE = frozenset({"routine", "state", "step"})
"""What is said of a step in a routine's life, whoever it acts for: ids, and Claw's own words."""
_NOBODYS = frozenset({"imported", "shipped", "written"})
"""Ways in which a skill comes about that have no words of anybody in them."""

_STEPS = {"skill": _STEP, "routine": _OF_ROUTINE}

_QUOTED = re.compile(r'"[^"]*"')


def mine(origin: Origin | None, viewer: Origin) -> bool:
    """Return whether what came in as ``origin`` was said by ``viewer``; nobody is known by a voice or at a screen."""
    if origin is None or viewer.channel not in OWN_CHANNELS:
        return False
    if viewer.authenticated and viewer.person is not None:
        return origin.authenticated and origin.person == viewer.person
    # A Unix user who is nobody of the household still knows what it typed itself.
    return viewer.channel == origin.channel == "cli" and origin.person is None and viewer.source == origin.source != ""


def addressed(to: str, viewer: Origin) -> bool:
    """Return whether a message that goes to ``to`` is for ``viewer``: to them, their own talk, a room, or everyone."""
    kind, _, name = to.partition(":")
    if kind == "person":
        return viewer.authenticated and name == viewer.person
    if kind == "conversation":
        client = ":".join(viewer.conversation.split(":")[:2])
        return client != "" and (name == viewer.conversation or name.startswith(client + ":"))
    return kind in {"everyone", "place"}


def shown_action(action: Action, viewer: Origin) -> Action:
    """Return somebody else's action as ``viewer`` may see it: what it moves and how far, without the words it carries.

    Of Claw's own acts nothing is left but their kind; the text of a message is left to whom it goes to.
    """
    if action.domain == OWN:
        kept = _OWN_DATA
        if action.name == NOTIFY:
            kept |= {"to", "text"} if addressed(str(action.data.get("to", "")), viewer) else {"to"}
        elif viewer.authenticated and viewer.person is not None and action.data.get("person") == viewer.person:
            kept |= {"person"}
        return replace(action, data={key: value if key in kept else HIDDEN for key, value in action.data.items()})
    service = CATALOGUE.get(action.name)
    fields = service.fields if service is not None else {}
    data = {key: value if _offered(fields.get(key), value) else _wordless(value) for key, value in action.data.items()}
    return replace(action, data=data)


def shown_question(pending: Pending, viewer: Origin, check: Callable[[Sequence[Terms]], None]) -> Pending:
    """Return a waiting question as ``viewer`` may see it.

    Whoever may answer has to see what a yes is for, except what is kept or forgotten for somebody, which nobody else
    has a say in.  ``check`` raises Refused for who may not answer on some terms.
    """
    if mine(pending.origin, viewer):
        return pending
    actions = tuple(shown_action(action, viewer) for action in pending.actions)
    if actions == pending.actions:
        return pending
    if not any(map(_kept, pending.actions)):
        try:
            check((pending.terms,))
        except Refused:
            pass
        else:
            return pending
    return replace(pending, actions=actions, question=HIDDEN, before=_elsewhere(pending.before))


def unseen(pending: Pending, viewer: Origin) -> bool:
    """Return whether a question is about what is kept or forgotten for somebody else: ``viewer`` cannot agree to it."""
    return not mine(pending.origin, viewer) and any(_kept(action) for action in pending.actions)


def _kept(action: Action) -> bool:
    """Return whether an act is about what is remembered; a yes to somebody's skill or routine is another's to give."""
    return action.domain == OWN and action.name != NOTIFY and not action.name.startswith((SKILLS, *ROUTINES))


@dataclass(frozen=True, slots=True)
class _Known:
    """What has to be known of the entry above another: whose it is, and whether it is an act of Claw's own."""

    origin: Origin | None
    own: bool


class Whose:
    """Knows whose an entry is, also one that only says which other it belongs to; one for all viewers."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._known: OrderedDict[int, _Known] = OrderedDict()

    def of(self, entry: Entry) -> _Known:
        """Return whose ``entry`` is: its own origin's, else that of the entry it belongs to."""
        known = self._known.get(entry.seq)
        if known is None:
            above = None
            if entry.origin is None and entry.parent is not None and entry.parent < entry.seq:
                above = self._above(entry.parent)
            origin = entry.origin if above is None else above.origin
            known = self._known[entry.seq] = _Known(origin, _own(entry) or (above is not None and above.own))
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return known

    def _above(self, seq: int) -> _Known | None:
        known = self._known.get(seq)
        if known is not None:
            return known
        entry = self.rows.entry(seq)
        return None if entry is None else self.of(entry)


class Veil:
    """The log as one viewer may read it: fills the port by which a trace reads rows."""

    def __init__(self, whose: Whose, viewer: Origin) -> None:
        self._whose = whose
        self._viewer = viewer

    def entry(self, seq: int) -> Entry | None:
        """Return one entry as the viewer may read it, None when there is none with that number."""
        found = self._whose.rows.entry(seq)
        return None if found is None else self.of(found)

    def children(self, seq: int) -> list[Entry]:
        """Return the entries that name ``seq`` as their parent, oldest first, as the viewer may read them."""
        return [self.of(one) for one in self._whose.rows.children(seq)]

    def entries(self, after: int, limit: int, *, newest_first: bool = False, kinds: Sequence[str] = ()) -> list[Entry]:
        """Return up to ``limit`` entries with a number above ``after``, as the viewer may read them."""
        found = self._whose.rows.entries(after, limit, newest_first=newest_first, kinds=kinds)
        return [self.of(one) for one in found]

    def of(self, entry: Entry) -> Entry:
        """Return ``entry`` as the viewer may read it."""
        known = self._whose.of(entry)
        if entry.payload is None:
            return entry
        # Where people are is theirs, whoever asked for what; the rest is open, or the viewer's own.
        payload = {
            key: _elsewhere(value) if key in _STATES and isinstance(value, Mapping) else value
            for key, value in entry.payload.items()
        }
        nobodys = entry.kind in _OPEN or (entry.kind == "skill" and payload.get("made") in _NOBODYS)
        if not nobodys and not mine(known.origin, self._viewer):
            left = {key: self._left(entry.kind, key, value, known) for key, value in payload.items()}
            payload = {key: value for key, value in left.items() if value is not None} | {"private": True}
        elif isinstance(kept := payload.get("kept"), Mapping):
            # What an erasure left of an act is no more open than the act was.
            acts = {key: self._left("erased", key, kept[key], known) for key in ("action", "actions") if key in kept}
            payload = payload | {"kept": {**kept, **acts}}
        return replace(entry, payload=payload)

    def _left(self, kind: str, key: str, value: Json, known: _Known) -> Json:
        """Return what is left of one value; None for nothing."""
        if key in _KEPT or key in _STATES or key in _STEPS.get(kind, ()) or _wordless(value) != HIDDEN:
            return value
        if key == "question":  # its words, except where an answer names it
            return value if kind == "answer" else None
        if key in _REASONS and kind in _REASONED and not known.own and isinstance(value, str):
            return _QUOTED.sub("(…)", value)
        if key == "action":
            return self._action(value)
        return self._listed(key, _mappings(value)) if isinstance(value, list) else None

    def _listed(self, key: str, values: Sequence[Mapping[str, Any]]) -> Json:
        """Return what is left of a list: of actions, of acts of a program, of its calls; None of any other."""
        if key == "actions":
            return [self._action(one) for one in values]
        if key == "acts":
            return [{"line": one.get("line"), "action": self._action(one.get("action"))} for one in values]
        if key == "calls":
            return [{name: one.get(name) for name in ("line", "call", "times", "entries")} for one in values]
        return None

    def _action(self, stored: Json) -> Json:
        if not isinstance(stored, Mapping):
            return {"name": "", "entities": [], "data": {}}
        data = stored.get("data")
        action = Action(str(stored.get("name", "")), (), data if isinstance(data, Mapping) else {})
        return {**shown_action(action, self._viewer).as_json(), "entities": stored.get("entities", [])}


def _own(entry: Entry) -> bool:
    """Return whether an entry is about an act of Claw's own, whose every sentence may hold words."""
    payload: Mapping[str, Any] = entry.payload or {}
    actions = [payload.get("action"), *(payload.get("actions") or ())]
    return any(isinstance(one, Mapping) and str(one.get("name", "")).startswith(f"{OWN}.") for one in actions)


def _elsewhere(states: Mapping[str, Any]) -> dict[str, Any]:
    """Return states without where people are: that is theirs to tell."""
    return {entity: value for entity, value in states.items() if not follows(entity)}


def _mappings(values: Sequence[Json]) -> list[Mapping[str, Any]]:
    return [one for one in values if isinstance(one, Mapping)]


def _offered(field: Field | None, value: Json) -> bool:
    """Return whether a value is one of the words that an action takes, and not what somebody wrote in their place."""
    if not isinstance(field, Choice) or not isinstance(value, str):
        return False
    return value in (WORDS if isinstance(field.options, str) else field.options)


def _wordless(value: Json) -> Json:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, list) and all(isinstance(one, (bool, int, float)) for one in value):
        return value
    return HIDDEN
