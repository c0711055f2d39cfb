"""From the times in a sentence to triggers: which of two seven o'clocks is meant, and on which day.

The rules are few, so that they can be learned, and the answer always says the time on a clock of 24 hours:

- a mark decides ("am", "in the evening", "every morning at"), and so does an hour above twelve or a zero before it;
- once and without a day it is the next such o'clock, whichever half of the day that is in; in the small hours, from
  midnight to six, only where that is at most six hours away;
- on a day, or again and again, six to eleven are in the morning, twelve is noon, one to five are in the afternoon;
- a part of the day alone is a fixed hour: morning 8, noon 12, afternoon 15, evening 19, night 22;
- a reminder for a day without any time is at nine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from claw.policy.windows import DAYS
from claw.routines.spec import SHORTEST_S, At, Cron, Every, Once, Sun, Trigger
from claw.routines.talk_clock import Clock
from claw.routines.talk_times import Part, Times

HOURS: Mapping[Part, int] = {"morning": 8, "noon": 12, "afternoon": 15, "evening": 19, "night": 22}
REMINDED_AT = 9 * 60
"""Minutes after midnight of a reminder that names a day and no time."""
_HALF, _DAY = 12 * 60, 24 * 60
_MORNING, _AFTERNOON = 6 * 60, 12 * 60
_LONGEST = timedelta(days=366)
_LATE: frozenset[Part] = frozenset({"afternoon", "evening", "night"})
_SMALL_HOURS = 5 * 60
_DAYBREAK, _NIGHT = 6, timedelta(hours=6)
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))

Problem = Literal["when_at", "past", "too_short", "too_long"]


@dataclass(frozen=True, slots=True)
class Due:
    """What sets it off; ``once`` where it is a single time.  ``other`` is the other half of the day (minutes)."""

    triggers: tuple[Trigger, ...]
    once: bool
    other: int | None = None


def due(times: Times, now: datetime, *, reminder: bool = False) -> Due | Problem:
    """Return the triggers for what was said, or what stands in the way; ``now`` is on the wall clock, with its zone."""
    if times.every or (times.after and not times.clocks):
        return _spanned(times, now)
    if times.sun is not None:
        return _by_sun(times, now)
    if times.after:  # "in three days at eight"
        day = (now + timedelta(seconds=times.after)).date()
        return _once(replace(times, day=day, loose=False), now, reminder=reminder)
    return _again(times) if times.again else _once(times, now, reminder=reminder)


def _spanned(times: Times, now: datetime) -> Due | Problem:
    if max(times.every, times.after) > _LONGEST.total_seconds():
        return "too_long"
    if times.after:
        return Due((Once(once=now + timedelta(seconds=times.after)),), once=True)
    return "too_short" if times.every < SHORTEST_S else Due((Every(every=span(times.every)),), once=False)


def span(seconds: float) -> str:
    """Return a span as a spec writes it: ``20 min``."""
    whole = round(seconds)
    size, unit = next((size, unit) for size, unit in _UNITS if whole % size == 0)
    return f"{whole // size} {unit}"


def written(minutes: int) -> str:
    """Return a time of day as a spec writes it: ``07:00``."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _by_sun(times: Times, now: datetime) -> Due | Problem:
    assert times.sun is not None  # noqa: S101  only asked where it is there
    offset = round(times.sun.offset_s)
    said = f"{'-' if offset < 0 else ''}{span(abs(offset)).replace(' d', ' h')}" if offset else "0 min"
    if times.again:
        return Due((Sun.model_validate({"sun": times.sun.event, "offset": said, **_days(times.days)}),), once=False)
    ahead = (times.day - now.date()).days if times.day is not None else 0
    if ahead >= len(DAYS):
        return "when_at"
    days = (DAYS[times.day.weekday()],) if times.day is not None and ahead else ()
    return Due((Sun.model_validate({"sun": times.sun.event, "offset": said, **_days(days)}),), once=True)


def _days(days: Sequence[str]) -> dict[str, Sequence[str]]:
    return {"days": days} if days and set(days) != set(DAYS) else {}


def _again(times: Times) -> Due | Problem:
    read = _minutes(times)
    if not read:
        return "when_at"
    triggers: list[Trigger] = []
    for minutes in read:
        if times.monthly:
            triggers.append(Cron(cron=f"{minutes % 60} {minutes // 60} {times.monthly} * *"))
        else:
            triggers.append(At.model_validate({"at": written(minutes), **_days(times.days)}))
    return Due(tuple(triggers), once=False, other=_other(times, read))


def _minutes(times: Times) -> list[int]:
    """Return the times of day that are meant on a day, or again and again."""
    if not times.clocks:
        return [HOURS[times.part] * 60] if times.part is not None else []
    return [_halved(clock, times.part) for clock in times.clocks]


def _halved(clock: Clock, part: Part | None) -> int:
    if not clock.open:
        return clock.minutes
    minutes = clock.minutes % _HALF
    if part in _LATE:
        late_night = part == "night" and (minutes < _SMALL_HOURS)
        return minutes if late_night else minutes + _HALF
    if part == "morning":
        return minutes
    return minutes if _MORNING <= clock.minutes < _AFTERNOON else minutes + _HALF


def _other(times: Times, read: Sequence[int]) -> int | None:
    """Return the other half of the day that might have been meant, None where nothing was left open."""
    if len(read) != 1 or times.part is not None or not times.clocks or not times.clocks[0].open:
        return None
    return (read[0] + _HALF) % _DAY


def _once(times: Times, now: datetime, *, reminder: bool) -> Due | Problem:
    wall = now.replace(tzinfo=None)
    if times.day is None:
        found = [_next_oclock(clock, times.part, wall) for clock in times.clocks]
        return Due(tuple(Once(once=moment) for moment in found), once=True)
    read = _minutes(times)
    if not read and reminder and times.day > now.date():
        read = [REMINDED_AT]
    if not read:
        return "when_at"
    if times.day == now.date() and times.part is None:
        read = [_later_today(clock, minutes, wall) for clock, minutes in zip(times.clocks, read, strict=True)]
    found = [_on(times.day, minutes) for minutes in read]
    if any(moment <= wall for moment in found) and times.loose:
        found = [moment + timedelta(days=7) for moment in found]
    if any(moment <= wall for moment in found):
        return "past"
    if any(moment - wall > _LONGEST for moment in found):
        return "too_long"
    return Due(tuple(Once(once=moment) for moment in found), once=True, other=_other(times, read))


def _later_today(clock: Clock, minutes: int, wall: datetime) -> int:
    """Return the half of the day that is still to come: "today at seven"."""
    early = clock.minutes % _HALF
    if not clock.open:
        return minutes
    return early if _on(wall.date(), early) > wall else early + _HALF


def _next_oclock(clock: Clock, part: Part | None, wall: datetime) -> datetime:
    if clock.open and part is None:
        first = clock.minutes % _HALF
        options = [_on(wall.date(), first + half) for half in (0, _HALF, _DAY, _DAY + _HALF)]
        return next(one for one in options if one > wall and (one.hour >= _DAYBREAK or one - wall <= _NIGHT))
    minutes = _halved(clock, part)
    moment = _on(wall.date(), minutes)
    return moment if moment > wall else moment + timedelta(days=1)


def _on(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)
