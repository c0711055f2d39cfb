"""Which of two seven o'clocks is meant, and on which day."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.policy.windows import DAYS
from claw.routines.spec import At, Cron, Every, Once
from claw.routines.spec import Sun as SunTrigger
from claw.routines.talk_clock import Clock
from claw.routines.talk_due import Due, due, span, written
from claw.routines.talk_times import Sun, Times

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def wall(day: int, hour: int, minute: int = 0) -> Once:
    return Once(once=NOW.replace(day=day, hour=hour, minute=minute, tzinfo=None))


def found(times: Times, now: datetime = NOW, *, reminder: bool = False) -> Due:
    one = due(times, now, reminder=reminder)
    assert isinstance(one, Due), one
    return one


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (Clock(420, open=True), wall(21, 19)),
        (Clock(300, open=True), wall(22, 17)),
        (Clock(360, open=True), wall(22, 6)),
        (Clock(420), wall(22, 7)),
        (Clock(1140), wall(21, 19)),
        (Clock(720, open=True), wall(22, 0)),
    ],
)
def test_once_and_without_a_day_it_is_the_next_such_oclock(clock: Clock, expected: Once) -> None:
    assert found(Times("x", clocks=(clock,))) == Due((expected,), once=True)


@pytest.mark.parametrize(("hour", "meant"), [(1, 13), (5, 17), (6, 6), (7, 7), (11, 11), (12, 12)])
def test_again_and_again_the_day_is_meant_and_the_other_half_is_offered(hour: int, meant: int) -> None:
    made = found(Times("x", clocks=(Clock(hour * 60, open=True),), days=DAYS))
    assert made.triggers == (At(at=f"{meant:02d}:00"),)
    assert made.other == (meant * 60 + 720) % 1440


def test_a_mark_or_a_part_of_the_day_decides() -> None:
    assert found(Times("x", clocks=(Clock(420),), days=DAYS)).other is None
    evening = found(Times("x", clocks=(Clock(420, open=True),), days=DAYS, part="evening"))
    assert evening.triggers == (At(at="19:00"),)
    assert evening.other is None
    assert found(Times("x", clocks=(Clock(60, open=True),), days=DAYS, part="night")).triggers == (At(at="01:00"),)


def test_a_part_of_the_day_alone_is_a_fixed_hour() -> None:
    made = found(Times("x", days=DAYS[:5], part="morning"))
    assert made.triggers == (At.model_validate({"at": "08:00", "days": list(DAYS[:5])}),)


def test_a_reminder_for_a_day_is_at_nine_and_a_command_needs_a_time() -> None:
    friday = Times("x", day=date(2026, 11, 27), loose=True)
    assert found(friday, reminder=True).triggers == (wall(27, 9),)
    assert due(friday, NOW) == "when_at"


def test_today_means_what_is_still_to_come_today_and_a_weekday_that_is_over_the_next_one() -> None:
    today = date(2026, 11, 21)
    assert found(Times("x", clocks=(Clock(420, open=True),), day=today)).triggers == (wall(21, 19),)
    assert due(Times("x", clocks=(Clock(420),), day=today), NOW) == "past"
    assert found(Times("x", clocks=(Clock(420),), day=today, loose=True)).triggers == (wall(28, 7),)


def test_spans_count_from_now_and_intervals_repeat() -> None:
    assert found(Times("x", after=1200.0)).triggers == (Once(once=NOW + timedelta(minutes=20)),)
    assert found(Times("x", every=1200.0)) == Due((Every(every="20 min"),), once=False)
    assert due(Times("x", every=5.0), NOW) == "too_short"
    assert due(Times("x", after=400 * 86_400.0), NOW) == "too_long"
    assert found(Times("x", after=3 * 86_400.0, clocks=(Clock(480, open=True),))).triggers == (wall(24, 8),)


def test_the_sun_comes_once_or_on_days() -> None:
    assert found(Times("x", sun=Sun("sunset", -1800.0))) == Due(
        (SunTrigger(sun="sunset", offset="-30 min"),), once=True
    )
    assert found(Times("x", sun=Sun("sunrise"), days=DAYS)) == Due((SunTrigger(sun="sunrise"),), once=False)


def test_a_day_of_each_month_is_a_cron_line() -> None:
    assert found(Times("x", clocks=(Clock(540, open=True),), monthly=1)).triggers == (Cron(cron="0 9 1 * *"),)


def test_spans_and_times_are_written_as_a_spec_has_them() -> None:
    assert [span(one) for one in (90, 1200, 7200, 172_800)] == ["90 s", "20 min", "2 h", "2 d"]
    assert written(425) == "07:05"


@given(st.integers(0, 1439), st.booleans(), st.integers(0, 10_000_000))
def test_a_single_time_always_lies_ahead(minutes: int, open_: bool, later: int) -> None:
    moment = NOW + timedelta(seconds=later)
    made = found(Times("x", clocks=(Clock(minutes, open=open_ and minutes <= 720),)), moment)
    once = made.triggers[0]
    assert isinstance(once, Once)
    wall_now = moment.replace(tzinfo=None)
    assert wall_now < once.once <= wall_now + timedelta(days=1)
