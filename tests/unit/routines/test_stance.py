"""Which changes a person may have made at all."""

import pytest

from claw.base.action import Json
from claw.house.model import State
from claw.routines.stance import settable, stance, turned


@pytest.mark.parametrize(
    ("entity", "before", "after", "hand"),
    [
        ("light.a", State("off"), State("on", {"brightness": 200}), True),
        ("light.a", State("on", {"brightness": 200}), State("on", {"brightness": 202}), False),
        ("light.a", State("on", {"hs_color": [1, 2]}), State("on", {"hs_color": [9, 9]}), False),
        ("climate.a", State("heat", {"temperature": 20}), State("heat", {"temperature": 22}), True),
        ("climate.a", State("heat", {"current_temperature": 20}), State("heat", {"current_temperature": 22}), False),
        ("media_player.tv", State("playing"), State("paused"), False),
        ("media_player.tv", State("playing"), State("off"), True),
        ("lock.a", State("locked"), State("unlocked"), True),
        ("cover.a", State("open", {"current_position": 100}), State("open", {"current_position": 40}), False),
    ],
)
def test_a_hand_at_the_thing_switches_or_sets_it(entity: str, before: State, after: State, hand: bool) -> None:
    assert (turned(entity, before) != turned(entity, after)) == hand


@pytest.mark.parametrize("value", ["unavailable", "unknown"])
def test_what_is_away_stands_nowhere(value: str) -> None:
    assert stance("light.a", State(value)) is None
    assert turned("light.a", State(value)) is None


@pytest.mark.parametrize("attributes", [{"hs_color": [1, 2]}, {"color_temp_kelvin": 2700}, {"effect": "rain"}])
def test_whoever_sets_a_colour_in_the_app_has_set_it(attributes: dict[str, Json]) -> None:
    assert stance("light.a", State("on")) != stance("light.a", State("on", attributes))


def test_a_helper_is_set_by_nobody_at_a_device_and_a_sensor_by_nobody_at_all() -> None:
    assert turned("input_boolean.guests", State("on")) is None
    assert stance("input_boolean.guests", State("on")) is not None
    assert [settable(one) for one in ("light.a", "sensor.a", "binary_sensor.a", "weather.home")] == [True] + [False] * 3
