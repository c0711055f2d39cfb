"""Finds in what was observed what somebody does again and again: by counting, in SQL, without any model.

It reads a connection of its own, beside the loop, and changes nothing.  A habit is what happened on most of the days on
which it could have: on a day on which somebody touched nothing they were away, and that day counts for nothing.
The figures (five times, on four days, on 70 % of the days) are those of the household's patience, not of a theory.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Literal

from claw.store.db import connect, writing

Sort = Literal["routine", "level", "undo"]
Days = frozenset[int]

LEAST_TIMES, LEAST_DAYS, LEAST_RATE = 5, 4, 0.7
SURE_RATE, LEAST_ODD_DAYS = 0.8, 6
"""What is done on a few days of the week, or only lately, has to be so the more surely: some days always look as if."""
BACK = timedelta(days=42)
LATELY_DAYS = 14
"""What began lately is looked for in the last two weeks by themselves."""
SPAN = 3
"""A habit keeps to three quarters of an hour."""
DAY_S = 86_400
MORNING_S = 3 * 3600
"""A day begins at three in the morning: who goes to bed past midnight still does it on the same day."""
UNDO_S = 600
"""What is changed back within ten minutes was not wanted."""
SLIP_S = 60
"""What somebody takes back themselves within a minute was a slip."""
SHARE = 0.125
"""Of all times that somebody does a thing so many are in the span, or it is just something they do all day."""
NEARLY = 10
"""Percent by which two levels are the same wish."""
BLOCKS = (("05:00", "10:00"), ("10:00", "17:00"), ("17:00", "22:00"), ("22:00", "05:00"))
WEEK: Days = frozenset(range(7))
_WORKDAYS, _WEEKEND = frozenset(range(5)), frozenset({5, 6})
_MOST_DAYS = (WEEK, _WORKDAYS)
_HALF = 0.5
WEEKS = 3
_BREATH = 1_000_000
"""Steps of SQLite, some hundredths of a second, between two looks whether to give up."""
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday, Monday being 0


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was counted.

    ``routine``: ``word`` is what ``entity`` is brought to, at about ``at`` (seconds after local midnight).  ``level``:
    ``level`` percent is what it is set to in ``block`` of BLOCKS.  ``undo``: ``word`` is what ``run`` did and they took
    back.  ``weekdays`` are the days it is done on, Monday 0; ``first`` and ``last`` seconds since 1970.
    """

    sort: Sort
    person: str | None
    entity: str
    word: str
    days: int
    chances: int
    first: int
    last: int
    weekdays: Days = WEEK
    at: int = 0
    level: int = 0
    block: int = 0
    run: str = ""

    @property
    def rate(self) -> float:
        """The share of the days it could have been on."""
        return self.days / self.chances if self.chances else 0.0


_TEMPORARY = (
    """
CREATE TEMP TABLE local (
    n INTEGER PRIMARY KEY, id INTEGER, entity TEXT, who TEXT, cause TEXT, run TEXT, was TEXT, word TEXT, level INTEGER,
    by_hand INTEGER, u INTEGER, clock INTEGER, day INTEGER
)""",
    """
CREATE TEMP VIEW timed AS
SELECT *, CASE WHEN clock < 18000 THEN 3 WHEN clock < 36000 THEN 0 WHEN clock < 61200 THEN 1 WHEN clock < 79200 THEN 2
    ELSE 3 END AS block
FROM temp.local""",
    """
CREATE TEMP VIEW pairs AS
SELECT l.*, l.u - e.u AS gap, e.by_hand AS wanted, e.who AS doer, e.word AS became, e.was AS stood, e.level AS bright,
    CASE e.run WHEN '' THEN e.cause ELSE e.run END AS ran
FROM temp.timed AS l JOIN temp.local AS e ON e.n = l.n - 1
WHERE l.by_hand AND l.entity = e.entity AND l.u - e.u <= 600""",
)
"""``n`` counts the changes of one thing after the other, so that the one before has the number before: quicker than a
window over all of them.  ``clock`` is the second of the local day, ``day`` its number; ``pairs`` is what a hand changed
within ten minutes of the change before."""
_LOCAL = """
INSERT INTO temp.local (id, entity, who, cause, run, was, word, level, by_hand, u, clock, day)
SELECT id, entity, who, cause, run, was, word, level, by_hand, u, (u + :ahead) % 86400,
    (u + :ahead - :morning) / 86400
FROM (
    SELECT id, entity, at, cause, coalesce(person, '') AS who, coalesce(run, '') AS run,
        cause IN ('person', 'hand') OR (cause = 'claw' AND person IS NOT NULL) AS by_hand,
        CAST(strftime('%s', at) AS INTEGER) AS u,
        CASE instr(before, ' ') WHEN 0 THEN before ELSE substr(before, 1, instr(before, ' ') - 1) END AS was,
        CASE instr(after, ' ') WHEN 0 THEN after ELSE substr(after, 1, instr(after, ' ') - 1) END AS word,
        CASE instr(after, ' ') WHEN 0 THEN NULL ELSE CAST(substr(after, instr(after, ' ')) AS INTEGER) END AS level
    FROM changes INDEXED BY changes_entity WHERE at >= :since AND at < :until ORDER BY entity, at, id
)
"""
_ACTIVE = "SELECT who, day FROM temp.local WHERE by_hand AND day < :today GROUP BY who, day"
_ROUTINES = """
WITH hits AS (
    SELECT who, entity, word, (clock + 86400 - :morning) % 86400 / 900 AS slot, day, count(*) AS times,
        avg(clock) AS clock, min(u) AS first, max(u) AS last
    FROM temp.local AS l WHERE by_hand AND word <> was AND day < :today
        AND NOT EXISTS (SELECT 1 FROM temp.local AS e WHERE e.n = l.n + 1 AND e.entity = l.entity AND e.word = l.was
            AND e.u - l.u < :slip)
        AND NOT EXISTS (SELECT 1 FROM temp.local AS e WHERE e.n = l.n - 1 AND e.entity = l.entity AND e.was = l.word
            AND e.word = l.was AND l.u - e.u <= CASE WHEN e.by_hand THEN :slip ELSE :undo END)
    GROUP BY 1, 2, 3, 4, 5
),
slots AS (SELECT who, entity, word, slot, count(*) AS days, sum(times) AS times FROM hits GROUP BY 1, 2, 3, 4),
spans AS (
    SELECT who, entity, word, slot, sum(days) OVER span AS days, sum(times) OVER span AS times,
        sum(times) OVER (PARTITION BY who, entity, word) AS altogether
    FROM slots
    WINDOW span AS (PARTITION BY who, entity, word ORDER BY slot RANGE BETWEEN CURRENT ROW AND 2 FOLLOWING)
)
SELECT spans.who, spans.entity, spans.word, spans.slot, hits.day, sum(hits.times), avg(hits.clock), min(hits.first),
    max(hits.last)
FROM spans JOIN hits ON hits.who = spans.who AND hits.entity = spans.entity AND hits.word = spans.word
    AND hits.slot BETWEEN spans.slot AND spans.slot + 2
WHERE spans.days >= :days AND spans.times >= :share * spans.altogether
GROUP BY 1, 2, 3, 4, 5
"""
_UNDONE = """
SELECT who, entity, became, ran, day, min(u), max(u) FROM temp.pairs
WHERE NOT wanted AND word = stood AND word <> became AND day < :today
GROUP BY 1, 2, 3, 4, 5
"""
_RUNS = """
SELECT entity, word, CASE run WHEN '' THEN cause ELSE run END, day FROM temp.local
WHERE NOT by_hand AND word <> was AND day < :today GROUP BY 1, 2, 3, 4
"""
_LEVELS = """
SELECT who, entity, block, day, level, count(*), min(u), max(u) FROM temp.pairs
WHERE word = 'on' AND became = 'on' AND level IS NOT NULL AND (NOT wanted OR doer = who)
    AND abs(level - coalesce(bright, 100)) > 5 AND day < :today
GROUP BY 1, 2, 3, 4, 5
"""
_LIT = """
SELECT entity, block, day, who, by_hand FROM temp.timed WHERE word = 'on' AND was <> 'on' AND day < :today
GROUP BY 1, 2, 3, 4, 5
"""
_OVERRIDDEN = """
SELECT changes.at, changes.entity, ran, became, word, gap, changes.person, block, changes.audit
FROM temp.pairs JOIN changes USING (id)
WHERE NOT wanted AND word = stood AND word <> became AND changes.at > :after ORDER BY changes.at LIMIT 5000
"""

_Span = dict[int, tuple[int, float, int, int]]
"""By day: how often, at which second of the local day, the first and the last time."""


@dataclass(frozen=True, slots=True)
class Mined:
    """What one look at the changes showed.

    ``overrides`` are what people took back within ten minutes, as rows of that table without their number.
    """

    found: tuple[Found, ...]
    overrides: tuple[tuple[object, ...], ...]


def mine(path: Path, now: datetime, zone: tzinfo, after: str = "", ended: Callable[[], bool] = lambda: False) -> Mined:
    """Return every habit that the changes up to this morning show, the surest first; ``zone`` is the house's.

    ``after`` is the time, as text, up to which what was taken back is known already; ``ended`` is asked now and then
    whether to give up, which raises Broken.
    It may run in any thread.  A million changes take some seconds.  Raises Broken where the file cannot be read.
    """
    with writing(path), closing(connect(path, read_only=True, any_thread=True)) as connection:
        connection.execute(
            "PRAGMA query_only=OFF"
        )  # the file stays closed to writing; tables of this look are not in it
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.set_progress_handler(lambda: int(ended()), _BREATH)
        today = _load(connection, now, zone)
        values = {
            "today": today,
            "morning": MORNING_S,
            "slip": SLIP_S,
            "undo": UNDO_S,
            "after": after,
            "days": LEAST_DAYS,
            "share": SHARE,
        }

        def ask(sql: str) -> Iterable[Sequence[Any]]:
            return connection.execute(sql, values)

        active: dict[str, set[int]] = defaultdict(set)
        for who, day in ask(_ACTIVE):
            active[who].add(day)
        found = [*_routines(ask(_ROUTINES), active, today)]
        found += _undone(ask(_UNDONE), ask(_RUNS), active)
        found += _levels(ask(_LEVELS), ask(_LIT))
        overrides = [(*row[:7], "-".join(BLOCKS[row[7]]), row[8]) for row in ask(_OVERRIDDEN)]
    found.sort(key=lambda one: (-one.rate, -one.days, one.entity, one.sort, one.at))
    return Mined(tuple(found), tuple(overrides))


def _load(connection: sqlite3.Connection, now: datetime, zone: tzinfo) -> int:
    """Put the changes with their local time beside the file, and return the number of the local day of ``now``."""
    since = now - BACK
    for statement in _TEMPORARY:
        connection.execute(statement)
    for start, end, ahead in shifts_of(zone, since, now):
        values = {"since": _text(start), "until": _text(min(end, int(now.timestamp()))), "ahead": ahead}
        connection.execute(_LOCAL, {**values, "morning": MORNING_S})
    offset = now.astimezone(zone).utcoffset() or timedelta()
    return int((now.timestamp() + offset.total_seconds() - MORNING_S) // DAY_S)


def _text(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def shifts_of(zone: tzinfo, since: datetime, until: datetime) -> list[tuple[int, int, int]]:
    """Return from when to when (seconds since 1970) how many seconds the clocks of ``zone`` are ahead of UTC."""
    hour = int(since.timestamp()) // 3600 * 3600
    found: list[tuple[int, int, int]] = []
    while hour < until.timestamp():
        offset = datetime.fromtimestamp(hour, zone).utcoffset()
        seconds = int(offset.total_seconds()) if offset is not None else 0
        if found and found[-1][2] == seconds:
            found[-1] = (found[-1][0], hour + 3600, seconds)
        else:
            found.append((hour, hour + 3600, seconds))
        hour += 3600
    return found


def _routines(rows: Iterable[Sequence[Any]], active: Mapping[str, set[int]], today: int) -> Iterable[Found]:
    things: dict[tuple[str, str, str], dict[int, _Span]] = defaultdict(lambda: defaultdict(dict))
    for who, entity, word, slot, day, times, clock, first, last in rows:
        things[who, entity, word][slot][day] = (times, clock, first, last)
    for (who, entity, word), spans in things.items():
        counted = [
            (slot, one) for slot, days in spans.items() if (one := _best(who, entity, word, days, active[who], today))
        ]
        taken: list[int] = []
        for slot, one in sorted(counted, key=lambda each: (-each[1].days * each[1].rate, each[0])):
            if all(abs(slot - other) > SPAN for other in taken):
                taken.append(slot)
                yield one


def _best(who: str, entity: str, word: str, days: _Span, active: set[int], today: int) -> Found | None:
    """Return the habit of one span: of all that is remembered, else of what began lately; None where there is none."""
    for begin in (0, today - LATELY_DAYS):
        hit = {day: seen for day, seen in days.items() if day >= begin}
        if len(hit) < LEAST_DAYS:
            continue
        chances = [day for day in active if day >= min(hit)]
        weekdays = _weekdays(hit, chances)
        kept = {day: seen for day, seen in hit.items() if _weekday(day) in weekdays}
        could = [day for day in chances if _weekday(day) in weekdays]
        times = sum(seen[0] for seen in kept.values())
        if not _enough(times, len(kept), len(could), weekdays, lately=begin > 0):
            continue
        if today - max(kept) > (LATELY_DAYS if len(weekdays) <= 2 else LATELY_DAYS // 2):  # noqa: PLR2004  once a week or so
            continue  # they have stopped doing it
        clocks = sorted(seen[1] for seen in kept.values())
        return Found(
            "routine",
            who or None,
            entity,
            word,
            len(kept),
            len(could),
            min(seen[2] for seen in kept.values()),
            max(seen[3] for seen in kept.values()),
            weekdays,
            int(clocks[len(clocks) // 2]),
        )
    return None


def _weekdays(hit: Iterable[int], chances: Sequence[int]) -> Days:
    """Return the days of the week on which it is done: the widest usual set that it is done on often enough.

    Some of the days are picked out only after three weeks of each: before that, any few days look as if.
    """
    done, could = [0] * 7, [0] * 7
    for day in hit:
        done[_weekday(day)] += 1
    for day in chances:
        could[_weekday(day)] += 1
    halves = [_rate(done, could, half) for half in (_WORKDAYS, _WEEKEND)]
    if (_rate(done, could, WEEK) or 0.0) >= LEAST_RATE and all(rate is None or rate >= _HALF for rate in halves):
        return WEEK if halves[1] is not None or halves[0] is None else _WORKDAYS
    for half, rate in zip((_WORKDAYS, _WEEKEND), halves, strict=True):
        if rate is not None and rate >= LEAST_RATE:
            return half
    if min(could) < WEEKS:
        return frozenset()
    return frozenset(day for day in WEEK if done[day] >= _HALF * could[day])


def _rate(done: Sequence[int], could: Sequence[int], days: Days) -> float | None:
    chances = sum(could[day] for day in days)
    return sum(done[day] for day in days) / chances if chances else None


def _weekday(day: int) -> int:
    return (day + _EPOCH_WEEKDAY) % 7


def _undone(
    undone: Iterable[Sequence[Any]], runs: Iterable[Sequence[Any]], active: Mapping[str, set[int]]
) -> Iterable[Found]:
    ran: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for entity, word, run, day in runs:
        ran[entity, word, run].add(day)
    taken: dict[tuple[str, str, str, str], dict[int, tuple[int, int]]] = defaultdict(dict)
    for who, entity, word, run, day, first, last in undone:
        taken[who, entity, word, run][day] = (first, last)
    for (who, entity, word, run), days in taken.items():
        could = {day for day in ran[entity, word, run] | days.keys() if day >= min(days) and day in active[who]}
        if _enough(len(days), len(days), len(could)):
            first, last = min(seen[0] for seen in days.values()), max(seen[1] for seen in days.values())
            yield Found("undo", who or None, entity, word, len(days), len(could), first, last, run=run)


def _levels(levels: Iterable[Sequence[Any]], lit: Iterable[Sequence[Any]]) -> Iterable[Found]:
    could: dict[tuple[str, int], list[tuple[int, str, bool]]] = defaultdict(list)
    for entity, block, day, who, by_hand in lit:
        could[entity, block].append((day, who, bool(by_hand)))
    wishes: dict[tuple[str, str, int], list[tuple[int, int, int, int, int]]] = defaultdict(list)
    for who, entity, block, day, level, times, first, last in levels:
        wishes[who, entity, block].append((level, day, times, first, last))
    for (who, entity, block), wished in wishes.items():
        ordered = sorted(wished)
        middle = ordered[len(ordered) // 2][0]
        near = [one for one in ordered if abs(one[0] - middle) <= NEARLY]
        days = {one[1] for one in near}
        chances = {
            day
            for day, other, by_hand in could[entity, block]
            if day >= min(days) and (other == who or not by_hand or day in days)
        } | days
        if _enough(sum(one[2] for one in near), len(days), len(chances)):
            first, last = min(one[3] for one in near), max(one[4] for one in near)
            yield Found(
                "level", who or None, entity, "on", len(days), len(chances), first, last, level=middle, block=block
            )


def _enough(times: int, days: int, chances: int, weekdays: Days = WEEK, *, lately: bool = False) -> bool:
    """Return whether it was done often enough; of fewer days to choose from, chance makes a habit more easily."""
    few = weekdays not in _MOST_DAYS
    least = LEAST_DAYS if weekdays in {*_MOST_DAYS, _WEEKEND} else LEAST_ODD_DAYS
    return times >= LEAST_TIMES and days >= least and days >= (SURE_RATE if few or lately else LEAST_RATE) * chances
