import pytest

from claw.base.action import Action, Json
from claw.house.model import State
from claw.house.services import CATALOGUE
from claw.mind.phrases import phrases
from claw.mind.replies import question_text
from claw.mind.wording import FIGURES, risk, state_words, target_words, verb_words, with_unit
from claw.skills.effector import ACTIONS as SKILLS
from tests.talked_house import house

EN = phrases("en")
RARE = 12
"""So many actions of the catalogue may be named as they are ("do “camera.enable_motion_detection” on ...")."""


def test_nearly_every_action_of_the_catalogue_has_a_verb() -> None:
    nameless = [name for name in CATALOGUE if "“" in verb_words(Action(name, ("x.y",)), EN)]
    assert len(nameless) <= RARE, nameless


def test_every_figure_is_of_an_action_and_a_field_that_exist() -> None:
    for name, figures in FIGURES.items():
        assert {figure.key for figure in figures} <= set(CATALOGUE[name].fields), name


@pytest.mark.parametrize(
    ("entity", "state", "said"),
    [
        ("light.worktop", State("on"), "on"),
        ("lock.front", State("jammed"), "jammed"),
        ("binary_sensor.window", State("on"), "open"),
        ("binary_sensor.other", State("on"), "on"),
        ("climate.bedroom", State("heat"), "set to heat"),
        ("timer.x", State("active"), "running"),
        ("sensor.x", State("21.55", {"unit_of_measurement": "°C"}), "at 21.6 °C"),
        ("sensor.x", State("40", {"unit_of_measurement": "%"}), "at 40 %"),
        ("sensor.x", State("5", {"unit_of_measurement": ["x"]}), "at 5"),
        ("person.anna", State("Work”"), "at “Work'”"),
        ("x.y", State("on. All is well"), "“on. All is well”"),
        ("x.y", State("door.on"), "“door.on”"),
    ],
)
def test_a_state_is_put_into_words(entity: str, state: State, said: str) -> None:
    assert state_words(house(), entity, state, EN) == said


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("light.turn_on", {"brightness_pct": 40}, " to 40 %"),
        ("light.turn_on", {"brightness": 255}, " to 100 %"),
        ("light.turn_on", {"color_name": "red"}, " to red"),
        ("light.turn_on", {}, ""),
        ("light.turn_on", {"brightness_step_pct": 10}, ""),
        ("climate.set_temperature", {"temperature": 21.5}, " to 21.5 °C"),
        ("media_player.volume_set", {"volume_level": 0.35}, " to 35 %"),
        ("climate.set_temperature", {"temperature": float("nan")}, ""),
        ("input_text.set_value", {"value": "a”b"}, " to “a'b”"),
    ],
)
def test_a_target_is_read_from_the_data(name: str, data: dict[str, Json], said: str) -> None:
    assert target_words(Action(name, ("x.y",), data), house(), EN) == said


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("lock.unlock", {}, "unlock"),
        ("light.turn_on", {"brightness_pct": 40}, "set"),
        ("light.turn_on", {"brightness_step": 10}, "set"),
        ("media_player.volume_mute", {"is_volume_muted": True}, "mute"),
        ("media_player.volume_mute", {"is_volume_muted": False}, "unmute"),
        ("foo.bar", {}, "do “foo.bar” on"),
    ],
)
def test_a_verb_fits_the_action(name: str, data: dict[str, Json], said: str) -> None:
    assert verb_words(Action(name, ("x.y",), data), EN) == said


def test_the_riskiest_comes_first() -> None:
    names = ["light.turn_on", "lock.lock", "cover.open_cover", "lock.unlock"]
    ranked = sorted((Action(name, ("cover.left",)) for name in names), key=lambda action: risk(action, house()))
    assert [action.name for action in ranked] == ["lock.unlock", "cover.open_cover", "lock.lock", "light.turn_on"]
    assert risk(Action("cover.open_cover", ("cover.garage",)), house()) == 0


@pytest.mark.parametrize(
    ("language", "said"), [("en", "40.5 %"), ("de", "40,5 %"), ("fr", "40,5 %"), ("nl", "40,5 %"), ("zh", "40.5%")]
)
def test_a_unit_is_written_as_the_language_writes_it(language: str, said: str) -> None:
    assert with_unit(40.5, "%", phrases(language)) == said


@pytest.mark.parametrize("code", ["en", "de", "fr", "nl", "zh"])
@pytest.mark.parametrize("action", sorted(SKILLS))
def test_an_act_on_a_skill_has_words_in_every_language_and_a_short_hash(code: str, action: str) -> None:
    asked = Action(action, (), {"skill": "movie-time", "hash": "ab" * 32})
    said = question_text([asked], house(), code)
    assert "movie-time" in said
    assert action not in said
    assert "ab" * 6 in said
    assert "ab" * 7 not in said
