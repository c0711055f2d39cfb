"""How rows of the log hang together: pure arithmetic over bytes, so that anyone can check it.

Every column of a row goes into its hash in one encoding: fixed-width numbers and the length of each text first, then
the texts.  No two different rows share it, and nothing has to be re-encoded to be checked: the stored bytes are what
is hashed.  A row holds the hash of its payload, not the payload, so the payload can be erased and the chain still
holds; a salt of its own keeps an erased payload from being guessed back from its hash.
"""

import hashlib
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

SALT_BYTES = 16
LOG_ID_BYTES = 16

_FIXED = struct.Struct(">qq?qIIIII")
_ROW = b"claw audit row 1\n"
_GENESIS = b"claw audit log 1\n"
_PAYLOAD = b"claw audit payload 1\n"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND

_sha256 = hashlib.sha256


class Row(NamedTuple):
    """One row without its own hash; texts as the UTF-8 bytes that are stored, ``time`` in microseconds UTC."""

    seq: int
    time: int
    kind: bytes
    origin: bytes
    parent: int | None
    versions: bytes
    payload_hash: bytes
    previous: bytes


def microseconds(time: datetime) -> int:
    """Return an aware time as whole microseconds UTC: how the log writes it."""
    return (time - _EPOCH) // _MICROSECOND


def moment(time: int) -> datetime:
    """Return the time that ``microseconds`` wrote, or the nearest one a datetime can hold."""
    return _EPOCH + min(max(time, 0), _LAST) * _MICROSECOND


def genesis(log_id: bytes) -> bytes:
    """Return what the first row of the log ``log_id`` follows: rows of one log never fit into another."""
    return _sha256(_GENESIS + log_id).digest()


def payload_hash(salt: bytes, body: bytes) -> bytes:
    """Return the hash of a payload's stored bytes under its salt of 16 bytes."""
    return _sha256(b"".join((_PAYLOAD, salt, body))).digest()


def row_hash(row: Row) -> bytes:
    """Return the hash over every column of ``row``; raises TypeError when a damaged one has another type."""
    seq, time, kind, origin, parent, versions, payload, previous = row
    fixed = _FIXED.pack(
        seq, time, parent is not None, parent or 0,
        len(kind), len(origin), len(versions), len(payload), len(previous),
    )  # fmt: skip
    return _sha256(b"".join((_ROW, fixed, kind, origin, versions, payload, previous))).digest()


class Problem(NamedTuple):
    """Something about a log that does not hold, and at which row; a warning has innocent explanations."""

    seq: int | None
    what: str
    warning: bool = False


class Walk:
    """Follows rows in order and names each place where they do not hang together.

    After a break it goes on from what is stored, so one change is reported where it was made and not at every row
    behind it.
    """

    def __init__(self, seq: int, previous: bytes, time: int = -(2**63)) -> None:
        self.seq = seq
        self.previous = previous
        self._time = time

    def step(self, row: Row, stored: bytes) -> bool:
        """Take the next row and its stored hash; return whether it holds and is not older than the one before."""
        held = (
            row[0] == self.seq + 1
            and row[7] == self.previous
            and row_hash(row) == stored
            and row[1] >= self._time
        )  # fmt: skip
        if held:
            self.seq, self._time, self.previous = row[0], row[1], stored
        return held

    def skip(self, seq: int, stored: bytes) -> None:
        """Go on behind a row that cannot even be hashed."""
        self.seq, self.previous = seq, stored

    def breaks(self, row: Row, stored: bytes) -> Iterator[Problem]:
        """Say what is wrong with a row that ``step`` did not take, and go on behind it."""
        expected = self.seq + 1
        if row_hash(row) != stored:
            yield Problem(row.seq, "the row was changed: its hash does not fit its columns")
        if row.seq != expected:
            last = row.seq - 1
            missing = f"row {expected} is missing" if last == expected else f"rows {expected} to {last} are missing"
            yield Problem(row.seq, missing if row.seq > expected else "the row is out of order")
        elif row.previous != self.previous:
            yield Problem(row.seq, f"the row does not follow row {self.seq}: one of them was put there or changed")
        if row.time < self._time:
            yield Problem(row.seq, "the clock went backwards before this row", warning=True)
        self.seq, self._time, self.previous = row.seq, row.time, stored
