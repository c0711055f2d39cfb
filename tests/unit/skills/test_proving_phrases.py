"""The phrases of a skill as somebody says them in a house, and which of them are somebody else's."""

import pytest

from claw.base.documents import parse_document
from claw.house.file import parse_house
from claw.skills.manifest import Manifest, Parameter
from claw.skills.proving_phrases import MOST_NAMES, example, spoken, stolen
from tests.twin_house import HOME, Nobody, skill
from tests.twin_house import MANIFEST as NIGHT

MANIFEST = """
version: 1.0.0
parameters:
  area: {type: area, here: true}
  lamp: {type: entity, domain: light}
  level: {type: number, min: 1, max: 100}
  time: {type: duration, min: 60, max: 3600}
  kind: {type: enum, values: [soft, bright]}
  loud: {type: bool}
triggers:
  phrases:
    en: ["reading [time] in {area}", "{lamp} for {time}", "read at {level}", "make it {kind}", "be {loud}"]
    de: ["{lamp} für {time}"]
"""


def said() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in spoken(parse_document(MANIFEST, "skill.yaml", Manifest), HOME):
        found.setdefault(f"{one.language} {one.phrase}", []).append(one.text)
    return found


def test_every_form_is_said_with_names_and_figures_of_the_house() -> None:
    found = said()
    assert found["en reading [time] in {area}"] == [
        "reading in Hall",
        "reading in Attic",
        "reading time in Hall",
        "reading time in Attic",
    ]
    assert found["en {lamp} for {time}"] == ["a for 1 minutes", "b for 60 minutes", "c for 30 minutes"]
    assert found["en read at {level}"] == ["read at 1", "read at 100", "read at 50"]
    assert found["en make it {kind}"] == ["make it soft", "make it bright"]
    assert found["de {lamp} für {time}"][0] == "a fur 1 Minuten"
    assert "en be {loud}" not in found, "nobody says a truth value"


def test_a_place_for_which_the_house_has_nothing_is_left_out() -> None:
    manifest = parse_document(MANIFEST.replace("domain: light", "domain: vacuum"), "skill.yaml", Manifest)
    assert not any("for" in one.text for one in spoken(manifest, HOME))


def test_not_every_name_of_a_large_house_is_said() -> None:
    assert all(len(texts) <= 2 * MOST_NAMES for texts in said().values())


async def test_what_somebody_else_understands_is_stolen() -> None:
    nobody = Nobody({"night night": "the word stop"}, {"time to sleep": "stop"})
    found = await stolen(skill(), HOME, nobody)
    assert [(one.text, why) for one, why in found] == [
        ("night night", "it is understood already: the word stop"),
        ("time to sleep", "it may be taken for 'stop'"),
    ]
    assert await stolen(skill(), HOME, Nobody()) == ()


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (Parameter(type="area"), "attic"),
        (Parameter(type="entity", domain=("light",)), "light.a"),
        (Parameter(type="entity", domain=("vacuum",)), None),
        (Parameter(type="number", min=3, max=9), 3),
        (Parameter(type="duration", min=60, max=90), 60),
        (Parameter(type="enum", values=("x", "y")), "x"),
        (Parameter(type="enum", values=("x", "y"), default="y"), "y"),
        (Parameter(type="bool"), True),
    ],
)
def test_a_run_may_be_given_an_example(parameter: Parameter, value: object) -> None:
    assert example(parameter, HOME) == value


SHIPPED = NIGHT + "provenance: {made: shipped}\n"
SCENES = parse_house(
    {
        "entities": [
            {"entity_id": "scene.night", "name": "Night Night"},
            {"entity_id": "light.sleep", "name": "time to sleep", "hidden": True},
            {"entity_id": "light.lamp", "name": "Lamp"},
        ]
    }
)


async def test_a_scene_of_the_household_goes_before_a_phrase_that_ships_and_before_no_other() -> None:
    nobody = Nobody({"night night": "a sentence about the house", "time to sleep": "a sentence about the house"})
    ours = skill(manifest=SHIPPED)
    assert [one.text for one, _ in await stolen(ours, SCENES, nobody)] == ["time to sleep"], "a lamp is no scene"
    assert len(await stolen(skill(), SCENES, nobody)) == 2, "whoever writes a skill here knows the scenes"
    control = Nobody({"night night": "the word 'stop'"}, {"night night": "stop"})
    assert len(await stolen(ours, SCENES, control)) == 1


def test_hidden_things_are_not_spoken_of() -> None:
    manifest = parse_document(MANIFEST, "skill.yaml", Manifest)
    said = [one.text for one in spoken(manifest, SCENES) if one.phrase == "{lamp} for {time}" and one.language == "en"]
    assert said == ["Lamp for 1 minutes", "Lamp for 60 minutes", "Lamp for 30 minutes"]
    assert list(spoken(Manifest(version="1.0.0"), SCENES)) == []
