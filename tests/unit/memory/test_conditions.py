"""When a fact holds."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Json, Origin
from claw.house.model import House, Registry, State
from claw.memory.conditions import holds, minutes, readable

HERE = Origin(channel="web", place="bedroom")
EMPTY = House(Registry(), {})


def at(hour: int, minute: int = 0, day: int = 4) -> datetime:
    """Return a moment of March 2026; the fourth is a Wednesday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        ({"after": "22:00"}, [at(22), at(23, 59), at(4, 59)], [at(21, 59), at(5), at(12)]),
        ({"after": "01:00"}, [at(1), at(4, 59)], [at(0, 59), at(5), at(23)]),
        ({"after": "05:00"}, [at(5), at(23)], [at(4, 59), at(0)]),
        ({"before": "07:00"}, [at(5), at(6, 59)], [at(4, 59), at(7), at(23)]),
        ({"before": "03:00"}, [at(0), at(2, 59)], [at(3), at(23)]),
        ({"after": "18:00", "before": "22:00"}, [at(18), at(21, 59)], [at(17, 59), at(22)]),
        ({"after": "22:00", "before": "06:00"}, [at(23), at(5, 59)], [at(6), at(12)]),
        ({"weekdays": ["wed"]}, [at(0), at(23, 59)], [at(12, day=5)]),
        ({"after": "22:00", "weekdays": ["wed"]}, [at(23), at(2, day=5)], [at(2), at(23, day=5)]),
        ({}, [at(0), at(12)], []),
    ],
)
def test_hours_and_days(condition: dict[str, Json], yes: list[datetime], no: list[datetime]) -> None:
    assert readable(condition)
    assert [now for now in yes if not holds(condition, now, EMPTY, HERE)] == []
    assert [now for now in no if holds(condition, now, EMPTY, HERE)] == []


def test_where_somebody_stands_and_whether_anybody_is_home() -> None:
    assert holds({"area": "bedroom"}, None, EMPTY, HERE)
    assert not holds({"area": "hall"}, None, EMPTY, HERE)
    home = House(Registry(), {"person.a": State("not_home"), "person.b": State("home")})
    away = House(Registry(), {"person.a": State("not_home")})
    assert holds({"occupied": True}, None, home, HERE)
    assert not holds({"occupied": True}, None, away, HERE)
    assert holds({"occupied": False}, None, away, HERE)
    assert not holds({"occupied": False}, None, EMPTY, HERE)


@pytest.mark.parametrize(
    "condition",
    [
        *({"after": "ten"}, {"after": 22}, {"after": "24:01"}, {"before": "sunset"}, {"weekdays": "mon"}),
        *({"weekdays": ["monday"]}, {"weekdays": [1]}, {"after": "22:00", "before": "22:00"}, {"phase": "full"}),
        *({"after": None}, {"weekdays": 3}),
    ],
)
def test_what_cannot_be_read_never_holds(condition: dict[str, Json]) -> None:
    assert not readable(condition)
    assert not any(holds(condition, at(hour), EMPTY, HERE) for hour in range(24))


def test_hours_do_not_hold_while_the_time_is_not_known() -> None:
    assert not holds({"after": "22:00"}, None, EMPTY, HERE)
    assert holds({}, None, EMPTY, HERE)


@given(st.integers(0, 1439), st.integers(0, 1439))
def test_a_condition_holds_for_as_many_minutes_as_it_says(start: int, end: int) -> None:
    times = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in (start, end)]
    condition = {"after": times[0], "before": times[1], "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
    if start == end:
        assert not readable(condition)
        return
    held = sum(holds(condition, at(minute // 60, minute % 60), EMPTY, HERE) for minute in range(0, 1440, 1))
    assert held * 7 == minutes(condition)
