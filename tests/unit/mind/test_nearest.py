"""The nearest sentence, and that it is found quickly in a large house."""

import time

import pytest

from claw.house.file import parse_house
from claw.mind.language import load
from claw.mind.names import name_book
from claw.mind.nearest import Samples


def samples(count: int) -> Samples:
    entities = [{"entity_id": f"light.n{at}", "name": f"Lantern {at}", "state": "off"} for at in range(count)]
    entities.append({"entity_id": "lock.front", "name": "Front Door", "state": "locked"})
    return Samples(name_book(parse_house({"entities": entities}).registry, load("en")), load("en"))


def test_a_misspelt_name_leads_to_its_sentence() -> None:
    assert samples(3).nearest("lock teh frnt dor") == "lock Front Door"


def test_what_is_like_nothing_has_no_nearest() -> None:
    assert samples(3).nearest("zzz qqq") is None
    assert samples(3).nearest("") is None


def test_who_says_on_is_not_offered_off_and_no_water_main_for_boiling_water() -> None:
    entities = [
        {"entity_id": "light.one", "name": "Kitchen Lamp", "state": "off"},
        {"entity_id": "valve.main", "name": "Water Main", "state": "closed"},
    ]
    house = Samples(name_book(parse_house({"entities": entities}).registry, load("en")), load("en"))
    assert house.nearest("turn on teh kitchn lamp thing") == "turn on Kitchen Lamp"
    assert house.near("boil water", 1) == ("open Water Main",)
    assert house.nearest("boil water") is None
    assert house.nearest("turn on the jacuzzi") is None
    assert house.nearest("stop the music") is None
    assert "Kitchen Lamp" in str(house.nearest("lamp"))
    assert house.nearest("turn off teh kitchn lamp") == "turn off Kitchen Lamp"
    assert house.near("turn on everything", 1) == ("turn off everything",)
    assert house.nearest("turn on everything") is None


GUARDED = [
    {"entity_id": "lock.front", "name": "Front Door", "state": "locked"},
    {"entity_id": "cover.garage", "name": "Garage Door", "state": "closed"},
    {"entity_id": "alarm_control_panel.home", "name": "House Alarm", "state": "armed_home"},
    {"entity_id": "siren.one", "name": "Siren", "state": "off"},
    {"entity_id": "switch.heater", "name": "Space Heater", "state": "off"},
    {"entity_id": "switch.camera", "name": "Camera Off", "state": "off"},
]


@pytest.mark.parametrize(
    "text",
    [
        "dont unlock the front door",
        "never open the garage door",
        "no dont turn on space heater",
        "turn down the space heater",
        "shut garage door plz",
        "front door unlocked",
        "when was front door unlocked",
        "who opened the garage door",
        "why is the siren on",
        "ram house alarm",
        "garage door",
        "clse garage dor",
        "turn the heter off",  # not what is called "Camera Off"
    ],
)
def test_nobody_is_offered_the_opposite_or_what_lets_somebody_in_for_another_sentence(text: str) -> None:
    house = Samples(name_book(parse_house({"entities": GUARDED}).registry, load("en")), load("en"))
    assert house.near(text, 8)  # and it may have been
    assert house.nearest(text) is None


def test_a_no_is_heard_where_no_spaces_are_written() -> None:
    lock = {"entity_id": "lock.front", "name": "前门", "state": "locked"}
    house = Samples(name_book(parse_house({"entities": [lock]}).registry, load("zh")), load("zh"))
    assert house.near("别解锁前门啊", 1)
    assert house.nearest("别解锁前门啊") is None


def test_a_slip_in_a_whole_order_is_put_right_and_what_guards_is_offered_to_who_says_so() -> None:
    house = Samples(name_book(parse_house({"entities": GUARDED}).registry, load("en")), load("en"))
    assert house.nearest("openn garage dor") == "open Garage Door"
    assert house.nearest("unlock teh front dor") == "unlock Front Door"


def test_in_a_large_house_it_takes_milliseconds() -> None:
    large = samples(2000)
    text = "turn onn the lanttern 77 pleese"
    large.nearest(text)
    started = time.process_time()
    for _ in range(10):
        large.nearest(text)
    assert (time.process_time() - started) / 10 < 0.02
