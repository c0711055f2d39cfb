from datetime import datetime, timedelta, timezone

import pytest

from claw.base.config_voice import QuietConfig, SpeechConfig
from claw.voice.speech_manners import Manners
from tests.held_clock import HeldClock

DAY = datetime(2026, 1, 5, tzinfo=timezone(timedelta(hours=1)))


def manners(at: datetime | None, start: str = "22:00", end: str = "07:00", most: int = 2) -> tuple[Manners, HeldClock]:
    clock = HeldClock()
    config = SpeechConfig(quiet=QuietConfig(start=start, end=end), most_per_hour=most)
    return Manners(config, clock, lambda: at), clock


@pytest.mark.parametrize(
    ("at", "start", "end", "night"),
    [
        ("21:59", "22:00", "07:00", False),
        ("22:00", "22:00", "07:00", True),
        ("03:00", "22:00", "07:00", True),
        ("07:00", "22:00", "07:00", False),
        ("13:00", "12:00", "14:00", True),
        ("14:00", "12:00", "14:00", False),
        ("00:00", "12:00", "14:00", False),
    ],
)
def test_the_quiet_hours_go_by_the_clocks_in_the_house(at: str, start: str, end: str, night: bool) -> None:
    found, _ = manners(datetime.combine(DAY, datetime.strptime(at, "%H:%M").time(), DAY.tzinfo), start, end)  # noqa: DTZ007  a time of day
    assert found.night is night
    assert found.may("hall") is not night


def test_where_the_time_in_the_house_is_not_known_it_keeps_quiet() -> None:
    found, _ = manners(None)
    assert found.night
    assert not Manners(SpeechConfig(quiet=None), HeldClock(), lambda: None).night


async def test_a_room_is_talked_to_so_often_in_an_hour_and_no_other_room_pays_for_it() -> None:
    found, clock = manners(DAY.replace(hour=12))
    found.count("hall")
    assert found.may("hall")
    found.count("hall")
    assert not found.may("hall")
    assert found.may("kitchen")
    await clock.advance(3600)
    assert found.may("hall")


async def test_why_it_keeps_quiet_is_told_in_words() -> None:
    assert manners(DAY.replace(hour=23))[0].why_not("hall") == "it is quiet there until 07:00"
    assert "what time it is" in manners(None)[0].why_not("hall")
    assert "nothing is said there unasked" in manners(DAY.replace(hour=12), most=0)[0].why_not("hall")
    found, clock = manners(DAY.replace(hour=12), most=1)
    assert found.why_not("hall") == ""
    found.count("hall")
    assert found.why_not("hall") == "I have said enough there this hour"
    await clock.advance(3600)
    assert found.why_not("hall") == ""


def test_none_an_hour_is_none() -> None:
    found, _ = manners(DAY.replace(hour=12), most=0)
    assert not found.may("hall")
