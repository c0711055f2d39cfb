"""What five cron fields mean, and what is refused with what was expected."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.routines.cron import _at_one_time, _triggers, fields_of, next_wall

START = datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001  a Monday on the wall clock


def _next(cron: str, times: int = 3) -> list[str]:
    found: list[datetime] = []
    for _ in range(times):
        found.append(next_wall(cron, found[-1] if found else START))
    return [f"{one:%a %d %b %H:%M}" for one in found]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 7 * * 0", ["Sun 08 Mar 07:00", "Sun 15 Mar 07:00", "Sun 22 Mar 07:00"]),  # cron's Sunday, and so is 7
        ("0 7 * * 7", ["Sun 08 Mar 07:00", "Sun 15 Mar 07:00", "Sun 22 Mar 07:00"]),
        ("0 7 * * 5-7", ["Fri 06 Mar 07:00", "Sat 07 Mar 07:00", "Sun 08 Mar 07:00"]),
        ("0 7 * * SAT-Mon", ["Sat 07 Mar 07:00", "Sun 08 Mar 07:00", "Mon 09 Mar 07:00"]),
        ("0 7 13 * fri", ["Fri 06 Mar 07:00", "Fri 13 Mar 07:00", "Fri 20 Mar 07:00"]),  # the 13th, or a Friday
        ("0 7 */2 * fri", ["Fri 13 Mar 07:00", "Fri 27 Mar 07:00", "Fri 03 Apr 07:00"]),  # with a star both must fit
        ("59 23 28-31 feb *", ["Sun 28 Feb 23:59", "Mon 28 Feb 23:59", "Tue 29 Feb 23:59"]),
        ("10-30/10 12 * * *", ["Mon 02 Mar 12:10", "Mon 02 Mar 12:20", "Mon 02 Mar 12:30"]),
        ("5/25 12 * jan-mar *", ["Mon 02 Mar 12:05", "Mon 02 Mar 12:30", "Mon 02 Mar 12:55"]),
    ],
)
def test_fields_mean_what_cron_says(cron: str, expected: list[str]) -> None:
    assert _next(cron) == expected


@pytest.mark.parametrize(
    ("cron", "why"),
    [
        ("@daily", "found 1 cron fields, expected five such as 0 7"),
        ("0 7 * * * *", "found 6 cron fields"),
        ("60 7 * * *", "found '60' as the minute, expected 0 to 59"),
        ("0 7 0 * *", "found '0' as the day of the month, expected 1 to 31"),
        ("0 7 * 13 *", "found '13' as the month"),
        ("0 7 * * 8", "found '8' as the day of the week"),
        ("0 7 * janx *", "as the month, expected cron fields such as"),
        ("0 7 * jan/2x *", "as the month, expected cron fields such as"),
        ("0 7 * * monday", "as the day of the week, expected cron fields such as"),
        ("*/0 7 * * *", "found each 0 as the minute"),
        ("30-10 7 * * *", "expected the smaller one first"),
        ("0 7 30 2 *", "there is no day 30 in feb"),
        ("0 7 31 4,6,9,11 *", "there is no day 31 in apr, jun, sep, nov"),
        (",, 7 * * *", "expected cron fields"),
        ("0 7 * * 1st", "expected cron fields"),
        ("٣ 7 * * *", "expected cron fields"),
    ],
)
def test_nonsense_is_refused_with_what_was_expected(cron: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("*", r"\*")):
        fields_of(cron)


def test_a_day_that_no_month_has_is_none_where_a_day_of_the_week_will_do() -> None:
    assert _next("0 7 31 2 mon", 1) == ["Mon 01 Feb 07:00"]


def test_which_ones_follow_the_time_that_passes() -> None:
    crons = ("0 * * * *", "0 */6 * * *", "0 0-23 * * *", "* 2 * * *", "0 1,2 * * *")
    assert [fields_of(cron).hourly for cron in crons] == [True, True, True, False, False]


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789*/-, adefijmnorstuw", max_size=30))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        fields_of(text)
    except ValueError:
        return
    assert next_wall(text, START) > START


_SINGLE = st.tuples(
    st.integers(0, 59).map(str),
    st.integers(0, 23).map(str),
    st.sampled_from(("*", "1", "31", "29-31", "*/7", "13")),
    st.sampled_from(("*", "2", "2,4", "6-12/3")),
    st.sampled_from(("*", "0", "1-5", "fri", "*/3")),
)


@settings(max_examples=150, deadline=None)
@given(_SINGLE, st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)))  # noqa: DTZ001  wall times
def test_one_time_of_day_comes_as_apscheduler_has_it(written: tuple[str, ...], after: datetime) -> None:
    cron = " ".join(written)
    try:
        fields = fields_of(cron)
    except ValueError:
        return
    asked = after.replace(tzinfo=UTC) + timedelta(microseconds=1)
    by_apscheduler = [one.get_next_fire_time(None, asked) for one in _triggers(cron)]
    assert next_wall(cron, after) == min(one for one in by_apscheduler if one).replace(tzinfo=None)
    assert _at_one_time(fields, after) > after


def test_one_time_of_day_needs_no_apscheduler() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _FRESH],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["False", "True"]


_FRESH = """
import sys
from datetime import datetime
from claw.routines.cron import next_wall
next_wall("0 11 1 * *", datetime(2026, 1, 5))
print("apscheduler" in sys.modules)
next_wall("*/5 * * * *", datetime(2026, 1, 5))
print("apscheduler" in sys.modules)
"""
