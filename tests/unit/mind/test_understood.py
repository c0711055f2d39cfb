"""State words against the states that domains report."""

import pytest

from claw.house.model import Entity, State
from claw.mind.understood import fits


@pytest.mark.parametrize(
    ("wanted", "entity_id", "device_class", "value", "expected"),
    [
        ("open", "cover.a", None, "open", True),
        ("open", "cover.a", None, "opening", True),
        ("open", "cover.a", None, "closed", False),
        ("open", "binary_sensor.a", "window", "on", True),
        ("closed", "binary_sensor.a", "window", "off", True),
        ("open", "lock.a", None, "locked", False),
        ("open", "lock.a", None, "unlocked", True),
        ("locked", "binary_sensor.a", "lock", "off", True),
        ("locked", "binary_sensor.a", "lock", "on", False),
        ("on", "climate.a", None, "heat", True),
        ("on", "light.a", None, "unavailable", False),
        ("off", "light.a", None, "unavailable", False),
        ("armed", "alarm_control_panel.a", None, "armed_away", True),
        ("party", "input_select.a", None, "party", True),
    ],
)
def test_a_state_word_fits_the_states_that_mean_it(
    wanted: str, entity_id: str, device_class: str | None, value: str, expected: bool
) -> None:
    assert fits(wanted, Entity(entity_id, "A", device_class=device_class), State(value)) is expected
