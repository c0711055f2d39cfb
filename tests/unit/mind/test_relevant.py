"""Which entities a prompt shows for a request."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.house.file import load_house
from claw.house.model import Area, Entity, Registry
from claw.mind.language import load
from claw.mind.relevant import FEW, MOST, Relevant, words_of

DEMO = load_house(Path("claw/daemon/demo/house.yaml")).registry
LANGUAGES = [load("en"), load("de"), load("zh")]
FINDER = Relevant(DEMO, LANGUAGES)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("if the bedroom is above 24 degrees close the blinds", "cover.bedroom_blinds"),
        ("turn everything off except the hall light", "light.hall_ceiling"),
        ("which windows upstairs are open?", "binary_sensor.office_window"),
        ("Mach im Schlafzimmer das Deckenlicht an", "light.bedroom_ceiling"),
        ("把卧室的灯打开", "light.bedroom_ceiling"),
        ("lock.front_door", "lock.front_door"),
    ],
)
def test_what_is_meant_is_among_the_first(said: str, meant: str) -> None:
    assert meant in FINDER.find(said)[:6]


def test_everything_reaches_every_light() -> None:
    lights = {one for one in DEMO.entities if one.startswith("light.") and not DEMO.entities[one].hidden}
    assert lights <= set(FINDER.find("turn everything off"))


def test_what_names_nothing_is_about_the_room_of_the_asker() -> None:
    found = FINDER.find("I am cold", "living_room")
    assert found
    assert {DEMO.entities[one].area for one in found} == {"living_room"}


def test_what_is_looked_for_by_name_is_not_filled_up() -> None:
    assert FINDER.named("hm") == ()
    assert FINDER.named("bedroom blinds")[0] == "cover.bedroom_blinds"


def test_what_names_nothing_and_comes_from_nowhere_is_about_some_of_each_kind() -> None:
    found = FINDER.find("hm")
    assert 1 < len({one.partition(".")[0] for one in found}) <= len(found) <= FEW


def test_the_same_name_in_two_rooms_means_the_one_in_the_askers_first() -> None:
    rooms = {room: Area(room, room.title()) for room in ("attic", "study")}
    lamps = {f"light.{room}": Entity(f"light.{room}", "Lamp", area=room) for room in rooms}
    finder = Relevant(Registry(areas=rooms, entities=lamps), LANGUAGES)
    assert [finder.find("lamp on", place)[0] for place in ("attic", "study")] == ["light.attic", "light.study"]


def test_what_is_hidden_or_only_for_settings_is_never_shown() -> None:
    entity = Entity("light.lamp", "Lamp")
    entities = {
        "light.lamp": entity,
        "light.hidden": replace(entity, entity_id="light.hidden", hidden=True),
        "light.setting": replace(entity, entity_id="light.setting", category="config"),
    }
    assert Relevant(Registry(entities=entities), LANGUAGES).find("lamp") == ("light.lamp",)


def test_a_large_house_shows_no_more_than_the_most() -> None:
    entities = {f"light.lamp_{at}": Entity(f"light.lamp_{at}", f"Lamp {at}") for at in range(3000)}
    found = Relevant(Registry(entities=entities), LANGUAGES).find("turn on lamp 2711")
    assert len(found) == MOST
    assert found[0] == "light.lamp_2711"


def test_an_empty_house_has_nothing_to_show() -> None:
    assert Relevant(Registry(), LANGUAGES).find("light", "hall") == ()


def test_plural_and_singular_are_one_word() -> None:
    assert words_of("Lights") == words_of("light")
    assert words_of("glass") == ["glass"]


@settings(deadline=None)
@given(st.text(max_size=5000), st.sampled_from([None, "kitchen", "nowhere"]))
def test_any_text_finds_entities_of_the_house_once_each(text: str, place: str | None) -> None:
    found = FINDER.find(text, place)
    assert len(set(found)) == len(found) <= MOST
    assert set(found) <= set(DEMO.entities)


@pytest.mark.parametrize("said", ["turn everything off", "hm", "the hall lamp"])
def test_in_what_order_the_house_lists_its_things_does_not_matter(said: str) -> None:
    turned = replace(DEMO, entities=dict(reversed(DEMO.entities.items())))
    assert Relevant(turned, LANGUAGES).find(said) == FINDER.find(said)
