"""When something is due, found by looking at every minute on the clocks of a house: slow, and with nothing to it.

Made to contradict ``claw/routines/due.py``: it shares no code with it, no library either.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
Fits = Callable[[datetime], bool]


def by_the_day(fits: Fits, start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Give the minutes after ``start`` up to ``end`` at which a time of day comes: once, or leapt over."""
    seen: set[datetime] = set()
    minute = (start - 2 * DAY).replace(second=0, microsecond=0)
    before = minute.astimezone(zone).replace(tzinfo=None)
    while (minute := minute + MINUTE) <= end:
        wall = minute.astimezone(zone).replace(tzinfo=None)
        left_out = [before + n * MINUTE for n in range(1, (wall - before) // MINUTE)] if wall - before < DAY else []
        due = any(fits(one) for one in (*left_out, wall) if one not in seen)
        seen.update((*left_out, wall))
        before = wall
        if due and minute > start:
            yield minute


def by_the_hour(fits: Fits, start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Give the minutes after ``start`` up to ``end`` at which the clocks show one that fits, as often as they do."""
    minute = start.replace(second=0, microsecond=0)
    while (minute := minute + MINUTE) <= end:
        if fits(minute.astimezone(zone).replace(tzinfo=None)):
            yield minute


def at(clock: str, days: tuple[str, ...] = ()) -> Fits:
    """Return what fits 07:00 on these days of the week, or on each."""
    return lambda wall: f"{wall:%H:%M}" == clock and (not days or WEEKDAYS[wall.weekday()] in days)


def cron(text: str) -> tuple[Fits, bool]:
    """Return what fits five cron fields, and whether they go by the hour."""
    minutes, hours, days, months, weekdays = text.split()
    in_days = _named(days, 1, 31)
    in_weekdays = {one % 7 for one in _named(weekdays, 0, 7, {day: (n + 1) % 7 for n, day in enumerate(WEEKDAYS)})}
    in_months = _named(months, 1, 12, {month: n + 1 for n, month in enumerate(MONTHS)})
    in_hours, in_minutes = _named(hours, 0, 23), _named(minutes, 0, 59)
    either = days[0] != "*" != weekdays[0]

    def fits(wall: datetime) -> bool:
        day, weekday = wall.day in in_days, wall.isoweekday() % 7 in in_weekdays
        today = day or weekday if either else day and weekday
        return today and wall.month in in_months and wall.hour in in_hours and wall.minute in in_minutes

    return fits, hours[0] == "*" or in_hours == set(range(24))


def cron_dues(text: str, start: datetime, end: datetime, zone: tzinfo) -> list[datetime]:
    """Return when a cron expression is due after ``start`` up to ``end``."""
    fits, hourly = cron(text)
    return list((by_the_hour if hourly else by_the_day)(fits, start, end, zone))


def _named(text: str, least: int, most: int, words: dict[str, int] | None = None) -> set[int]:
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        low = least if span == "*" else (words or {}).get(first) if first in (words or {}) else int(first)
        high = (words or {}).get(last, 0) if last in (words or {}) else int(last) if last else 0
        high = high or (most if span == "*" or step else low)
        found |= {one for n, one in enumerate(range(low, high + 1)) if n % int(step or 1) == 0}
    return found


def utc(text: str) -> datetime:
    """Return ``2026-03-29 01:00`` as a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def exactly(moment: datetime) -> Fits:
    """Return what fits one moment on the wall clock."""
    return lambda wall: wall == moment
