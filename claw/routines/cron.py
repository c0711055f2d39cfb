"""Five cron fields, read strictly and the way cron means them, and the next time of day that they name.

APScheduler finds the time; what it takes is made from what was understood here, because it counts the days of the week
from Monday where cron counts them from Sunday, wants both kinds of day to fit where cron wants one of them, reads past
the end of some fields, and looks for a 31st of February until the year 9999.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_DAY = timedelta(days=1)
EXAMPLE = "0 7 * * 1-5 (minute, hour, day of the month, month, day of the week)"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ITEM = re.compile(r"(?:(\*)|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five: its name in a message, the least and the most, and what stands for numbers."""

    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[int]:
        """Every value it can have."""
        return frozenset(range(self.least, self.most + 1))


_FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of the month", 1, 31),
    Field("month", 1, 12, _MONTHS),
    Field("day of the week", 0, 6, _DAYS),
)


@dataclass(frozen=True, slots=True)
class Fields:
    """What an expression names; days of the week from Sunday, 0.

    ``either``: a day fits where its day of the month or its day of the week does, else both must.  ``hourly``: it
    follows the time that passes and not the time of day, as every hour is meant, or each so many.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    hourly: bool


@lru_cache(256)
def fields_of(cron: str) -> Fields:
    """Return what five fields name; raises ValueError, with what was expected, where they make no sense."""
    written = cron.lower().split()
    if len(written) != len(_FIELDS):
        raise ValueError(f"found {len(written)} cron fields, expected five such as {EXAMPLE}")
    found = [_values(text, field) for text, field in zip(written, _FIELDS, strict=True)]
    either = not (written[2].startswith("*") or written[4].startswith("*"))
    hourly = written[1].startswith("*") or found[1] == _FIELDS[1].all
    fields = Fields(*found, either=either, hourly=hourly)
    if not either and min(fields.days) > max(_LONGEST[month - 1] for month in fields.months):
        months = ", ".join(_MONTHS[month - 1] for month in sorted(fields.months))
        raise ValueError(f"there is no day {min(fields.days)} in {months}, so {cron!r} would never come")
    return fields


def next_wall(cron: str, after: datetime) -> datetime:
    """Return the first wall time strictly after ``after`` (both without a zone) that the five fields name."""
    fields = fields_of(cron)
    if len(fields.minutes) == len(fields.hours) == 1:
        return _at_one_time(fields, after)
    asked = after.replace(tzinfo=UTC) + timedelta(microseconds=1)
    found = [one.get_next_fire_time(None, asked) for one in _triggers(cron)]
    return min(one for one in found if one is not None).replace(tzinfo=None)


def _at_one_time(fields: Fields, after: datetime) -> datetime:
    """Return the same for one time of day, without APScheduler: every home has one such routine from the start."""
    at, day = time(min(fields.hours), min(fields.minutes)), after.date()
    if at <= after.time():
        day += _DAY
    while not _names(fields, day):
        day += _DAY if day.month in fields.months else timedelta(days=monthrange(day.year, day.month)[1] - day.day + 1)
    return datetime.combine(day, at)


def _names(fields: Fields, day: date) -> bool:
    by_date, by_weekday = day.day in fields.days, day.isoweekday() % 7 in fields.weekdays
    fits = by_date or by_weekday if fields.either else by_date and by_weekday
    return fits and day.month in fields.months


def _values(text: str, field: Field) -> frozenset[int]:
    values: set[int] = set()
    for item in text.split(","):
        found = _ITEM.fullmatch(item)
        if not found:
            raise ValueError(f"found {text!r} as the {field.name}, expected cron fields such as {EXAMPLE}")
        values.update(_item(found, field))
    return frozenset(value % 7 for value in values) if field.words is _DAYS else frozenset(values)


def _item(found: re.Match[str], field: Field) -> Sequence[int]:
    step = int(found[4] or 1)
    if not 1 <= step <= field.most:
        raise ValueError(f"found each {step} as the {field.name}, expected 1 to {field.most}")
    if found[1]:
        return range(field.least, field.most + 1, step)
    first = _number(found[2], field)
    last = _number(found[3], field) if found[3] else field.most if found[4] else first
    if first > last and field.words is _DAYS:  # friday to monday
        last += 7
    if first > last:
        raise ValueError(f"found {found[0]!r} as the {field.name}, expected the smaller one first")
    return range(first, last + 1, step)


def _number(text: str, field: Field) -> int:
    value = field.words.index(text) + field.least if text in field.words else int(text) if text.isdigit() else -1
    most = 7 if field.words is _DAYS else field.most  # cron's Sunday is 0 and 7
    if not field.least <= value <= most:
        raise ValueError(f"found {text!r} as the {field.name}, expected {field.least} to {most}")
    return value


@lru_cache(256)
def _triggers(cron: str) -> "tuple[CronTrigger, ...]":
    # APScheduler costs 30 ms at the start, and few homes have a routine by cron.
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415  see above

    fields = fields_of(cron)
    written = {
        "minute": _listed(fields.minutes, _FIELDS[0]),
        "hour": _listed(fields.hours, _FIELDS[1]),
        "month": _listed(fields.months, _FIELDS[3]),
    }
    day = {"day": _listed(fields.days, _FIELDS[2])}
    weekday = {"day_of_week": _listed(fields.weekdays, _FIELDS[4])}
    ways = ({**written, **day}, {**written, **weekday}) if fields.either else ({**written, **day, **weekday},)
    return tuple(CronTrigger(**way, second="0", timezone=UTC) for way in ways)


def _listed(values: frozenset[int], field: Field) -> str:
    if values == field.all:
        return "*"
    return ",".join(_DAYS[value] if field.words is _DAYS else str(value) for value in sorted(values))
