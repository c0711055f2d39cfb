"""Finds the entries of the log that hold somebody's words, so that they can be erased.

Both searches walk the whole log, sealed files too, on connections of their own: they may run beside the event loop.
Words are compared without case, in a payload as it is stored and as it reads.
"""

import contextlib
import json
import sqlite3
from collections.abc import Collection, Generator, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from claw.audit.chain import microseconds
from claw.audit.segments import held
from claw.store.db import connect, unusable

_SAID = (
    "SELECT r.seq FROM rows r JOIN payloads p ON p.seq = r.seq WHERE r.time >= ? AND r.kind IN (SELECT value FROM"
    " json_each(?)) AND (? OR json_extract(r.origin, '$.person') IN (SELECT value FROM json_each(?))"
    " OR (? AND json_extract(r.origin, '$.person') IS NULL))"
)
_UNDER = (
    "WITH RECURSIVE under (seq) AS (SELECT value FROM json_each(?) UNION SELECT r.seq FROM rows r JOIN under u"
    " ON r.parent = u.seq WHERE r.kind IN (SELECT value FROM json_each(?))) SELECT seq FROM under"
)
_TALKS = (
    "SELECT DISTINCT json_extract(origin, '$.conversation') FROM rows WHERE seq IN (SELECT value FROM json_each(?))"
)
_BODIES = (
    "SELECT r.seq, p.body, r.kind, r.parent, json_extract(r.origin, '$.channel') IS NULL,"
    " json_extract(r.origin, '$.person') FROM rows r JOIN payloads p ON p.seq = r.seq"
    " WHERE r.kind IN (SELECT value FROM json_each(?))"
)
_ABOVE = (
    "SELECT parent, json_extract(origin, '$.channel') IS NULL, json_extract(origin, '$.person') FROM rows WHERE seq = ?"
)


WRITTEN = frozenset({"calls", "program", "rehearsal"})
"""Kinds of entries that hold what was written for somebody, out of what is remembered, and not what they said."""


class Whose(NamedTuple):
    """Whose entries: those of some people, those of nobody who is known (``nobody``), or everybody's."""

    people: tuple[str, ...] = ()
    nobody: bool = False
    everybody: bool = False


def said_by(path: Path, whose: Whose, since: datetime | None, kinds: Collection[str]) -> set[int]:
    """Return the numbers of the entries of these kinds that have a payload, from ``since`` (UTC) on; raises Broken."""
    values = (
        microseconds(since) if since is not None else 0,
        json.dumps(sorted(kinds)),
        whose.everybody,
        json.dumps(whose.people),
        whose.nobody,
    )
    with _files(path) as files:
        return {seq for connection in files for (seq,) in connection.execute(_SAID, values)}


def under(path: Path, seqs: Collection[int], kinds: Collection[str]) -> set[int]:
    """Return ``seqs`` with all entries of these kinds that hang below them; raises Broken."""
    found = set(seqs)
    with _files(path) as files:
        for connection in files:  # what hangs below an entry is never in an older file
            rows = connection.execute(_UNDER, (json.dumps(sorted(found)), json.dumps(sorted(kinds))))
            found.update(seq for (seq,) in rows)
    return found


def conversations(path: Path, seqs: Collection[int]) -> set[str]:
    """Return the talks in which these entries were written; raises Broken."""
    with _files(path) as files:
        return {talk for one in files for (talk,) in one.execute(_TALKS, (json.dumps(sorted(seqs)),)) if talk}


def holding(
    path: Path, words: Iterable[str], kinds: Collection[str], whose: Whose, anywhere: Iterable[str] = ()
) -> set[int]:
    """Return the numbers of the entries of these kinds whose payload holds one of ``words``; raises Broken.

    Those are looked for in ``whose`` entries, the texts ``anywhere`` in everybody's of the kinds ``WRITTEN``.  An entry
    without an origin is whose the entry above it is.
    """
    sought = {form for word in words for form in forms(word)}
    everywhere = {form for text in anywhere for form in forms(text)}
    if not sought | everywhere:
        return set()
    found: set[int] = set()
    with _files(path) as files:
        for connection in files:
            for seq, body, kind, *above in connection.execute(_BODIES, (json.dumps(sorted(kinds)),)):
                text = bytes(body).decode(errors="replace").casefold()
                own = any(form in text for form in sought) and _is_of(files, above, whose)
                if own or (kind in WRITTEN and any(form in text for form in everywhere)):
                    found.add(seq)
    return found


def _is_of(files: Iterable[sqlite3.Connection], row: Sequence[Any], whose: Whose) -> bool:
    """Return whether an entry (what is above it, whether it has no origin, and its person) is one of theirs."""
    parent, bare, person = row
    while bare:
        above = next((one for file in files if (one := file.execute(_ABOVE, (parent,)).fetchone())), None)
        if above is None:
            break
        parent, bare, person = above
    return whose.everybody or (whose.nobody if person is None else person in whose.people)


def forms(word: str) -> tuple[str, ...]:
    """Return ``word`` without case, as it reads and as JSON may hold it."""
    plain, told = word.casefold(), (json.dumps(word, ensure_ascii=False), json.dumps(word))
    return tuple(dict.fromkeys((plain, *(one[1:-1].casefold() for one in told))))


@contextlib.contextmanager
def _files(path: Path) -> Generator[list[sqlite3.Connection]]:
    """Give a connection to each file of the log, oldest first."""
    with held(path) as files, contextlib.ExitStack() as stack:
        try:
            yield [stack.enter_context(_opened(file)) for file in files]
        except sqlite3.Error as error:
            raise unusable(path, error) from error


def _opened(file: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(connect(file, read_only=True))
