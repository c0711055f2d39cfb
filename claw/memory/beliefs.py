"""What is believed, read back: who may hear it is part of each question, in SQL, and never an afterthought.

The questions without an audience are for code that decides nothing about people, and say so.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.memory.model import Audience, Evidence, Fact, Memory, Status
from claw.memory.rows import EVIDENCE, MEMORY, evidence_of, memory_of, stamp
from claw.memory.timeline import same_value

_BELIEVED = "(status = 'active' or (status = 'superseded' and retired is null))"
"""In force, or of a time that is over and still believed of it."""

_IN_FORCE = (
    "(kind in ('fact', 'event') or ((valid_from is null or valid_from <= ?) and (valid_to is null or valid_to > ?)))"
)


class Beliefs:
    """The reading side of the tables ``memories`` and ``evidence``; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def get(self, number: int) -> Memory | None:
        """Return that memory, whoever may hear of it: for code."""
        return next(iter(self._select("id = ?", (number,))), None)

    def visible(self, number: int, audience: Audience) -> Memory | None:
        """Return that memory where ``audience`` may hear of it, whatever its status; else None, as if it were not."""
        heard, values = _heard(audience)
        return next(iter(self._select(f"id = ? and {heard}", (number, *values))), None)

    def active(self, kind: str | None = None, subject: str | None = None, predicate: str | None = None) -> list[Memory]:
        """Return what is in force, without regard to who may hear of it, newest first: for code, never for a person.

        Of facts and events what is believed; of the other kinds only what holds at this moment.
        """
        now = stamp(self._clock.now())
        where, values = _about(kind=kind, subject=subject, predicate=predicate)
        return self._select(
            " and ".join(["status = 'active'", _IN_FORCE, *where]) + " order by id desc", (now, now, *values)
        )

    def shown(
        self,
        audience: Audience,
        about: str | None = None,
        statuses: Iterable[Status] = ("active",),
        limit: int = 200,
    ) -> list[Memory]:
        """Return what ``audience`` may hear of ``about`` (a subject; of everything without), newest first.

        With ``active`` also what is believed of a time that is over.
        """
        wanted = tuple(statuses)
        heard, values = _heard(audience)
        status = f"status in ({_marks(wanted)})" + (f" or {_BELIEVED}" if "active" in wanted else "")
        where, named = _about(subject=about)
        condition = " and ".join([heard, f"({status})", *where])
        return self._select(f"{condition} order by id desc limit ?", (*values, *wanted, *named, max(0, limit)))

    def evidence(self, number: int, audience: Audience | None = None) -> list[Evidence]:
        """Return why memory ``number`` is believed, oldest first; nothing where ``audience`` may not hear of it.

        The words of an exchange are given to the one who spoke them alone; without an audience, for code, to nobody.
        """
        if audience is not None and self.visible(number, audience) is None:
            return []
        person = audience.person if audience is not None else None
        rows = self._db.conn.execute(
            f"select {EVIDENCE}, (select text from episodes where episodes.id = episode and episodes.person = ?)"  # noqa: S608  names of columns
            " from evidence where memory = ? order by id",
            (person, number),
        ).fetchall()
        return [evidence_of(row, row[-1] or "") for row in rows]

    def history(self, key: str, audience: Audience | None = None) -> list[Memory]:
        """Return what was believed of ``key`` (``memory.fact.key``), with what is, newest first; for code without one.

        What never was so (corrected, turned down) is not in it.
        """
        heard, values = _heard(audience) if audience is not None else ("1", ())
        return self._select(
            f"key = ? and status in ('active', 'superseded') and {heard}"
            " order by coalesce(valid_from, recorded) desc, id desc",
            (key, *values),
        )

    def as_of(
        self,
        moment: datetime,
        audience: Audience,
        *,
        until: datetime | None = None,
        subject: str | None = None,
        predicate: str | None = None,
        known: datetime | None = None,
    ) -> list[Memory]:
        """Return what was so in the world at ``moment``, or at any time from it to ``until`` (excluded), oldest first.

        ``known`` asks what Claw believed then; now, where it is not given.  A memory without a beginning counts from
        when it was told.
        """
        heard, values = _heard(audience)
        where, named = _about(subject=subject, predicate=predicate)
        begun = "<=" if until is None else "<"
        conditions = [heard, "status in ('active', 'superseded')", f"coalesce(valid_from, recorded) {begun} ?"]
        times = [stamp(until or moment), stamp(moment)]
        if known is None:
            conditions.append("(valid_to is null or valid_to > ?)")
        else:
            # What Claw stopped believing later had, as far as it knew then, no end yet.
            conditions.append("(valid_to is null or valid_to > ? or retired > ?)")
            conditions.append("recorded <= ? and (retired is null or retired > ?)")
            times += [stamp(known)] * 3
        return self._select(
            " and ".join([*conditions, *where]) + " order by coalesce(valid_from, recorded), id",
            (*values, *times, *named),
        )

    def rejected(self, fact: Fact) -> bool:
        """Return whether somebody said no to exactly this, or put it right."""
        return any(same_value(one.fact, fact) for one in self._select("key = ? and status = 'rejected'", (fact.key,)))

    def holds(self, key: str, *, proposed: bool = False) -> bool:
        """Return whether something is in force under ``key``, or at least ``proposed``."""
        row = self._db.conn.execute(
            "select 1 from memories where key = ? and (status = 'active' or (status = 'candidate' and ?)) limit 1",
            (key, proposed),
        ).fetchone()
        return row is not None

    def known(self, digest: str, audience: Audience) -> bool:
        """Return whether a sentence with this ``digest`` (see ``rows``) is kept or proposed, and may be heard of."""
        heard, values = _heard(audience)
        row = self._db.conn.execute(
            f"select 1 from memories where hash = ? and status in ('active', 'candidate') and {heard} limit 1",  # noqa: S608  made of fixed words only, values are bound
            (digest, *values),
        ).fetchone()
        return row is not None

    def count_active(self) -> int:
        """Return how many memories are in force."""
        return int(self._db.conn.execute("select count(*) from memories where status = 'active'").fetchone()[0])

    def count_proposed(self, since: datetime, *, strangers: bool = False) -> int:
        """Return how much was proposed since then that nobody who lives here said themselves; or by strangers alone."""
        row = self._db.conn.execute(
            "select count(*) from memories where recorded >= ? and explicit = 0 and supersedes is null"
            " and (trust in ('external', 'guest_told') or not ?)",
            (stamp(since), strangers),
        ).fetchone()
        return int(row[0])

    def _select(self, condition: str, values: Sequence[object]) -> list[Memory]:
        rows = self._db.conn.execute(
            f"select {MEMORY} from memories where {condition}",  # noqa: S608  made of fixed words only, values are bound
            tuple(values),
        ).fetchall()
        return [memory_of(row) for row in rows]


def _heard(audience: Audience) -> tuple[str, tuple[str, ...]]:
    """Return the condition that leaves only what ``audience`` may hear, and its values."""
    heard = audience.may_hear()
    return f"visibility in ({_marks(heard)})", heard


def _about(**columns: str | None) -> tuple[list[str], list[str]]:
    given = {name: value for name, value in columns.items() if value is not None}
    return [f"{name} = ?" for name in given], list(given.values())


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
