"""The note that something was forgotten, without a word of it; while it is under way, the journal to finish it by.

From the transaction in which the rows go until their bytes are gone from the disk, the note holds what is still to be
erased elsewhere, so that a crash leaves nothing half forgotten.  What stays afterwards is when, by whom, how much, and
a commitment over the numbers of what went, which the log holds too.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

from claw.base.action import canonical
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Broken

SEARCHING, DONE = "searching", "done"


class Unfinished(NamedTuple):
    """Something that was cut short: who asked for it, rows that went, and what is still to erase, if anything."""

    number: int
    by: str | None
    rows: int
    erasure: Erasure | None


class Tombstones:
    """The table ``tombstones`` of ``claw.db``; every call runs in a transaction of the caller's."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def begin(self, by: str | None, scope: str, rows: int, erasure: Erasure) -> int:
        """Note what was begun and return its number."""
        at = self._clock.now().isoformat(timespec="milliseconds")
        number = self._db.conn.execute(
            "insert into tombstones (at, by, scope, rows, state, found, commitment) values (?, ?, ?, ?, ?, 0, ?)",
            (at, by, scope, rows, canonical(erasure).decode(), commitment(erasure)),
        ).lastrowid
        if number is None:  # an insert always has a number; only its type says otherwise
            raise Broken("claw.db gave no number to what was forgotten")
        return number

    def search(self, number: int) -> None:
        """Let go of the words: all is erased, and only a look for what is left of it is due."""
        self._db.conn.execute("update tombstones set state = ? where id = ?", (SEARCHING, number))

    def done(self, number: int, rows: int, found: int) -> str:
        """Note that it is over, how many rows went in all and in how many places a trace was found; return its seal."""
        self._db.conn.execute(
            "update tombstones set state = ?, rows = ?, found = ? where id = ?", (DONE, rows, found, number)
        )
        (seal,) = self._db.conn.execute("select commitment from tombstones where id = ?", (number,)).fetchone()
        return seal

    def unfinished(self) -> list[Unfinished]:
        """Return what was cut short, oldest first."""
        rows = self._db.conn.execute("select id, by, rows, state from tombstones where state <> ? order by id", (DONE,))
        return [
            Unfinished(number, by, gone, None if state == SEARCHING else _load(state))
            for number, by, gone, state in rows.fetchall()
        ]


def commitment(erasure: Erasure) -> str:
    """Return a hash over the numbers of what went: it says nothing of the words, and binds the note to the log."""
    numbers = [sorted(erasure.memories), sorted(erasure.episodes), sorted(erasure.entries)]
    return hashlib.sha256(canonical(numbers)).hexdigest()


def _load(state: str) -> Erasure:
    try:
        stored: Mapping[str, Any] = json.loads(state)
        since = stored["since"]
        return Erasure(
            memories=frozenset(stored["memories"]),
            episodes=frozenset(stored["episodes"]),
            entries=frozenset(stored["entries"]),
            conversations=frozenset(stored["conversations"]),
            person=stored["person"],
            since=datetime.fromisoformat(since) if since else None,
            everything=stored["everything"],
            words=tuple(stored["words"]),
            speakers=None if stored.get("speakers") is None else frozenset(stored["speakers"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"claw.db is damaged: a note of what is being forgotten cannot be read ({error})") from error
