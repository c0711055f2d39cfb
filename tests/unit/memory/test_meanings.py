"""Which of several things a word means to somebody."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.house.model import Entity, House, Registry
from claw.memory.meanings import Meanings, meaning
from claw.memory.model import ANYBODY, Audience, Fact, Memory, Told, private_to
from tests.unit.memory.test_preferences import Remembered

NOW = datetime(2026, 3, 4, 20, tzinfo=UTC)
DESK = Entity("light.desk", "Desk Lamp", registry_id="r1", area="office")
FLOOR = Entity("light.floor", "Floor Lamp", registry_id="r2", area="office")
DOOR = Entity("lock.front", "Front Door", registry_id="r3")
BACK = Entity("lock.back", "Back Door", registry_id="r4")
HOUSE = House(Registry(entities={one.entity_id: one for one in (DESK, FLOOR, DOOR, BACK)}), {})
ANNA = Origin(channel="web", person="anna", authenticated=True, place="office")
LAMPS = ("light.desk", "light.floor")


def hears(origin: Origin) -> Audience:
    return Audience(person=origin.person, resident=True) if origin.authenticated else ANYBODY


class Room:
    def __init__(self) -> None:
        self.known = Remembered()
        self.meanings = Meanings(self.known, lambda: HOUSE.registry, hears, lambda: NOW)

    def keep(self, fact: Fact, **more: object) -> Memory:
        row = Memory(len(self.known.rows) + 1, fact, "active", "resident_told", True, 1.0, "anna", NOW)
        row = replace(row, **more)  # pyright: ignore[reportArgumentType]  fields by name
        self.known.rows.append(row)
        for tell in self.known.changed:
            tell()
        return row

    def of(self, word: str = "lamp", choices: tuple[str, ...] = LAMPS, origin: Origin = ANNA) -> str | None:
        row = self.meanings.of(word, choices, HOUSE, origin)
        entity = self.meanings.entity(row) if row is not None else None
        return entity.entity_id if entity is not None else None


def test_a_word_means_to_somebody_what_they_said_it_does_and_only_there() -> None:
    room = Room()
    room.keep(meaning("Lamp", DESK, "anna", "office"))
    assert room.of() == "light.desk"
    assert room.of("light") is None
    assert room.of(choices=("light.floor", "light.other")) is None
    assert room.of(origin=replace(ANNA, place="hall")) is None
    assert room.of(origin=replace(ANNA, person="ben")) is None
    assert room.of(origin=replace(ANNA, authenticated=False)) is None


def test_what_is_meant_in_this_room_goes_before_what_is_meant_anywhere() -> None:
    room = Room()
    room.keep(meaning("lamp", DESK, "anna", "office"))
    room.keep(meaning("lamp", FLOOR, "anna"))
    assert room.of() == "light.desk"
    assert room.of(origin=replace(ANNA, place="hall")) == "light.floor"


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"trust": "inferred", "explicit": False}, False),
        ({"trust": "inferred", "explicit": False, "confirmed": NOW}, True),
        ({"trust": "guest_told"}, False),
        ({"taint": ("mail",)}, False),
        ({"confirmed": NOW, "taint": ("mail",)}, False),
    ],
)
def test_only_what_they_said_or_agreed_to_counts(more: dict[str, object], counts: bool) -> None:
    room = Room()
    room.keep(meaning("lamp", DESK, "anna"), **more)
    assert (room.of() == "light.desk") is counts


def test_of_two_doors_none_is_picked() -> None:
    room = Room()
    with pytest.raises(Refused):
        meaning("door", DOOR, "anna")
    room.keep(replace(meaning("door", DESK, "anna"), value={"entity": "entity:r3"}))
    assert room.of("door", ("lock.front", "lock.back")) is None
    room.keep(meaning("lamp", DESK, "anna"))
    assert room.of(choices=("light.desk", "lock.front")) is None


def test_the_same_rules_hold_for_whoever_writes() -> None:
    room = Room()
    told = Told("resident_told", person="anna", explicit=True)
    good = meaning("lamp", DESK, "anna")
    room.meanings.check(good, told, "adult")
    room.meanings.check(Fact("fact", "house", "x", 1, "X"), told, None)
    bad = [
        (replace(good, visibility="household"), told),
        (good, replace(told, person="ben")),
        (good, replace(told, person=None)),
        (good, replace(told, taint=("mail",))),
        (replace(good, value={"entity": "entity:gone"}), told),
        (replace(good, value={"entity": ["entity:r1"]}), told),
        (replace(good, value={"entity": "entity:r3"}), told),
        (replace(good, subject="house"), told),
    ]
    for fact, source in bad:
        with pytest.raises(Refused):
            room.meanings.check(fact, source, "owner")


def test_a_meaning_for_good_is_private() -> None:
    assert meaning("lamp", DESK, "anna").visibility == private_to("anna")
