"""A year of a hundred routines in virtual time: restarts, clocks that are set, stops and a house that comes and goes.

What ran is held against ``tests/minute_walker.py``, which knows nothing of how Claw finds what is due: each moment at
which one of them was due by the clocks of the house has its row, and none was acted on twice.
"""

import asyncio
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from claw.routines import book, history
from claw.routines.history import BY_CLOCK
from claw.routines.keeper import LOOK_S
from claw.routines.model import Done, Routine, Run
from claw.routines.spec import At, Cron, Every, Once, Sun, offset_s, span_s
from tests import minute_walker
from tests.keeper_room import AMSTERDAM, WORDS, Doer, Room, SetClock, firing, routine

ZONE = ZoneInfo("Europe/Amsterdam")
YEAR = datetime(2026, 1, 5, 6, tzinfo=UTC)
SPRING, AUTUMN = datetime(2026, 3, 28, 6, tzinfo=UTC), datetime(2026, 10, 24, 6, tzinfo=UTC)
"""The days before the clocks are set."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CALM = timedelta(minutes=2)
"""So long after the clock was set or a restart nothing is promised to be on time."""
LONGEST_RUN = 90.0


class Clock(SetClock):
    """A clock that is set, and lets everything settle no longer than anything goes on."""

    @staticmethod
    async def settle() -> None:
        loop: Any = asyncio.get_running_loop()
        await asyncio.sleep(0)
        while loop._ready:  # noqa: ASYNC110  this is the loop's own state
            await asyncio.sleep(0)


@dataclass
class Hands(Doer):
    """Does what is due, keeps when, and takes its time with some."""

    acts: list[tuple[str, str, datetime]] = field(default_factory=list[tuple[str, str, datetime]])
    slow: frozenset[str] = frozenset()

    async def do(self, routine: Routine, run: Run) -> Done:
        self.acts.append((routine.id, run.firing.key, self.clock.now()))
        if routine.id in self.slow:
            await self.clock.sleep(LONGEST_RUN)
        return Done("done")


@dataclass
class Settles:
    """Says of a run that was under way what the log would: nothing was begun, or nobody knows."""

    hands: Hands

    async def of(self, run: Run) -> Done | None:
        begun = any(act[:2] == (run.routine, run.firing.key) for act in reversed(self.hands.acts[-500:]))
        return Done("unknown", "Claw ended in the middle of it") if begun else None


def hundred(chance: random.Random, start: datetime, days: int) -> list[Routine]:
    """Return a hundred routines of every kind."""
    found: list[tuple[str, Any, dict[str, Any]]] = []
    week = minute_walker.WEEKDAYS
    for number in range(28):
        clock = chance.choice(
            ("02:00", "02:30", "03:00", "07:00", f"{chance.randrange(24):02}:{chance.randrange(60):02}")
        )
        some = sorted(chance.sample(week, chance.randrange(1, 7)), key=week.index)
        found.append((f"at-{number}", {"at": clock, **({"days": some} if chance.random() < 0.5 else {})}, {}))
    crons = (
        *("*/30 * * * *", "0 * * * *", "15 */2 * * *", "30 2 * * *", "0,30 2,3 * * *", "*/20 2-4 * * 0", "0 0 31 * *"),
        *(
            "0 8 29 2 *",
            "0 7 13 * fri",
            "59 23 * * *",
            "0 0 * * 1-5",
            "5 6 1 */3 *",
            "*/40 23,0,1 * * *",
            "0 12 * jun *",
        ),
    )
    found += [(f"cron-{number}", {"cron": chance.choice(crons)}, {}) for number in range(24)]
    spans = ("45 min", "1 h", "90 min", "7 h", "1 d", "36 h", "50 min")
    found += [(f"every-{number}", {"every": chance.choice(spans)}, {}) for number in range(10)]
    found += [
        (
            f"once-{number}",
            {"once": (start + chance.random() * days * DAY).replace(tzinfo=None, second=0, microsecond=0)},
            {},
        )
        for number in range(6)
    ]
    found += [("once-twice", {"once": "2026-10-25T02:30"}, {}), ("once-never", {"once": "2026-03-29T02:30"}, {})]
    for number in range(10):
        offset = f"{chance.choice(('', '-'))}{chance.randrange(0, 720)} min"
        found.append((f"sun-{number}", {"sun": chance.choice(("sunrise", "sunset")), "offset": offset}, {}))
    for number in range(14):
        more: dict[str, Any] = {"cooldown": "20 min"} if number % 4 == 1 else {}
        more |= {"overlap": ("queue", "skip", "restart")[number % 3]}
        found.append((f"event-{number}", {"event": "it_happened"}, more))
    for number in range(6):
        mixed = [{"at": "07:00"}, {"cron": "0 7,19 * * *"}, {"event": "it_happened"}]
        found.append((f"mixed-{number}", mixed, {}))
    return [_routine(chance, start, *one) for one in found]


def _routine(chance: random.Random, start: datetime, name: str, when: Any, more: dict[str, Any]) -> Routine:
    missed = chance.choice(("skip", "once", "once", "all"))
    more = {"missed": missed, "grace": chance.choice(("1 min", "15 min", "2 h")), **more}
    if chance.random() < 0.1 and name.startswith("at"):
        more["quiet"] = ("22:00", "06:30")
    return routine(name, when, WORDS if chance.random() < 0.4 else _LAMP, created=start, **more)


_LAMP = {"actions": [{"action": "light.turn_on", "entities": ["light.hall"]}]}


@dataclass(frozen=True, order=True)
class Trouble:
    """Something that happens: after how many seconds, what, and how much."""

    at: float
    what: str
    much: float = 0.0
    of: str = ""


def troubles(chance: random.Random, days: int, restarts: int, jumps: int, names: Sequence[str]) -> list[Trouble]:
    """Return what befalls the home within ``days``, earliest first."""
    span = (days - 1) * 86_400.0
    aways = (0.0, 0.0, 5.0, 70.0, 600.0, 3000.0, 5 * 3600.0)
    found = [Trouble(_at(chance, span), "restart", chance.choice(aways)) for _ in range(restarts)]
    found += [
        Trouble(
            _at(chance, span) + 1.5, "jump", chance.choice((-1, 1)) * chance.choice((7.0, 90.0, 1200.0, 3600.0, 9000.0))
        )
        for _ in range(jumps)
    ]
    found += [Trouble(_at(chance, span), what, 3600.0) for what in ("stop", "away") for _ in range(max(1, jumps // 5))]
    events = [name for name in names if name.startswith(("event", "mixed"))]
    for _ in range(days * 4):
        at, name = chance.random() * span, chance.choice(events)
        found += [Trouble(at + n * LONGEST_RUN / 3, "event", 0.0, name) for n in range(chance.choice((1, 1, 1, 3)))]
    return sorted(found)


def _at(chance: random.Random, span: float) -> float:
    """Return a moment, each third time exactly a full half hour, when much is due at once."""
    at = 4 * 3600 + chance.random() * span
    return at - at % 1800 if chance.random() < 0.4 else at


@dataclass
class Life:
    """What the clocks showed: pieces of wall time by what they were, and what was fired."""

    pieces: dict[str, list[tuple[datetime, datetime]]] = field(
        default_factory=dict[str, list[tuple[datetime, datetime]]]
    )
    fired: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    highest: datetime = YEAR

    def add(self, what: str, first: datetime, last: datetime) -> None:
        self.pieces.setdefault(what, []).append((first, last))

    def within(self, moment: datetime, *kinds: str, more: timedelta = timedelta()) -> bool:
        return any(first <= moment <= last + more for kind in kinds for first, last in self.pieces.get(kind, ()))


class Year:
    """One home that lives through ``days``; ``figures`` are what came of it."""

    def __init__(self, seed: int, start: datetime, days: int, *, restarts: int, jumps: int) -> None:
        chance = random.Random(seed)
        self.start, self.days = start, days
        self.clock = Clock(start)
        self.room = Room(clock=self.clock, place=AMSTERDAM)
        self.routines = hundred(chance, start, days)
        self.hands = Hands(self.clock, slow=frozenset(one.id for one in self.routines if chance.random() < 0.15))
        self.room.doer, self.room.settled = self.hands, Settles(self.hands)  # type: ignore[assignment]
        self.room.keeper = self.room._keeper()
        self.life = Life(highest=start)
        self.troubles = troubles(chance, days, restarts, jumps, [one.id for one in self.routines])

    async def live(self) -> None:
        """Let the time pass and everything befall it."""
        kept = (history.DAYS, history.MOST_ROWS)
        history.DAYS = book.DAYS = 4000  # nothing of the year is let go before it is reckoned
        history.MOST_ROWS = 10**9
        try:
            for one in self.routines:
                self.room.book.add(one)
            self.room.keeper.start()
            passed = 0.0
            for trouble in self.troubles:
                await self._pass(trouble.at - passed)
                passed = max(passed, trouble.at)
                passed += await self._befall(trouble)
            await self._pass(self.days * 86_400 - passed)
            while self.room.keeper.under_way():
                await self._pass(7.0)
            await self.room.keeper.close()
        finally:
            history.DAYS, history.MOST_ROWS = kept
            book.DAYS = history.DAYS

    async def _pass(self, seconds: float) -> None:
        if seconds > 0:
            await self.clock.advance(seconds)
            self.life.highest = max(self.life.highest, self.clock.now())

    async def _befall(self, trouble: Trouble) -> float:
        """Let it happen and return how many seconds went by with it."""
        now = self.clock.now()
        match trouble.what:
            case "restart":
                await self.room.restart(trouble.much)
                self.life.add("down", now, self.clock.now())
            case "jump":
                self.clock.jump(trouble.much)
                first, last = sorted((now, self.clock.now()))
                self.life.add("forward" if trouble.much > 0 else "back", first, last)
                await self._pass(LOOK_S)  # a daemon that ends before it looked does not know that it was set
                return LOOK_S
            case "event":
                one = firing(trouble.of, now, trigger=2 if trouble.of.startswith("mixed") else 0)
                for _ in range(1 + int(trouble.at) % 2):  # some come twice
                    self.room.keeper.fire(one)
                self.life.fired[one.routine, one.key] += 1
                await self.clock.settle()
            case "stop" | "away":
                self.room.stopped, self.room.ready = (
                    ("stopped" if trouble.what == "stop" else ""),
                    trouble.what == "stop",
                )
                self.room.keeper.wake()
                await self._pass(trouble.much)
                self.room.stopped, self.room.ready = "", True
                self.room.keeper.wake()
                self.life.add(trouble.what, now, self.clock.now())
                await self._pass(LOOK_S)  # what waited for the house has its turn before anything else happens
                return trouble.much + LOOK_S
        self.life.highest = max(self.life.highest, self.clock.now())
        return 0.0


class Reckoning:
    """Holds what came of a year against what every minute on the clocks says."""

    def __init__(self, year: Year) -> None:
        self.year, self.life = year, year.life
        self.rows: dict[str, list[Run]] = {}
        for row in year.room.book.runs(limit=10**9):
            self.rows.setdefault(row.routine, []).append(row)
        self.figures: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._walked: dict[str, list[datetime]] = {}
        self._began = {(name, key): when for name, key, when in year.hands.acts}
        times = Counter((name, key) for name, key, _ in year.hands.acts)
        self.figures["acted"] = sum(times.values())
        self.figures["doubled"] = sum(count - 1 for count in times.values())
        once = Counter((row.routine, row.firing.due) for row in self._acted() if _one_key_a_moment(row))
        self.figures["doubled"] += sum(count - 1 for count in once.values())

    def held_against_the_clocks(self) -> Counter[str]:
        """Return the figures; ``wrong`` has a line for each moment without a row, too many, or with a wrong one."""
        for one in self.year.routines:
            moments = self._moments(one)
            covered: Counter[datetime] = Counter()
            for row in self.rows.get(one.id, ()):
                self.figures[row.status] += row.times
                if row.firing.key.startswith(BY_CLOCK):
                    self._cover(one, row, moments, covered)
                else:
                    self.figures["by events"] += row.times
            for moment in moments:
                twice = self.life.within(moment, "back")
                if covered[moment] != 1 and not (twice and covered[moment]):
                    self.wrong.append(f"{one.id} {moment}: {covered[moment]} rows")
            self.figures["due by the clock"] += len(moments)
            self._events(one)
        self.figures["unaccounted"] = len(self.wrong)
        return self.figures

    def _acted(self) -> Iterator[Run]:
        return (row for rows in self.rows.values() for row in rows if (row.routine, row.firing.key) in self._began)

    def _cover(self, one: Routine, row: Run, moments: Sequence[datetime], covered: Counter[datetime]) -> None:
        first, last = row.firing.due, row.until or row.firing.due
        inside = moments[bisect_left(moments, first) : bisect_right(moments, last)]
        if row.times == 1 and list(inside) != [first]:
            self.wrong.append(f"{one.id} {first}: it was not due then ({row.status} {row.reason})")
        elif row.times > 1 and len(inside) != row.times and not self._may_differ(one, first, last):
            self.wrong.append(f"{one.id} {first} to {last}: {row.times} of {len(inside)} ({row.status} {row.reason})")
        covered.update(inside)
        if row.times == 1 and not self._rightly(one, row):
            self.wrong.append(f"{one.id} {first}: {row.status} {row.reason}")

    def _may_differ(self, one: Routine, first: datetime, last: datetime) -> bool:
        """Return whether moments lie within a row that are not of it: other triggers', or of a clock set back."""
        backs = self.life.pieces.get("back", ())
        return len(one.spec.when) > 1 or any(low <= last and first <= high for low, high in backs)

    def _rightly(self, one: Routine, row: Run) -> bool:
        """Return whether the row says what it has to where nothing was in the way, and where something was."""
        due = row.firing.due
        began = self._began.get((one.id, row.firing.key))
        stopped = any(first < due <= last for first, last in self.life.pieces.get("stop", ()))
        if stopped and not self.life.within(due, "back", "down", "forward", more=CALM):
            return row.status == "held" and began is None
        longest = max(MINUTE, timedelta(seconds=span_s(one.spec.grace))) if one.spec.missed != "skip" else MINUTE
        queued = timedelta(seconds=2 * LONGEST_RUN if one.id in self.year.hands.slow else 2)
        if began is not None and not due <= began <= due + longest + queued:
            return False
        if self.life.within(due, "down", "forward", "back", "away", "stop", more=CALM):
            return row.status in {"done", "missed", "skipped", "held", "unknown", "replaced"}
        if row.status == "skipped":
            return bool(one.spec.quiet) or row.reason.startswith("the run before")
        if one.id not in self.year.hands.slow:
            self.figures["on time"] += 1
            return row.status == "done" and began is not None and began - due < timedelta(seconds=1)
        return row.status in {"done", "replaced", "unknown"}

    def _events(self, one: Routine) -> None:
        fired = [key for name, key in self.life.fired if name == one.id]
        rows = [row for row in self.rows.get(one.id, ()) if not row.firing.key.startswith(BY_CLOCK)]
        if not len(fired) <= sum(row.times for row in rows) <= 2 * len(fired):
            self.wrong.append(f"{one.id}: {len(fired)} events and {sum(row.times for row in rows)} rows of them")
        self.figures["events"] += len(fired)

    def _moments(self, one: Routine) -> list[datetime]:
        return sorted({moment for trigger in one.spec.when for moment in self._due(one, trigger)})

    def _due(self, one: Routine, trigger: Any) -> Sequence[datetime]:
        start, end = self.year.start, self.life.highest
        match trigger:
            case At():
                fits = minute_walker.at(trigger.at, tuple(trigger.days))
                return self._walk(
                    f"at {trigger.at} {trigger.days}", lambda: minute_walker.by_the_day(fits, start, end, ZONE)
                )
            case Cron():
                return self._walk(trigger.cron, lambda: iter(minute_walker.cron_dues(trigger.cron, start, end, ZONE)))
            case Once():
                fits = minute_walker.exactly(trigger.once)
                return self._walk(f"{trigger.once}", lambda: minute_walker.by_the_day(fits, start, end, ZONE))
            case Every():
                return list(self._every(timedelta(seconds=span_s(trigger.every)), end))
            case Sun():
                return [one for one in _suns(trigger, start, self.year.days) if start < one <= end]
            case _:
                return ()

    def _walk(self, name: str, walk: Any) -> list[datetime]:
        if name not in self._walked:
            self._walked[name] = list(walk())
        return self._walked[name]

    def _every(self, span: timedelta, end: datetime) -> Iterator[datetime]:
        """Give the moments of an interval: by the time that passes, so each set-back moves those after it."""
        backs = self.life.pieces.get("back", ())  # as they happened
        moment = since = self.year.start
        for low, high in [*backs, (end, end)]:
            while moment + span <= high:
                moment += span
                if moment > since:
                    yield moment
            moment -= high - low
            since = low


def _one_key_a_moment(row: Run) -> bool:
    """Return whether no other firing can be due at the same moment: events can, and intervals when clocks go back."""
    return row.firing.key.startswith(BY_CLOCK) and not row.routine.startswith("every")


def _suns(trigger: Sun, start: datetime, days: int) -> Iterator[datetime]:
    from astral import Observer  # noqa: PLC0415  as the daemon has it: when somebody asks
    from astral.sun import sunrise, sunset  # noqa: PLC0415  the same

    there = Observer(*AMSTERDAM.location) if AMSTERDAM.location else Observer()
    for number in range(-3, days + 8):
        event = (sunrise if trigger.sun == "sunrise" else sunset)(there, (start + number * DAY).date(), UTC)
        yield event.replace(second=0, microsecond=0) + timedelta(seconds=offset_s(trigger.offset))


async def lived(seed: int, start: datetime, days: int, *, restarts: int, jumps: int) -> Reckoning:
    """Return the reckoning of a year, or a part of one."""
    year = Year(seed, start, days, restarts=restarts, jumps=jumps)
    await year.live()
    found = Reckoning(year)
    found.held_against_the_clocks()
    return found
