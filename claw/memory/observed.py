"""What people in the house do by hand, kept for as long as habits are looked for in it, and of nobody who minds.

Nothing is written about a person who has not agreed to it; what an unknown hand did is written only where everybody
agreed whose hand it may have been.  What an automation did that somebody's movement set off counts as that hand's.
Locks, alarms, doors and heating are never written at all.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Broken
from claw.gate.answering import ADULTS
from claw.gate.cause import Who
from claw.house.mirror import Mirror
from claw.house.model import Cause, Change
from claw.memory.audience import RESIDENTS
from claw.memory.postures import learnable, posture
from claw.memory.rows import stamp
from claw.policy.people import People
from claw.store.db import writing

logger = logging.getLogger(__name__)

Behind = Callable[[str | None, Cause | None], Who]
"""Who is behind a context (``Causes.behind``)."""

Agreed = Callable[[str], bool]
"""Whether a person has agreed that their habits are learned (``Residents``)."""

KEPT = timedelta(days=60)
MOST_WAITING = 2_000
_SETTLES = timedelta(seconds=5)
"""A lamp that fades reports several levels on its way; the last of them is meant."""
_NEAR = 30
"""Among so many of the last changes an earlier step of the same one is looked for: a group fades all at once."""
_MACHINES = ("routine", "system")


@dataclass(frozen=True, slots=True)
class _Seen:
    at: datetime
    entity: str
    before: str
    after: str
    context: str | None
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class _Row:
    cause: str
    person: str | None
    run: str | None
    audit: int | None


class Observed:
    """Watches the mirror and writes what may be written, a batch at a time; used from the event loop only."""

    def __init__(
        self, db: Database, clock: Clock, mirror: Mirror, behind: Behind, people: People, agreed: Agreed
    ) -> None:
        """``mirror.watch(observed.take)`` is what starts it; ``active`` is called with a person whose hand was seen."""
        self._db = db
        self._clock = clock
        self._mirror = mirror
        self._behind = behind
        self._people = people
        self._agreed = agreed
        self._last: dict[str, str] = {}
        self._waiting: list[_Seen] = []
        self.active: list[Callable[[str], None]] = []

    def take(self, change: Change) -> None:
        """Remember one change for the next batch, where it is one that people make and that was seen to happen."""
        entity = self._mirror.registry.entities.get(change.entity_id)
        if entity is None or not learnable(entity):
            return
        now = posture(entity.domain, change.state)
        if change.state is None or now is None:
            return
        before = self._last.get(change.entity_id)
        self._last[change.entity_id] = now
        if not self._mirror.ready or before is None or before == now:
            return  # what was found so afterwards was done by nobody knows whom
        moment = self._clock.now()
        state = change.state
        seen = _Seen(moment, entity.registry_id or entity.entity_id, before, now, state.context, state.cause)
        self._put(seen)
        del self._waiting[:-MOST_WAITING]

    def flush(self) -> int:
        """Write what may be written of what came since the last time; return how many rows.

        Raises Broken where the disk does not take it; then it waits for the next time.
        """
        rows: list[tuple[object, ...]] = []
        for seen in self._waiting:
            parent = seen.cause.parent if seen.cause is not None else None
            row = self._row(self._behind(seen.context, seen.cause), by_itself=parent is None)
            if row is not None and seen.before != seen.after:
                at = stamp(seen.at)
                rows.append((at, seen.entity, seen.before, seen.after, row.cause, row.person, row.run, row.audit))
        if rows:
            with writing(Path("claw.db")), self._db.conn:
                self._db.conn.executemany(
                    "INSERT INTO changes (at, entity, before, after, cause, person, run, audit) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    rows,
                )
        self._waiting.clear()
        return len(rows)

    async def look(self) -> None:
        """Write what came since the last time; called once a minute.  A full disk is said once and tried again."""
        try:
            self.flush()
        except Broken:
            logger.warning("What was observed cannot be written yet; %d changes wait", len(self._waiting))

    def expire(self, before: datetime) -> int:
        """Drop what was observed before that moment (UTC); return how many rows; raises Broken."""
        times = (stamp(before),)
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute("DELETE FROM overrides WHERE at < ?", times)
            return self._db.conn.execute("DELETE FROM changes WHERE at < ?", times).rowcount

    def drop(self, person: str) -> int:
        """Drop what was observed of somebody who no longer agrees; return how many rows.  Raises Broken.

        What unknown hands did goes as well: it was written because everybody agreed.
        """
        with writing(Path("claw.db")), self._db.conn:
            gone = self._db.conn.execute(
                "DELETE FROM changes WHERE person = ? OR (person IS NULL AND cause = 'hand')", (person,)
            ).rowcount
            gone += self._db.conn.execute(
                "DELETE FROM overrides WHERE person = ? OR person IS NULL", (person,)
            ).rowcount
        return gone

    def erase(self, erasure: Erasure) -> int:
        """Let go of what is not written yet and belongs to what is being forgotten; return how many."""
        before = len(self._waiting)
        if erasure.everything or erasure.person is not None:
            self._waiting.clear()  # whose hand each was is not known yet
        elif erasure.since is not None:
            since = erasure.since
            self._waiting = [seen for seen in self._waiting if seen.at < since]
        return before - len(self._waiting)

    def _put(self, seen: _Seen) -> None:
        for index in range(len(self._waiting) - 1, max(-1, len(self._waiting) - 1 - _NEAR), -1):
            earlier = self._waiting[index]
            if earlier.entity == seen.entity:
                if _goes_on(earlier, seen):
                    self._waiting[index] = replace(earlier, after=seen.after)
                    return
                break
        self._waiting.append(seen)

    def _row(self, who: Who, *, by_itself: bool) -> _Row | None:
        """Return how a change by ``who`` may be written, None where it may not.

        ``by_itself``: nothing that happened in the house set it off.
        """
        if who.kind in {"stranger", "unseen"}:
            return None
        if who.kind == "claw" and who.channel.startswith(_MACHINES):
            return _Row("claw", None, None, who.entry) if self._somebody() else None
        if who.person is not None and who.kind in {"claw", "person", "script", "automation"}:
            return self._by_person(who)
        if who.kind in {"automation", "script", "unnamed"}:
            return self._by_machine(who, by_itself=by_itself)
        return _Row("hand", None, None, who.entry) if self._everybody() else None

    def _by_person(self, who: Who) -> _Row | None:
        named = [person.id for person in self._people if person.name == who.person]
        if len(named) != 1 or not self._may_learn(named[0]):
            return None
        for tell in self.active:
            tell(named[0])
        return _Row("claw" if who.kind == "claw" else "person", named[0], who.run, who.entry)

    def _by_machine(self, who: Who, *, by_itself: bool) -> _Row | None:
        """Return the row of an automation, which tells of nobody only where nobody's hand set it off."""
        row = _Row("automation", None, who.run, who.entry)
        if who.after is not None:
            return row if self._row(who.after, by_itself=False) is not None else None
        return row if (self._somebody() if by_itself and who.kind != "unnamed" else self._everybody()) else None

    def _may_learn(self, person: str) -> bool:
        known = self._people.get(person)
        return known is not None and known.role in RESIDENTS and self._agreed(person)

    def _somebody(self) -> bool:
        return any(self._may_learn(person.id) for person in self._people)

    def _everybody(self) -> bool:
        grown_up = [person.id for person in self._people if person.role in ADULTS]
        return bool(grown_up) and all(self._agreed(person) for person in grown_up)


def _goes_on(earlier: _Seen, seen: _Seen) -> bool:
    """Return whether ``seen`` is one more step of the same change: the same thing, in the same context."""
    if earlier.entity != seen.entity or earlier.context != seen.context:
        return False
    return seen.context is not None or seen.at - earlier.at < _SETTLES
