from collections.abc import Mapping
from math import inf

import pytest

from claw.base.action import Action
from claw.policy.bounds import Unit, limit


@pytest.mark.parametrize(
    ("name", "data", "spread"),
    [
        ("light.turn_on", {"brightness_pct": 40}, [40]),
        ("light.turn_on", {"brightness": 255, "white": 51}, [100, 20]),
        ("light.turn_on", {}, [-inf, inf]),
        ("light.turn_on", {"brightness_step": 20}, [inf]),
        ("light.turn_on", {"brightness_step": "up"}, [-inf, inf]),
        ("light.turn_on", {"brightness_step": 0}, [-inf]),
        ("light.turn_on", {"brightness_step": -1}, [-inf]),
        ("light.turn_off", {}, []),
    ],
)
def test_every_value_that_a_call_sets_is_seen(name: str, data: Mapping[str, object], spread: list[float]) -> None:
    assert list(limit("brightness", 0, 255, None).spread(Action(name, (), data))) == pytest.approx(spread)


@pytest.mark.parametrize(
    ("key", "low", "high", "unit", "value", "holds"),
    [
        ("brightness", None, 128, None, {"brightness": 128}, True),
        ("brightness", None, 128, None, {"brightness_pct": 51}, False),
        ("brightness", None, 50, "%", {"brightness": 127}, True),
        ("volume_level", 0.1, 0.5, None, {"volume_level": 0.05}, False),
        ("duration", 5, None, None, {"duration": 5}, True),
        ("brightness", 10, None, None, {"brightness_step": 5}, True),
        ("brightness", None, 10, None, {"brightness_step": -5}, True),
        ("brightness", None, 10, None, {"brightness_step": 5}, False),
        ("position", 5, 5, None, {"position": 5}, True),
        ("position", 5, 5, None, {"position": 6}, False),
        ("duration", 5, None, None, {"duration": 4.9}, False),
    ],
)
def test_ends_are_included_on_any_scale(
    key: str, low: float | None, high: float | None, unit: Unit | None, value: Mapping[str, float], *, holds: bool
) -> None:
    assert limit(key, low, high, unit).holds(Action("any.thing", (), value), "°C") is holds


@pytest.mark.parametrize("name", ["fan.increase_speed", "fan.decrease_speed"])
def test_by_how_much_a_fan_goes_up_or_down_does_not_say_where_it_ends(name: str) -> None:
    action = Action(name, (), {"percentage_step": 20})
    assert list(limit("percentage", None, 50, None).spread(action)) == [-inf, inf]


def test_a_limit_says_what_it_is() -> None:
    assert limit("temperature", 16, 25.5, "°C").text == "temperature 16 to 25.5 °C"
    assert limit("position", None, 50, None).text == "position at most 50"
    assert limit("value", 3, None, None).text == "value at least 3"


@pytest.mark.parametrize(
    ("key", "low", "high", "unit"),
    [
        ("position", 5, 4, None),
        ("position", None, None, "%"),
        ("temperature", 5, 6, None),
        ("temperature", 5, 6, "%"),
        ("volume_level", 0, 1, "°F"),
        ("duration", 0, 1, "%"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(
    key: str, low: float | None, high: float | None, unit: Unit | None
) -> None:
    with pytest.raises(ValueError, match=key):
        limit(key, low, high, unit)
