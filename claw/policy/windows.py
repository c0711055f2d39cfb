"""Spans of local time: by the clock, over midnight, from and to the sun.

All of it is wall-clock time.  When the clocks go forward a span in the hour that is left out does not happen that day;
when they go back a span in the hour that comes twice holds twice.  A night belongs to the day on which it began.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.house.model import Registry
from claw.policy.sun import Sun, sun_on

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MIN = 1440
_CLOCK = re.compile(r"(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_SUN = re.compile(r"(sunrise|sunset)(?:([+-])(0[0-9]|1[01]):([0-5][0-9]))?")
_USUAL = {"": 0, "sunrise": 6 * 60, "sunset": 18 * 60}
"""Where an event lies on an ordinary day: this alone says whether a span runs over midnight."""


class _End(NamedTuple):
    event: str  # empty: the clock
    minute: int  # after midnight, or after the event

    @property
    def usual(self) -> int:
        return _USUAL[self.event] + self.minute

    def on(self, sun: Sun | None) -> float | None:
        if not self.event:
            return self.minute
        return None if sun is None else getattr(sun, self.event) + self.minute


def _end(text: str) -> _End:
    if found := _CLOCK.fullmatch(text):
        return _End("", int(found[1]) * 60 + int(found[2]) if found[1] else _DAY_MIN)
    if found := _SUN.fullmatch(text):
        minute = int(found[3]) * 60 + int(found[4]) if found[2] else 0
        return _End(found[1], -minute if found[2] == "-" else minute)
    raise ValueError(f"found {text!r}, expected a time such as 07:00, sunrise, sunset or sunset-00:30")


class Window:
    """A span of local time that comes back every day, or on some days of the week; start included, end not."""

    def __init__(self, start: str = "00:00", end: str = "24:00", days: Sequence[str] = ()) -> None:
        """Take what a file writes; raises ValueError for a time that is none and for a span with no time in it."""
        self._start, self._end = _end(start), _end(end)
        if any(day not in DAYS for day in days):
            raise ValueError(f"found the days {', '.join(days)}, expected some of {', '.join(DAYS)}")
        self._days = frozenset(DAYS.index(day) for day in days) or frozenset(range(7))
        self._over = self._start.usual > self._end.usual
        length = self._end.usual - self._start.usual + (_DAY_MIN if self._over else 0)
        if not 0 <= length <= _DAY_MIN or self._start == self._end or start == "24:00":
            raise ValueError(f"found an empty window from {start} to {end}, expected some time in it")
        self._by_clock = not self._start.event and not self._end.event

    def holds(self, registry: Registry, now: datetime) -> bool | None:
        """Return whether ``now`` lies in it where the house stands, None where that cannot be told."""
        zone = zone_of(registry.time_zone)
        if zone is None:
            return None
        moment = now.astimezone(zone)
        if self._by_clock:
            return self.holds_at(moment)
        return self._holds_by_sun(registry.location, moment, zone)

    def holds_at(self, moment: datetime) -> bool:
        """Return the same for a local time, for a span that does not look at the sun."""
        minute = moment.hour * 60 + moment.minute
        start, end = self._start.minute, self._end.minute
        if not self._over:
            return start <= minute < end and moment.weekday() in self._days
        if minute >= start:
            return moment.weekday() in self._days
        return minute < end and (moment.weekday() - 1) % 7 in self._days

    def _holds_by_sun(self, location: tuple[float, float] | None, moment: datetime, zone: ZoneInfo) -> bool | None:
        minute = moment.hour * 60 + moment.minute + moment.second / 60
        unknown = False
        for shift in (-2, -1, 0, 1):  # a span may begin the evening before its day and end on the next but one
            day = moment + timedelta(days=shift)
            if day.weekday() not in self._days:
                continue
            start = self._start.on(_sun(location, day, zone))
            end = self._end.on(_sun(location, day + timedelta(days=1) if self._over else day, zone))
            if start is None or end is None:
                unknown = True
            elif start <= minute - shift * _DAY_MIN < end + (_DAY_MIN if self._over else 0):
                return True
        return None if unknown else False


def sun_is_up(registry: Registry, now: datetime) -> bool | None:
    """Return whether the sun is up where the house stands, None where that cannot be told."""
    return _DAYLIGHT.holds(registry, now)


_DAYLIGHT = Window("sunrise", "sunset")


def local(registry: Registry, now: datetime) -> datetime | None:
    """Return ``now`` as the clocks in the house show it, None where its time zone is not known."""
    zone = zone_of(registry.time_zone)
    return now.astimezone(zone) if zone else None


def _sun(location: tuple[float, float] | None, day: datetime, zone: ZoneInfo) -> Sun | None:
    return sun_on(day.date(), location, zone) if location else None


@lru_cache(8)
def zone_of(name: str) -> ZoneInfo | None:
    """Return the time zone of this name, None where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
