"""What habits may be about, and the words in which a thing's state is kept for them."""

from typing import Any

import pytest

from claw.house.model import Entity, State
from claw.memory.postures import learnable, posture


@pytest.mark.parametrize(
    ("entity_id", "device_class"),
    [
        ("light.hall", None),
        ("switch.fountain", None),
        ("fan.bath", None),
        ("input_boolean.guests", None),
        ("media_player.radio", None),
        ("cover.blind", "blind"),
        ("cover.curtain", "curtain"),
    ],
)
def test_what_nobody_minds_being_switched_is_learned(entity_id: str, device_class: str | None) -> None:
    assert learnable(Entity(entity_id, "Thing", device_class=device_class))


@pytest.mark.parametrize(
    ("entity_id", "name", "device_class"),
    [
        ("lock.front_door", "Front door", None),
        ("alarm_control_panel.home", "Alarm", None),
        ("climate.bath", "Bath", None),
        ("water_heater.boiler", "Boiler", None),
        ("valve.main", "Main", "water"),
        ("cover.garage", "Garage", "garage"),
        ("cover.gate", "Gate", "gate"),
        ("cover.door", "Door", "door"),
        ("cover.something", "Something", None),
        ("switch.alarm", "Alarm", None),
        ("switch.bath_heater", "Bath heater", None),
        ("switch.kitchen", "The oven", None),
        ("siren.hall", "Siren", None),
        ("camera.hall", "Camera", None),
        ("person.anna", "Anna", None),
        ("binary_sensor.motion", "Motion", "motion"),
        ("sensor.power", "Power", None),
        ("number.limit", "Heating limit", None),
    ],
)
def test_what_locks_guards_heats_or_tells_of_people_is_not(entity_id: str, name: str, device_class: str | None) -> None:
    assert not learnable(Entity(entity_id, name, device_class=device_class))


def test_what_is_hidden_or_for_the_device_itself_is_not() -> None:
    assert not learnable(Entity("light.hall", "Hall", hidden=True))
    assert not learnable(Entity("switch.led", "Led", category="config"))


@pytest.mark.parametrize(
    ("domain", "value", "attributes", "expected"),
    [
        ("light", "on", {}, "on"),
        ("light", "on", {"brightness": 77}, "on 30"),
        ("light", "on", {"brightness": 255}, "on 100"),
        ("light", "on", {"brightness": "77"}, "on"),
        ("light", "on", {"brightness": True}, "on"),
        ("light", "on", {"brightness": 9000}, "on"),
        ("light", "on", {"brightness": -5}, "on"),
        ("light", "off", {"brightness": 77}, "off"),
        ("light", "unavailable", {}, None),
        ("light", "glowing", {}, None),
        ("switch", "on", {"brightness": 77}, "on"),
        ("fan", "on", {"percentage": 33}, "on 35"),
        ("media_player", "playing", {"volume_level": 0.4}, "on 40"),
        ("media_player", "standby", {}, "off"),
        ("cover", "open", {"current_position": 40}, "open"),
        ("cover", "opening", {}, None),
    ],
)
def test_a_state_is_one_word_and_a_level(
    domain: str, value: str, attributes: dict[str, Any], expected: str | None
) -> None:
    assert posture(domain, State(value, attributes)) == expected


def test_what_is_gone_has_none() -> None:
    assert posture("light", None) is None
