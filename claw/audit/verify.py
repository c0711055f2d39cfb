"""Checks a log from the outside: does every row, payload and page hold?

Reads the file read-only and beside a running daemon if need be; believes nothing that is in it but the bytes it
hashes.  What it cannot see alone is a tail that was cut off cleanly, or a file replaced as a whole by an older one: the
rows that are left do hang together.
"""

import contextlib
import sqlite3
import struct
from dataclasses import dataclass
from pathlib import Path

from claw.audit.chain import Problem, Row, Walk, genesis, payload_hash
from claw.audit.file import ERASED, FORMAT, INTENT, OUTCOME, SCHEMA
from claw.base.errors import Broken
from claw.store.db import UNREADABLE, connect

TAIL_ROWS = 1_000
MOST_PROBLEMS = 1_000

_EVERY = -(2**63)
_ROWS = (
    "SELECT r.seq, r.time, r.kind, r.origin, r.parent, r.versions, r.payload_hash, r.previous, r.hash"
    " FROM rows r ORDER BY r.seq"
)
_ROWS_AND_PAYLOADS = (
    "SELECT r.seq, r.time, r.kind, r.origin, r.parent, r.versions, r.payload_hash, r.previous, r.hash, p.salt, p.body"
    " FROM rows r LEFT JOIN payloads p ON p.seq = r.seq WHERE r.seq > ? ORDER BY r.seq"
)
_INTENT, _OUTCOME, _ERASED = INTENT.encode(), OUTCOME.encode(), ERASED.encode()


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found: ``ok`` when no problem is more than a warning; ``problems`` ends after 1,000."""

    ok: bool
    rows: int
    problems: list[Problem]


def verify(path: Path, *, payloads: bool = True) -> Verification:
    """Check the whole log at ``path``, without a daemon; raises Broken when there is no such file.

    Without ``payloads`` only the rows are checked, in half the time.
    """
    if not path.is_file():
        raise Broken(f"there is no audit log at {path}")
    try:
        connection = connect(path, read_only=True)
    except Broken as error:
        return Verification(ok=False, rows=0, problems=[Problem(None, str(error))])
    with contextlib.closing(connection):
        check = _Check(connection)
        problems = check.problems
        try:
            check.whole(payloads=payloads)
        except UNREADABLE as error:
            problems.append(Problem(check.walk.seq, f"the file is damaged behind this row: {error}"))
    ok = all(problem.warning for problem in problems)
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        problems[MOST_PROBLEMS:] = [Problem(None, f"{more} more problems are not listed", warning=ok)]
    return Verification(ok, check.rows, problems)


def verify_tail(path: Path, rows: int = TAIL_ROWS) -> str:
    """Check the last ``rows`` of the log, payloads included; return what is wrong in one line, or nothing."""
    try:
        with contextlib.closing(connect(path, read_only=True)) as connection:
            check = _Check(connection)
            check.tail(rows)
    except (*UNREADABLE, Broken) as error:
        return f"the end of the audit log cannot be read: {error}"
    first = next((problem for problem in check.problems if not problem.warning), None)
    if first is None:
        return ""
    where = "" if first.seq is None else f" at row {first.seq}"
    return f"the audit log does not hold{where}: {first.what}"


class _Check:
    """One pass over a log, and what it found so far."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.problems: list[Problem] = []
        self.rows = 0
        self.walk = Walk(0, b"")
        self._connection = connection
        self._connection.text_factory = bytes  # what is hashed are bytes, and damaged text has no other form
        self._intents: set[int] = set()
        self._bare: set[int] = set()

    def whole(self, *, payloads: bool) -> None:
        """Check shape, pages and every row."""
        self._shape()
        self._connection.execute("BEGIN")  # one moment of the file, whatever a daemon appends meanwhile
        for (finding,) in self._connection.execute("PRAGMA integrity_check(100)"):
            if finding != b"ok":
                self.problems.append(Problem(None, f"the file is damaged: {finding.decode(errors='replace')}"))
        self.walk = Walk(0, self._genesis())
        if payloads:
            self._payloads(_EVERY)
            for (stray,) in self._connection.execute(
                "SELECT seq FROM payloads WHERE seq NOT IN (SELECT seq FROM rows)"
            ):
                self.problems.append(Problem(stray, "there is a payload but no row"))
        else:
            for row in self._connection.execute(_ROWS):
                self._row(row[:8], row[8])
        self.problems.extend(Problem(seq, "the intent has no outcome", warning=True) for seq in sorted(self._intents))

    def tail(self, rows: int) -> None:
        """Check shape and the last ``rows``; every entry that may explain a missing payload lies behind it."""
        self._shape()
        (start,) = self._connection.execute("SELECT max(max(seq) - ?, 0) FROM rows", (rows,)).fetchone()
        before = self._connection.execute("SELECT seq, hash FROM rows WHERE seq = ?", (start,)).fetchone()
        self.walk = Walk(before[0], before[1]) if before else Walk(0, self._genesis())
        self._payloads(start or _EVERY)

    def _shape(self) -> None:
        found = self._connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
        shape = {name.decode(errors="replace"): (sql or b"").decode(errors="replace") for name, sql in found}
        for name in sorted(shape.keys() | SCHEMA.keys()):
            if shape.get(name) != SCHEMA.get(name):
                how = "missing" if name not in shape else "changed" if name in SCHEMA else "not one of ours"
                self.problems.append(Problem(None, f"{name!r} in the file is {how}"))

    def _genesis(self) -> bytes:
        found = self._connection.execute("SELECT id, format FROM log").fetchall()
        identity = found[0][0] if found else None
        if len(found) == 1 and isinstance(identity, bytes) and found[0][1] == FORMAT:
            return genesis(identity)
        self.problems.append(Problem(None, "the log has no identity, or another format"))
        return b""

    def _payloads(self, after: int) -> None:
        rows = self._connection.execute(_ROWS_AND_PAYLOADS, (after,))
        for row in rows:
            seq, salt, body = row[0], row[9], row[10]
            self._row(row[:8], row[8])
            if body is None:
                self._bare.add(seq)
            elif type(salt) is not bytes or type(body) is not bytes or payload_hash(salt, body) != row[6]:
                self.problems.append(Problem(seq, "the payload was changed: its hash does not fit"))
            if row[2] == _ERASED:
                self._bare.discard(row[4])
        self.problems.extend(
            Problem(seq, "the payload is missing and no erased entry names it") for seq in sorted(self._bare)
        )

    def _row(self, row: Row, stored: bytes) -> None:
        self.rows += 1
        try:
            if not self.walk.step(row, stored):
                self.problems.extend(self.walk.breaks(Row._make(row), stored))  # a bare tuple until here, for speed
        except (TypeError, struct.error):
            self.problems.append(Problem(row[0], "the row is damaged: a column holds what it never could"))
            self.walk.skip(row[0], stored)
        if row[2] == _INTENT:
            self._intents.add(row[0])
        elif row[2] == _OUTCOME and row[4] is not None:
            self._intents.discard(row[4])
