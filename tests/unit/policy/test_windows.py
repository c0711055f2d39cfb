from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.house.model import Registry
from claw.policy.windows import Window, local, sun_is_up

BERLIN = Registry(time_zone="Europe/Berlin", location=(52.52, 13.405))
NOWHERE = Registry(time_zone="Europe/Berlin")


def at(text: str, fold: int = 0) -> datetime:
    """A moment by the clocks in Berlin."""
    found = local(BERLIN, datetime.fromisoformat(text).replace(tzinfo=UTC))
    assert found is not None
    return datetime.fromisoformat(text).replace(tzinfo=found.tzinfo, fold=fold)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("07:00", "07:00"),
        ("24:00", "07:00"),
        ("sunset", "sunset"),
        ("sunset", "sunset-00:00"),
        ("sunset+11:00", "sunrise-11:00"),
    ],
)
def test_a_span_without_time_in_it_is_refused(start: str, end: str) -> None:
    with pytest.raises(ValueError, match="empty window"):
        Window(start, end)


@pytest.mark.parametrize(
    "end", ["7:00", "25:00", "07:60", "sunset+1:00", "sunset+12:00", "sunup", "", "07:00\n", "\u0660\u0667:00"]
)
def test_what_is_no_time_is_refused(end: str) -> None:
    with pytest.raises(ValueError, match="expected a time"):
        Window("01:23", end)


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="monday"):
        Window("01:00", "02:00", ("monday",))


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-01-09 21:59", False),
        ("2026-01-09 22:00", True),  # a Friday
        ("2026-01-09 23:59", True),
        ("2026-01-10 00:00", True),
        ("2026-01-10 06:59", True),
        ("2026-01-10 07:00", False),
        ("2026-01-10 22:00", False),
        ("2026-01-09 03:00", False),  # the night of Thursday
    ],
)
def test_a_night_belongs_to_its_evening(moment: str, inside: bool) -> None:
    assert Window("22:00", "07:00", ("fri",)).holds(BERLIN, at(moment)) is inside


def test_in_spring_a_span_in_the_hour_that_is_left_out_does_not_happen() -> None:
    window, moment = Window("02:15", "02:45"), datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert not any(window.holds(BERLIN, moment + timedelta(minutes=step)) for step in range(0, 600, 5))
    assert window.holds(BERLIN, at("2026-03-30 02:30"))


def test_in_autumn_a_span_in_the_hour_that_comes_twice_holds_twice() -> None:
    window, moment = Window("02:15", "02:45"), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    held = [step for step in range(0, 600, 5) if window.holds(BERLIN, moment + timedelta(minutes=step))]
    assert len(held) == 12
    assert held[6] - held[0] == 60


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 8), ("2026-10-24", 10), ("2026-06-01", 9)])
def test_a_night_over_a_switch_is_an_hour_shorter_or_longer(day: str, hours: int) -> None:
    window, start = Window("22:00", "07:00"), at(f"{day} 12:00").astimezone(UTC)
    assert sum(bool(window.holds(BERLIN, start + timedelta(minutes=step))) for step in range(24 * 60)) == hours * 60


@pytest.mark.parametrize(
    ("start", "end", "moment", "inside"),
    [
        ("sunset-00:30", "23:00", "2026-12-21 15:20", False),  # the sun sets at 15:53
        ("sunset-00:30", "23:00", "2026-12-21 15:26", True),
        ("sunset-00:30", "23:00", "2026-12-21 23:00", False),
        ("sunset", "sunrise", "2026-12-21 03:00", True),
        ("sunset", "sunrise", "2026-12-21 12:00", False),
        ("sunset", "sunrise", "2026-12-21 16:00", True),
        ("sunrise+01:00", "sunset", "2026-12-21 09:00", False),
        ("sunrise+01:00", "sunset", "2026-12-21 09:30", True),
        ("sunset", "20:00", "2026-06-21 20:30", False),  # it sets after 20:00: there is no such span that day
        ("sunset", "20:00", "2026-06-21 22:00", False),
        ("sunset", "20:00", "2026-06-22 03:00", False),
        ("sunrise", "06:00", "2026-06-21 05:00", True),
        ("sunrise", "06:00", "2026-12-21 09:00", False),
        ("sunset+11:00", "12:00", "2026-12-21 04:00", True),
        ("sunset+11:00", "12:00", "2026-12-21 02:00", False),
        ("sunrise-10:00", "05:00", "2026-12-21 23:00", True),
        ("sunrise-10:00", "05:00", "2026-12-21 05:00", False),
        ("12:00", "sunset", "2026-12-21 14:00", True),
        ("12:00", "sunset", "2026-12-21 12:00", True),
        ("12:00", "sunset", "2026-12-21 11:59", False),
        ("12:00", "sunset", "2026-12-21 16:00", False),
        ("22:00", "sunrise", "2026-12-21 22:00", True),
        ("22:00", "sunrise", "2026-12-21 03:00", True),
        ("22:00", "sunrise", "2026-12-21 09:00", False),
    ],
)
def test_a_span_may_begin_and_end_by_the_sun(start: str, end: str, moment: str, inside: bool) -> None:
    assert Window(start, end).holds(BERLIN, at(moment)) is inside


def test_it_is_the_sun_of_the_day_on_which_the_span_ends() -> None:
    """In March the sun sets two minutes later every day, and rises two minutes earlier."""
    evening, morning = (
        at("2026-03-10 18:02"),
        at("2026-03-11 06:32"),
    )  # just after it set, and rose
    assert not Window("12:00", "sunset").holds(BERLIN, evening)
    assert Window("12:00", "sunset").holds(BERLIN, evening + timedelta(days=2))
    assert not Window("22:00", "sunrise").holds(BERLIN, morning)
    assert Window("22:00", "sunrise").holds(BERLIN, morning - timedelta(days=2))


def test_a_night_by_the_sun_belongs_to_its_evening_too() -> None:
    window = Window("sunset", "sunrise", ("fri",))
    assert window.holds(BERLIN, at("2026-01-09 20:00"))
    assert window.holds(BERLIN, at("2026-01-10 05:00"))
    assert not window.holds(BERLIN, at("2026-01-09 05:00"))


def test_what_cannot_be_told_is_not_told() -> None:
    nowhere = Registry(time_zone="Mars/Olympus", location=(0.0, 0.0))
    arctic = Registry(time_zone="Europe/Oslo", location=(69.65, 18.96))
    for registry in (NOWHERE, nowhere, arctic):
        assert Window("sunset", "23:00").holds(registry, at("2026-06-21 22:00")) is None
        assert Window("12:00", "sunset").holds(registry, at("2026-06-21 22:00")) is None
        assert sun_is_up(registry, at("2026-06-21 22:00")) is None
    assert Window("20:00", "23:00").holds(nowhere, at("2026-06-21 22:00")) is None
    assert local(nowhere, at("2026-06-21 22:00")) is None
    assert Window("sunset", "23:00", ("mon",)).holds(NOWHERE, at("2026-06-26 22:00")) is False  # no Monday is near


@pytest.mark.parametrize(("moment", "up"), [("12:00", True), ("08:10", False), ("08:20", True), ("16:00", False)])
def test_the_sun_is_up_between_sunrise_and_sunset(moment: str, up: bool) -> None:
    assert sun_is_up(BERLIN, at(f"2026-12-21 {moment}")) is up


MOMENT = st.integers(0, 366 * 86_400).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


@given(CLOCK, CLOCK, MOMENT)
def test_a_span_and_its_opposite_share_the_day(start: str, end: str, moment: datetime) -> None:
    if start != end:
        assert Window(start, end).holds(BERLIN, moment) is not Window(end, start).holds(BERLIN, moment)


@given(MOMENT)
def test_day_and_night_share_the_day(moment: datetime) -> None:
    assert Window("sunrise", "sunset").holds(BERLIN, moment) is not Window("sunset", "sunrise").holds(BERLIN, moment)
