"""Which entities words mean: places, kinds, the only one, and the doubt between two."""

import pytest

from claw.house.file import parse_house
from claw.house.model import House
from claw.mind.language import load
from claw.mind.names import name_book
from claw.mind.reading import Reading
from claw.mind.targets import Doubt, Targets

ROWS = [
    ("light.a", "Ceiling", "kitchen", None),
    ("light.b", "Ceiling", "hall", None),
    ("fan.a", "Kitchen Fan", "kitchen", None),
    ("cover.a", "Left Shade", "kitchen", "shade"),
    ("cover.b", "Garage Door", "hall", "garage"),
    ("lock.a", "Front Door Lock", "hall", None),
    ("valve.a", "Main", "hall", "water"),
]


@pytest.fixture(scope="module")
def house() -> House:
    return parse_house(
        {
            "floors": [{"id": "g", "name": "Ground", "level": 0}, {"id": "u", "name": "First", "level": 1}],
            "areas": [{"id": "kitchen", "name": "Kitchen", "floor": "g"}, {"id": "hall", "name": "Hall", "floor": "u"}],
            "groups": [{"entity_id": "light.all", "members": ["light.a", "light.b"]}],
            "entities": [
                *(
                    {"entity_id": entity_id, "name": name, "area": area, "state": "off"}
                    | ({"device_class": device_class} if device_class else {})
                    for entity_id, name, area, device_class in ROWS
                ),
                {"entity_id": "light.all", "name": "All Lights", "state": "off"},
            ],
        }
    )


def find(house: House, does: str, place: str | None = None, **slots: str) -> tuple[str, ...] | Doubt:
    reading = Reading(does, tuple(sorted(slots.items())), None, ())
    return Targets(name_book(house.registry, load("en")), place).find(reading)


def test_a_name_in_two_rooms_is_settled_by_what_is_said_or_by_where_one_stands(house: House) -> None:
    assert find(house, "on", thing="ceiling", area="hall") == ("light.b",)
    assert find(house, "on", thing="ceiling", floor="g") == ("light.a",)
    assert find(house, "on", "kitchen", thing="ceiling") == ("light.a",)
    doubt = find(house, "on", thing="ceiling")
    assert isinstance(doubt, Doubt)
    assert doubt.firm
    assert "light.a" in doubt.reason
    assert "light.b" in doubt.reason


def test_a_group_whose_members_are_meant_is_not_meant_besides(house: House) -> None:
    assert find(house, "off", kind="light/many", all="all") == ("light.a", "light.b")


def test_the_only_one_in_the_house_needs_no_room(house: House) -> None:
    assert find(house, "on", "hall", kind="fan/one") == ("fan.a",)


def test_a_kind_takes_a_near_class_only_where_its_own_is_missing(house: House) -> None:
    assert find(house, "close", kind="blind/many") == ("cover.a",)
    assert isinstance(find(house, "close", kind="curtain/many"), Doubt)


def test_a_shortened_name_is_enough(house: House) -> None:
    assert find(house, "lock", thing="front door") == ("lock.a",)


def test_here_without_a_place_is_asked_for(house: House) -> None:
    doubt = find(house, "on", kind="light/many", where="here")
    assert isinstance(doubt, Doubt)
    assert "room" in doubt.reason


def test_what_is_there_but_cannot_do_it_is_not_said_to_be_missing(house: House) -> None:
    doubts = [find(house, "close", kind=kind) for kind in ("door/many", "window/many")]
    assert [doubt.reason for doubt in doubts if isinstance(doubt, Doubt)] == [
        "There are no doors in the house that can do that.",
        "There are no windows in the house.",
    ]


def test_a_floor_without_the_kind_has_none(house: House) -> None:
    assert isinstance(find(house, "on", kind="fan/many", floor="u"), Doubt)


def lit(*names: str) -> House:
    rows = [{"entity_id": f"light.{at}", "name": name, "area": "den", "state": "off"} for at, name in enumerate(names)]
    return parse_house({"areas": [{"id": "den", "name": "Den"}], "entities": rows})


@pytest.mark.parametrize(
    ("names", "word", "meant"),
    [
        (("Den Lamp", "Ceiling"), "lamp", ("light.0",)),
        (("Stehlampe", "Decke"), "lampe", ("light.0",)),
        (("Den Lamp", "Bedside Lamp", "Ceiling"), "lamp", ("light.0", "light.1", "light.2")),
        (("Den Light", "Shelf"), "light", ("light.0",)),
        (("Shelf", "Ceiling"), "light", ("light.0", "light.1")),
        (("Nachtlicht", "Decke"), "licht", ("light.0", "light.1")),
        (("Lampoon", "Ceiling"), "lamp", ("light.0", "light.1")),
    ],
)
def test_one_of_a_room_is_the_only_one_called_so_or_else_all(
    names: tuple[str, ...], word: str, meant: tuple[str, ...]
) -> None:
    assert find(lit(*names), "on", kind="light/one", area="den", word=word) == meant
    every = tuple(f"light.{at}" for at in range(len(names)))
    assert find(lit(*names), "on", kind="light/many", area="den") == every
