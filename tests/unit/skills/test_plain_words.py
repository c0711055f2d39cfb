"""What actions and figures are called: every action that Claw knows has words, and no other passes for one of them."""

import pytest

from claw.daemon.declared import OWN
from claw.house.services import CATALOGUE
from claw.skills.plain_words import doing, figure, joined, kind, seconds


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_every_action_of_the_catalogue_has_words(action: str) -> None:
    said = doing(action, "THINGS")
    assert action not in said
    if CATALOGUE[action].targets:
        assert "THINGS" in said


def test_no_two_actions_of_one_kind_of_thing_are_told_in_the_same_words() -> None:
    said = [(action.partition(".")[0], doing(action, "x")) for action in CATALOGUE]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("action", [one for one in sorted(OWN) if not one.startswith("claw.skill_")])
def test_what_claw_itself_can_do_has_words(action: str) -> None:
    assert action not in doing(action)


@pytest.mark.parametrize("action", ["foo.turn_on", "shell_command.x", "claw.anything", "light.unheard_of"])
def test_an_action_that_nobody_knows_is_shown_by_its_own_name(action: str) -> None:
    assert doing(action, "lights") == f'use "{action}" on lights'


def test_an_action_on_no_things_does_nothing() -> None:
    assert doing("light.turn_on") == "turn on nothing"


@pytest.mark.parametrize(
    ("action", "field", "said", "told"),
    [
        ("light.turn_on", "brightness_pct", "at most 30", "at most 30 % bright"),
        ("light.turn_on", "brightness", "40", "brightness 40 of 255"),
        ("climate.set_temperature", "temperature", "16 to 21", "temperature 16 to 21 degrees"),
        ("climate.set_hvac_mode", "hvac_mode", "heat", "hvac mode heat"),
        ("light.turn_on", "brightness_pct", "as it likes", "brightness as it likes"),
        ("foo.bar", "some_thing", "3", "some thing 3"),
    ],
)
def test_a_figure_is_told_with_its_unit(action: str, field: str, said: str, told: str) -> None:
    assert figure(action, field, said) == told


def test_kinds_lists_and_times() -> None:
    assert (kind("light"), kind("switch"), kind("alarm_control_panel", several=False)) == (
        "lights",
        "switches",
        "alarm",
    )
    assert (joined([]), joined(["a"]), joined(["a", "b", "c"], "or")) == ("", "a", "a, b or c")
    assert [seconds(one) for one in (90, 60, 7200, 0.5)] == ["90 s", "1 min", "2 h", "0.5 s"]
