"""When the sun rises and sets, day by day, where the house stands.

A day is one solar noon with the sunrise before it and the sunset after it.  Counting from noon keeps them together
where the sun sets after midnight, as in a northern summer; where it does not rise or set at all there is no answer.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

_DAY = timedelta(days=1)


class Sun(NamedTuple):
    """Sunrise and sunset of one day, in minutes of the wall clock after the midnight that begins it."""

    sunrise: float
    sunset: float


class Daylight(NamedTuple):
    """Sunrise and sunset of one day as moments, in UTC."""

    sunrise: datetime
    sunset: datetime


@lru_cache(64)
def sun_on(day: date, location: tuple[float, float], zone: tzinfo) -> Sun | None:
    """Return sunrise and sunset of a local day at (latitude, longitude); None where the sun does not rise or set."""
    found = daylight(day, location, zone)
    return Sun(_minutes(found.sunrise, day, zone), _minutes(found.sunset, day, zone)) if found else None


@lru_cache(64)
def daylight(day: date, location: tuple[float, float], zone: tzinfo) -> Daylight | None:
    """Return the same as moments."""
    # Astral costs 13 ms at the start, and few policies look at the sun.
    from astral import Observer  # noqa: PLC0415  see above
    from astral.sun import noon, sunrise, sunset  # noqa: PLC0415  see above

    place = Observer(*location)
    try:
        noons = (noon(place, day + days * _DAY, UTC) for days in (0, -1, 1))
        middle = next((one for one in noons if one.astimezone(zone).date() == day), noon(place, day, UTC))
        before = [sunrise(place, middle.date() - days * _DAY, UTC) for days in (0, 1)]
        after = [sunset(place, middle.date() + days * _DAY, UTC) for days in (0, 1)]
        return Daylight(max(one for one in before if one < middle), min(one for one in after if one > middle))
    except ValueError:
        return None


def _minutes(moment: datetime, day: date, zone: tzinfo) -> float:
    local = moment.astimezone(zone).replace(tzinfo=None)
    return (local - datetime.combine(day, datetime.min.time())) / timedelta(minutes=1)
