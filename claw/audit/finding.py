"""Finds entries of the log by what they are: of a kind, by somebody, with words, in a span of time; and counts a day.

The walks go through whole files on connections of their own, in a thread beside the event loop, and no question looks
at more than ``MOST_LOOKED_AT`` entries: the one after it goes on where it ended.  What a viewer may not read is not
known here, so that whoever shows what was found has to look at it again.
"""

import contextlib
import json
import re
import sqlite3
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from claw.audit.chain import microseconds
from claw.audit.segments import held
from claw.store.db import connect, unusable

MOST_LOOKED_AT = 200_000
MOST_FOUND = 2_000
MOST_WORDS = 20

_PLAIN = re.compile(r"[a-z0-9_.:-]+")
_MATCHING = (
    "SELECT r.seq FROM rows r LEFT JOIN payloads p ON p.seq = r.seq WHERE r.seq >= :low AND r.seq < :high"
    " AND (:kinds = '[]' OR r.kind IN (SELECT value FROM json_each(:kinds))) AND r.time >= :since AND r.time < :until"
    " AND (:person IS NULL OR json_extract(r.origin, '$.person') = :person)"
    " AND (:things = '[]' OR EXISTS (SELECT 1 FROM json_each(:things) t"
    " WHERE instr(p.body, CAST(t.value AS BLOB)) > 0))"
    " AND (:words = '[]' OR NOT EXISTS (SELECT 1 FROM json_each(:words) w"
    " WHERE coalesce(instr(lower(CAST(p.body AS TEXT)), w.value), 0) = 0)) ORDER BY r.seq DESC LIMIT :limit"
)
_COUNTED = (
    "SELECT r.kind, CASE WHEN r.kind = 'outcome' THEN json_extract(CAST(p.body AS TEXT), '$.status') END AS status,"
    " (r.time - :start) / :step AS at, count(*) FROM rows r"
    " LEFT JOIN payloads p ON p.seq = r.seq AND r.kind = 'outcome'"
    " WHERE r.time >= :start AND r.time < :end GROUP BY 1, 2, 3"
)
_FIRST_UNLIKE = "SELECT seq FROM rows WHERE time >= ? ORDER BY seq LIMIT 1"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries, at most ``limit``; what is empty or None asks for nothing.

    Of one of ``kinds``, whose origin is ``person``, that name one of ``things`` (entity ids) and hold the words of
    ``text``, from ``since`` and before ``until`` (UTC), with a number below ``before``.
    """

    kinds: tuple[str, ...] = ()
    person: str | None = None
    things: tuple[str, ...] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = MOST_FOUND


class Found(NamedTuple):
    """Numbers, newest first; ``looked_to`` is the oldest number that was looked at, 1 where that is all."""

    seqs: list[int]
    looked_to: int


class Counted(NamedTuple):
    """So many entries of a kind in one step of a span; ``status`` only of outcomes that still have words."""

    kind: str
    status: str | None
    at: int
    times: int


def matching(path: Path, wanted: Wanted) -> Found:
    """Return what may be wanted: a word is looked for without case as far as ASCII goes; raises Broken."""
    with _files(path) as files:
        last = max((_end(file) for file in files), default=0)
        high = last + 1 if wanted.before is None else min(wanted.before, last + 1)
        low = max(1, high - MOST_LOOKED_AT)
        values = {
            "low": low,
            "high": high,
            "kinds": json.dumps(wanted.kinds),
            "person": wanted.person,
            "things": json.dumps([json.dumps(thing) for thing in wanted.things]),
            "words": json.dumps(_words(wanted.text)),
            "since": microseconds(wanted.since) if wanted.since is not None else 0,
            "until": microseconds(wanted.until) if wanted.until is not None else 2**62,
        }
        found: list[int] = []
        limit = min(wanted.limit, MOST_FOUND)
        for file in reversed(files):
            if len(found) < limit:
                rows = file.execute(_MATCHING, {**values, "limit": limit - len(found)})
                found += [seq for (seq,) in rows]
        if len(found) == limit and found:
            return Found(found, found[-1])
        return Found(found, 1 if _all_older(files, low, wanted.since) else low)


def counted(path: Path, start: datetime, end: datetime, step_s: int) -> list[Counted]:
    """Return how many entries of each kind a span of time holds, in steps of so many seconds; raises Broken."""
    values = {"start": microseconds(start), "end": microseconds(end), "step": step_s * 1_000_000}
    with _files(path) as files:
        return [Counted(*row) for file in files for row in file.execute(_COUNTED, values)]


def _words(text: str) -> list[str]:
    """Return what an entry with this text has in it for certain: SQLite knows no case but ASCII's."""
    return _PLAIN.findall(text.lower())[:MOST_WORDS]


def _end(file: sqlite3.Connection) -> int:
    (last,) = file.execute("SELECT max(seq) FROM rows").fetchone()
    return last or 0


def _all_older(files: Sequence[sqlite3.Connection], low: int, since: datetime | None) -> bool:
    """Return whether nothing below ``low`` could be wanted."""
    if low <= 1:
        return True
    if since is None:
        return False
    firsts = [file.execute(_FIRST_UNLIKE, (microseconds(since),)).fetchone() for file in files]
    return all(first is None or first[0] >= low for first in firsts)


@contextlib.contextmanager
def _files(path: Path) -> Generator[list[sqlite3.Connection]]:
    """Give a connection to each file of the log, oldest first."""
    with held(path) as files, contextlib.ExitStack() as stack:
        try:
            yield [stack.enter_context(contextlib.closing(connect(file, read_only=True))) for file in files]
        except sqlite3.Error as error:
            raise unusable(path, error) from error
