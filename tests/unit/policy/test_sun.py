from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from claw.policy.sun import sun_on

BERLIN = (52.52, 13.405), ZoneInfo("Europe/Berlin")
SYDNEY = (-33.87, 151.21), ZoneInfo("Australia/Sydney")
REYKJAVIK = (64.15, -21.94), ZoneInfo("Atlantic/Reykjavik")
TROMSO = (69.65, 18.96), ZoneInfo("Europe/Oslo")


def clock(minutes: float) -> str:
    return f"{int(minutes) // 60:02}:{int(minutes) % 60:02}"


@pytest.mark.parametrize(
    ("place", "day", "sunrise", "sunset"),
    [
        (BERLIN, date(2026, 6, 21), "04:43", "21:33"),  # as almanacs have it, to two minutes
        (BERLIN, date(2026, 12, 21), "08:15", "15:53"),
        (SYDNEY, date(2026, 12, 21), "05:41", "20:05"),
    ],
)
def test_the_sun_rises_and_sets_as_the_almanac_says(
    place: tuple[tuple[float, float], ZoneInfo], day: date, sunrise: str, sunset: str
) -> None:
    sun = sun_on(day, *place)
    assert sun is not None
    for found, told in ((sun.sunrise, sunrise), (sun.sunset, sunset)):
        assert abs(found - (int(told[:2]) * 60 + int(told[3:]))) <= 2, clock(found)


def test_a_sunset_after_midnight_belongs_to_the_day_before() -> None:
    sun = sun_on(date(2026, 6, 21), *REYKJAVIK)
    assert sun is not None
    assert 24 * 60 < sun.sunset < 24 * 60 + 15
    assert 2 * 60 + 45 < sun.sunrise < 3 * 60 + 5


@pytest.mark.parametrize("day", [date(2026, 6, 21), date(2026, 12, 21)])
def test_where_the_sun_does_not_rise_or_set_there_is_no_answer(day: date) -> None:
    assert sun_on(day, *TROMSO) is None


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_on_the_days_of_the_switch_the_clock_on_the_wall_counts(day: date) -> None:
    sun, before = sun_on(day, *BERLIN), sun_on(date(2026, day.month, day.day - 1), *BERLIN)
    assert sun is not None
    assert before is not None
    moved = 60 if day.month == 3 else -60
    assert abs(sun.sunset - before.sunset - moved) < 4


def test_every_day_has_its_noon_whatever_the_zone_says() -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Shanghai"):
        for longitude in (-179.0, 0.0, 179.0):
            sun = sun_on(date(2026, 4, 1), (10.0, longitude), ZoneInfo(zone))
            assert sun is not None
            assert 11 * 60 < sun.sunset - sun.sunrise < 13 * 60


def test_the_almanac_asks_no_clock() -> None:
    assert sun_on(date(1999, 1, 1), *BERLIN) == sun_on(datetime(1999, 1, 1, tzinfo=UTC).date(), *BERLIN)
