"""The skills that ship, as they lie there: what they are called, what they may do at most, in which languages."""

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

from claw.skills.folder import read_folder
from claw.skills.manifest import Manifest
from claw.skills.model import PROGRAM, TESTS, Skill
from claw.skills.phrases import Phrases, forms
from claw.skills.places import shipped
from claw.skills.reading import read_skill

FOLDER = shipped() or Path("skills")
NAMES = (
    "bedtime-children",
    "coming-home",
    "energy-check",
    "good-morning",
    "good-night",
    "guests-coming",
    "house-check",
    "laundry-done",
    "leaving-home",
    "movie-time",
    "vacation-lights",
    "window-open-heating",
)
LANGUAGES = ("en", "de", "fr", "nl", "zh")
HARMLESS = {
    "light.turn_on",
    "light.turn_off",
    "media_player.turn_on",
    "media_player.turn_off",
    "lock.lock",
    "climate.turn_off",
    "cover.open_cover",
    "cover.close_cover",
    "vacuum.return_to_base",
}
SUN_COVERS = {"blind", "curtain", "shade", "shutter"}


def read(name: str) -> Skill:
    return read_skill(read_folder(FOLDER / name, installed=True), name)


def manifests() -> list[tuple[str, Manifest]]:
    return [(name, read(name).manifest) for name in NAMES]


def words(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return what a program says, by language: the first name it gives."""
    first = ast.parse((FOLDER / name / PROGRAM).read_text()).body
    given = next(one for one in first if isinstance(one, ast.Assign))
    assert isinstance(given.value, ast.Subscript)
    return ast.literal_eval(given.value.value)


def test_twelve_skills_ship() -> None:
    assert tuple(sorted(one.name for one in FOLDER.iterdir() if one.is_dir())) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_skill_has_nothing_against_it_and_brings_its_tests(name: str) -> None:
    skill = read(name)
    assert skill.problems == ()
    assert skill.manifest.provenance.made == "shipped"
    assert {f"{TESTS}demo.yaml", f"{TESTS}other-houses.yaml"} <= set(skill.tests)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_skill_lets_nobody_in_and_moves_no_garage_no_alarm_no_plug(name: str) -> None:
    for capability in read(name).manifest.may:
        assert capability.call in HARMLESS
        if capability.call.startswith("cover."):
            assert capability.on is not None
            assert set(capability.on.device_class or ()) == SUN_COVERS


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_skill_listens_and_speaks_in_five_languages(name: str) -> None:
    manifest = read(name).manifest
    said = words(name)
    assert tuple(said) == LANGUAGES
    for language in LANGUAGES:
        assert len(manifest.phrases(language)) >= 3
        assert said[language].keys() == said["en"].keys()
        for key, sentence in said[language].items():
            assert sentence.count("{") == said["en"][key].count("{"), (language, key)


def test_no_sentence_means_two_shipped_skills() -> None:
    known = Phrases(manifests())
    for name, manifest in manifests():
        for language in LANGUAGES:
            for phrase in manifest.phrases(language):
                for form in forms(phrase):
                    said = form.replace("{area}", "kitchen").replace("{brightness}", "20").replace("{how_many}", "2")
                    assert {one.skill for one in known.match(said, [language])} == {name}, said
