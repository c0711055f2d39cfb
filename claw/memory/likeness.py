"""Finding by meaning, where a household configured a model for it: an addition to the words, never in their place.

The words of a memory leave the machine for it, so only those go that all of the household may hear, once each, through
the gate like every question to a model.  Who asks while the model is not there is answered by the words alone.
"""

import logging
import math
import sqlite3
import sys
from array import array
from collections.abc import Mapping, Sequence
from operator import mul
from pathlib import Path
from typing import Protocol

from sqlite_utils import Database

from claw.base.action import SYSTEM, Origin
from claw.base.clock import Clock
from claw.base.errors import Refused, Unavailable
from claw.memory.model import GUESTS, HOUSEHOLD
from claw.memory.terms import LONGEST_QUESTION, plain
from claw.store.db import writing

logger = logging.getLogger(__name__)

BATCH = 32
"""Texts that the model is asked about at once."""

MOST_COMPARED = 4_000
"""Passages that a question is compared with, the newest; each takes some 20 us."""

PAUSE_S = 3_600.0

MOST_ALIKE = 50
LEAST_ALIKE = 0.3
"""Cosine below which two texts are not alike: there is always a nearest one, however far."""


class Asked(Protocol):
    """What tells the meaning of texts: the model, as rooms above the gate ask it."""

    async def embed(self, texts: Sequence[str], origin: Origin) -> list[tuple[float, ...]]:
        """Return a vector for each text; raises Refused, Unavailable or Broken."""
        ...


class Likeness:
    """The vectors in ``claw.db``: filled from the event loop, compared on whatever connection is reading."""

    def __init__(self, db: Database, asked: Asked, clock: Clock, model: str, weight: float) -> None:
        """``model`` names the vectors, which can only be compared with their like; ``weight`` is between 0 and 1."""
        self._db = db
        self._asked = asked
        self._clock = clock
        self._not_before = clock.monotonic()
        self._model = model
        self.weight = weight

    async def look(self) -> None:
        """Do what ``fill`` does; where the model cannot be asked, not again for an hour."""
        if self._clock.monotonic() < self._not_before:
            return
        try:
            await self.fill()
        except (Refused, Unavailable) as error:
            logger.info("What memories mean is asked again in an hour: %s", error)
            self._not_before = self._clock.monotonic() + PAUSE_S

    async def fill(self, origin: Origin = SYSTEM) -> int:
        """Have every memory that all may hear compared from now on; return how many were missing.

        Raises Refused or Unavailable where the model cannot be asked; what was done until then stays.
        """
        filled, before = 0, list[tuple[int, str]]()
        while (rows := self._missing()) and rows != before:
            vectors = await self._asked.embed([plain(text) for _, text in rows], origin)
            made = [(number, text, _packed(one)) for (number, text), one in zip(rows, vectors, strict=True)]
            filled += self._store(made)
            before = rows
        return filled

    async def of(self, question: str, origin: Origin) -> bytes | None:
        """Return the vector of ``question``, None where the model cannot be asked now."""
        try:
            (vector,) = await self._asked.embed([question[:LONGEST_QUESTION]], origin)
        except (Refused, Unavailable) as error:
            logger.info("Memory is searched by words alone: %s", error)
            return None
        return _packed(vector)

    def alike(self, connection: sqlite3.Connection, question: bytes, visibilities: Sequence[str]) -> dict[int, float]:
        """Return how alike passages are to ``question`` (cosine), of those whose visibility is one of these."""
        marks = ", ".join("?" * len(visibilities))
        rows = connection.execute(
            "select p.id, v.vector from vectors v join passages p on p.id = v.passage"  # noqa: S608  question marks
            f" where v.model = ? and p.visibility in ({marks}) order by p.id desc limit ?",
            (self._model, *visibilities, MOST_COMPARED),
        )
        wanted = _unpacked(question)
        found = {
            number: sum(map(mul, wanted, _unpacked(vector))) for number, vector in rows if len(vector) == len(question)
        }
        nearest = sorted(found, key=lambda number: -found[number])[:MOST_ALIKE]
        return {number: found[number] for number in nearest if found[number] >= LEAST_ALIKE}

    def _missing(self) -> list[tuple[int, str]]:
        return self._db.conn.execute(
            "select id, text from passages where memory is not null and visibility in (?, ?) and not exists"
            " (select 1 from vectors where passage = passages.id and model = ?) order by id desc limit ?",
            (GUESTS, HOUSEHOLD, self._model, BATCH),
        ).fetchall()

    def _store(self, made: Sequence[tuple[int, str, bytes]]) -> int:
        """Keep vectors of passages that still say the same and are still there for all: the model took its time."""
        with writing(Path("claw.db")), self._db.conn as connection:
            cursor = connection.executemany(
                "insert or replace into vectors (passage, model, vector)"
                " select id, ?, ? from passages where id = ? and text = ? and visibility in (?, ?)",
                [(self._model, vector, number, text, GUESTS, HOUSEHOLD) for number, text, vector in made],
            )
            return cursor.rowcount


def fused(words: Mapping[int, float], alike: Mapping[int, float], weight: float) -> dict[int, float]:
    """Return scores in which likeness has a say of ``weight``, each side counted against its own best.

    The scale is that of ``words``, so that a score means the same with and without likeness.
    """
    best_words, best_alike = max(words.values(), default=0.0), max(alike.values(), default=0.0)

    def share(of: Mapping[int, float], best: float, number: int) -> float:
        return of.get(number, 0.0) / best if best > 0 else 0.0

    return {
        number: (best_words or 1.0)
        * ((1 - weight) * share(words, best_words, number) + weight * share(alike, best_alike, number))
        for number in {*words, *alike}
    }


def _packed(vector: Sequence[float]) -> bytes:
    """Return ``vector`` at length 1 as bytes: float32, the least significant first."""
    length = math.hypot(*vector) or 1.0
    numbers = array("f", (one / length for one in vector))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _unpacked(packed: bytes) -> "array[float]":
    numbers = array("f", packed)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
