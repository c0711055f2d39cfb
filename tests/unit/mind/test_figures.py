"""Levels and relative words: figures in bounds, in the entity's own terms."""

import pytest

from claw.base.action import Action
from claw.house.file import parse_house
from claw.house.model import House
from claw.mind.orders import actions
from claw.mind.reading import Reading
from claw.mind.targets import Doubt


def house(entity_id: str, state: str, unit: str = "°C", **attributes: object) -> House:
    row = {"entity_id": entity_id, "name": "It", "state": state, "attributes": attributes}
    return parse_house({"temperature_unit": unit, "entities": [row]})


def one(does: str, where: House, **slots: object) -> Action | str:
    reading = Reading(does, tuple(sorted(slots.items())), None, ())
    made = actions(reading, tuple(where.registry.entities), where)
    if isinstance(made, Doubt):
        return made.reason
    return made[0][0]


LAMP = {
    "supported_color_modes": ["brightness", "color_temp"],
    "min_color_temp_kelvin": 2700,
    "max_color_temp_kelvin": 5000,
}


@pytest.mark.parametrize(
    ("does", "brightness", "slots", "expected"),
    [
        ("more", 128, {"attr": "brightness"}, 70),
        ("more", 250, {"attr": "brightness"}, 100),
        ("less", 128, {"attr": "brightness"}, 30),
        ("less", 20, {"attr": "brightness"}, 5),
        ("less", 128, {"attr": "brightness", "num": 10}, 40),
        ("relative", 128, {"rel": "brightness+"}, 70),
        ("level", 128, {"num": 33}, 33),
        ("level", None, {"level": 100}, 100),
    ],
)
def test_brightness_becomes_a_figure_in_bounds(
    does: str, brightness: int | None, slots: dict[str, object], expected: int
) -> None:
    lamp = house("light.a", "on", brightness=brightness, **LAMP)
    assert one(does, lamp, **slots) == Action("light.turn_on", ("light.a",), {"brightness_pct": expected})


def test_a_dark_lamp_gets_brighter_from_a_fixed_level_and_never_dimmer() -> None:
    lamp = house("light.a", "off", **LAMP)
    assert one("relative", lamp, rel="brightness+") == Action("light.turn_on", ("light.a",), {"brightness_pct": 40})
    assert "off" in str(one("relative", lamp, rel="brightness-"))


def test_zero_percent_of_light_is_off() -> None:
    assert one("level", house("light.a", "on", **LAMP), num=0) == Action("light.turn_off", ("light.a",))


def test_a_white_is_kept_in_what_the_lamp_can() -> None:
    lamp = house("light.a", "on", **LAMP)
    assert one("light", lamp, white=6500) == Action("light.turn_on", ("light.a",), {"color_temp_kelvin": 5000})


HEATING = {"min_temp": 7, "max_temp": 30, "temperature": 29.5, "hvac_modes": ["off", "heat"], "supported_features": 1}


def test_warmer_stops_at_what_the_thermostat_allows() -> None:
    heating = house("climate.a", "heat", **HEATING)
    assert one("relative", heating, rel="temperature+") == Action(
        "climate.set_temperature", ("climate.a",), {"temperature": 30}
    )


def test_degrees_said_in_the_other_unit_are_converted() -> None:
    heating = house("climate.a", "heat", **HEATING)
    assert one("level", heating, num=70, scale="F") == Action(
        "climate.set_temperature", ("climate.a",), {"temperature": 21}
    )
    american = house("climate.a", "heat", "°F", **{**HEATING, "min_temp": 45, "max_temp": 95, "temperature": 68})
    assert one("level", american, num=21, scale="C") == Action(
        "climate.set_temperature", ("climate.a",), {"temperature": 70}
    )


@pytest.mark.parametrize("slots", [{"num": 99}, {"num": 3}, {"num": 50, "unit": "percent"}])
def test_what_the_thermostat_cannot_is_said(slots: dict[str, object]) -> None:
    reason = one("level", house("climate.a", "heat", **HEATING), **slots)
    assert isinstance(reason, str)
    assert reason.endswith(".")


def test_volume_is_a_fraction() -> None:
    player = house("media_player.a", "playing", volume_level=0.95, supported_features=4)
    assert one("relative", player, rel="volume+") == Action(
        "media_player.volume_set", ("media_player.a",), {"volume_level": 1.0}
    )
