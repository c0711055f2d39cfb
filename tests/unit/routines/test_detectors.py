"""Which things of a house tell of danger, and which thermometers measure a room of it."""

from dataclasses import replace

import pytest

from claw.house.file import parse_house
from claw.house.model import Area, Device, Entity, House, Registry, State
from claw.routines.detectors import Detector, detectors
from tests.safety_room import SAFETY_HOUSE


def test_what_a_thing_is_its_class_says() -> None:
    found = detectors(parse_house(SAFETY_HOUSE))
    assert {kind: [one.entity_id for one in those] for kind, those in found.items()} == {
        "smoke": ["binary_sensor.attic_smoke", "binary_sensor.kitchen_smoke"],
        "co": ["binary_sensor.boiler_co"],
        "leak": ["binary_sensor.sink"],
        "freeze": ["sensor.hall_temperature"],
    }
    assert found["smoke"][1].where == "Kitchen Smoke (Hall)"


ROOM = Area("r", "Living Room")
PLACES = {"r": ROOM, "g": Area("g", "Garten"), "k": Area("k", "厨房")}


def _thermometer(entity: Entity, state: State | None = None, unit: str = "°C") -> list[Detector]:
    registry = Registry(
        areas=PLACES,
        entities={entity.entity_id: entity},
        devices={"d": Device("d", "Garden Weather Station")},
        temperature_unit=unit,
    )
    states = {entity.entity_id: state} if state is not None else {}
    return list(detectors(House(registry, states)).get("freeze", ()))


INSIDE = Entity("sensor.a", "Temperature", area="r", device_class="temperature")


@pytest.mark.parametrize(
    ("entity", "counts"),
    [
        (INSIDE, True),
        (replace(INSIDE, area="k"), True),
        (replace(INSIDE, area=None), False),
        (replace(INSIDE, area="g"), False),
        (replace(INSIDE, name="Gefrierschrank"), False),
        (replace(INSIDE, name="冰箱温度"), False),
        (replace(INSIDE, name="Température extérieure"), False),
        (replace(INSIDE, aliases=("the fridge",)), False),
        (replace(INSIDE, device="d"), False),
        (replace(INSIDE, category="diagnostic"), False),
        (replace(INSIDE, hidden=True), False),
        (replace(INSIDE, device_class="humidity"), False),
        (replace(INSIDE, labels=frozenset({"no_frost"})), False),
        (replace(INSIDE, area="g", labels=frozenset({"frost"})), True),
    ],
)
def test_only_what_measures_a_room_of_the_house_tells_of_frost(entity: Entity, counts: bool) -> None:
    assert bool(_thermometer(entity)) == counts


def test_a_thermostat_measures_too_and_fahrenheit_is_fahrenheit() -> None:
    state = State("heat", {"current_temperature": 70})
    found = _thermometer(Entity("climate.a", "Heating", area="r"), state, "°F")
    assert [(one.attribute, one.below) for one in found] == [("current_temperature", 41.0)]
    assert not _thermometer(Entity("climate.a", "Heating", area="r"), State("heat"))
    found = _thermometer(INSIDE, State("60", {"unit_of_measurement": "°F"}))
    assert [one.below for one in found] == [41.0]


@pytest.mark.parametrize(
    ("one", "state", "tells"),
    [
        (Detector("a", "A", ""), State("on"), True),
        (Detector("a", "A", ""), State("unavailable"), False),
        (Detector("a", "A", ""), None, False),
        (Detector("a", "A", "", None, 5.0), State("4.9"), True),
        (Detector("a", "A", "", None, 5.0), State("5.0"), False),
        (Detector("a", "A", "", None, 5.0), State("cold"), False),
        (Detector("a", "A", "", None, 5.0), None, False),
        (Detector("a", "A", "", "current_temperature", 5.0), State("heat", {"current_temperature": 1}), True),
        (Detector("a", "A", "", "current_temperature", 5.0), State("heat", {"current_temperature": None}), False),
    ],
)
def test_what_tells_of_danger(one: Detector, state: State | None, tells: bool) -> None:
    assert one.tells(state) == tells
