"""What a search of memory takes among many, and what keeping a fact costs.

    python bench/memory.py [--json] [--rows N ...] [--searches N] [--directory DIR]

The peer of a search is a bare full-text query for the same words: one column, BM25, no speaker, day or neighbours, and
nobody who may not hear.  The peer of keeping a fact is a bare durable commit of its sentence on the same disk.  Both
are measured in turn with ours.
"""

import argparse
import itertools
import os
import random
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from measure import Figure, memory_mb, p50, p99, report

from claw.base.clock import SystemClock
from claw.memory.facts import Facts
from claw.memory.model import GUESTS, HOUSEHOLD, Audience, Fact, Told, private_to
from claw.memory.passages import Passages
from claw.memory.recall import Recall
from claw.memory.terms import day_words
from claw.store.db import connect, open_database
from claw.store.migrations import migrate

ROWS = (10_000, 100_000)
WORDS = 30_000
SENTENCE = 13
TALK = 20
ASKED = 4
COMMONEST = 100
"""Words that a question is not about: as many as a language has small ones."""

NAMES = ("Anna", "Ben", "Carla", "Dora")
VISIBILITIES = (*[HOUSEHOLD] * 6, GUESTS, *[private_to(name.lower()) for name in NAMES[:3]])
ANNA = Audience("anna", resident=True)
PROMISED_MS = {10_000: 5, 100_000: 20}
PROMISED_WRITE_MS = 1


class Speech:
    """Sentences of words that are as rare as words are (Zipf), the same in every run."""

    def __init__(self) -> None:
        self._rng = random.Random(5)
        syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
        spelled = itertools.product(syllables, repeat=3)
        self._words = ["".join(next(spelled)) for _ in range(WORDS)]
        self._rng.shuffle(self._words)
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, WORDS + 1)))
        self._small = set(self._words[:COMMONEST])

    def sentence(self) -> str:
        return " ".join(self._rng.choices(self._words, cum_weights=self._weights, k=SENTENCE))

    def asked(self) -> list[str]:
        while True:
            words = [word for word in dict.fromkeys(self.sentence().split()) if word not in self._small]
            if len(words) >= ASKED:
                return words[:ASKED]

    def one_of(self, choices: tuple[str, ...]) -> str:
        return self._rng.choice(choices)


def fill(path: Path, speech: Speech, rows: int) -> None:
    """Keep ``rows`` passages as ``Passages`` would, all at once."""
    db = open_database(path)
    migrate(db)
    said = [speech.sentence() for _ in range(rows)]
    begun = datetime(2024, 1, 1, tzinfo=UTC)

    def passage(at: int) -> tuple[object, ...]:
        talk = at // TALK
        near = "\n".join(said[one] for one in (at - 1, at + 1) if 0 <= one < rows and one // TALK == talk)
        day = day_words(begun + timedelta(hours=7 * talk))
        return (at + 1, f"talk:{talk}", speech.one_of(NAMES), day, said[at], near, speech.one_of(VISIBILITIES))

    with db.conn:
        db.conn.executemany(
            "insert into passages (episode, session, speaker, day, text, near, visibility)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (passage(at) for at in range(rows)),
        )
        Passages(db).tidy()
        db.conn.execute("create virtual table bare using fts5 (text, tokenize='porter unicode61')")
        db.conn.execute("insert into bare (rowid, text) select id, text from passages")
        db.conn.execute("insert into bare (bare) values ('optimize')")
    db.close()


def searched(path: Path, speech: Speech, searches: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each search, ours and the bare one, for the same words."""
    recall, bare = Recall(path, lambda: NAMES), connect(path, read_only=True)
    ours, theirs, found = [], [], 0
    for at in range(searches):
        words = speech.asked()
        question = f"What did {NAMES[at % 4] if at % 2 else 'we'} say about {' and '.join(words)}?"
        start = time.perf_counter()
        found += len(recall.search(question, 10, ANNA))
        ours.append(1e3 * (time.perf_counter() - start))
        start = time.perf_counter()
        match = " OR ".join(f'"{word}"' for word in words)
        bare.execute("select rowid, text from bare where bare match ? order by rank limit 10", (match,)).fetchall()
        theirs.append(1e3 * (time.perf_counter() - start))
    assert found > searches
    recall.close()
    bare.close()
    return ours, theirs


def written(path: Path, speech: Speech, writes: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of keeping each fact, evidence and index included, and of a bare durable commit."""
    db = open_database(path)
    facts = Facts(db, SystemClock(), Passages(db), lambda person: person.title())
    bare = sqlite3.connect(path.with_name("bare.db"), isolation_level=None)
    bare.execute("pragma journal_mode=wal")
    bare.execute("pragma synchronous=full")
    bare.execute("create table if not exists facts (id integer primary key, sentence text)")
    ours, theirs = [], []
    for at in range(writes):
        sentence = speech.sentence()
        fact = Fact("fact", f"thing:{at}", "note", sentence, sentence)
        start = time.perf_counter()
        kept = facts.keep(fact, Told("owner_told", "web", "anna", explicit=True, audit=at + 1))
        ours.append(1e3 * (time.perf_counter() - start))
        assert kept.new
        start = time.perf_counter()
        bare.execute("insert into facts (sentence) values (?)", (sentence,))
        theirs.append(1e3 * (time.perf_counter() - start))
    db.close()
    bare.close()
    return ours, theirs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--searches", type=int, default=300)
    parser.add_argument("--directory", type=Path, help="on the disk to measure; default: the temporary directory")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory(dir=arguments.directory) as name:
            path, speech = Path(name) / "claw.db", Speech()
            fill(path, speech, rows)
            before = memory_mb(os.getpid())
            ours, theirs = searched(path, speech, arguments.searches)
            grown = memory_mb(os.getpid()) - before
            keeping, commit = written(path, speech, arguments.searches)
        label = f"{rows:,} passages"
        figures += [
            Figure(f"{label}: search, p50", p50(ours), "ms", most=PROMISED_MS.get(rows)),
            Figure(f"{label}: search, p99", p99(ours), "ms"),
            Figure(f"{label}: bare full-text query, p50", p50(theirs), "ms"),
            Figure(f"{label}: bare full-text query, p99", p99(theirs), "ms"),
            Figure(f"{label}: search / bare, median of ratios", ratio(ours, theirs), ""),
            Figure(f"{label}: memory grown by searching", grown, "MB"),
            Figure(f"{label}: a fact kept, p50", p50(keeping), "ms", most=PROMISED_WRITE_MS),
            Figure(f"{label}: a fact kept, p99", p99(keeping), "ms"),
            Figure(f"{label}: bare durable commit, p50", p50(commit), "ms"),
        ]
    report(figures)


def ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    main()
