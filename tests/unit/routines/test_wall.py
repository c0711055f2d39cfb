"""What the clocks of a house show, and when that is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.routines.wall import leap, moment_of, shown

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = sorted(available_timezones())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES), st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)))  # noqa: DTZ001  wall times
def test_what_is_shown_leads_back_to_the_first_moment_that_shows_it(name: str, moment: datetime) -> None:
    zone, real = ZoneInfo(name), moment.replace(tzinfo=UTC, microsecond=0)
    wall = shown(real, zone)
    found = moment_of(wall, zone)
    assert found is not None
    assert found <= real
    assert shown(found, zone) == wall


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001  wall times
    st.integers(0, 7200),
)
def test_a_later_wall_time_is_never_an_earlier_moment(name: str, wall: datetime, later: int) -> None:
    zone = ZoneInfo(name)
    first, second = moment_of(wall, zone), moment_of(wall + timedelta(seconds=later), zone)
    assert first is None or second is None or first <= second


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("America/Nuuk", "2024-03-30T23:30", "2024-03-31T01:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30T12:00", ""),
    ],
)
def test_what_is_left_out_is_the_end_of_it_and_what_comes_twice_the_first(zone: str, wall: str, moment: str) -> None:
    found = moment_of(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert (f"{found:%Y-%m-%dT%H:%M}" if found else "") == moment


def test_the_next_time_that_the_clocks_are_set_is_found_to_the_second() -> None:
    start = datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC)
    spring = leap(start, start + timedelta(days=365), BERLIN)
    assert spring == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert spring is not None
    assert leap(spring, spring + timedelta(days=180), BERLIN) is None
    assert leap(spring - timedelta(microseconds=1), spring, BERLIN) == spring
    assert leap(start, start + timedelta(days=9000), UTC) is None
