"""Which things people changed by hand lately: in memory for whoever asks, on disk for a restart.

A row per thing is enough, the last hand counts.  What is written here is written a moment late and may be lost with the
power; a routine would then change a lamp again, and nothing worse.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, cast, get_args

from sqlite_utils import Database

from claw.base.action import canonical
from claw.base.erasure import Erasure
from claw.store.db import writing

logger = logging.getLogger(__name__)

How = Literal["device", "app", "claw"]
"""By what: a hand at the thing itself, the house's own app, or a word to Claw."""

KEPT = timedelta(days=1)
"""Older hands count nowhere (``claw/base/config_routines.py``) and are dropped."""
MOST = 5_000
"""Things that are remembered at most; a house with more loses the oldest."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One thing as a person left it: when (UTC), by what, and who (a person's id) where that is known.

    ``told`` are the routines that have said already that they leave it alone.
    """

    entity_id: str
    at: datetime
    how: How
    person: str | None = None
    context: str | None = None
    told: frozenset[str] = frozenset()


class Touches:
    """All of them; used from the event loop only."""

    def __init__(self, db: Database, now: datetime) -> None:
        """Read what an earlier run left; a row that is damaged is left out."""
        self._db = db
        self._by_entity: dict[str, Touch] = {}
        self._dirty: set[str] = set()
        for row in db.query("SELECT * FROM hands ORDER BY at"):
            touch = _read(row)
            if touch is None:
                logger.warning("A row about what was changed by hand is damaged and left out")
            elif now - touch.at < KEPT:
                self._by_entity[touch.entity_id] = touch

    def get(self, entity_id: str) -> Touch | None:
        """Return how a person left this thing, None where nobody did lately."""
        return self._by_entity.get(entity_id)

    def put(self, touch: Touch) -> None:
        """Remember one, in the place of an earlier hand; ``flush`` writes it."""
        before = self._by_entity.get(touch.entity_id)
        if before is not None and before.at > touch.at:
            return
        if before is not None and before.at == touch.at:
            touch = replace(touch, told=touch.told | before.told)
        self._by_entity.pop(touch.entity_id, None)  # the latest stands last
        self._by_entity[touch.entity_id] = touch
        self._dirty.add(touch.entity_id)
        while len(self._by_entity) > MOST:
            self._drop(next(iter(self._by_entity)))

    def tell(self, routine: str, entities: Iterable[str]) -> bool:
        """Note that ``routine`` says it leaves these alone; return whether it had not said so of one of them."""
        news = False
        for entity_id in entities:
            touch = self._by_entity.get(entity_id)
            if touch is not None and routine not in touch.told:
                self._by_entity[entity_id] = replace(touch, told=touch.told | {routine})
                self._dirty.add(entity_id)
                news = True
        return news

    def rename(self, renamed: Mapping[str, str]) -> None:
        """Follow things to their new ids."""
        moved = {new: self._by_entity[old] for old, new in renamed.items() if old in self._by_entity}
        for old in renamed:
            self._drop(old)
        for new, touch in moved.items():
            self.put(replace(touch, entity_id=new))

    def expire(self, now: datetime) -> None:
        """Let go of what is too long ago to count anywhere."""
        for entity_id in [one for one, touch in self._by_entity.items() if now - touch.at >= KEPT]:
            self._drop(entity_id)

    @property
    def unwritten(self) -> bool:
        """Whether something is not on disk as it is here."""
        return bool(self._dirty)

    def flush(self) -> None:
        """Write what is not written yet; raises Broken where the disk does not take it: it waits then."""
        if not self._dirty:
            return
        kept = [self._by_entity[one] for one in self._dirty if one in self._by_entity]
        rows = [
            (one.entity_id, _stamp(one.at), one.how, one.person, one.context, canonical(one.told).decode())
            for one in kept
        ]
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.executemany("DELETE FROM hands WHERE entity_id = ?", [(one,) for one in self._dirty])
            self._db.conn.executemany("INSERT INTO hands VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._dirty.clear()

    def erase(self, erasure: Erasure) -> int:
        """Let go of the hands of whoever is forgotten, here and on disk; return how many.

        Whose an unknown hand was nobody can tell: with a person, those go as well.
        """
        gone = [one.entity_id for one in self._by_entity.values() if _concerns(erasure, one)]
        for entity_id in gone:
            self._drop(entity_id)
        self.flush()
        return len(gone)

    def _drop(self, entity_id: str) -> None:
        if self._by_entity.pop(entity_id, None) is not None:
            self._dirty.add(entity_id)


def _concerns(erasure: Erasure, touch: Touch) -> bool:
    if erasure.everything:
        return True
    if erasure.since is not None and touch.at < erasure.since:
        return False
    return touch.person in {erasure.person, None} if erasure.person is not None else erasure.since is not None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _read(row: Mapping[str, object]) -> Touch | None:
    """Return the touch of a row, None where the row is none."""
    try:
        at = datetime.fromisoformat(str(row["at"]))
        told = json.loads(str(row["told"]))
    except (ValueError, RecursionError):
        return None
    how, person, context = str(row["how"]), row["person"], row["context"]
    if at.tzinfo is None or how not in get_args(How) or not isinstance(told, list):
        return None
    return Touch(
        str(row["entity_id"]),
        at,
        cast("How", how),
        str(person) if person is not None else None,
        str(context) if context is not None else None,
        frozenset(map(str, cast("list[object]", told))),
    )
