"""Who lives in the house, since when, and what each of them has agreed to.

The people themselves are the policy's; what is kept here is when somebody came and went, so that "who lived here in
May" has an answer, and each person's own yes: nothing is learned from the habits of somebody who did not agree, and
their talk is not kept.  Both are off until that person says so, and only they can.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.base.errors import Broken
from claw.memory.audience import RESIDENTS
from claw.memory.rows import stamp, told_at
from claw.policy.people import Person
from claw.store.db import writing

_FILE = Path("claw.db")


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who lives or lived here: from ``since`` until ``until`` (UTC, the end excluded), as Claw knew it."""

    person: str
    name: str
    role: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What one person agreed to: that their ``habits`` are learned, that their ``talks`` are kept for a while."""

    habits: bool = False
    talks: bool = False


class Residents:
    """The tables ``residents`` and ``consents`` of ``claw.db``; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self.withdrawn: list[Callable[[str], object]] = []
        """Called with a person who no longer agrees that habits are learned: what was learned of them goes."""

    def follow(self, people: Iterable[Person]) -> None:
        """Bring what is kept up to date with the people of the configuration: called at the start.

        Who is new begins now, who is gone or whose last day is over ended now; guests and services do not live here.
        Somebody who has another name or role now is still the same who lives here.
        """
        now = self._clock.now()
        here = {one.id: one for one in people if one.role in RESIDENTS and (one.end is None or now.date() <= one.end)}
        stored = {one.person: one for one in self.spans() if one.until is None}
        at = stamp(now)
        with writing(_FILE), self._db.conn as connection:
            connection.executemany(
                "update residents set until = ? where person = ? and until is null",
                [(at, gone) for gone in stored if gone not in here],
            )
            connection.executemany(
                "update residents set name = ?, role = ? where person = ? and until is null",
                [(one.name, one.role, one.id) for one in here.values() if one.id in stored],
            )
            connection.executemany(
                "insert into residents (person, name, role, since) values (?, ?, ?, ?)",
                [(one.id, one.name, one.role, at) for one in here.values() if one.id not in stored],
            )

    def spans(self, person: str | None = None) -> list[Resident]:
        """Return every time in which somebody, or ``person``, lived here, the oldest first."""
        rows = self._db.conn.execute(
            "select person, name, role, since, until from residents where ? is null or person = ? order by since, id",
            (person, person),
        ).fetchall()
        return [_resident(*row) for row in rows]

    def lived(self, moment: datetime, until: datetime | None = None) -> list[Resident]:
        """Return who lived here at ``moment``, or at any time from it to ``until`` (excluded), the oldest first."""
        return [
            one
            for one in self.spans()
            if (one.since <= moment if until is None else one.since < until)
            and (one.until is None or one.until > moment)
        ]

    def consent(self, person: str | None) -> Consent:
        """Return what that person agreed to; nothing, where they never said."""
        row = self._db.conn.execute("select habits, talks from consents where person = ?", (person,)).fetchone()
        return Consent() if row is None else Consent(row[0] == 1, row[1] == 1)

    def agree(self, person: str, *, habits: bool | None = None, talks: bool | None = None) -> Consent:
        """Keep what that person says about it, None leaves it as it is; return what holds now."""
        held = self.consent(person)
        new = Consent(held.habits if habits is None else habits, held.talks if talks is None else talks)
        with writing(_FILE), self._db.conn as connection:
            connection.execute(
                "insert into consents (person, habits, talks, changed) values (?, ?, ?, ?) on conflict (person)"
                " do update set habits = excluded.habits, talks = excluded.talks, changed = excluded.changed",
                (person, new.habits, new.talks, stamp(self._clock.now())),
            )
        if held.habits and not new.habits:
            for withdrawn in self.withdrawn:
                withdrawn(person)
        return new


def _resident(person: str, name: str, role: str, since: str, until: str | None) -> Resident:
    begun = told_at(since)
    if begun is None:
        raise Broken("claw.db does not say since when somebody lives here")
    return Resident(person, name, role, begun, told_at(until))
