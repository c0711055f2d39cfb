"""What somebody does again and again, found in what was observed and kept until that person has said yes or no.

Nothing here has any effect: a habit is a proposal with its evidence.  It is found by counting, never by asking a model,
and only about things that nobody minds being switched: locks, alarms, doors, heating and money are not learned.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Literal, get_args

from sqlite_utils import Database

from claw.base.action import Json, canonical
from claw.base.clock import Clock
from claw.base.errors import Broken
from claw.memory.mining import DAY_S, NEARLY, Found
from claw.memory.model import KINDS, Audience, Fact
from claw.memory.proposing import Things, evidence_of, proposal
from claw.memory.rows import stamp, told_at
from claw.store.db import writing

HabitState = Literal["candidate", "offered", "accepted", "declined"]
_STATES: tuple[HabitState, ...] = get_args(HabitState)

Zone = Callable[[], tzinfo]
"""The time zone of the house, as it is now."""

MOST_NEW = 5
"""So many new proposals a night: more than a household can be asked in a week."""
DECLINED = timedelta(days=90)
UNANSWERED = timedelta(days=30)
PATIENCE = timedelta(days=3)
"""How long a question stands; then silence is no."""
_SAME_TIME_S = 5400
_COLUMNS = "id, person, fact, pattern, days, chances, rate, first, last, state, offered, until, memory"


@dataclass(frozen=True, slots=True)
class Habit:
    """Something that one person does again and again, or that is done in the house (``person`` None).

    ``fact`` is what a yes would store.  ``evidence`` is one sentence that says what it rests on: on ``days`` of
    ``chances`` days it was so, from ``first`` to ``last`` (UTC).  ``offered`` is when it was asked, ``until`` until
    when it is not asked again, ``memory`` what it became.
    """

    id: int
    person: str | None
    fact: Fact
    evidence: str
    days: int
    chances: int
    rate: float
    first: datetime
    last: datetime
    state: HabitState
    offered: datetime | None = None
    until: datetime | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Sifted:
    """What a night does to the habits: ``fresh`` are new, ``again`` known by their number, ``gone`` are no more."""

    fresh: tuple[tuple[Found, Fact], ...]
    again: tuple[tuple[int, Found, Fact], ...]
    gone: tuple[int, ...]


class Habits:
    """The table ``habits`` of ``claw.db``; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock, things: Things, zone: Zone) -> None:
        """``things`` says what things and people are called."""
        self._db = db
        self._clock = clock
        self._things = things
        self._zone = zone

    @property
    def language(self) -> str:
        """The language in which habits are told."""
        return self._things.language

    def get(self, habit: int) -> Habit | None:
        """Return one habit, None where there is none with that number."""
        return next(iter(self._select("id = ?", (habit,))), None)

    def shown(self, audience: Audience) -> list[Habit]:
        """Return the habits this audience may hear of: their own, those of the house for residents; newest first."""
        return self._select(
            "(person = ? OR (person IS NULL AND ?)) ORDER BY last DESC, id DESC", (audience.person, audience.resident)
        )

    def ready(self, now: datetime) -> list[Habit]:
        """Return what may be offered now, the surest first: candidates whose time has come."""
        return self._select(
            "state = 'candidate' AND (until IS NULL OR until <= ?) ORDER BY rate DESC, days DESC, id", (stamp(now),)
        )

    def offered(self) -> list[Habit]:
        """Return what somebody was asked and has not answered, the latest first."""
        return self._select("state = 'offered' ORDER BY offered DESC, id DESC")

    def last_offer(self) -> datetime | None:
        """Return when anybody was last asked anything (UTC), None where nobody ever was."""
        (found,) = self._db.conn.execute("SELECT max(offered) FROM habits").fetchone()
        return told_at(found)

    def set(
        self,
        habit: int,
        state: HabitState,
        *,
        offered: datetime | None = None,
        until: datetime | None = None,
        memory: int | None = None,
    ) -> None:
        """Keep what became of a habit; ``offered`` and ``memory`` stay as they were where none is given."""
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute(
                "UPDATE habits SET state = ?, until = ?, offered = coalesce(?, offered), memory = coalesce(?, memory)"
                " WHERE id = ?",
                (state, until and stamp(until), offered and stamp(offered), memory, habit),
            )

    def take_back(self, habit: int) -> None:
        """Have a question that never went out be none: it may be asked another day."""
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute("UPDATE habits SET state = 'candidate', offered = NULL WHERE id = ?", (habit,))

    def lapse(self, now: datetime) -> int:
        """Take the silence of those who were asked three days ago as a no for a month; return how many were."""
        lapsed = [one for one in self.offered() if one.offered is not None and now - one.offered >= PATIENCE]
        for one in lapsed:
            self.set(one.id, "declined", until=now + UNANSWERED)
        return len(lapsed)

    def drop(self, person: str) -> int:
        """Drop the proposals about somebody who no longer agrees, and about the house; return how many."""
        with writing(Path("claw.db")), self._db.conn:
            return self._db.conn.execute(
                "DELETE FROM habits WHERE state <> 'accepted' AND (person = ? OR person IS NULL)", (person,)
            ).rowcount

    def sift(self, found: Iterable[Found], now: datetime) -> Sifted:
        """Return what the night's findings mean for what is known; changes nothing.

        A habit that moved by half an hour is the same one: a no to it still holds.  What somebody declined becomes a
        candidate again once its time is over and it is still so.
        """
        known = self._patterns()
        fresh: list[tuple[Found, Fact]] = []
        again: dict[int, tuple[Found, Fact]] = {}
        for one in found:
            fact = proposal(one, self._things)
            if fact is None:
                continue
            alike = [number for number, pattern, _, _ in known if _same(pattern, one)]
            if alike:
                again |= {number: (one, fact) for number in alike[:1] if number not in again}
            elif not any(_same(_pattern(other), one) for other, _ in fresh):
                fresh.append((one, fact))
        gone = tuple(
            number
            for number, _, state, until in known
            if number not in again and (state == "candidate" or (state == "declined" and (until or now) <= now))
        )
        return Sifted(tuple(fresh[:MOST_NEW]), tuple((number, *what) for number, what in again.items()), gone)

    def apply(self, sifted: Sifted, now: datetime) -> list[int]:
        """Write what was sifted, in the caller's transaction; return the numbers of what is new."""
        run = self._db.conn.execute
        for number in sifted.gone:
            run("DELETE FROM habits WHERE id = ? AND state IN ('candidate', 'declined')", (number,))
        for number, one, fact in sifted.again:
            run(
                "UPDATE habits SET days = ?, chances = ?, rate = ?, first = ?, last = ?, fact = CASE state WHEN"
                " 'candidate' THEN ? ELSE fact END, state = CASE WHEN state = 'declined' AND until <= ? THEN"
                " 'candidate' ELSE state END WHERE id = ?",
                (
                    one.days,
                    one.chances,
                    one.rate,
                    _moment(one.first),
                    _moment(one.last),
                    canonical(fact).decode(),
                    stamp(now),
                    number,
                ),
            )
        numbers: list[int] = []
        for one, fact in sifted.fresh:
            written = run(
                "INSERT INTO habits (pattern, person, fact, days, chances, rate, first, last, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'candidate') ON CONFLICT (pattern) DO NOTHING",
                (
                    canonical(_pattern(one)).decode(),
                    one.person,
                    canonical(fact).decode(),
                    one.days,
                    one.chances,
                    one.rate,
                    _moment(one.first),
                    _moment(one.last),
                ),
            )
            if written.rowcount == 1 and written.lastrowid is not None:
                numbers.append(written.lastrowid)
        return numbers

    def _patterns(self) -> list[tuple[int, Mapping[str, Json], str, datetime | None]]:
        rows = self._db.conn.execute("SELECT id, pattern, state, until FROM habits ORDER BY id").fetchall()
        return [(number, _mapping(pattern), state, told_at(until)) for number, pattern, state, until in rows]

    def _select(self, where: str, values: tuple[object, ...] = ()) -> list[Habit]:
        rows = self._db.conn.execute(f"SELECT {_COLUMNS} FROM habits WHERE {where}", values).fetchall()  # noqa: S608  our own names
        return [self._habit(row) for row in rows]

    def _habit(self, row: tuple[Any, ...]) -> Habit:
        number, person, fact, pattern, days, chances, rate, first, last, state, offered, until, memory = row
        begun, ended = told_at(first), told_at(last)
        if begun is None or ended is None or state not in _STATES:
            raise Broken(f"claw.db holds a habit that cannot be read: {number}")
        habit = Habit(
            number,
            person,
            _fact(fact),
            "",
            days,
            chances,
            rate,
            begun,
            ended,
            state,
            told_at(offered),
            told_at(until),
            memory,
        )
        said = evidence_of(_mapping(pattern), (days, chances), begun, self._zone(), self.language)
        return replace(habit, evidence=said)


def _pattern(found: Found) -> dict[str, Json]:
    """Return what makes a habit the one it is, as it is stored."""
    return {
        "sort": found.sort,
        "person": found.person,
        "entity": found.entity,
        "word": found.word,
        "at": found.at,
        "block": found.block,
        "level": found.level,
        "run": found.run,
        "weekdays": sorted(found.weekdays),
    }


def _same(known: Mapping[str, Json], found: Found) -> bool:
    now = _pattern(found)
    if any(known.get(key) != now[key] for key in ("sort", "person", "entity", "word", "block", "run")):
        return False
    apart = abs(int(known.get("at", 0)) - found.at)
    return min(apart, DAY_S - apart) <= _SAME_TIME_S and abs(int(known.get("level", 0)) - found.level) <= NEARLY


def _fact(stored: str) -> Fact:
    known = _mapping(stored)
    try:
        kind = KINDS[KINDS.index(known["kind"])]
        return Fact(
            kind,
            known["subject"],
            known["predicate"],
            known["value"],
            known["sentence"],
            condition=known["condition"],
            visibility=known["visibility"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Broken("claw.db holds a habit that cannot be read") from error


def _mapping(stored: str) -> Mapping[str, Json]:
    try:
        found = json.loads(stored)
    except ValueError as error:
        raise Broken("claw.db holds a habit that cannot be read") from error
    if not isinstance(found, dict):
        raise Broken("claw.db holds a habit that cannot be read")
    return found


def _moment(seconds: int) -> str:
    return stamp(datetime.fromtimestamp(seconds, UTC))
