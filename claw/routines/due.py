"""When a routine is due by the clock: pure, from the trigger, the place and the moment before.

People write wall time, which leaves an hour out in spring and shows one twice in autumn.  A time of day comes once on
each local day: the first time it is shown, or when the clocks have leapt over it.  What follows the time that passes,
an interval or a cron expression for every hour, takes no notice of the clocks being set.
"""

import math
from datetime import UTC, datetime, time, timedelta
from typing import assert_never

from claw.policy.sun import daylight
from claw.policy.windows import DAYS
from claw.routines.cron import fields_of, next_wall
from claw.routines.place import Place
from claw.routines.spec import At, ByClock, Cron, Every, Once, Sun, offset_s, span_s
from claw.routines.wall import leap, moment_of, shown

FARTHEST = timedelta(days=3660)
"""What is not due within ten years never is: a 29th of February may be eight years away."""
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_WEEK = 9
"""Days to look through for a day of the week: one week, and days that the clocks leap over."""
_DARK = 400
"""Days to look through for a sunrise or sunset: behind a polar circle there is none for half a year."""


def next_due(trigger: ByClock, after: datetime, place: Place, created: datetime) -> datetime | None:
    """Return the first moment (UTC) strictly after ``after`` at which it is due, None where there is no other.

    ``created`` is what an interval without ``since`` counts from.  Raises ValueError for a cron expression that is
    none.
    """
    after = after.astimezone(UTC)
    try:
        match trigger:
            case At():
                return _at(trigger, after, place)
            case Cron():
                return (
                    _hourly(trigger, after, place) if fields_of(trigger.cron).hourly else _cron(trigger, after, place)
                )
            case Every():
                return _every(trigger, after, place, created)
            case Once():
                due = _moment(trigger.once, place)
                return due if due is not None and due > after else None
            case Sun():
                return _sun(trigger, after, place)
            case _:
                assert_never(trigger)
    except OverflowError:  # the calendar ends with the year 9999
        return None


def dues(
    trigger: ByClock, after: datetime, until: datetime, place: Place, created: datetime, most: int = 1000
) -> tuple[datetime, ...]:
    """Return when it is due (UTC) after ``after`` up to and with ``until``, earliest first, ``most`` times at most."""
    found: list[datetime] = []
    while len(found) < most:
        due = next_due(trigger, found[-1] if found else after, place, created)
        if due is None or due > until:
            break
        found.append(due)
    return tuple(found)


def never(trigger: ByClock, now: datetime, place: Place) -> str:
    """Return why it will never be due (a sentence without its full stop), empty where it will; for who creates it."""
    try:
        due = next_due(trigger, now, place, now)
    except ValueError as error:
        return str(error)
    if due is not None and due - now <= FARTHEST:
        return ""
    wall = place.wall(now)
    match trigger:
        case Once() if due is None:
            return f"{trigger.once:%Y-%m-%d %H:%M} is in the past: it is {wall:%Y-%m-%d %H:%M} here"
        case Sun() if place.location is None:
            return f"the house does not say where it stands, so there is no {trigger.sun} to go by"
        case Sun():
            return f"there is no {trigger.sun} where the house stands"
        case _:
            return f"it would not come before {wall.year + 10}"


def _at(trigger: At, after: datetime, place: Place) -> datetime | None:
    at, first = time.fromisoformat(trigger.at), shown(after, place.zone).date()
    for days in range(_WEEK):
        day = first + days * _DAY
        if not trigger.days or DAYS[day.weekday()] in trigger.days:
            due = moment_of(datetime.combine(day, at), place.zone)
            if due is not None and due > after:
                return due
    return None


def _cron(trigger: Cron, after: datetime, place: Place) -> datetime:
    """Return the next of times of day: each once, however often the clocks show it."""
    wall, due = shown(after, place.zone), None
    while due is None or due <= after:  # after is in an hour that comes again: its times have all been
        wall = next_wall(trigger.cron, wall)
        due = moment_of(wall, place.zone)
    return due


def _hourly(trigger: Cron, after: datetime, place: Place) -> datetime:
    """Return the next of times by the hour: whenever the clocks show one, and never for one that they leave out."""
    wall = earliest = shown(after, place.zone)
    while True:
        due = after + (next_wall(trigger.cron, earliest) - wall)
        set_at = leap(after, due, place.zone)
        if set_at is None:
            return due
        after, wall = set_at, shown(set_at, place.zone)
        earliest = wall - _TICK  # what the clocks show as they are set counts


def _every(trigger: Every, after: datetime, place: Place, created: datetime) -> datetime | None:
    span = timedelta(seconds=span_s(trigger.every))
    since = created if trigger.since is None else _moment(trigger.since, place)
    if since is None:
        return None
    least = 1 if trigger.since is None else 0  # what was just made has not been due with that
    return since.astimezone(UTC) + max(least, math.floor((after - since) / span) + 1) * span


def _sun(trigger: Sun, after: datetime, place: Place) -> datetime | None:
    if place.location is None:
        return None
    offset = timedelta(seconds=offset_s(trigger.offset))
    first = shown(after, place.zone).date() - 2 * _DAY  # twelve hours of offset, and a sun that sets after midnight
    for days in range(_DARK):
        day = first + days * _DAY
        if trigger.days and DAYS[day.weekday()] not in trigger.days:
            continue
        light = daylight(day, place.location, place.zone)
        if light is not None:
            event = light.sunrise if trigger.sun == "sunrise" else light.sunset
            due = event.replace(second=0, microsecond=0) + offset
            if due > after:
                return due
    return None


def _moment(written: datetime, place: Place) -> datetime | None:
    return written.astimezone(UTC) if written.tzinfo is not None else moment_of(written, place.zone)
