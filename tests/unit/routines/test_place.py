"""Where the house stands, and that it is said where that is not known."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from claw.house.model import Registry
from claw.routines.place import place_of


def test_the_wall_clock_is_that_of_the_house() -> None:
    place = place_of(Registry(time_zone="Europe/Berlin", location=(52.5, 13.4)))
    assert (place.zone, place.location, place.problem) == (ZoneInfo("Europe/Berlin"), (52.5, 13.4), "")
    assert place.wall(datetime(2026, 7, 1, 12, tzinfo=UTC)).hour == 14


def test_a_zone_that_nobody_knows_is_utc_and_said() -> None:
    place = place_of(Registry(time_zone="Mars/Olympus"))
    assert place.zone is UTC
    assert "'Mars/Olympus' is not known here; UTC counts" in place.problem
