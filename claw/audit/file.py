"""``audit.db`` itself: how rows get in, at the end only, and how a full file gives way to the next.

Rows go in in one transaction per batch that is on disk when ``write`` returns.  Sealing and erasing are the two things
that are done to what is already there, and both leave every hash as it was.
"""

import contextlib
import os
import sqlite3
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from claw.audit.chain import LOG_ID_BYTES, SALT_BYTES, Row, genesis, payload_hash, row_hash
from claw.audit.draft import Draft
from claw.audit.entries import Entries
from claw.audit.schema import CONTINUED, ERASED, FORMAT, INTENT, OUTCOME, SCHEMA
from claw.audit.segments import SEALED_FILE, next_path, recover, seal_name, segments
from claw.base.errors import Broken, Unavailable
from claw.store.db import BUSY_MS, PRIVATE_FILE, UNREADABLE, FileLock, connect, sync_directory, unusable

_SETTLED_EVERY = 1_000
_INSERT = "INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?)"
_IN_USE = "somebody else reads the log just now; try again"

_Stored = tuple[int | str | bytes | None, ...]


class Head(NamedTuple):
    """The last row on disk: its number, 0 for an empty log, and what the next row has to follow."""

    seq: int
    hash: bytes


class LogFile:
    """The one writer of an ``audit.db``; ``read`` looks at all of the log."""

    def __init__(self, path: Path, lock: FileLock, writer: sqlite3.Connection, read: Entries) -> None:
        self.path = path
        self.read = read
        self._lock = lock
        self._writer = writer
        self.id: bytes
        self.id, self._settled = read.running.execute("SELECT id, settled FROM log").fetchone()
        self.head = self._head_on_disk()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the file at ``path``; raises Broken when it is damaged, foreign or held by another writer."""
        lock = FileLock.take(path.with_name(f"{path.name}.lock"), f"the audit log {path}")
        writer: sqlite3.Connection | None = None
        try:
            recover(path)
            writer = connect(path, any_thread=True)
            _prepare(path, writer)
            opened = cls(path, lock, writer, Entries(path))
            with contextlib.suppress(Unavailable):  # while somebody reads it: the next start does it
                opened.erase_rest()
        except (*UNREADABLE, Broken) as error:
            if writer is not None:
                writer.close()
            lock.release()
            if isinstance(error, Broken):
                raise
            raise unusable(path, error) from error
        return opened

    def write(self, drafts: Sequence[Draft], settled: int) -> int:
        """Put ``drafts`` behind the head in one transaction; return the first number once all are on disk.

        No intent up to ``settled`` waits for an outcome any more.  Raises sqlite3.Error with nothing written.  May run
        in another thread than the readers, never in two.
        """
        rows, head = _chained(drafts, self.head)
        if len(rows) == 1 and settled - self._settled < _SETTLED_EVERY:
            self._writer.execute(_INSERT, rows[0])  # a statement alone is a transaction, and cheaper than three
        else:
            self._commit(rows, settled)
        first, self.head = self.head.seq + 1, head
        return first

    def _commit(self, rows: Sequence[_Stored], settled: int) -> None:
        with _whole(self._writer) as writer:
            writer.executemany(_INSERT, rows)
            if settled - self._settled >= _SETTLED_EVERY:
                writer.execute("UPDATE log SET settled = ?", (settled,))
        if settled - self._settled >= _SETTLED_EVERY:
            self._settled = settled

    def touch(self) -> None:
        """Have the disk take a write that changes nothing; raises sqlite3.Error where it does not."""
        with _whole(self._writer) as writer:
            writer.execute("UPDATE log SET settled = settled + 1")  # one to the same value would not be written
            writer.execute("UPDATE log SET settled = settled - 1")

    def open_intents(self) -> list[int]:
        """Search the numbers of all intents that have no outcome, ascending; of sealed files those handed on."""
        waiting = {
            seq
            for (seq,) in self.read.running.execute(
                "SELECT seq FROM rows i WHERE seq > ? AND kind = ?"
                " AND NOT EXISTS (SELECT 1 FROM rows o WHERE o.parent = i.seq AND o.kind = ?)",
                (self._settled, INTENT, OUTCOME),
            )
        }
        begun = self.read.entry(self.head.seq - self.rows() + 1)
        handed = (begun.payload or {}).get("unfinished") if begun and begun.kind == CONTINUED else None
        for seq in handed if isinstance(handed, list) else []:
            if isinstance(seq, int) and not self._has_outcome(seq):
                waiting.add(seq)
        return sorted(waiting)

    def _has_outcome(self, seq: int) -> bool:
        return any(child.kind == OUTCOME for child in self.read.children(seq))

    def rows(self) -> int:
        """Return how many rows the running file holds."""
        (first,) = self.read.running.execute("SELECT min(seq) FROM rows").fetchone()
        return 0 if first is None else self.head.seq - first + 1

    def seal(self, beginning: Draft) -> Path:
        """Finish the running file and go on in a new one whose first row is ``beginning``; return the finished one.

        Raises Unavailable, with everything as it was, while another process reads the file, sqlite3.Error or OSError
        where the disk does not take it.  A crash at any moment leaves a log that ``recover`` puts in order.
        """
        first = self.head.seq - self.rows() + 1
        fresh = next_path(self.path)
        rows, _ = _chained([beginning], self.head)
        self.read.close()
        try:
            self._fold()
            _create(fresh, self.id, rows[0])
            sealed = seal_name(self.path, first, self.head.seq)
        finally:
            recover(self.path)  # puts the next file in its place, or forgets it where it is not needed
            self._reopen()
        return sealed

    def _fold(self) -> None:
        """Take the write-ahead log into the file and let it be one file; raises Unavailable while others read it."""
        self._writer.execute("PRAGMA busy_timeout=0")
        try:
            (mode,) = self._writer.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError as error:
            raise Unavailable(_IN_USE) from error
        finally:
            self._writer.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        if mode != "delete":
            raise Unavailable(_IN_USE)

    def _reopen(self) -> None:
        self._writer.close()
        self._writer = connect(self.path, any_thread=True)
        self._writer.execute("PRAGMA secure_delete=ON")
        self.read.reopen()
        (self._settled,) = self.read.running.execute("SELECT settled FROM log").fetchone()
        self.head = self._head_on_disk()

    def erase(self, *seqs: int) -> None:
        """Remove the payloads of rows that ``erased`` rows have named, so that no byte of them is left.

        Raises Unavailable while another process reads the log: the bytes go then when the log is closed or opened.
        """
        first = self.head.seq - self.rows() + 1
        if running := [(seq,) for seq in seqs if seq >= first]:
            with _whole(self._writer) as writer:
                writer.executemany("DELETE FROM payloads WHERE seq = ?", running)
            busy, *_ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                what = f"payload of entry {seqs[0]} is" if len(seqs) == 1 else f"payloads of {len(seqs)} entries are"
                raise Unavailable(f"the {what} erased, but its bytes are not yet gone: {_IN_USE}")
        for segment in segments(self.path):
            within = [seq for seq in seqs if segment.first <= seq <= segment.last]
            if within:
                self.read.close_sealed(segment.path)
                _erase_sealed(segment.path, within)

    def erase_rest(self) -> None:
        """Do the erasures that an ``erased`` row announced and a crash cut short."""
        announced = self.read.running.execute(
            "SELECT parent FROM rows WHERE seq > ? AND kind = ? AND parent IS NOT NULL", (self._settled, ERASED)
        ).fetchall()
        for (seq,) in announced:
            entry = self.read.entry(seq)
            if entry is not None and entry.payload is not None:
                self.erase(seq)

    def fold(self, settled: int) -> None:
        """Note what is settled and fold the write-ahead log into the database; may run where ``write`` may."""
        with contextlib.suppress(sqlite3.Error):  # both only save work at the next start
            self._writer.execute("UPDATE log SET settled = ?", (settled,))
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self, settled: int | None = None) -> None:
        """Let go of the file, the write-ahead log folded into it, and noted what is settled where that is given."""
        self.read.close()
        if settled is not None:
            self.fold(settled)
        with contextlib.suppress(sqlite3.Error):
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
        last = self.read.running.execute("SELECT seq, hash FROM rows ORDER BY seq DESC LIMIT 1").fetchone()
        if last and not isinstance(last[1], bytes):
            raise Broken(f"{self.path} is damaged: its last row has no hash")
        return Head(*last) if last else Head(0, genesis(self.id))


def _chained(drafts: Sequence[Draft], head: Head) -> tuple[list[_Stored], Head]:
    """Return ``drafts`` as the rows behind ``head``, and the head they make."""
    seq, previous = head
    rows: list[_Stored] = []
    salts = os.urandom(SALT_BYTES * len(drafts))
    for index, (time, kind, origin, parent, versions, body) in enumerate(drafts):
        seq += 1
        salt = salts[index * SALT_BYTES : (index + 1) * SALT_BYTES]
        hidden = payload_hash(salt, body)
        own = row_hash(Row(seq, time, kind.encode(), origin.encode(), parent, versions.encode(), hidden, previous))
        rows.append((seq, time, kind, origin, parent, versions, hidden, previous, own, salt, body))
        previous = own
    return rows, Head(seq, previous)


def _prepare(path: Path, writer: sqlite3.Connection) -> None:
    writer.execute("PRAGMA secure_delete=ON")
    if writer.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
        _furnish(writer, os.urandom(LOG_ID_BYTES))
    found = writer.execute("SELECT id, format, settled FROM log").fetchone()
    if not found or not isinstance(found[0], bytes) or not isinstance(found[2], int):
        raise Broken(f"{path} is damaged: it has lost its identity")
    if found[1] != FORMAT:
        raise Broken(
            f"{path} has another format ({found[1]}) than this version of Claw writes ({FORMAT}): run the version that "
            "wrote it or a newer one, or restore a backup that this one made"
        )


@contextlib.contextmanager
def _whole(writer: sqlite3.Connection) -> Generator[sqlite3.Connection]:
    """Put all that is written within on disk, or nothing of it."""
    try:
        writer.execute("BEGIN IMMEDIATE")
        yield writer
        writer.execute("COMMIT")
    except BaseException:  # an open transaction would swallow what is written next
        with contextlib.suppress(sqlite3.Error):  # SQLite has rolled back by itself after most of these
            writer.execute("ROLLBACK")
        raise


def _furnish(writer: sqlite3.Connection, identity: bytes, *rows: _Stored) -> None:
    writer.execute("BEGIN IMMEDIATE")
    for statement in SCHEMA.values():
        writer.execute(statement)
    writer.execute("INSERT INTO log VALUES (1, ?, ?, 0)", (identity, FORMAT))
    writer.executemany(_INSERT, rows)
    writer.execute("COMMIT")


def _create(path: Path, identity: bytes, row: _Stored) -> None:
    """Make the next running file, with its first row, as one file that is wholly on disk."""
    with contextlib.closing(connect(path)) as writer:
        _furnish(writer, identity, row)
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    sync_directory(path.parent)


def _erase_sealed(path: Path, seqs: Sequence[int]) -> None:
    """Remove payloads of a sealed file, whose ``erased`` rows are in a later one; a crash undoes or finishes it."""
    path.chmod(PRIVATE_FILE)
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
            for pragma in ("trusted_schema=OFF", "secure_delete=ON", "synchronous=EXTRA"):
                writer.execute(f"PRAGMA {pragma}")
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DROP TRIGGER payloads_delete")  # it looks for the erased row in its own file
            writer.executemany("DELETE FROM payloads WHERE seq = ?", [(seq,) for seq in seqs])
            writer.execute(SCHEMA["payloads_delete"])
            writer.execute("COMMIT")
    except sqlite3.OperationalError as error:
        what = f"payload of entry {seqs[0]}" if len(seqs) == 1 else f"payloads of {len(seqs)} entries"
        raise Unavailable(f"the {what} cannot be erased: {error}") from error
    finally:
        path.chmod(SEALED_FILE)
