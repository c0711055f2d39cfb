"""The routines of the home as they stand, and what is kept for each: the one place that says what is to fire.

The rows are the truth and nothing is pickled: what is due next is worked out from them each time Claw starts.  The
moment up to which a routine's firings are accounted for stands in its row, so that none is lost while Claw does not
run.  Routines that a skill or the house brings are given anew each time and only what befalls them is kept.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from claw.base.action import Json
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.routines.history import DAYS, STORE, History
from claw.routines.model import Routine
from claw.routines.rows import COLUMNS, ROUTINE, Kept, read_routine, routine_row
from claw.store.db import writing

logger = logging.getLogger(__name__)

BACK, SETS = "set_back_s", "set_back"
"""Kept: by how much the clock was set back since the triggers of a routine are what they are, and how often."""
_GONE = "removed_at"
_WHEN = "when"
"""What the triggers of a derived routine were, beside what others keep for it."""
_PLACES = f"({', '.join('?' * COLUMNS)})"


class Book(History):
    """All routines, in memory and on disk; used from the event loop only.  What writes raises Broken where it cannot.

    ``changed`` are called with the id of a routine that came, went or is another than before, not when it has run.
    ``damaged`` says by id what is wrong with rows that cannot be read: those neither fire nor go.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__(db, clock)
        self.changed: list[Callable[[str], None]] = []
        self.damaged: dict[str, str] = {}
        self._routines: dict[str, Routine] = {}
        self._kept: dict[str, Mapping[str, Json]] = {}
        self._derived: set[str] = set()
        self.reload()

    def all(self) -> tuple[Routine, ...]:
        """Return every routine that is not removed, oldest first."""
        return tuple(sorted(self._routines.values(), key=lambda each: (each.created, each.id)))

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id, also one that was removed; None where there is none."""
        found = self._routines.get(routine)
        if found is not None:
            return found
        gone = self._rows("where id = ? and state = 'removed' and spec != ''", routine)
        return gone[0].routine if gone else None

    def standing(self, routine: str) -> Routine | None:
        """Return the same without those that were removed, at no cost: for who asks at every event."""
        return self._routines.get(routine)

    def removed(self) -> tuple[Routine, ...]:
        """Return those that were removed and whose history is still kept."""
        return tuple(each.routine for each in self._rows("where state = 'removed' and spec != '' order by created"))

    def add(self, routine: Routine) -> None:
        """Take a new routine; raises Refused where there is or was one with its id."""
        if self._db.execute("select 1 from routines where id = ?", (routine.id,)).fetchone():
            raise Refused(f"there is a routine {routine.id} already")
        self.put(routine)

    def put(self, routine: Routine) -> None:
        """Put ``routine`` in the place of what has its id, new where nothing has.

        Where its triggers are others than before, or it begins to fire again, it is due from now on and for nothing
        that was before.
        """
        before = self._routines.get(routine.id)
        if before == routine:
            return
        others = before is None or before.spec.when != routine.spec.when
        begins = before is not None and routine.fires and not before.fires
        kept = {key: value for key, value in self.kept(routine.id).items() if not others or key not in {BACK, SETS}}
        self._write(routine, self._clock.now() if others or begins else self._moments[routine.id], kept)
        self._tell(routine.id)

    def change(self, routine: str, **fields: Any) -> Routine:
        """Put other values into some fields of a routine as it stands now; raises Refused where there is none."""
        self.put(found := replace(self._present(routine), **fields))
        return found

    def remove(self, routine: str, why: str) -> None:
        """Take a routine away; its history stays.  Raises Refused where there is none."""
        gone = replace(self._present(routine), state="removed", why=why)
        now = self._clock.now()
        self._write(gone, now, {**self.kept(routine), _GONE: now.isoformat()})
        self._forget(routine)
        self._tell(routine)

    def derive(self, prefix: str, routines: Iterable[Routine]) -> None:
        """Let ``routines`` be all of those whose ids begin with ``prefix``; their specs are not kept on disk.

        What befell one by this book (a pause by a person, skips, how often it ran) stays.
        """
        given = {each.id: each for each in routines}
        for name in [name for name in self._derived if name.startswith(prefix) and name not in given]:
            self._write(replace(self._routines[name], state="removed"), self._clock.now(), derived=True)
            self._forget(name)
            self._tell(name)
        for name, routine in given.items():
            stored = self._stored(routine)
            now = self._merged(routine, stored)
            if name in self._routines and self._routines[name] == now:
                continue
            when = str([each.model_dump_json(by_alias=True) for each in routine.spec.when])
            same = stored is not None and stored.kept.get(_WHEN) == when and stored.routine.fires
            kept = {**(stored.kept if stored else {}), _WHEN: when}
            self._write(now, stored.accounted if stored and same else self._clock.now(), kept, derived=True)
            self._derived.add(name)
            self._tell(name)

    def kept(self, routine: str) -> Mapping[str, Json]:
        """Return what others keep for a routine, empty where nothing is."""
        return self._kept.get(routine, {})

    def keep(self, routine: str, kept: Mapping[str, Json]) -> None:
        """Put these keys into what is kept for it, and leave the others; None takes a key out."""
        before = self.kept(routine)
        after = {key: value for key, value in {**before, **kept}.items() if value is not None}
        if routine not in self._routines or after == before:
            return
        self._write(self._routines[routine], self._moments[routine], after)

    def accounted(self, routine: str) -> datetime:
        """Return up to which moment (UTC) every firing by the clock has its row; now where there is no such routine."""
        return self._moments.get(routine) or self._clock.now()

    def account(self, routine: str, until: datetime) -> None:
        """Write down that every firing by the clock up to ``until`` has its row, or has no need of one."""
        with writing(STORE), self._db.conn:
            self._account(routine, until)
        self._moved(routine, until)

    def tidying(self) -> Iterator[int]:
        """Let go of old rows, and of routines that ended long ago, piece by piece; give how many old rows went."""
        yield from super().tidying()
        oldest = self._clock.now() - timedelta(days=DAYS)
        names = [
            each.routine.id
            for each in self._rows("where state in ('removed', 'over') and spec != ''")
            if _ended(each) < oldest
        ]
        with writing(STORE), self._db.conn:
            self._db.conn.executemany("delete from routine_runs where routine = ?", [(name,) for name in names])
            self._db.conn.executemany("delete from routines where id = ?", [(name,) for name in names])
        for name in names:
            self._forget(name)

    def reload(self) -> None:
        """Read everything anew: rows were erased behind its back.  What is derived stays as it was given."""
        derived = {name: self._routines[name] for name in self._derived}
        self._latest.clear()
        self._waiting.clear()
        self.damaged.clear()
        found = {each.routine.id: each for each in self._rows("where state != 'removed' and spec != ''")}
        gone = [name for name in self._routines if name not in found and name not in derived]
        self._routines = derived | {name: each.routine for name, each in found.items()}
        for name, each in found.items():
            self._kept[name], self._moments[name] = each.kept, each.accounted
        for name in gone:
            self._forget(name)
            self._tell(name)

    def _present(self, routine: str) -> Routine:
        found = self._routines.get(routine)
        if found is None:
            raise Refused(f"there is no routine {routine}")
        return found

    def _stored(self, routine: Routine) -> Kept | None:
        """Return what the disk keeps for a derived routine, None where it was never given."""
        row = self._db.execute(f"select {ROUTINE} from routines where id = ?", (routine.id,)).fetchone()  # noqa: S608  our own text
        try:
            return None if row is None else read_routine(row, routine.spec)
        except ValueError as error:
            logger.warning("What was kept for the routine %s cannot be read: %s", routine.id, error)
            return None

    @staticmethod
    def _merged(given: Routine, stored: Kept | None) -> Routine:
        if stored is None:
            return given
        then = stored.routine
        kept = replace(given, created=then.created, runs=then.runs, last=then.last, skips=then.skips)
        left = then.state == "suspended" and not given.safety  # who it acts for is gone, whatever brings it
        if then.state in {"paused", "over"} or left:
            return replace(kept, state=then.state, why=then.why)
        return kept

    def _write(
        self, routine: Routine, accounted: datetime, kept: Mapping[str, Json] | None = None, *, derived: bool = False
    ) -> None:
        kept = self.kept(routine.id) if kept is None else kept
        row = routine_row(Kept(routine, kept, accounted), derived=derived or routine.id in self._derived)
        with writing(STORE), self._db.conn:
            self._db.conn.execute(f"insert or replace into routines ({ROUTINE}) values {_PLACES}", row)  # noqa: S608  our own text
        self._routines[routine.id] = routine
        self._kept[routine.id] = kept
        self._moments[routine.id] = accounted

    def _forget(self, routine: str) -> None:
        self._routines.pop(routine, None)
        self._kept.pop(routine, None)
        self._moments.pop(routine, None)
        self._derived.discard(routine)

    def _ran_there(self, routine: str, at: datetime) -> None:
        found = self._routines.get(routine)
        if found is not None:
            self._routines[routine] = replace(found, runs=found.runs + 1, last=at)

    def _rows(self, where: str, *values: object) -> list[Kept]:
        found: list[Kept] = []
        with writing(STORE):
            rows = self._db.execute(f"select {ROUTINE} from routines {where}", values).fetchall()  # noqa: S608  our own text
        for row in rows:
            try:
                found.append(read_routine(row))
            except ValueError as error:
                self.damaged[str(row[0])] = str(error).splitlines()[0]
                logger.warning("The routine %s cannot be read and does not fire: %s", row[0], error)
        return found

    def _tell(self, routine: str) -> None:
        for tell in tuple(self.changed):
            tell(routine)


def _ended(row: Kept) -> datetime:
    """Return since when a routine is over; a damaged note of it ends nothing but that note."""
    try:
        return datetime.fromisoformat(str(row.kept[_GONE])).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return row.routine.last or row.routine.created
