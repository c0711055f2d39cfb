"""When the sun rises and sets, day by day, where the house stands.

A day is one solar noon with the sunrise before it and the sunset after it.  Counting from noon keeps them together
where the sun sets after midnight, as in a northern summer; where it does not rise or set at all there is no answer.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


class Sun(NamedTuple):
    """Sunrise and sunset of one day, in minutes of the wall clock after the midnight that begins it."""

    sunrise: float
    sunset: float


@lru_cache(64)
def sun_on(day: date, location: tuple[float, float], zone: ZoneInfo) -> Sun | None:
    """Return sunrise and sunset of a local day at (latitude, longitude); None where the sun does not rise or set."""
    # Astral costs 13 ms at the start, and few policies look at the sun.
    from astral import Observer  # noqa: PLC0415  see above
    from astral.sun import noon, sunrise, sunset  # noqa: PLC0415  see above

    place = Observer(*location)
    try:
        noons = (noon(place, day + days * _DAY, UTC) for days in (0, -1, 1))
        middle = next((one for one in noons if one.astimezone(zone).date() == day), noon(place, day, UTC))
        before = [sunrise(place, middle.date() - days * _DAY, UTC) for days in (0, 1)]
        after = [sunset(place, middle.date() + days * _DAY, UTC) for days in (0, 1)]
        rise, set_ = max(one for one in before if one < middle), min(one for one in after if one > middle)
    except ValueError:
        return None
    return Sun(_minutes(rise, day, zone), _minutes(set_, day, zone))


def _minutes(moment: datetime, day: date, zone: ZoneInfo) -> float:
    local = moment.astimezone(zone).replace(tzinfo=None)
    return (local - datetime.combine(day, datetime.min.time())) / timedelta(minutes=1)
