"""When a machine is done: what in the house says so."""

from typing import Any

import pytest

from claw.house.file import parse_house
from claw.house.model import House
from claw.routines.spec import Becomes, Passes
from claw.routines.talk_done import finished

WORDS = ("done", "finished", "end", "idle")


def house(*entities: dict[str, Any]) -> House:
    return parse_house({"entities": list(entities)})


def washer(entity_id: str, state: str, device_class: str | None = None, **attributes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "entity_id": entity_id, "name": "Washing Machine", "state": state, "attributes": attributes,
    }  # fmt: skip
    return row | ({"device_class": device_class} if device_class else {})


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        (
            washer("binary_sensor.w", "on", "running"),
            {"state": "binary_sensor.w", "to": ["off"], "from": ["on"], "for": "2 min"},
        ),
        (
            washer("sensor.w", "run", "enum", options=["off", "run", "end"]),
            {"state": "sensor.w", "to": ["end"]},
        ),
        (washer("vacuum.w", "docked"), {"state": "vacuum.w", "to": ["docked"]}),
    ],
)
def test_the_best_word_for_it_counts(entity: dict[str, Any], expected: dict[str, Any]) -> None:
    assert finished("washing machine", house(entity), WORDS) == Becomes.model_validate(expected)


def test_a_plug_that_measures_power_tells_it_too() -> None:
    made = finished("washing machine", house(washer("sensor.power", "80", "power")), WORDS)
    assert isinstance(made, Passes)
    assert (made.number, made.below, made.for_) == ("sensor.power", 5.0, "2 min")


def test_what_says_that_it_runs_goes_before_its_power() -> None:
    made = finished(
        "washing machine",
        house(washer("sensor.a", "80", "power"), washer("binary_sensor.b", "on", "running")),
        WORDS,
    )
    assert isinstance(made, Becomes)
    assert made.state == "binary_sensor.b"


def test_what_cannot_tell_is_no_event() -> None:
    assert finished("washing machine", house(washer("sensor.w", "3.5")), WORDS) is None
    assert finished("dryer", house(washer("binary_sensor.w", "on", "running")), WORDS) is None
    assert finished("", house(washer("binary_sensor.w", "on", "running")), WORDS) is None
