"""``audit.db`` itself: its tables, how rows get in, and how they are read back.

Rows go in only at the end, in one transaction per batch that is on disk when ``write`` returns.  Triggers refuse every
UPDATE and DELETE; a payload may be deleted only after an ``erased`` row has named it.  Readers have a connection of
their own, so they see committed rows only and never hold up the writer.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

from claw.audit.chain import LOG_ID_BYTES, SALT_BYTES, Row, genesis, moment, payload_hash, row_hash
from claw.audit.draft import Draft, stored_origin
from claw.base.action import Json, Origin
from claw.base.errors import Broken
from claw.store.db import UNREADABLE, FileLock, connect, unusable

FORMAT = 1
INTENT = "intent"
OUTCOME = "outcome"
ERASED = "erased"

_SETTLED_EVERY = 1_000
_LARGEST = 2**63 - 1

SCHEMA: Mapping[str, str] = {
    "log": (
        "CREATE TABLE log (one INTEGER PRIMARY KEY CHECK (one = 1), id BLOB NOT NULL, format INTEGER NOT NULL,"
        " settled INTEGER NOT NULL) STRICT"
    ),
    "rows": (
        "CREATE TABLE rows (seq INTEGER PRIMARY KEY CHECK (seq > 0), time INTEGER NOT NULL, kind TEXT NOT NULL,"
        " origin TEXT NOT NULL, parent INTEGER CHECK (parent > 0 AND parent < seq), versions TEXT NOT NULL,"
        " payload_hash BLOB NOT NULL CHECK (length(payload_hash) = 32),"
        " previous BLOB NOT NULL CHECK (length(previous) = 32), hash BLOB NOT NULL CHECK (length(hash) = 32)) STRICT"
    ),
    "payloads": (
        "CREATE TABLE payloads (seq INTEGER PRIMARY KEY, salt BLOB NOT NULL CHECK (length(salt) = 16),"
        " body BLOB NOT NULL) STRICT"
    ),
    "children": "CREATE INDEX children ON rows (parent) WHERE parent IS NOT NULL",
    "entries": (
        "CREATE VIEW entries AS SELECT r.seq AS seq, time, kind, origin, parent, versions, payload_hash, previous,"
        " hash, salt, body FROM rows r LEFT JOIN payloads p ON p.seq = r.seq"
    ),
    "entries_insert": (
        "CREATE TRIGGER entries_insert INSTEAD OF INSERT ON entries BEGIN"
        " INSERT INTO rows VALUES (NEW.seq, NEW.time, NEW.kind, NEW.origin, NEW.parent, NEW.versions,"
        " NEW.payload_hash, NEW.previous, NEW.hash);"
        " INSERT INTO payloads VALUES (NEW.seq, NEW.salt, NEW.body); END"
    ),
    "rows_insert": (
        "CREATE TRIGGER rows_insert BEFORE INSERT ON rows WHEN EXISTS (SELECT 1 FROM rows WHERE seq >= NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'rows are only added at the end'); END"
    ),
    "rows_update": (
        "CREATE TRIGGER rows_update BEFORE UPDATE ON rows BEGIN SELECT RAISE(ABORT, 'rows are never changed'); END"
    ),
    "rows_delete": (
        "CREATE TRIGGER rows_delete BEFORE DELETE ON rows BEGIN SELECT RAISE(ABORT, 'rows are never removed'); END"
    ),
    "payloads_insert": (
        "CREATE TRIGGER payloads_insert BEFORE INSERT ON payloads"
        " WHEN EXISTS (SELECT 1 FROM payloads WHERE seq >= NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'payloads are only added at the end'); END"
    ),
    "payloads_update": (
        "CREATE TRIGGER payloads_update BEFORE UPDATE ON payloads"
        " BEGIN SELECT RAISE(ABORT, 'payloads are never changed'); END"
    ),
    "payloads_delete": (
        "CREATE TRIGGER payloads_delete BEFORE DELETE ON payloads"
        " WHEN NOT EXISTS (SELECT 1 FROM rows WHERE parent = OLD.seq AND kind = 'erased')"
        " BEGIN SELECT RAISE(ABORT, 'a payload is only removed after an erased row has named it'); END"
    ),
    "log_insert": (
        "CREATE TRIGGER log_insert BEFORE INSERT ON log WHEN EXISTS (SELECT 1 FROM log)"
        " BEGIN SELECT RAISE(ABORT, 'the log has one identity'); END"
    ),
    "log_update": (
        "CREATE TRIGGER log_update BEFORE UPDATE OF one, id, format ON log"
        " BEGIN SELECT RAISE(ABORT, 'the identity of the log is never changed'); END"
    ),
    "log_delete": (
        "CREATE TRIGGER log_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is never removed'); END"
    ),
}
"""Every object of the file by name; ``verify`` holds a file to exactly this.  ``log.settled`` only saves a search."""

_INSERT = "INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?)"
_SELECT = "SELECT seq, time, kind, origin, parent, versions, hash, body FROM entries"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log as it is on disk; ``payload`` is None when it was erased."""

    seq: int
    time: datetime
    kind: str
    origin: Origin | None
    parent: int | None
    payload: Mapping[str, Json] | None
    versions: Mapping[str, str]
    hash: bytes


class Head(NamedTuple):
    """The last row on disk: its number, 0 for an empty log, and what the next row has to follow."""

    seq: int
    hash: bytes


class LogFile:
    """The one writer of an ``audit.db``."""

    def __init__(self, path: Path, lock: FileLock, writer: sqlite3.Connection, reader: sqlite3.Connection) -> None:
        self.path = path
        self._lock = lock
        self._writer = writer
        self._reader = reader
        reader.text_factory = partial(str, encoding="utf-8", errors="replace")
        self.id, self._settled = reader.execute("SELECT id, settled FROM log").fetchone()
        self.head = self._head_on_disk()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the file at ``path``; raises Broken when it is damaged, foreign or held by another writer."""
        lock = FileLock.take(path.with_name(f"{path.name}.lock"), f"the audit log {path}")
        connections: list[sqlite3.Connection] = []
        try:
            connections.append(connect(path, any_thread=True))
            _prepare(path, connections[0])
            connections.append(connect(path, read_only=True, any_thread=True))
            return cls(path, lock, *connections)
        except (*UNREADABLE, Broken) as error:
            for connection in connections:
                connection.close()
            lock.release()
            if isinstance(error, Broken):
                raise
            raise unusable(path, error) from error

    def write(self, drafts: Sequence[Draft], settled: int) -> int:
        """Put ``drafts`` behind the head in one transaction; return the first number once all are on disk.

        No intent up to ``settled`` waits for an outcome any more.  Raises sqlite3.Error with nothing written.  May run
        in another thread than the readers, never in two.
        """
        seq, previous = self.head
        rows: list[tuple[int | str | bytes | None, ...]] = []
        salts = os.urandom(SALT_BYTES * len(drafts))
        for index, (time, kind, origin, parent, versions, body) in enumerate(drafts):
            seq += 1
            salt = salts[index * SALT_BYTES : (index + 1) * SALT_BYTES]
            hidden = payload_hash(salt, body)
            own = row_hash(Row(seq, time, kind.encode(), origin.encode(), parent, versions.encode(), hidden, previous))
            rows.append((seq, time, kind, origin, parent, versions, hidden, previous, own, salt, body))
            previous = own
        if len(rows) == 1 and settled - self._settled < _SETTLED_EVERY:
            self._writer.execute(_INSERT, rows[0])  # a statement alone is a transaction, and cheaper than three
        else:
            self._commit(rows, settled)
        first, self.head = self.head.seq + 1, Head(seq, previous)
        return first

    def _commit(self, rows: Sequence[tuple[int | str | bytes | None, ...]], settled: int) -> None:
        writer = self._writer
        try:
            writer.execute("BEGIN IMMEDIATE")
            writer.executemany(_INSERT, rows)
            if settled - self._settled >= _SETTLED_EVERY:
                writer.execute("UPDATE log SET settled = ?", (settled,))
            writer.execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):  # SQLite has rolled back by itself after most of these
                writer.execute("ROLLBACK")
            raise
        if settled - self._settled >= _SETTLED_EVERY:
            self._settled = settled

    def entries(self, after: int, limit: int, *, newest_first: bool, kinds: Sequence[str]) -> list[Entry]:
        """Return up to ``limit`` entries with a number above ``after``, of any kind when ``kinds`` is empty."""
        where = f" AND kind IN ({','.join('?' * len(kinds))})" if kinds else ""
        order = "DESC" if newest_first else "ASC"
        values = (min(after, _LARGEST), *kinds, limit)
        return self._select(f"WHERE seq > ?{where} ORDER BY seq {order} LIMIT ?", values)

    def entry(self, seq: int) -> Entry | None:
        """Return one entry, None when there is none with that number."""
        found = self._select("WHERE seq = ?", (min(seq, _LARGEST),))
        return found[0] if found else None

    def children(self, seq: int) -> list[Entry]:
        """Return the entries whose parent is ``seq``, oldest first."""
        return self._select("WHERE parent = ? ORDER BY seq", (min(seq, _LARGEST),))

    def open_intents(self) -> list[int]:
        """Search the numbers of all intents that have no outcome, ascending."""
        found = self._reader.execute(
            "SELECT seq FROM rows i WHERE seq > ? AND kind = ?"
            " AND NOT EXISTS (SELECT 1 FROM rows o WHERE o.parent = i.seq AND o.kind = ?) ORDER BY seq",
            (self._settled, INTENT, OUTCOME),
        )
        return [seq for (seq,) in found]

    def close(self, settled: int | None) -> None:
        """Note what is settled, fold the write-ahead log into the database and let go of the file."""
        self._reader.close()
        with contextlib.suppress(sqlite3.Error):  # both only save work at the next start
            if settled is not None:
                self._writer.execute("UPDATE log SET settled = ?", (settled,))
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._writer.close()
        self._lock.release()

    def reread_head(self) -> None:
        """After a failed write, believe the disk about where the log ends."""
        with contextlib.suppress(
            sqlite3.Error, Broken
        ):  # as long as it cannot even be read, the last known head stands
            self.head = self._head_on_disk()

    def _head_on_disk(self) -> Head:
        last = self._reader.execute("SELECT seq, hash FROM rows ORDER BY seq DESC LIMIT 1").fetchone()
        if last and not isinstance(last[1], bytes):
            raise Broken(f"{self.path} is damaged: its last row has no hash")
        return Head(*last) if last else Head(0, genesis(self.id))

    def _select(self, condition: str, values: tuple[object, ...]) -> list[Entry]:
        try:
            return [_entry(row) for row in self._reader.execute(f"{_SELECT} {condition}", values)]
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error


def _prepare(path: Path, writer: sqlite3.Connection) -> None:
    writer.execute("PRAGMA secure_delete=ON")
    if writer.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
        writer.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA.values():
            writer.execute(statement)
        writer.execute("INSERT INTO log VALUES (1, ?, ?, 0)", (os.urandom(LOG_ID_BYTES), FORMAT))
        writer.execute("COMMIT")
    found = writer.execute("SELECT id, format, settled FROM log").fetchone()
    if not found or not isinstance(found[0], bytes) or not isinstance(found[2], int):
        raise Broken(f"{path} is damaged: it has lost its identity")
    if found[1] != FORMAT:
        raise Broken(f"{path} has another format than this version of Claw writes ({FORMAT})")


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, time, kind, origin, parent, versions, own, body = row
    payload = None if body is None else _mapping(body)
    return Entry(seq, moment(time), kind, stored_origin(_mapping(origin)), parent, payload, _mapping(versions), own)


def _mapping(stored: str | bytes) -> dict[str, Any]:
    """Return stored JSON; a row that somebody damaged must still be shown, and verify says what is wrong with it."""
    try:
        found = json.loads(stored)
    except (ValueError, RecursionError):
        return {"unreadable": repr(stored[:200])}
    return found if isinstance(found, dict) else {}
