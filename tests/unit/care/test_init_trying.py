"""What is moved to show that Claw works is the most harmless thing of a home, or nothing."""

from typing import Any

import pytest

from claw.base.action import Action
from claw.care.init_trying import harmless
from tests.init_room import home_of

OFF = {"entity_id": "light.off", "state": "off"}
ON = {"entity_id": "light.on", "state": "on"}


def moved(*rows: dict[str, Any]) -> Action | None:
    found = harmless(home_of(list(rows)))
    return found[1] if found else None


def test_a_lamp_that_is_off_goes_on_and_off_again() -> None:
    found = harmless(home_of([ON, OFF]))
    assert found == ("Off", Action("light.turn_on", ("light.off",)), Action("light.turn_off", ("light.off",)))
    back = harmless(home_of([ON]))
    assert back == ("On", Action("light.turn_off", ("light.on",)), Action("light.turn_on", ("light.on",)))


@pytest.mark.parametrize(
    "row",
    [
        {"state": "unavailable"},
        {"exposed": False},
        {"hidden": True},
        {"category": "config"},
        {"attributes": {"assumed_state": True}},
        {"entity_id": "switch.oven"},
        {"entity_id": "lock.off"},
        {"entity_id": "climate.off"},
    ],
)
def test_nothing_else_is_touched(row: dict[str, Any]) -> None:
    assert moved(OFF | row) is None
    assert moved(OFF | row, {"entity_id": "fan.x", "state": "off"}) == Action("fan.turn_on", ("fan.x",))
