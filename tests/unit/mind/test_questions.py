"""What a question looks at."""

import pytest

from claw.house.file import parse_house
from claw.house.model import House
from claw.mind.language import load
from claw.mind.names import name_book
from claw.mind.questions import question
from claw.mind.reading import Reading
from claw.mind.targets import Doubt, Targets
from claw.mind.understood import Question

ROWS = [
    ("lock.front", "Front Door", "hall", None),
    ("binary_sensor.front", "Front Door Contact", "hall", "door"),
    ("cover.garage", "Garage Door", None, "garage"),
    ("binary_sensor.window", "Hall Window", "hall", "window"),
    ("climate.hall", "Hall Heating", "hall", None),
    ("sensor.temp", "Attic Temperature", "attic", "temperature"),
    ("person.anna", "Anna", None, None),
]


@pytest.fixture(scope="module")
def house() -> House:
    return parse_house(
        {
            "areas": [{"id": "hall", "name": "Hall"}, {"id": "attic", "name": "Attic"}],
            "entities": [
                {"entity_id": entity_id, "name": name, "state": "off"}
                | ({"area": area} if area else {})
                | ({"device_class": device_class} if device_class else {})
                for entity_id, name, area, device_class in ROWS
            ],
        }
    )


def ask(house: House, does: str, place: str | None = None, **slots: str) -> Question | Doubt:
    reading = Reading(does, tuple(sorted(slots.items())), None, ())
    return question(reading, Targets(name_book(house.registry, load("en")), place), "en")


def test_of_a_lock_and_a_contact_of_one_name_the_one_that_knows_is_asked(house: House) -> None:
    assert ask(house, "q_state", thing="front door", state="open") == Question(
        "state", ("binary_sensor.front",), "open", {}, "en"
    )
    assert ask(house, "q_state", thing="front door", state="locked") == Question("state", ("lock.front",), "locked")


def test_what_opens_is_asked_whether_it_is_open(house: House) -> None:
    asked = ask(house, "q_state", thing="garage door", state="on")
    assert isinstance(asked, Question)
    assert asked.wanted == "open"


def test_a_temperature_comes_from_a_sensor_else_from_a_thermostat(house: House) -> None:
    attic = ask(house, "q_value", measure="temperature", area="attic")
    hall = ask(house, "q_value", measure="temperature", area="hall")
    assert isinstance(attic, Question)
    assert isinstance(hall, Question)
    assert (attic.entities, hall.entities) == (("sensor.temp",), ("climate.hall",))
    assert hall.detail == {"area": "hall"}


def test_here_is_meant_where_no_place_is_said(house: House) -> None:
    asked = ask(house, "q_value", "attic", measure="temperature")
    assert isinstance(asked, Question)
    assert asked.entities == ("sensor.temp",)


def test_people_are_asked_for_by_how_they_are_asked_for(house: House) -> None:
    assert ask(house, "q_presence", ask="which", zone="home") == Question(
        "presence", ("person.anna",), "home", {"ask": "which"}
    )
    assert isinstance(ask(house, "q_presence", ask="any", zone="school"), Doubt)


def test_what_nothing_measures_is_said_so(house: House) -> None:
    assert isinstance(ask(house, "q_value", measure="pressure"), Doubt)
    assert isinstance(ask(house, "q_weather"), Doubt)
    assert isinstance(ask(house, "q_which", kind="valve/many", state="open"), Doubt)


def test_the_time_is_of_nothing(house: House) -> None:
    assert ask(house, "q_time") == Question("time", (), None, {}, "en")
