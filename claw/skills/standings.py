"""How far each skill is trusted, kept: its present state, every step that led there, and the proofs of its versions.

A step is written together with what it changed, in one transaction, and told to the log.  What makes a skill more
trusted is in the log before it is here; what makes it less is here at once.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast, get_args

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin, canonical
from claw.base.clock import Clock
from claw.base.errors import Broken
from claw.memory.rows import stamp, told_at
from claw.skills.manifest import Made
from claw.skills.model import Case, Report, Standing, State
from claw.store.db import writing

logger = logging.getLogger(__name__)

KIND = "skill"
"""The kind of the log's entries about the life of skills."""

SOMEBODY = "an owner"
"""Stands for who accepted a skill and was forgotten."""
MOST_EVENTS = 1_000
_FILE = Path("claw.db")
_COLUMNS = "name, version, hash, state, made, enabled, people, accepted_by, accepted_at, why, agreed, changed, last_run"
_STATES: frozenset[str] = frozenset(get_args(State))
_MADE: frozenset[str] = frozenset(get_args(Made))


@dataclass(frozen=True, slots=True)
class Version:
    """One kept version of a skill: ``proved`` is whether its proof was green, None where none was done."""

    version: str
    hash: str
    created: datetime
    proved: bool | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a skill's life: ``what`` is a word (``proved``, ``trusted``, ``demoted``), ``entry`` the log's."""

    at: datetime
    version: str
    hash: str
    what: str
    why: str
    person: str | None = None
    entry: int | None = None


class Standings:
    """The tables ``skills``, ``skill_versions`` (its reports) and ``skill_events``; used from the event loop only.

    ``changed`` are called with the name of a skill that stands otherwise than before.
    """

    def __init__(self, db: Database, audit: AuditLog, clock: Clock) -> None:
        """Read what stands; raises Broken where a row cannot be read."""
        self.changed: list[Callable[[str], None]] = []
        self._db = db
        self._audit = audit
        self._clock = clock
        self._by_name: dict[str, Standing] = {}
        self.read()

    def read(self) -> None:
        """Take what stands from the disk anew; raises Broken where a row cannot be read."""
        rows = self._db.conn.execute(f"SELECT {_COLUMNS} FROM skills ORDER BY name").fetchall()  # noqa: S608  our own names
        self._by_name = {standing.name: standing for standing in map(_standing, rows)}

    def of(self, name: str) -> Standing | None:
        """Return how far a skill is trusted, None for one that nobody knows; a look-up in memory."""
        return self._by_name.get(name)

    def all(self) -> tuple[Standing, ...]:
        """Return all of them, by name."""
        return tuple(self._by_name[name] for name in sorted(self._by_name))

    async def raised(self, standing: Standing, what: str, why: str, origin: Origin | None = None) -> Standing:
        """Keep ``standing``, which is more than before: the log has it first.  Raises Broken, with nothing changed."""
        entry = await self._audit.append(
            KIND, _payload(standing, what, why), origin=origin, parent=self._born(standing)
        )
        return self.put(standing, what, why, origin=origin, entry=entry)

    def put(
        self, standing: Standing, what: str, why: str, *, origin: Origin | None = None, entry: int | None = None
    ) -> Standing:
        """Keep ``standing`` and the step that led to it, and return it as it is kept; raises Broken.

        ``entry`` is the log's entry that stands for the step; without one an entry of kind ``skill`` is written, which
        is whose the skill is where nobody did it.
        """
        now = self._clock.now()
        kept = replace(standing, why=why, changed=now)
        person = origin.person if origin is not None else None
        with writing(_FILE), self._db.conn:
            self._write(kept)
            self._db.conn.execute(
                "INSERT INTO skill_events (at, name, version, hash, what, why, person, audit) VALUES (?,?,?,?,?,?,?,?)",
                (stamp(now), kept.name, kept.version, kept.hash, what, why, person, entry),
            )
        self._by_name[kept.name] = kept
        if entry is None:
            self._audit.note(KIND, _payload(kept, what, why), origin=origin, parent=self._born(kept))
        logger.info("The skill %s is %s: %s", kept.name, kept.state, what)
        self._tell(kept.name)
        return kept

    def agreed(self, name: str, agreed: int) -> None:
        """Keep how often the dry runs of a skill did what was really done; raises Broken."""
        self._touch(name, agreed=agreed)

    def used(self, name: str) -> None:
        """Keep that a skill ran just now; raises Broken."""
        self._touch(name, last_run=self._clock.now())

    def proved(self, report: Report) -> None:
        """Keep what a proof found about those bytes; raises Broken."""
        cases = [[case.kind, case.name, case.held, case.why] for case in report.cases]
        stored = canonical({"version": report.version, "ms": round(report.ms, 1), "cases": cases}).decode()
        with writing(_FILE), self._db.conn:
            self._db.conn.execute(
                "UPDATE skill_versions SET report = ? WHERE name = ? AND hash = ?", (stored, report.name, report.hash)
            )

    def report(self, name: str, hash: str) -> Report | None:  # noqa: A002  the noun of this room (Skill.hash)
        """Return the last proof of those bytes, None where there is none that can be read."""
        row = self._db.conn.execute(
            "SELECT report FROM skill_versions WHERE name = ? AND hash = ?", (name, hash)
        ).fetchone()
        return _report(name, hash, row[0]) if row is not None and row[0] is not None else None

    def green(self, name: str, hash: str) -> bool:  # noqa: A002  as above
        """Return whether those bytes were proved and all of it held."""
        found = self.report(name, hash)
        return found is not None and found.green

    def versions(self, name: str) -> list[Version]:
        """Return the kept versions of a skill, the newest first."""
        rows = self._db.conn.execute(
            "SELECT version, hash, created, report FROM skill_versions WHERE name = ?"
            " ORDER BY created DESC, rowid DESC",
            (name,),
        ).fetchall()
        found: list[Version] = []
        for version, digest, created, stored in rows:
            report = _report(name, digest, stored) if stored is not None else None
            found.append(Version(version, digest, _moment(created), report.green if report is not None else None))
        return found

    def events(self, name: str, limit: int = 100) -> list[Event]:
        """Return the steps of a skill's life, the newest first."""
        rows = self._db.conn.execute(
            "SELECT at, version, hash, what, why, person, audit FROM skill_events WHERE name = ?"
            " ORDER BY id DESC LIMIT ?",
            (name, min(max(limit, 0), MOST_EVENTS)),
        ).fetchall()
        return [Event(_moment(row[0]), *row[1:]) for row in rows]

    def part(self, name: str, person: str) -> None:
        """Have a skill be no more that person's, and not name them as who accepted it; raises Broken."""
        standing = self._by_name.get(name)
        if standing is not None:
            people = tuple(one for one in standing.people if one != person)
            by = SOMEBODY if standing.accepted_by == person else standing.accepted_by
            self._touch(name, people=people, accepted_by=by)
            self._tell(name)

    def forget(self, name: str) -> int:
        """Drop a skill and all that is kept of its life, but its versions; return how many rows; raises Broken."""
        self._by_name.pop(name, None)
        with writing(_FILE), self._db.conn:
            gone = sum(
                self._db.conn.execute(f"DELETE FROM {table} WHERE name = ?", (name,)).rowcount  # noqa: S608  our own names
                for table in ("skills", "skill_events", "skill_runs", "skill_offers")
            )
        self._tell(name)
        return gone

    def _tell(self, name: str) -> None:
        for tell in tuple(self.changed):
            tell(name)

    def _touch(self, name: str, **fields: Any) -> None:
        """Keep a figure of a skill that is no step of its life."""
        standing = self._by_name.get(name)
        if standing is None:
            return
        kept = replace(standing, **fields)
        with writing(_FILE), self._db.conn:
            self._write(kept)
        self._by_name[name] = kept

    def _write(self, kept: Standing) -> None:
        row = (
            kept.name,
            kept.version,
            kept.hash,
            kept.state,
            kept.made,
            kept.enabled,
            canonical(kept.people).decode(),
            kept.accepted_by,
            kept.accepted_at and stamp(kept.accepted_at),
            kept.why,
            kept.agreed,
            stamp(kept.changed or self._clock.now()),
            kept.last_run and stamp(kept.last_run),
        )
        self._db.conn.execute(f"INSERT OR REPLACE INTO skills ({_COLUMNS}) VALUES ({','.join('?' * len(row))})", row)  # noqa: S608  our own names

    def _born(self, standing: Standing) -> int | None:
        """Return the log's entry by which a skill of somebody came to be: what befalls it later is theirs as well."""
        if not standing.people:
            return None
        row = self._db.conn.execute(
            "SELECT audit FROM skill_events WHERE name = ? AND audit IS NOT NULL ORDER BY id LIMIT 1", (standing.name,)
        ).fetchone()
        return row[0] if row is not None else None


def _payload(standing: Standing, what: str, why: str) -> Mapping[str, Json]:
    return {
        "skill": standing.name,
        "version": standing.version,
        "hash": standing.hash,
        "what": what,
        "state": standing.state,
        "made": standing.made,
        "enabled": standing.enabled,
        "why": why,
    }


def _standing(row: tuple[Any, ...]) -> Standing:
    name, version, digest, state, made, enabled, people, accepted_by, accepted_at, why, agreed, changed, last = row
    try:
        names = json.loads(people)
        readable = state in _STATES and made in _MADE and all(isinstance(one, str) for one in names)
    except (TypeError, ValueError):
        readable, names = False, ()
    if not readable:
        raise Broken(f"claw.db holds a skill that cannot be read: {name}")
    return Standing(
        name,
        version,
        digest,
        cast("State", state),
        cast("Made", made),
        bool(enabled),
        tuple(names),
        accepted_by,
        told_at(accepted_at),
        why,
        int(agreed),
        told_at(changed),
        told_at(last),
    )


def _report(name: str, digest: str, stored: str) -> Report | None:
    """Return a stored report; one that cannot be read is none, so that the proof is done again."""
    try:
        told = json.loads(stored)
        cases = tuple(Case(kind, case, bool(held), why) for kind, case, held, why in told["cases"])
        return Report(name, str(told["version"]), digest, cases, float(told["ms"]))
    except (KeyError, TypeError, ValueError):
        logger.warning("The proof of the skill %s cannot be read", name)
        return None


def _moment(stored: str) -> datetime:
    found = told_at(stored)
    if found is None:
        raise Broken("claw.db holds a skill without its time")
    return found
