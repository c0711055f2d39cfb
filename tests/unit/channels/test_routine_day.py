"""A day on a line: everything that happened in it has its place, also on the two odd days of the year."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.channels.routine_day import MOST, Day, line
from claw.routines.place import Place

AMSTERDAM = Place(ZoneInfo("Europe/Amsterdam"))
ZONES = ("Europe/Amsterdam", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")


def row(at: datetime, until: datetime | None = None) -> dict[str, Any]:
    return {"due": {"at": at.isoformat()}, "until": {"at": until.isoformat()} if until else None}


@pytest.mark.parametrize(
    ("day", "minutes", "noon"),
    [(date(2026, 3, 29), 1380.0, 660.0), (date(2026, 10, 25), 1500.0, 780.0), (date(2026, 6, 1), 1440.0, 720.0)],
)
def test_the_odd_days_are_as_long_as_they_are(day: date, minutes: float, noon: float) -> None:
    told = line(Day(day, AMSTERDAM), datetime(2026, 1, 1, tzinfo=UTC), [], [])
    assert (told["minutes"], told["now"]) == (minutes, None)
    assert told["hours"][2] == {"minute": noon, "said": "12:00"}


def test_an_hour_that_comes_twice_has_two_places() -> None:
    day, first = Day(date(2026, 10, 25), AMSTERDAM), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    told = line(day, first, [row(first + timedelta(hours=1)), row(first)], [])
    assert ([one["minute"] for one in told["ran"]], told["now"]) == ([150.0, 210.0], 150.0)


def test_a_row_for_several_reaches_as_far_as_they_do_within_the_day() -> None:
    day = Day(date(2026, 6, 1), AMSTERDAM)
    (one,) = line(day, day.start, [row(day.start - timedelta(hours=1), day.end + timedelta(hours=1))], [])["ran"]
    assert (one["minute"], one["to_minute"]) == (0.0, 1440.0)


def test_more_than_anybody_tells_apart_is_cut_and_said() -> None:
    day = Day(date(2026, 6, 1), AMSTERDAM)
    rows = [row(day.start + timedelta(minutes=number)) for number in range(MOST + 1)]
    told = line(day, day.start, rows, [])
    assert (len(told["ran"]), told["ran"][-1]["minute"], told["cut"]) == (MOST, 500.0, True)


@given(st.sampled_from(ZONES), st.dates(date(1990, 1, 1), date(2037, 12, 30)), st.floats(0, 1))
def test_every_moment_of_a_day_lies_on_it_in_order(zone: str, on: date, part: float) -> None:
    day = Day(on, Place(ZoneInfo(zone)))
    try:
        start, end = day.start, day.end
    except ValueError:
        assert (zone, on) in {("Pacific/Apia", date(2011, 12, 30)), ("Pacific/Apia", date(2011, 12, 29))}
        return
    at = start + (end - start) * part
    assert 0 <= day.minute(at) <= day.minute(end)
    assert day.place.wall(at + timedelta(microseconds=1)).date() in {on, on + timedelta(days=1)}
    minutes = [hour["minute"] for hour in day.hours()]
    assert minutes == sorted(minutes)
