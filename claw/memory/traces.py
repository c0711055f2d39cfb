"""Looks whether anything is left of what was forgotten: in the bytes on disk, not in what the database says of itself.

A deleted row stays in free pages, in the write-ahead log, in the index.  So the files are read as bytes, for the whole
texts and for each of their longer words.  A word that somebody else's row still holds is no trace of it: that is told
apart by asking the rows.  Everything here reads on connections of its own and may run beside the event loop.
"""

import contextlib
import os
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from claw.audit.search import forms
from claw.audit.segments import segments
from claw.memory.terms import spaced
from claw.store.db import UNREADABLE, connect, unusable

SHORTEST = 4
"""Letters of a word that is looked for by itself."""
MOST_NEEDLES = 400
"""So many texts and words are looked for, the longest first: each is a walk over every byte."""
CHUNK = 8 << 20

_WORD = re.compile(rf"[^\W_]{{{SHORTEST},}}")
_INDEX = "passages_fts"
_CUT = "porter unicode61 remove_diacritics 2"
"""How the index cuts words; a test holds it against the table."""
_SIDES = ("", "-wal", "-shm", "-journal")
_OPEN: dict[tuple[int, int], int] = {}
"""Handles by device and inode, one for each file of the databases of this process."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What was found: ``found`` places that hold a word which no row holds, ``held`` whole texts that other rows hold.

    ``sought`` is how many texts and words were looked for, ``whole`` False where there were too many for all of them.
    """

    found: int = 0
    held: int = 0
    sought: int = 0
    whole: bool = True


def traces(database: Path, log: Path, words: Iterable[str]) -> Traces:
    """Return what is left of ``words`` in ``database`` and in the log; raises Broken where a file cannot be read."""
    needles, whole = _needles(words)
    files = [path.with_name(path.name + side) for path in (database, log) for side in _SIDES]
    files += [segment.path for segment in segments(log)]
    hits = {needle: count for needle, count in _counted(files, needles).items() if count}
    if not hits:
        return Traces(sought=len(needles), whole=whole)
    held = _held(database, log, hits)
    found = sum(count for needle, count in hits.items() if needle not in held)
    return Traces(found, sum(needles[needle] for needle in held), len(needles), whole)


def _needles(words: Iterable[str]) -> tuple[dict[bytes, bool], bool]:
    """Return what to look for, as bytes without case, with whether it is a whole text; and whether that is all."""
    texts = sorted(dict.fromkeys(word.strip() for word in words if word.strip()), key=len, reverse=True)
    single = {found for text in texts for found in _WORD.findall(text.casefold())} | set(_stems(texts))
    needles: dict[bytes, bool] = {}
    for at, text in enumerate((*texts, *sorted(single, key=len, reverse=True))):
        if len(text) >= SHORTEST:
            if len(needles) >= MOST_NEEDLES:
                return needles, False
            for form in (*forms(text), spaced(text), text):
                needles.setdefault(form.encode().lower(), at < len(texts))
    return needles, True


def _stems(texts: Sequence[str]) -> list[str]:
    """Return the words of ``texts`` as the index holds them: without endings and accents."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE VIRTUAL TABLE said USING fts5 (text, tokenize='{_CUT}')")
        connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab (said, row)")
        connection.executemany("INSERT INTO said VALUES (?)", [(text,) for text in texts])
        return [term for (term,) in connection.execute("SELECT term FROM terms")]


def _counted(files: Iterable[Path], needles: Collection[bytes]) -> dict[bytes, int]:
    """Return how often each needle is in the bytes of ``files``."""
    counts = dict.fromkeys(needles, 0)
    overlap = max(map(len, needles), default=1) - 1
    for file in files:
        tail = b""
        for chunk in _chunks(file):
            window = tail + chunk.lower()
            for needle in needles:
                counts[needle] += window.count(needle) - tail.count(needle)
            tail = window[max(0, len(window) - overlap) :] if overlap else b""
    return counts


def _chunks(file: Path) -> Iterator[bytes]:
    """Give the bytes of a file, nothing where there is none.

    The handle stays open as long as the file is there: closing it would drop the locks that this process' databases
    hold on it, and whoever opens them next in another process would take them for nobody's and cut them short.
    """
    try:
        found = file.stat()
        key = (found.st_dev, found.st_ino)
        if key not in _OPEN:
            _OPEN[key] = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    handle, at = _OPEN[key], 0
    while chunk := os.pread(handle, CHUNK, at):
        at += len(chunk)
        yield chunk
    for gone, other in list(_OPEN.items()):
        if os.fstat(other).st_nlink == 0:  # removed since: there is nothing left to let go of
            os.close(_OPEN.pop(gone))


def _held(database: Path, log: Path, needles: Collection[bytes]) -> set[bytes]:
    """Return those needles that a row still holds which is there for its own sake."""
    unknown = set(needles)
    for path in (database, log, *(segment.path for segment in segments(log))):
        try:
            with contextlib.closing(connect(path, read_only=True, any_thread=True)) as connection:
                if path == database:
                    unknown -= _indexed(connection, unknown)
                connection.text_factory = bytes
                for cell in _cells(connection):
                    unknown -= {needle for needle in unknown if needle in cell}
                    if not unknown:
                        return set(needles)
        except UNREADABLE as error:
            raise unusable(path, error) from error
    return set(needles) - unknown


def _cells(connection: sqlite3.Connection) -> Iterator[bytes]:
    """Give each text and blob of every table without case, and the schema; not those of the index."""
    schema = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    yield from (bytes(sql).lower() for _, _, sql in schema)
    for name in (bytes(name).decode() for kind, name, _ in schema if kind == b"table"):
        if not name.startswith(_INDEX):
            for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608  a table's own name
                yield from (bytes(cell).lower() for cell in row if isinstance(cell, bytes))


def _indexed(connection: sqlite3.Connection, needles: Collection[bytes]) -> set[bytes]:
    """Return those needles that are part of a term which the index holds for a passage that is there.

    The index holds words without their endings, so that its "parti" may be a living "party".
    """
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_INDEX,)).fetchone():
        return set()
    connection.execute("PRAGMA query_only=OFF")  # the file is opened for reading only; these are tables in memory
    for kind in ("row", "instance"):
        connection.execute(f"CREATE VIRTUAL TABLE temp.{kind}s USING fts5vocab (main, {_INDEX}, {kind})")
    terms = [str(term).encode() for (term,) in connection.execute("SELECT term FROM temp.rows")]
    return {needle for needle in needles if any(_living(connection, term) for term in terms if needle in term)}


def _living(connection: sqlite3.Connection, term: bytes) -> bool:
    query = "SELECT 1 FROM temp.instances WHERE term = ? AND doc IN (SELECT id FROM passages) LIMIT 1"
    return connection.execute(query, (term.decode(),)).fetchone() is not None
