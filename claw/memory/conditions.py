"""When a fact holds: hours of the house's day, days of the week, where the asker stands, whether anybody is home.

A condition is JSON as it is stored (``Fact.condition``).  What cannot be read, or is not known now, does not hold: a
preference must never apply because something was misread.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from claw.base.action import Json, Origin
from claw.house.model import House
from claw.policy.windows import DAYS, Window

NIGHT_ENDS = "05:00"
"""When the evening before is over: "after ten" holds until then, "before seven" from then."""

_DAY_MIN = 24 * 60
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")

CONDITIONS = frozenset({"after", "before", "weekdays", "area", "occupied"})


def holds(condition: Mapping[str, Json], now: datetime | None, house: House, origin: Origin) -> bool:
    """Return whether a condition of a fact holds for ``origin`` at the local time ``now``.

    ``after`` alone lasts until ``NIGHT_ENDS``, ``before`` alone begins then.  What is not known does not hold.
    """
    if set(condition) - CONDITIONS:
        return False
    if "area" in condition and condition["area"] != origin.place:
        return False
    if "occupied" in condition and condition["occupied"] is not _occupied(house):
        return False
    try:
        window = _window(condition)
    except (ValueError, TypeError, AttributeError):
        return False
    return window is None or (now is not None and window.holds_at(now))


def _occupied(house: House) -> bool | None:
    people = [state.value for entity_id, state in house.states.items() if entity_id.startswith("person.")]
    return any(value == "home" for value in people) if people else None


def _window(condition: Mapping[str, Json]) -> Window | None:
    """Return the hours of a condition, None where it names none; raises ValueError for what is no time."""
    if not {"after", "before", "weekdays"} & set(condition):
        return None
    if any(_CLOCK.fullmatch(condition[end]) is None for end in ("after", "before") if end in condition):
        raise ValueError("a condition is by the clock")
    start, end = _span(condition)
    return Window(start, end, _days(condition))


def _span(condition: Mapping[str, Json]) -> tuple[str, str]:
    after: str | None = condition.get("after")
    before: str | None = condition.get("before")
    if after is None and before is None:
        return "00:00", "24:00"
    if after is None:
        return (NIGHT_ENDS if str(before) > NIGHT_ENDS else "00:00"), str(before)
    return after, before or (NIGHT_ENDS if after != NIGHT_ENDS else "24:00")


def _days(condition: Mapping[str, Json]) -> tuple[str, ...]:
    return tuple(condition.get("weekdays") or ())


def readable(condition: Mapping[str, Json]) -> bool:
    """Return whether a condition says nothing that is not known, and means some time where it means any."""
    try:
        _window(condition)
    except (ValueError, TypeError, AttributeError):
        return False
    return not set(condition) - CONDITIONS


def minutes(condition: Mapping[str, Json]) -> int:
    """Return how many minutes of a week the hours of a readable condition are."""
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in _span(condition))
    return ((end - start) % _DAY_MIN or _DAY_MIN) * (len(_days(condition)) or len(DAYS))
