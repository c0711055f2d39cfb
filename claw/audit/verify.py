"""Checks a log from the outside: does every row, payload and page of every file hold, and do the files follow?

Reads the files read-only and beside a running daemon if need be; believes nothing that is in them but the bytes it
hashes.  What it cannot see alone is a tail that was cut off cleanly, or a log replaced as a whole by an older one: the
rows that are left do hang together.  ``claw/audit/prove.py`` holds them against the checkpoints that others keep.
"""

import contextlib
import json
import sqlite3
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from claw.audit.chain import Problem, Row, Walk, genesis, moment, payload_hash
from claw.audit.schema import CONTINUED, ERASED, FORMAT, INTENT, OUTCOME, PROOFS, RETIRED, SCHEMA
from claw.audit.segments import held, segments
from claw.base.action import Json
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
_INTENT, _OUTCOME, _ERASED, _CONTINUED = INTENT.encode(), OUTCOME.encode(), ERASED.encode(), CONTINUED.encode()
_PROOFS = frozenset(kind.encode() for kind in PROOFS)


class Proof(NamedTuple):
    """A row that says something about the log itself, with its payload; ``time`` in microseconds UTC."""

    seq: int
    time: int
    kind: str
    payload: dict[str, Json]


@dataclass(slots=True)
class Verification:
    """What was found: ``ok`` when no problem is more than a warning; ``problems`` ends after 1,000.

    ``rows`` counts those that are there, ``first`` and ``last`` are the numbers of the ends; ``id`` is the log's own,
    ``proofs`` what its rows say about the log itself.
    """

    rows: int = 0
    problems: list[Problem] = field(default_factory=list[Problem])
    id: bytes = b""
    first: int = 0
    last: int = 0
    proofs: list[Proof] = field(default_factory=list[Proof])

    @property
    def ok(self) -> bool:
        """Whether the log holds."""
        return all(problem.warning for problem in self.problems)

    def cut(self) -> "Verification":
        """Shorten the list of problems to what anybody may want to read."""
        if len(self.problems) > MOST_PROBLEMS:
            more, ok = len(self.problems) - MOST_PROBLEMS, self.ok
            self.problems[MOST_PROBLEMS:] = [Problem(None, f"{more} more problems are not listed", warning=ok)]
        return self


def verify(path: Path, *, payloads: bool = True) -> Verification:
    """Check the whole log at ``path``, sealed files first, without a daemon; raises Broken when there is none.

    Without ``payloads`` only the rows are checked, in half the time.
    """
    return survey(path, payloads=payloads).cut()


def survey(path: Path, *, payloads: bool) -> Verification:
    """Do what ``verify`` does and return everything that was found."""
    check = _Check()
    with held(path) as files:
        for file in files:
            check.problems.extend(_one(check, file, payloads=payloads))
    check.ended()
    return check.found


def _one(check: "_Check", path: Path, *, payloads: bool) -> list[Problem]:
    try:
        connection = connect(path, read_only=True)
    except Broken as error:
        return [Problem(None, str(error))]
    with contextlib.closing(connection):
        try:
            check.whole(connection, payloads=payloads)
        except UNREADABLE as error:
            return [Problem(check.walk.seq, f"{path.name} is damaged behind this row: {error}")]
    return []


def verify_tail(path: Path, rows: int = TAIL_ROWS) -> str:
    """Check the last ``rows`` of the running file, payloads included; return what is wrong in one line, or nothing."""
    try:
        with contextlib.closing(connect(path, read_only=True)) as connection:
            check = _Check()
            check.tail(connection, rows)
            if broken := _joint(path, connection):
                return f"the audit log does not hold: {broken}"
    except (*UNREADABLE, Broken) as error:
        return f"the end of the audit log cannot be read: {error}"
    first = next((problem for problem in check.problems if not problem.warning), None)
    if first is None:
        return ""
    where = "" if first.seq is None else f" at row {first.seq}"
    return f"the audit log does not hold{where}: {first.what}"


class _Check:
    """One pass over the files of a log, and what it found so far."""

    def __init__(self) -> None:
        self.found = Verification()
        self.problems = self.found.problems
        self.walk = Walk(0, b"")
        self._intents: set[int] = set()
        self._bare: set[int] = set()
        self._special: list[int] = []
        self._begun: tuple[int, bytes] | None = None  # where a log begins whose older files are gone

    def whole(self, connection: sqlite3.Connection, *, payloads: bool) -> None:
        """Check shape, pages and every row of the next file."""
        connection.text_factory = bytes  # what is hashed are bytes, and damaged text has no other form
        self._special.clear()
        self._shape(connection)
        connection.execute("BEGIN")  # one moment of the file, whatever a daemon appends meanwhile
        for (finding,) in connection.execute("PRAGMA integrity_check(100)"):
            if finding != b"ok":
                self.problems.append(Problem(None, f"the file is damaged: {finding.decode(errors='replace')}"))
        self._begin(connection)
        if payloads:
            self._payloads(connection, _EVERY)
            for (stray,) in connection.execute("SELECT seq FROM payloads WHERE seq NOT IN (SELECT seq FROM rows)"):
                self.problems.append(Problem(stray, "there is a payload but no row"))
        else:
            for row in connection.execute(_ROWS):
                self._row(row[:8], row[8])
        self._read_proofs(connection)

    def ended(self) -> None:
        """Say what only the end of the last file shows."""
        self.found.last = self.walk.seq
        for seq in sorted(self._bare):
            self.problems.append(Problem(seq, "the payload is missing and no erased entry names it"))
        for seq in sorted(self._intents):
            self.problems.append(Problem(seq, "the intent has no outcome", warning=True))
        if self._begun is not None:
            self.problems.insert(0, self._beginning(*self._begun))

    def tail(self, connection: sqlite3.Connection, rows: int) -> None:
        """Check shape and the last ``rows``; every entry that may explain a missing payload lies behind it."""
        connection.text_factory = bytes
        self._shape(connection)
        (start,) = connection.execute("SELECT max(max(seq) - ?, 0) FROM rows", (rows,)).fetchone()
        before = connection.execute("SELECT seq, hash FROM rows WHERE seq = ?", (start,)).fetchone()
        if before:
            self.walk = Walk(*before)
        else:
            self._begin(connection)
        self._payloads(connection, start)
        for seq in sorted(self._bare):
            self.problems.append(Problem(seq, "the payload is missing and no erased entry names it"))

    def _shape(self, connection: sqlite3.Connection) -> None:
        found = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
        shape = {name.decode(errors="replace"): (sql or b"").decode(errors="replace") for name, sql in found}
        for name in sorted(shape.keys() | SCHEMA.keys()):
            if shape.get(name) != SCHEMA.get(name):
                how = "missing" if name not in shape else "changed" if name in SCHEMA else "not one of ours"
                self.problems.append(Problem(None, f"{name!r} in the file is {how}"))

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Take up the walk where this file begins: behind the one before, or at the beginning of the log."""
        identity = connection.execute("SELECT id, format FROM log").fetchall()
        own = identity[0][0] if identity else None
        if len(identity) != 1 or not isinstance(own, bytes) or identity[0][1] != FORMAT:
            self.problems.append(Problem(None, "the log has no identity, or another format"))
            own = b""
        if self.found.id:
            if own != self.found.id:
                self.problems.append(Problem(self.walk.seq + 1, "from here on it is another log"))
            return
        self.found.id = own
        first = connection.execute("SELECT seq, kind, previous FROM rows ORDER BY seq LIMIT 1").fetchone()
        self.found.first = first[0] if first else 1
        if first and first[0] > 1 and first[1] == _CONTINUED and isinstance(first[2], bytes):
            self._begun = (first[0] - 1, first[2])
            self.walk = Walk(*self._begun)
        else:
            self.walk = Walk(0, genesis(own) if own else b"")

    def _beginning(self, last: int, head: bytes) -> Problem:
        """Say whether the entries up to ``last`` were retired, or are simply gone."""
        for proof in self.found.proofs:
            if proof.kind == RETIRED and (proof.payload.get("last"), proof.payload.get("hash")) == (last, head.hex()):
                when = moment(proof.time).date().isoformat()
                return Problem(
                    last + 1, f"entries 1 to {last} were retired on {when} (entry {proof.seq})", warning=True
                )
        return Problem(last + 1, f"entries 1 to {last} are missing, and no retired entry says so")

    def _payloads(self, connection: sqlite3.Connection, after: int) -> None:
        rows = connection.execute(_ROWS_AND_PAYLOADS, (after,))
        for row in rows:
            seq, salt, body = row[0], row[9], row[10]
            self._row(row[:8], row[8])
            if body is None:
                self._bare.add(seq)
            elif type(salt) is not bytes or type(body) is not bytes or payload_hash(salt, body) != row[6]:
                self.problems.append(Problem(seq, "the payload was changed: its hash does not fit"))
            if row[2] == _ERASED:
                self._bare.discard(row[4])

    def _row(self, row: Row, stored: bytes) -> None:
        self.found.rows += 1
        try:
            if not self.walk.step(row, stored):
                self.problems.extend(self.walk.breaks(Row._make(row), stored))  # a bare tuple until here, for speed
        except (TypeError, struct.error):
            self.problems.append(Problem(row[0], "the row is damaged: a column holds what it never could"))
            self.walk.skip(row[0], stored)
        kind, parent = row[2], row[4]
        if kind == _INTENT:
            self._intents.add(row[0])
        elif kind == _OUTCOME and parent in self._intents:
            self._intents.remove(parent)
        elif kind in _PROOFS:
            self._special.append(row[0])

    def _read_proofs(self, connection: sqlite3.Connection) -> None:
        """Keep what the rows of this file say about the log itself, where their payloads hold."""
        for seq in self._special:
            stored = connection.execute(
                "SELECT r.time, r.kind, r.payload_hash, p.salt, p.body FROM rows r JOIN payloads p USING (seq)"
                " WHERE seq = ?",
                (seq,),
            ).fetchone()
            payload = _payload(*stored[2:]) if stored else None
            if payload is None:
                self.problems.append(Problem(seq, "what the row says about the log cannot be read"))
            else:
                self.found.proofs.append(Proof(seq, stored[0], stored[1].decode(errors="replace"), payload))


def _payload(hidden: bytes, salt: bytes, body: bytes) -> dict[str, Json] | None:
    """Return a payload that fits its hash and is a mapping, else None."""
    try:
        found = json.loads(body) if payload_hash(salt, body) == hidden else None
    except (TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _joint(path: Path, connection: sqlite3.Connection) -> str:
    """Return what is wrong between the running file and the sealed one before it, or nothing."""
    first = connection.execute("SELECT seq, previous FROM rows ORDER BY seq LIMIT 1").fetchone()
    begun, sealed = (first or (1, b"")), segments(path)
    if not sealed:
        retired = "SELECT 1 FROM rows WHERE kind = CAST(? AS TEXT)"
        if begun[0] == 1 or connection.execute(retired, (RETIRED,)).fetchone():
            return ""
        return f"the sealed entries up to {begun[0] - 1} are missing"
    with contextlib.closing(connect(sealed[-1].path, read_only=True)) as before:
        before.text_factory = bytes
        last = before.execute("SELECT seq + 1, hash FROM rows ORDER BY seq DESC LIMIT 1").fetchone()
    return "" if last == begun else f"it does not go on where {sealed[-1].path.name} ends"
