"""Finding again what was said or is known: one search for people, programs and the figures of the benchmark.

Whoever hears is part of the question: what they may not hear is left out by the database, before anything is ranked.
Then words decide (BM25 over a passage's own words, its speaker, its day and its neighbours), who spoke, and how much
else in the same talk answers the question too.  The weights were measured on talks of strangers and are not turned.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from claw.base.action import Origin
from claw.memory.likeness import Likeness, fused
from claw.memory.model import Audience, Hit, folded
from claw.memory.terms import matching, plain, wanted
from claw.store.db import connect, writing

CANDIDATES = 200
"""Passages that the database hands over; what comes after is decided among them."""

COLUMN_WEIGHTS = "1.0, 1.0, 0.6, 0.5"
"""Of text, speaker, day and neighbours, in the order of the columns of ``passages_fts``."""

SPEAKER_BOOST = 1.3
SESSION_PRIOR = 0.3

MANY = 20_000
"""Passages that one question ranks.  Where its words are in more of them, its commonest words are left out, and of a
word that is still in more the newest count."""

_COUNT = f"select count(*) from (select 1 from passages_fts where passages_fts match ? limit {MANY + 1})"  # noqa: S608  a number


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that shares a word with the question; ``score`` is above 0."""

    number: int
    session: str
    speaker: str
    score: float


class Recall:
    """Searches ``claw.db`` on a connection of its own that cannot write; from any thread, one at a time."""

    def __init__(self, path: Path, names: Callable[[], Collection[str]]) -> None:
        """``names`` gives what the people of the house are called now."""
        self._path = path
        self._names = names
        self.likeness: Likeness | None = None
        """What finds by meaning, too, for who asks through ``find``."""
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def search(self, query: str, k: int, audience: Audience) -> list[Hit]:
        """Return the ``k`` passages nearest to ``query`` of those that ``audience`` may hear, the nearest first.

        Any text is a valid question; one without a word in it finds nothing.  Show nobody the scores: how rare a word
        is, is counted over all that is kept.  Raises Broken where the database fails.
        """
        return self._search(query, k, audience, None)

    async def find(self, query: str, k: int, audience: Audience, origin: Origin | None = None) -> list[Hit]:
        """Do the same beside the event loop; by meaning, too, where ``origin`` says for whom a model may be asked."""
        question = None
        if self.likeness is not None and origin is not None and k > 0 and wanted(query, self._names()).terms:
            question = await self.likeness.of(query, origin)
        return await asyncio.to_thread(self._search, query, k, audience, question)

    async def look(self) -> None:
        """Have what is new found by meaning, too, where anything does that; housekeeping asks once a minute."""
        if self.likeness is not None:
            await self.likeness.look()

    def close(self) -> None:
        """Close the connection; the next search opens another."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _search(self, query: str, k: int, audience: Audience, question: bytes | None) -> list[Hit]:
        sought, heard = wanted(query, self._names()), audience.may_hear()
        if not sought.terms or k <= 0:
            return []
        with self._reading() as connection:
            found = ranked(_candidates(connection, _rarest(connection, sought.terms), heard), sought.about)
            best = [(one.number, one.score) for one in found]
            if self.likeness is not None and question is not None:
                alike = self.likeness.alike(connection, question, heard)
                scores = fused(dict(best), alike, self.likeness.weight)
                best = sorted(scores.items(), key=lambda one: (-one[1], -one[0]))
            return _hits(connection, best[:k])

    @contextlib.contextmanager
    def _reading(self) -> Generator[sqlite3.Connection]:
        """Give the connection, all of one question in one view of the file."""
        with self._lock, writing(self._path):
            if self._connection is None:
                self._connection = connect(self._path, read_only=True, any_thread=True)
            self._connection.execute("begin")
            try:
                yield self._connection
            finally:
                self._connection.rollback()


def ranked(found: Sequence[Candidate], about: str) -> list[Candidate]:
    """Return ``found`` with final scores, the likeliest first, of equals the newest; ``about`` is a folded name.

    What that person said counts more, and so does what was said in a talk that answers the question elsewhere too.
    """
    boosted = [
        Candidate(one.number, one.session, one.speaker, one.score * SPEAKER_BOOST)
        if about and folded(one.speaker) == about
        else one
        for one in found
    ]
    talks: defaultdict[str, float] = defaultdict(float)
    for one in boosted:
        talk = one.session or f"\n{one.number}"
        talks[talk] = max(talks[talk], one.score)
    final = [
        Candidate(
            one.number,
            one.session,
            one.speaker,
            one.score + SESSION_PRIOR * talks[one.session or f"\n{one.number}"],
        )
        for one in boosted
    ]
    return sorted(final, key=lambda one: (-one.score, -one.number))


def _rarest(connection: sqlite3.Connection, terms: Sequence[str]) -> list[str]:
    """Return ``terms`` without the commonest, where all of them together are in too many passages to be ranked."""
    (newest,) = connection.execute("select max(id) from passages").fetchone()
    if (newest or 0) <= MANY:
        return list(terms)
    counted = sorted((connection.execute(_COUNT, (term,)).fetchone()[0], at, term) for at, term in enumerate(terms))
    kept, total = [], 0
    for count, _, term in counted:
        total += count
        if count and (not kept or total <= MANY):
            kept.append(term)
    return kept


def _candidates(connection: sqlite3.Connection, terms: Sequence[str], visibilities: Sequence[str]) -> list[Candidate]:
    """Return the best passages that any of ``terms`` is in, of those whose visibility is one of ``visibilities``."""
    if not terms:
        return []
    marks = ", ".join("?" * len(visibilities))
    rows = connection.execute(
        "select id, session, speaker, score from ("  # noqa: S608  the marks are question marks
        " select p.id, p.session, p.speaker,"
        f" -bm25(passages_fts, {COLUMN_WEIGHTS}) as score"
        " from passages_fts cross join passages p on p.id = passages_fts.rowid"
        f" where passages_fts match ? and p.visibility in ({marks})"
        " order by passages_fts.rowid desc limit ?"
        ") order by score desc, id desc limit ?",
        (matching(terms), *visibilities, MANY, CANDIDATES),
    )
    return [Candidate(number, session, plain(speaker), score) for number, session, speaker, score in rows]


def _hits(connection: sqlite3.Connection, best: Sequence[tuple[int, float]]) -> list[Hit]:
    """Return the passages of ``best``, number and score, with their words."""
    hits: list[Hit] = []
    for number, score in best:
        text, memory, episode, speaker, day = connection.execute(
            "select text, memory, episode, speaker, day from passages where id = ?", (number,)
        ).fetchone()
        hits.append(Hit(score, plain(text), memory, episode, plain(speaker), day))
    return hits
