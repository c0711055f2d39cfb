"""The names of a house: own ones, shorter ones, and those that nothing gets."""

from dataclasses import replace

from claw.house.file import parse_house
from claw.mind.language import load
from claw.mind.names import NameBook, name_book


def book(*entities: dict[str, object]) -> NameBook:
    rows = [{"state": "off", **entity} for entity in entities]
    floors = [{"id": "g", "name": "Ground", "level": 0}, {"id": "u", "name": "First", "level": 1}]
    areas = [{"id": "kitchen", "name": "Kitchen", "floor": "g", "aliases": ["Cook's room"]}]
    house = parse_house({"floors": floors, "areas": areas, "entities": rows})
    return name_book(house.registry, load("en"))


def test_a_thing_has_its_name_its_aliases_and_shorter_forms() -> None:
    names = book({"entity_id": "light.a", "name": "Kitchen Ceiling", "area": "kitchen", "aliases": ["Big One"]}).things
    assert not names["kitchen ceiling"][0].weak
    assert not names["big one"][0].weak
    assert names["ceiling"][0].weak
    assert names["ceiling light"][0].weak


def test_a_shorter_form_is_never_a_room_a_kind_or_a_measure() -> None:
    names = book(
        {"entity_id": "light.a", "name": "Kitchen Lamp", "area": "kitchen"},
        {"entity_id": "fan.a", "name": "Kitchen Fan", "area": "kitchen"},
        {"entity_id": "sensor.a", "name": "Kitchen Temperature", "area": "kitchen"},
    ).things
    assert not {"kitchen", "kitchen light", "kitchen lights", "lamp", "fan", "temperature"} & names.keys()


def test_hidden_and_configuring_entities_are_not_named() -> None:
    found = book(
        {"entity_id": "light.a", "name": "Lamp A", "category": "config"},
        {"entity_id": "light.b", "name": "Lamp B", "category": "diagnostic"},
        {"entity_id": "light.c", "name": "Lamp C", "hidden": True},
    )
    assert not found.things
    assert not found.by_domain


def test_a_name_is_text_and_no_template() -> None:
    found = book({"entity_id": "light.a", "name": "(a|b) {area} [x]"})
    assert "a b area x" in found.things


def test_places_go_by_every_name_and_upstairs_is_the_only_floor_above() -> None:
    found = book()
    assert found.areas == {"kitchen": "kitchen", "cook's room": "kitchen"}
    assert found.floors["upstairs"] == "u"
    assert found.floors["downstairs"] == "g"


def test_a_name_that_people_gave_is_one_of_its_own_and_gets_no_shorter_form() -> None:
    registry = parse_house(
        {
            "areas": [{"id": "kitchen", "name": "Kitchen"}],
            "entities": [{"entity_id": "light.a", "name": "Kitchen Ceiling", "area": "kitchen", "state": "off"}],
        }
    ).registry
    lamp = replace(registry.entities["light.a"], called=("Kitchen Moon Lamp",))
    found = name_book(replace(registry, entities={"light.a": lamp}), load("en")).things
    assert not found["kitchen moon lamp"][0].weak
    assert not {"moon", "moon lamp", "kitchen moon"} & found.keys()
    assert "kitchen moon lamp light" in found
