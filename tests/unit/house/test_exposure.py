"""What the household shows to voice assistants: what Home Assistant says, and what it would do by itself."""

import pytest

from claw.house.exposure import exposed_in, usually_exposed


@pytest.mark.parametrize(
    ("options", "listed", "exposed"),
    [
        ({"options": {"conversation": {"should_expose": True}}}, None, True),
        ({"options": {"conversation": {"should_expose": False}}}, {"light.x": {"conversation": True}}, False),
        ({"options": {}}, None, False),
        ({"options": {"conversation": "yes"}}, None, False),
        ({"options": {"conversation": {"should_expose": "yes"}}}, None, False),
        ({}, {"light.x": {"conversation": True}}, True),
        ({}, {"light.x": {"cloud.alexa": True}}, False),
        ({}, {"light.y": {"conversation": True}}, False),
        ({}, None, None),
        ({"options": 3}, [], None),
    ],
)
def test_the_registry_says_it_else_the_list(options: dict[str, object], listed: object, exposed: object) -> None:
    assert exposed_in(options, listed, "light.x") is exposed


@pytest.mark.parametrize(
    ("entity_id", "device_class", "daily", "exposed"),
    [
        ("light.x", None, True, True),
        ("light.x", None, False, False),
        ("cover.x", "garage", True, True),
        ("lock.x", None, True, False),
        ("siren.x", None, True, False),
        ("binary_sensor.x", "window", True, True),
        ("binary_sensor.x", "smoke", True, False),
        ("sensor.x", "temperature", True, True),
        ("sensor.x", "window", True, False),
    ],
)
def test_what_home_assistant_exposes_by_itself(
    entity_id: str, device_class: str | None, *, daily: bool, exposed: bool
) -> None:
    assert usually_exposed(entity_id, device_class, daily=daily) is exposed
