"""Forgetting, for good: every row, every copy and every byte of it, and a proof afterwards that none is left.

It is an act like any other: ``claw.forget`` goes through the gate, is judged and logged, and carries numbers only, so
that a question about it can wait for its yes through a restart.  Whose it is to forget is told from the entry in the
log under which the gate sent it.  The rows go in one transaction with the note of what is still to be erased; then the
rooms that keep copies, the payloads in the log, the index and the write-ahead log; then the files are searched.  What a
crash cuts short is finished at the next start.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import SYSTEM, Acknowledgement, Action, Json, Message, Origin, Permit
from claw.base.erasure import Eraser, Erasure
from claw.base.errors import Refused
from claw.base.permit import PermitDesk
from claw.gate.follow import address
from claw.gate.perform import Performed
from claw.house.fields import LARGEST, Choice, Number, Service, Text
from claw.memory.erasing import Rows, Scope
from claw.memory.model import Audience
from claw.memory.passages import Passages
from claw.memory.tombstones import Tombstones
from claw.memory.traces import Traces, traces
from claw.memory.trail import Trail
from claw.store.db import writing

FORGET = "claw.forget"
FORGET_ALL = "claw.forget_all"
"""Forgetting everything has a name of its own, so that rules can want a yes for it: nothing brings it back."""

SERVICE = Service(
    name=FORGET,
    targets=False,
    fields={
        "scope": Choice(required=True, options=("memory", "since", "person")),
        "memory": Number(low=1, high=LARGEST, whole=True),
        "since": Text(longest=40),
        "person": Text(longest=100),
    },
)
SERVICES: Mapping[str, Service] = {FORGET: SERVICE, FORGET_ALL: Service(name=FORGET_ALL, targets=False)}
"""The actions in the catalogue's terms."""

FORGOTTEN = "forgotten"
"""The kind of entry that says in the log what came of it."""

OUT_OF_REACH = "Backups, and what a model's provider was sent, are out of my reach."
NOTHING = "there is nothing of that to forget"
_MOST_KEPT = 100


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What came of it.

    ``rows`` are those that went in the database and ``entries`` those of the log whose content went; ``verified`` is
    True when a search of the bytes on disk found none of the words, ``found`` how many places it found.  ``tombstone``
    is the number of the note that something was forgotten.  ``told`` says all of it in one to three sentences;
    ``performed`` holds the gate's word: a question that must be answered first, or why it was refused.
    """

    rows: int = 0
    entries: int = 0
    verified: bool = False
    found: int = 0
    tombstone: int | None = None
    told: str = ""
    performed: Performed | None = None


class Gone(NamedTuple):
    """How much went: rows of the database, entries of the log, and what the rows were where that is known."""

    rows: int
    entries: int
    memories: int = 0
    episodes: int = 0


class Gate(Protocol):
    """The gate's one way in."""

    async def perform(self, actions: Sequence[Action], origin: Origin) -> Performed:
        """Do ``actions`` for ``origin``."""
        ...


class Forgetter:
    """The effector of ``claw.forget``.

    ``erasers`` are the rooms that keep copies, ``changed`` is called once the rows are gone; ``tell`` sends a message
    to whoever asked, where nobody waits for what came of it.
    """

    def __init__(
        self,
        permits: PermitDesk,
        db: Database,
        audit: AuditLog,
        rows: Rows,
        passages: Passages,
        tombstones: Tombstones,
        audience: Callable[[Origin], Audience],
    ) -> None:
        self.erasers: list[Eraser] = []
        self.changed: list[Callable[[], None]] = []
        self.tell: Callable[[Message], None] | None = None
        self._permits = permits
        self._db = db
        self._audit = audit
        self._rows = rows
        self._passages = passages
        self._tombstones = tombstones
        self._audience = audience
        self._trail = Trail(audit)
        self._file = Path(str(db.conn.execute("pragma database_list").fetchone()[2]))
        self._results: OrderedDict[int, Forgotten] = OrderedDict()
        self._turn = asyncio.Lock()

    def check(self, scope: Scope, origin: Origin) -> None:
        """Raise Refused, with a sentence, for what is not there or not this person's to forget."""
        self._rows.select(scope, self._audience(origin))

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Forget; raises Refused on a bad permit or for what is not the asker's to forget."""
        self._permits.spend(permit, action)
        entry = self._audit.entry(permit.audit)
        if action.name not in SERVICES or entry is None or entry.origin is None:
            raise Refused(f"{action.name} is not something that can be forgotten")
        scope = scope_of(action)
        async with self._turn:
            forgotten = await self._forget(scope, entry.origin, permit.audit)
        if entry.parent is not None and self.tell is not None:
            # It was done at a yes, whose answer says no more than that it was done.
            self.tell(Message(address(entry.origin), forgotten.told))
        self._results[permit.audit] = forgotten
        while len(self._results) > _MOST_KEPT:
            self._results.popitem(last=False)
        return Acknowledgement(response=_figures(forgotten))

    def take(self, entry: int) -> Forgotten | None:
        """Return what came of the act with that number in the log, once."""
        return self._results.pop(entry, None)

    async def finish(self) -> list[Message]:
        """Finish what was cut short; return what is to be told to whoever had asked for it.

        Called at the daemon's start and every minute: a look costs nothing.  Raises Unavailable, Broken.
        """
        told: list[Message] = []
        async with self._turn:
            for number, by, rows, erasure in self._tombstones.unfinished():
                if erasure is None:
                    # What to look for is gone with the words, so nothing may be left that would have to be found.
                    self._rewrite()
                    entries, left = 0, None
                else:
                    entries, left = await self._erase(number, erasure, SYSTEM, [])
                forgotten = await self._note(number, Gone(rows, entries), left, SYSTEM, None)
                text = f"Forgetting was cut short; it is finished now. {forgotten.told}"
                told.append(Message(f"person:{by}" if by else "everyone", text))
        return told

    async def _forget(self, scope: Scope, origin: Origin, number: int) -> Forgotten:
        audience = self._audience(origin)
        found = await self._trail.find(self._rows.select(scope, audience), number)
        said = self._trail.said(found)
        # Again, as something may have come in meanwhile: from here until it is gone nothing is awaited.
        chosen = self._rows.select(scope, audience).erasure
        erasure = replace(
            chosen, entries=found.entries | chosen.entries, conversations=chosen.conversations | found.conversations
        )
        if not (erasure.memories or erasure.episodes or erasure.entries):
            raise Refused(NOTHING)
        with writing(self._file), self._db.conn:
            rows = self._rows.erase(erasure)
            stone = self._tombstones.begin(origin.person, _named(scope), rows, erasure)
        entries, left = await self._erase(stone, erasure, origin, said)
        gone = Gone(rows, entries, len(erasure.memories), len(erasure.episodes))
        return await self._note(stone, gone, left, origin, number)

    async def _erase(self, stone: int, erasure: Erasure, origin: Origin, said: Sequence[str]) -> tuple[int, Traces]:
        """Erase every copy, then the last bytes, and look for what is left; return entries and what was found.

        Raises Unavailable where the log is too busy; the journal then holds what is still to be done.
        """
        for changed in self.changed:
            changed()
        for eraser in self.erasers:
            eraser.erase(erasure)
        entries = await self._trail.erase(erasure, origin, f"forgotten (tombstone {stone})")
        with writing(self._file), self._db.conn:
            self._passages.tidy()
            self._tombstones.search(stone)
        words = (*erasure.words, *said)
        left = await self._search(words)
        if left.found or erasure.everything:
            self._rewrite()
            left = await self._search(words)
        return entries, left

    async def _search(self, words: Sequence[str]) -> Traces:
        self._fold()
        return await asyncio.to_thread(traces, self._file, self._audit.path, words)

    def _fold(self) -> None:
        """Take the write-ahead log into the file, and leave nothing of it."""
        with writing(self._file):
            self._db.conn.execute("pragma wal_checkpoint(truncate)").fetchall()

    def _rewrite(self) -> None:
        """Write the whole file anew: pages that were cut and joined may keep copies which nothing points to."""
        with writing(self._file):
            self._db.conn.execute("vacuum")
        self._fold()

    async def _note(self, stone: int, gone: Gone, left: Traces | None, origin: Origin, parent: int | None) -> Forgotten:
        """Write down what came of it; ``left`` is what the search found, None where there was nothing to search by."""
        found = left.found if left is not None else 0
        with writing(self._file), self._db.conn:
            seal = self._tombstones.done(stone, gone.rows, found)
        forgotten = Forgotten(gone.rows, gone.entries, left is not None and not found, found, stone, _told(gone, left))
        payload = {**_figures(forgotten), "commitment": seal}
        await self._audit.append(FORGOTTEN, payload, origin=origin, parent=parent)
        return forgotten


class Forgetting:
    """Asks the gate for a forgetting; what talk, the page and the command line call."""

    def __init__(self, gate: Gate, forgetter: Forgetter) -> None:
        self._gate = gate
        self._forgetter = forgetter

    async def forget(self, scope: Scope, origin: Origin) -> Forgotten:
        """Forget what ``scope`` means, for ``origin``; the sentence that asked for it never gets into the log.

        Raises Refused, with a sentence, when there is nothing like that or it is not this person's to forget, whether
        it exists or not; Broken when a file does not take it.
        """
        self._forgetter.check(scope, origin)
        performed = await self._gate.perform((action_of(scope),), origin)
        if performed.pending is not None:
            return Forgotten(told=performed.pending.question, performed=performed)
        outcome = performed.outcomes[0]
        forgotten = self._forgetter.take(outcome.audit) if outcome.audit is not None else None
        if forgotten is None:
            return Forgotten(told=outcome.detail or "It is not forgotten.", performed=performed)
        return replace(forgotten, performed=performed)


def action_of(scope: Scope) -> Action:
    """Return the action that forgets what ``scope`` means."""
    if scope.reach == "everything":
        return Action(FORGET_ALL)
    data: dict[str, Json] = {"scope": scope.reach}
    if scope.memory is not None:
        data["memory"] = scope.memory
    if scope.since is not None:
        data["since"] = scope.since.isoformat()
    if scope.person is not None:
        data["person"] = scope.person
    return Action(FORGET, (), data)


def scope_of(action: Action) -> Scope:
    """Return what an action means; raises Refused for a reach without what it reaches."""
    data = action.data
    if action.name == FORGET_ALL:
        return Scope.all()
    reach, memory, since, person = (data.get(name) for name in ("scope", "memory", "since", "person"))
    try:
        if reach == "memory" and memory:
            return Scope.one(int(memory))
        if reach == "since" and since:
            moment = datetime.fromisoformat(since)
            if moment.tzinfo is not None:
                return Scope.after(moment)
        if reach == "person" and person:
            return Scope.about(person)
    except (TypeError, ValueError) as error:
        raise Refused(f"what is to be forgotten is not said rightly: {error}") from error
    raise Refused("what is to be forgotten is not said")


def _named(scope: Scope) -> str:
    """Return the reach for the note: the number of a memory, the time; never a person."""
    match scope.reach:
        case "memory":
            return f"memory {scope.memory}"
        case "since":
            return f"since {scope.since.isoformat() if scope.since else ''}"
        case "person" | "everything":
            return scope.reach


def _figures(forgotten: Forgotten) -> dict[str, Json]:
    return {
        "rows": forgotten.rows,
        "entries": forgotten.entries,
        "verified": forgotten.verified,
        "found": forgotten.found,
        "tombstone": forgotten.tombstone,
    }


def _told(gone: Gone, left: Traces | None) -> str:
    parts = (
        _count(gone.memories, "memory", "memories"),
        _count(gone.episodes, "exchange"),
        _count(gone.entries, "entry of the log", "entries of the log"),
    )
    *most, last = [part for part in parts if part] or ["what was begun"]
    what = f"Forgotten: {', '.join(most)} and {last}." if most else f"Forgotten: {last}."
    if left is None:
        search = "My files are written anew, so that nothing of it is left in them."
    elif left.found:
        places = _count(left.found, "place")
        search = f"But my files still hold it in {places}: those bytes go once nobody else reads the files."
    elif not left.whole:
        search = f"I searched every byte of my files for {left.sought} of its texts and words: none of them is left."
    else:  # never whether there is any: it would tell what others keep for themselves
        search = "I searched every byte of my files: nothing of it is left but what others may have said the same way."
    return f"{what} {search} {OUT_OF_REACH}"


def _count(number: int, one: str, several: str = "") -> str:
    """Return how many there are in words, nothing for none."""
    return f"{number} {one if number == 1 else several or one + 's'}" if number else ""
