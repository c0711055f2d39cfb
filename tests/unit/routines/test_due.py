"""When something is due, against a walker that looks at every minute on the clocks of the house."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claw.routines.due import dues, never, next_due
from claw.routines.place import Place
from claw.routines.spec import At, ByClock, Cron, Every, Once, Sun
from tests.minute_walker import at, by_the_day, cron_dues, utc

BERLIN = Place(ZoneInfo("Europe/Berlin"), (52.52, 13.405))
SPRING, AUTUMN = utc("2026-03-28 12:00"), utc("2026-10-24 12:00")
"""The day before the clocks are set in Berlin: at 02:00 to 03:00, and at 03:00 to 02:00."""

CLOCKS = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),  # half an hour
    "Antarctica/Troll": ("2026-03-29", "2026-10-25"),  # two hours
    "America/Nuuk": ("2024-03-31", "2024-10-27"),  # from 23:00 to midnight, and from midnight to 23:00
    "America/Havana": ("2026-03-08", "2026-11-01"),  # midnight is left out
    "Asia/Beirut": ("2026-03-29", "2026-10-25"),  # so too, and the autumn's hour is before midnight
    "Africa/Casablanca": ("2026-02-15", "2026-03-22"),  # one hour less in a month
    "Pacific/Apia": ("2011-12-30", "2012-04-01"),  # a day was left out
    "Asia/Kathmandu": ("2026-03-29", "2026-10-25"),  # never set, and 15 minutes off
    "UTC": ("2026-02-28", "2028-02-29"),
}

_minute = st.one_of(st.just("*"), st.just("*/15"), st.just("0,30"), st.integers(0, 59).map(str), st.just("50-59/3"))
_hour = st.one_of(
    st.just("*"), st.just("*/2"), st.just("0-23"), st.just("23,0,1"), st.integers(0, 23).map(str), st.just("1-3")
)
_day = st.one_of(st.just("*"), st.just("*/2"), st.just("29-31"), st.integers(1, 31).map(str))
_weekday = st.one_of(st.just("*"), st.just("1-5"), st.just("7"), st.just("sun,sat"), st.integers(0, 6).map(str))


@st.composite
def _nights(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a moment within a day and a half of the night in which its clocks are set."""
    zone = draw(st.sampled_from(sorted(CLOCKS)))
    day = utc(draw(st.sampled_from(CLOCKS[zone])) + " 00:00")
    return zone, day + timedelta(seconds=draw(st.integers(-36 * 3600, 36 * 3600)))


@settings(max_examples=40, deadline=None)
@given(_nights(), _minute, _hour, _day, _weekday)
@example(("Europe/Berlin", SPRING), "0,30", "2,3", "*", "*")
@example(("America/Nuuk", utc("2024-03-30 00:00")), "30", "23", "*", "*")
def test_a_cron_expression_is_due_when_every_minute_says_so(
    night: tuple[str, datetime], minute: str, hour: str, day: str, weekday: str
) -> None:
    zone, start = ZoneInfo(night[0]), night[1]
    text, end = f"{minute} {hour} {day} * {weekday}", start + timedelta(days=2)
    found = dues(Cron(cron=text), start, end, Place(zone), start, 10_000)
    assert list(found) == cron_dues(text, start, end, zone)


@settings(max_examples=30, deadline=None)
@given(_nights(), st.times(), st.sets(st.sampled_from(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))))
@example(("Pacific/Apia", utc("2011-12-29 00:00")), time(7), set())
def test_a_time_of_day_comes_once_on_each_day_that_there_is(
    night: tuple[str, datetime], clock: time, days: set[str]
) -> None:
    zone, start = ZoneInfo(night[0]), night[1]
    written, end = f"{clock:%H:%M}", start + timedelta(days=3)
    trigger = At(at=written, days=tuple(sorted(days))) if days else At(at=written)
    found = dues(trigger, start, end, Place(zone), start)
    assert list(found) == list(by_the_day(at(written, tuple(days)), start, end, zone))


@settings(max_examples=50, deadline=None)
@given(_nights(), st.sampled_from(("*/20 * * * *", "30 2 * * *", "0 0 * * 1-5")), st.data())
def test_whoever_looks_again_at_any_moment_finds_the_same(
    night: tuple[str, datetime], text: str, data: st.DataObject
) -> None:
    place, start = Place(ZoneInfo(night[0])), night[1]
    due = next_due(Cron(cron=text), start, place, start)
    assert due is not None
    assert due > start
    between = start + (due - start) * data.draw(st.floats(0, 0.999))
    assert next_due(Cron(cron=text), between, place, start) == due


def _local(trigger: ByClock, start: datetime, hours: float, place: Place = BERLIN) -> list[str]:
    found = dues(trigger, start, start + timedelta(hours=hours), place, start)
    return [f"{one.astimezone(place.zone):%H:%M%z}" for one in found]


def test_half_past_two_comes_once_in_autumn_and_at_three_in_spring() -> None:
    trigger = At(at="02:30")
    assert _local(trigger, AUTUMN, 24) == ["02:30+0200"]
    assert _local(trigger, SPRING, 24) == ["03:00+0200"]
    assert _local(Cron(cron="30 2 * * *"), AUTUMN, 24) == ["02:30+0200"]
    assert _local(Cron(cron="0,30 2,3 * * *"), SPRING, 24) == ["03:00+0200", "03:30+0200"]


def test_a_time_that_has_been_is_not_due_while_it_is_shown_again() -> None:
    shown_again = utc("2026-10-25 01:10")  # 02:10, the second time
    assert next_due(Cron(cron="30 2 * * *"), shown_again, BERLIN, AUTUMN) == utc("2026-10-26 01:30")
    assert next_due(At(at="02:30"), shown_again, BERLIN, AUTUMN) == utc("2026-10-26 01:30")


def test_every_hour_goes_on_through_the_hour_that_comes_again_and_over_the_one_that_does_not() -> None:
    every = Cron(cron="0 * * * *")
    assert _local(every, utc("2026-10-24 23:30"), 3) == ["02:00+0200", "02:00+0100", "03:00+0100"]
    assert _local(every, utc("2026-03-28 23:30"), 3) == ["01:00+0100", "03:00+0200", "04:00+0200"]


def test_an_interval_counts_the_time_that_passes_whatever_the_clocks_do() -> None:
    for start in (SPRING, AUTUMN):
        found = dues(Every(every="7 h"), start, start + timedelta(days=3), BERLIN, start)
        assert found == tuple(start + n * timedelta(hours=7) for n in range(1, 11))


def test_an_interval_with_a_beginning_is_due_with_it() -> None:
    trigger = Every(every="1 d", since=datetime(2026, 3, 29, 7, 0))  # noqa: DTZ001  on the wall clock
    assert next_due(trigger, SPRING, BERLIN, SPRING) == utc("2026-03-29 05:00")
    assert next_due(trigger, utc("2026-04-01 05:00"), BERLIN, SPRING) == utc("2026-04-02 05:00")


def test_a_leap_day_and_the_last_days_of_months_are_found() -> None:
    leap = Cron(cron="0 8 29 2 *")
    assert next_due(leap, utc("2026-01-01 00:00"), Place(UTC), AUTUMN) == utc("2028-02-29 08:00")
    assert next_due(leap, utc("2096-03-01 00:00"), Place(UTC), AUTUMN) == utc("2104-02-29 08:00")
    found = dues(Cron(cron="0 0 31 * *"), utc("2026-01-01 00:00"), utc("2027-01-01 00:00"), Place(UTC), AUTUMN)
    assert [one.month for one in found] == [1, 3, 5, 7, 8, 10, 12]


def test_a_moment_on_the_wall_clock_is_the_first_of_two_and_one_that_is_left_out_comes_when_it_would_have() -> None:
    twice, none = datetime(2026, 10, 25, 2, 30), datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001  on the wall clock
    assert next_due(Once(once=twice), AUTUMN, BERLIN, AUTUMN) == utc("2026-10-25 00:30")
    assert next_due(Once(once=none), SPRING, BERLIN, SPRING) == utc("2026-03-29 01:00")
    assert next_due(Once(once=twice), utc("2026-10-25 00:30"), BERLIN, AUTUMN) is None


def test_the_sun_goes_by_the_minute_with_its_offset_and_its_days() -> None:
    found = dues(Sun(sun="sunset", offset="-30 min"), SPRING, SPRING + timedelta(days=3), BERLIN, SPRING)
    assert [f"{one.astimezone(BERLIN.zone):%d %H:%M}" for one in found] == ["28 18:03", "29 19:05", "30 19:06"]
    fridays = dues(Sun(sun="sunrise", days=("fri",)), SPRING, SPRING + timedelta(days=15), BERLIN, SPRING)
    assert [one.astimezone(BERLIN.zone).isoweekday() for one in fridays] == [5, 5]


def test_where_the_sun_does_not_set_for_months_the_next_sunset_is_the_first_after_them() -> None:
    tromso = Place(ZoneInfo("Europe/Oslo"), (69.65, 18.96))
    due = next_due(Sun(sun="sunset"), utc("2026-06-01 12:00"), tromso, SPRING)
    assert due is not None
    assert (due.month, due.year) == (7, 2026)
    assert never(Sun(sun="sunset"), utc("2026-06-01 12:00"), tromso) == ""
    assert "no sunset" in never(Sun(sun="sunset"), SPRING, Place(UTC, (90.0, 0.0)))


PASSED, FAR = datetime(2026, 3, 27, 7), datetime(9999, 12, 31, 23, 59)  # noqa: DTZ001  on the wall clock


@pytest.mark.parametrize(
    ("trigger", "why"),
    [
        (Once(once=PASSED), "2026-03-27 07:00 is in the past: it is 2026-03-28 13:00 here"),
        (Once(once=FAR), "it would not come before 2036"),
        (Every(every="1 d", since=datetime(2400, 1, 1, tzinfo=UTC)), "it would not come before 2036"),
        (Cron(cron="0 0 31 2 *"), "there is no day 31 in feb, so '0 0 31 2 *' would never come"),
        (Cron(cron="0 25 * * *"), "found '25' as the hour, expected 0 to 23"),
    ],
)
def test_what_can_never_be_due_is_said_when_it_is_made(trigger: ByClock, why: str) -> None:
    assert never(trigger, SPRING, BERLIN) == why


def test_without_a_place_there_is_no_sun_to_go_by() -> None:
    assert "does not say where it stands" in never(Sun(sun="sunset"), SPRING, Place(UTC))
    assert next_due(Sun(sun="sunset"), SPRING, Place(UTC), SPRING) is None


def test_at_the_end_of_the_calendar_nothing_is_due() -> None:
    end = datetime(9999, 12, 31, 23, 0, tzinfo=UTC)
    for trigger in (At(at="07:00"), Every(every="1 d"), Sun(sun="sunset"), Cron(cron="0 0 * * *")):
        assert next_due(trigger, end, BERLIN, end) is None


def test_what_comes_once_ends_and_what_goes_on_comes_no_more_often_than_was_asked() -> None:
    once = Once(once=SPRING + timedelta(hours=1))
    assert dues(once, SPRING, SPRING + timedelta(days=1), BERLIN, SPRING) == (once.once,)
    hourly = Every(every="1 h")
    assert len(dues(hourly, SPRING, SPRING + timedelta(days=9), BERLIN, SPRING, most=2)) == 2
    apia = Place(ZoneInfo("Pacific/Apia"), None)
    assert next_due(Once(once=datetime(2011, 12, 30, 12)), utc("2011-12-01 00:00"), apia, SPRING) is None  # noqa: DTZ001  a wall time
