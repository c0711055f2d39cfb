"""Reads entries back: of the running file, and of those that were sealed before it.

Readers have connections of their own, so they see committed rows only and never hold up the writer.  Nearly every
question is about what happened lately; a sealed file is opened when one goes further back, and a few of them stay open.
"""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from claw.audit.chain import moment
from claw.audit.draft import stored_origin
from claw.audit.segments import segments
from claw.base.action import Json, Origin
from claw.store.db import connect, unusable

MOST_OPEN = 2
_LARGEST = 2**63 - 1
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


class Entries:
    """The entries of a whole log, for its writer's own process; raises Broken where a file cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.running = _opened(path)
        self._first = self._begin()
        self._sealed: OrderedDict[Path, sqlite3.Connection] = OrderedDict()

    def entries(self, after: int, limit: int, *, newest_first: bool, kinds: Sequence[str]) -> list[Entry]:
        """Return up to ``limit`` entries with a number above ``after``, of any kind when ``kinds`` is empty."""
        where = f" AND kind IN ({','.join('?' * len(kinds))})" if kinds else ""
        order = "DESC" if newest_first else "ASC"
        condition = f"WHERE seq > ?{where} ORDER BY seq {order} LIMIT ?"
        files = self._files(after + 1)
        found: list[Entry] = []
        for path in reversed(files) if newest_first else files:
            if len(found) < limit:
                found += self._select(path, condition, (min(after, _LARGEST), *kinds, limit - len(found)))
        return found

    def entry(self, seq: int) -> Entry | None:
        """Return one entry, None when there is none with that number."""
        found = self._select(self._files(seq)[0], "WHERE seq = ?", (min(seq, _LARGEST),))
        return found[0] if found else None

    def children(self, seq: int) -> list[Entry]:
        """Return the entries whose parent is ``seq``, oldest first."""
        value = (min(seq, _LARGEST),)
        return [
            each for path in self._files(seq) for each in self._select(path, "WHERE parent = ? ORDER BY seq", value)
        ]

    def reopen(self) -> None:
        """Read from the running file anew, after it was replaced by the next one."""
        self.running = _opened(self.path)
        self._first = self._begin()

    def close_sealed(self, path: Path) -> None:
        """Let go of one sealed file, before it is changed or removed."""
        if connection := self._sealed.pop(path, None):
            connection.close()

    def close(self) -> None:
        """Let go of every file."""
        self.running.close()
        for path in list(self._sealed):
            self.close_sealed(path)

    def _begin(self) -> int:
        (first,) = self.running.execute("SELECT min(seq) FROM rows").fetchone()
        return first or 1

    def _files(self, seq: int) -> list[Path]:
        """Return the files that may hold entries from ``seq`` on, oldest first."""
        if seq >= self._first:
            return [self.path]
        return [*(each.path for each in segments(self.path) if each.last >= seq), self.path]

    def _select(self, path: Path, condition: str, values: tuple[object, ...]) -> list[Entry]:
        try:
            return [_entry(row) for row in self._connection(path).execute(f"{_SELECT} {condition}", values)]
        except sqlite3.Error as error:
            raise unusable(path, error) from error

    def _connection(self, path: Path) -> sqlite3.Connection:
        if path == self.path:
            return self.running
        if path not in self._sealed:
            self._sealed[path] = _opened(path)
            while len(self._sealed) > MOST_OPEN:
                self._sealed.popitem(last=False)[1].close()
        self._sealed.move_to_end(path)
        return self._sealed[path]


def _opened(path: Path) -> sqlite3.Connection:
    connection = connect(path, read_only=True)
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    return connection


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
