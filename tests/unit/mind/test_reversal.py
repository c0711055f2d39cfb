import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Action, Outcome
from claw.mind.reversal import reverse
from tests.talked_house import came_of, house


@pytest.mark.parametrize(
    ("outcome", "back"),
    [
        (
            came_of("light.turn_on", "light.worktop", "done", before={"light.worktop": "off"}),
            Action("light.turn_off", ("light.worktop",)),
        ),
        (
            came_of("light.turn_off", "light.bedroom light.living", "done"),
            Action("light.turn_on", ("light.bedroom", "light.living")),
        ),
        (came_of("lock.unlock", "lock.front", "done"), Action("lock.lock", ("lock.front",))),
        (came_of("cover.open_cover", "cover.garage", "started"), Action("cover.close_cover", ("cover.garage",))),
        (
            came_of("cover.close_cover", "cover.left", "done", before={"cover.left": "open"}),
            Action("cover.open_cover", ("cover.left",)),
        ),
        (
            came_of("climate.turn_off", "climate.bedroom", "done", before={"climate.bedroom": "heat"}),
            Action("climate.set_hvac_mode", ("climate.bedroom",), {"hvac_mode": "heat"}),
        ),
        (
            came_of(
                "input_number.set_value", "input_number.target", "done", before={"input_number.target": "5"}, value=9
            ),
            Action("input_number.set_value", ("input_number.target",), {"value": 5.0}),
        ),
        (
            came_of(
                "alarm_control_panel.alarm_disarm",
                "alarm_control_panel.house",
                "done",
                before={"alarm_control_panel.house": "armed_home"},
            ),
            Action("alarm_control_panel.alarm_arm_home", ("alarm_control_panel.house",)),
        ),
    ],
)
def test_what_was_done_is_taken_back(outcome: Outcome, back: Action) -> None:
    assert reverse((outcome,), house()) == (back,)


@pytest.mark.parametrize(
    "outcome",
    [
        came_of("light.turn_on", "light.worktop", "failed"),
        came_of("light.turn_on", "light.worktop", "unchanged"),
        came_of("light.turn_on", "light.worktop", "unknown"),
        came_of("light.turn_on", "light.bedroom", "done", before={"light.bedroom": "on"}, brightness_pct=5),
        came_of("light.turn_off", "light.attic", "done", before={"light.attic": "unavailable"}),
        came_of("scene.turn_on", "scene.movie", "done"),
        came_of("input_number.set_value", "input_number.target", "done", before={"input_number.target": "x"}, value=9),
    ],
)
def test_what_did_not_change_or_has_no_opposite_is_left(outcome: Outcome) -> None:
    assert reverse((outcome,), house()) == ()


def test_the_last_act_is_taken_back_first() -> None:
    outcomes = (came_of("light.turn_off", "light.bedroom", "done"), came_of("lock.unlock", "lock.front", "done"))
    assert [action.name for action in reverse(outcomes, house())] == ["lock.lock", "light.turn_on"]


DANGEROUS = {"lock.unlock", "lock.open", "alarm_control_panel.alarm_disarm", "valve.open_valve"}


@given(
    st.sampled_from(
        [
            ("lock.lock", "lock.front"),
            ("cover.close_cover", "cover.garage"),
            ("cover.set_cover_position", "cover.garage"),
            ("valve.close_valve", "valve.main"),
            ("alarm_control_panel.alarm_arm_away", "alarm_control_panel.house"),
            ("alarm_control_panel.alarm_arm_home", "alarm_control_panel.house"),
        ]
    ),
    st.sampled_from(["done", "started", "sent"]),
    st.sampled_from(["open", "closed", "locked", "unlocked", "disarmed", "armed_away", "opening", "on"]),
)
def test_taking_back_never_lets_anybody_in(act: tuple[str, str], status: str, before: str) -> None:
    outcome = came_of(act[0], act[1], status, before={act[1]: before})
    for action in reverse((outcome,), house()):
        assert action.name not in DANGEROUS
        assert action.name != "cover.open_cover"
