"""What became of each time that a routine was due: one row for each, written before anything is done.

A firing has a name, and the row that carries it is the only licence to act: whoever sees the same firing again, after
a crash, a clock that was set or an event that came twice, finds the row and does nothing.  Firings in a row in which
nothing was done, for one reason, share a row that counts them.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from claw.base.action import canonical
from claw.base.clock import Clock
from claw.routines.model import TROUBLE, Done, Firing, Run, RunStatus
from claw.routines.rows import RUN, maybe, read_run, text
from claw.store.db import writing

logger = logging.getLogger(__name__)

STORE = Path("claw.db")
BY_CLOCK = "at "
"""What the key of a firing begins with that a clock set off."""
SET_BACK = " set back "
"""What stands in the key of a firing by time that passes, before how often the clock had been set back."""
DAYS = 90
MOST_ROWS = 1000
"""Rows that are kept of one routine; older ones go first."""
TOGETHER = timedelta(hours=1)
"""Firings that lie farther apart than that do not share a row."""
FLUSH_S = 1.0
"""So long a row that only counts on may wait for the disk."""
LONGEST_REASON = 500

_DID_NOTHING: frozenset[RunStatus] = frozenset({"missed", "skipped", "held"})
_COUNTS: frozenset[RunStatus] = frozenset({"done", "failed", "refused", "asked", "unknown"})
"""What counts as a run of the routine: for how many there may be, and from when on it rests."""


class History:
    """The rows of the history; used from the event loop only.  Every method raises Broken where it cannot be kept."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._moments: dict[str, datetime] = {}
        self._latest: dict[str, Run] = {}  # the last row of a routine, where it may count on
        self._waiting: dict[str, float] = {}  # of those, what is not on disk, and since when

    def claim(self, firing: Firing, *, begin: bool = True, accounted: datetime | None = None) -> Run | None:
        """Make ``firing`` ours to carry out, for good; None where it was claimed before or was held back then.

        ``begin``: it is begun with that; else it waits for ``begin``.  ``accounted``: with it every firing by the clock
        up to then has its row.  What was merely missed or skipped may be claimed after all, where a clock that was set
        back shows the same moment again.
        """
        self.flush()
        now = self._clock.now()
        with writing(STORE), self._db.conn:
            if self._held_then(firing):
                self._account(firing.routine, accounted)
                self._moved(firing.routine, accounted)
                return None
            self._db.conn.execute(
                "update routine_runs set key = key || '~' || id where routine = ? and key = ? and times > 1 and"
                " status in ('missed', 'skipped')",
                (firing.routine, firing.key),
            )
            row = self._db.conn.execute(
                f"insert into routine_runs ({RUN.removeprefix('id, ')})"  # noqa: S608  names of columns
                " values (?, ?, ?, ?, 'running', '', ?, ?, ?, ?, null, 1, null, '[]', '[]', 0)"
                " on conflict (routine, key) do update set status = 'running', reason = '', cause = excluded.cause,"
                " asked_by = excluded.asked_by, began = excluded.began, ended = null, untold = 0"
                " where status in ('missed', 'skipped') returning id",
                (*_named(firing), text(now) if begin else None),
            ).fetchone()
            self._account(firing.routine, accounted)
        self._moved(firing.routine, accounted)
        self._latest.pop(firing.routine, None)
        return None if row is None else Run(row[0], firing.routine, firing, "running", began=now if begin else None)

    def begin(self, run: Run) -> Run:
        """Write down that a claimed run begins now."""
        now = self._clock.now()
        with writing(STORE), self._db.conn:
            self._db.conn.execute("update routine_runs set began = ? where id = ?", (text(now), run.id))
        return replace(run, began=now)

    def close(self, run: Run, done: Done, *, tell: bool = False) -> Run | None:
        """Write down what came of a run that is under way, or waited for somebody's yes; None where it was closed.

        Somebody is told of trouble, and of anything where ``tell``.
        """
        now = self._clock.now()
        reason = done.reason[:LONGEST_REASON]
        entries = tuple(outcome.audit for outcome in done.outcomes if outcome.audit is not None)
        with writing(STORE), self._db.conn:
            changed = self._db.conn.execute(
                "update routine_runs set status = ?, reason = ?, ended = ?, entries = ?, would = ?, untold = ?"
                " where id = ? and status in ('running', 'asked')",
                (
                    done.status,
                    reason,
                    text(now),
                    json.dumps(entries),
                    canonical(done.would).decode(),
                    int(tell or done.status in TROUBLE),
                    run.id,
                ),
            ).rowcount
            if changed and run.status == "running" and done.status in _COUNTS:
                self._ran(run.routine, now)
        if not changed:
            return None
        if run.status == "running" and done.status in _COUNTS:
            self._ran_there(run.routine, now)
        return replace(run, status=done.status, reason=reason, ended=now, entries=entries)

    def amend(self, number: int, done: Done) -> bool:
        """Write down that a run which looked done ended otherwise after all; nobody is told by this.

        False where its row says something else than done.
        """
        with writing(STORE), self._db.conn:
            return bool(
                self._db.conn.execute(
                    "update routine_runs set status = ?, reason = ?, ended = ? where id = ? and status = 'done'",
                    (done.status, done.reason[:LONGEST_REASON], text(self._clock.now()), number),
                ).rowcount
            )

    def note(
        self,
        firing: Firing,
        status: RunStatus,
        reason: str,
        *,
        times: int = 1,
        until: datetime | None = None,
        accounted: datetime | None = None,
    ) -> Run | None:
        """Write down ``times`` firings, from this one to ``until``, in which nothing was done.

        The row before counts them too where it says the same.  None where that firing has its row already.
        """
        reason, until = reason[:LONGEST_REASON], until or firing.due
        before = self._latest.get(firing.routine)
        if before is not None and _goes_on(before, firing, status, reason):
            return self._count(replace(before, times=before.times + times, until=until), firing, accounted)
        self.flush()
        now = text(self._clock.now())
        with writing(STORE), self._db.conn:
            row = self._db.conn.execute(
                f"insert into routine_runs ({RUN.removeprefix('id, ')})"  # noqa: S608  names of columns
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, null, ?, ?, ?, '[]', '[]', ?)"
                " on conflict (routine, key) do nothing returning id",
                (
                    *_named(firing)[:4],
                    status,
                    reason,
                    *_named(firing)[4:],
                    now,
                    times,
                    maybe(until if times > 1 else None),
                    int(status in TROUBLE),
                ),
            ).fetchone()
            self._account(firing.routine, accounted)
        self._moved(firing.routine, accounted)
        if row is None:
            return None
        run = Run(row[0], firing.routine, firing, status, reason, times=times, until=until if times > 1 else None)
        self._latest[firing.routine] = run
        return run

    def has(self, firing: Firing) -> bool:
        """Return whether a firing by the clock has its row, one of its own or together with others."""
        found = self._db.conn.execute(
            "select key from routine_runs where routine = ? and (key = ? or"
            " (trigger = ? and times > 1 and ? between due and until))",
            (firing.routine, firing.key, firing.trigger, text(firing.due)),
        )
        return any(key.startswith(BY_CLOCK) and _turn(key) == _turn(firing.key) for (key,) in found.fetchall())

    def flush(self) -> None:
        """Write down what rows have counted that are not on disk yet."""
        if not self._waiting:
            return
        with writing(STORE), self._db.conn:
            for routine in self._waiting:
                self._write_count(self._latest[routine])
        self._waiting.clear()

    def unfinished(self) -> tuple[Run, ...]:
        """Return what was claimed and never closed, oldest first: what was under way, or waited (``began`` is None)."""
        return self._select("where status = 'running' order by due, id")

    def run(self, number: int) -> Run | None:
        """Return one row."""
        found = self._select("where id = ?", number)
        return found[0] if found else None

    def runs(self, routine: str | None = None, *, limit: int = 50, before: datetime | None = None) -> tuple[Run, ...]:
        """Return the rows due before ``before``, latest first."""
        wheres = [("routine = ?", routine), ("due < ?", maybe(before))]
        given = [(where, value) for where, value in wheres if value is not None]
        where = f"where {' and '.join(each for each, _ in given)}" if given else ""
        return self._select(f"{where} order by due desc, id desc limit ?", *(value for _, value in given), limit)

    def would(self, run: int) -> tuple[str, ...]:
        """Return what a run that ran dry said it would have done."""
        row = self._db.execute("select would from routine_runs where id = ?", (run,)).fetchone()
        try:
            return tuple(str(one) for one in json.loads(row[0])) if row else ()
        except (ValueError, TypeError, RecursionError):
            return ()  # one damaged row must not hide all the others

    def counts(self, since: datetime) -> Mapping[RunStatus, int]:
        """Return how many firings that were due since then came to what."""
        self.flush()
        rows = self._db.execute(
            "select status, sum(times) from routine_runs where due >= ? group by status", (text(since),)
        )
        return dict(rows.fetchall())

    def untold(self) -> tuple[Run, ...]:
        """Return the rows that somebody has still to be told of, oldest first."""
        return self._select("where untold = 1 order by due, id limit 1000")

    def told(self, numbers: Iterable[int]) -> None:
        """Write down that these rows were told."""
        with writing(STORE), self._db.conn:
            self._db.conn.executemany("update routine_runs set untold = 0 where id = ?", [(one,) for one in numbers])

    def tidying(self) -> Iterator[int]:
        """Let go of rows that are older than ``DAYS`` or more than ``MOST_ROWS`` of one routine, piece by piece.

        Gives how many went with each piece, none of which takes long.
        """
        self.flush()
        self._latest.clear()
        oldest = text(self._clock.now() - timedelta(days=DAYS))
        names = [row[0] for row in self._db.execute("select distinct routine from routine_runs").fetchall()]
        for name in names:
            self.flush()  # what was counted since the piece before, or nothing would know of what row it was
            with writing(STORE), self._db.conn:
                gone = self._db.conn.execute(
                    "delete from routine_runs where status not in ('running', 'asked') and routine = ? and"
                    " (coalesce(until, due) < ? or id in (select id from routine_runs where routine = ?"
                    " order by due desc, id desc limit -1 offset ?))",
                    (name, oldest, name, MOST_ROWS),
                ).rowcount
            self._latest.pop(name, None)
            yield gone

    def _held_then(self, firing: Firing) -> bool:
        """Return whether a moment by the clock was held back with others before: what was held is never done later."""
        if not firing.key.startswith(BY_CLOCK):
            return False
        found = self._db.conn.execute(
            "select key from routine_runs"
            " where routine = ? and status = 'held' and times > 1 and ? between due and until",
            (firing.routine, text(firing.due)),
        )
        return any(_turn(key) == _turn(firing.key) for (key,) in found.fetchall())

    def _count(self, run: Run, firing: Firing, accounted: datetime | None) -> Run:
        """Let a row stand for more firings; one that only counts events need not be on disk at once."""
        now = self._clock.monotonic()
        if firing.key.startswith(BY_CLOCK) or now - self._waiting.get(run.routine, now) >= FLUSH_S:
            with writing(STORE), self._db.conn:
                self._write_count(run)
                self._account(run.routine, accounted)
            self._waiting.pop(run.routine, None)
            self._moved(run.routine, accounted)
        else:
            self._waiting.setdefault(run.routine, now)
        self._latest[run.routine] = run
        return run

    def _write_count(self, run: Run) -> None:
        self._db.conn.execute(
            "update routine_runs set times = ?, until = ? where id = ?", (run.times, maybe(run.until), run.id)
        )

    def _account(self, routine: str, until: datetime | None) -> None:
        if until is not None:
            self._db.conn.execute("update routines set accounted = ? where id = ?", (text(until), routine))

    def _moved(self, routine: str, until: datetime | None) -> None:
        if until is not None:
            self._moments[routine] = until

    def _ran(self, routine: str, at: datetime) -> None:
        self._db.conn.execute("update routines set runs = runs + 1, last = ? where id = ?", (text(at), routine))

    def _ran_there(self, routine: str, at: datetime) -> None:
        """Hear that a run was counted on disk."""

    def _select(self, where: str, *values: object) -> tuple[Run, ...]:
        self.flush()
        found: list[Run] = []
        with writing(STORE):
            rows = self._db.execute(f"select {RUN} from routine_runs {where}", values).fetchall()  # noqa: S608  our own text
        for row in rows:
            try:
                found.append(read_run(row))
            except ValueError as error:
                logger.warning("Row %s of the history of routines cannot be read: %s", row[0], error)
        return tuple(found)


def _turn(key: str) -> str:
    """Return which set-back of the clock a key is from: after each the moments of an interval are other ones."""
    return key.partition(SET_BACK)[2].partition("~")[0]


def _named(firing: Firing) -> tuple[object, ...]:
    asked = canonical(firing.asked_by).decode() if firing.asked_by else None
    return (
        firing.routine,
        firing.key,
        firing.trigger,
        text(firing.due),
        firing.cause[:LONGEST_REASON],
        firing.context,
        asked,
    )


def _goes_on(before: Run, firing: Firing, status: RunStatus, reason: str) -> bool:
    gap = firing.due - (before.until or before.firing.due)
    return (
        status in _DID_NOTHING
        and (before.status, before.reason, before.firing.trigger) == (status, reason, firing.trigger)
        and timedelta(microseconds=firing.key.startswith(BY_CLOCK)) <= gap <= TOGETHER
    )
