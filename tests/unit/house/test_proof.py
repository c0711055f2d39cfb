import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Json
from claw.house.model import State
from claw.house.proof import Between, Check, Expectation, Goal, Hue, NoneOf, is_, near
from tests.held_clock import HeldClock
from tests.unit.house.strategies import JSON

NOW = HeldClock().now()


@pytest.mark.parametrize(
    ("check", "value", "holds"),
    [
        (is_("on", "idle"), "idle", True),
        (is_("on"), "off", False),
        (is_(True), 1, False),
        (is_(1), True, False),
        (is_(None, False), None, True),
        (NoneOf(("off",)), "heat", True),
        (NoneOf(("off",)), "off", False),
        (near(100, 3), 103, True),
        (near(100, 3), 104, False),
        (near(100, 3), "101.5", True),
        (near(100, 3), "warm", False),
        (near(1, 1), True, False),
        (near(1, 1), None, False),
        (near(1, 1), [1], False),
        (Between(0, float("inf")), "nan", False),
        (Hue(0, 100), [355, 98], True),
        (Hue(0, 100), [340, 98], False),
        (Hue(120, 3), [300, 1], True),
        (Hue(120, 50), [120, 80], False),
        (Hue(120, 50), [120], False),
        (Hue(120, 50), ["a", "b"], False),
    ],
    ids=str,
)
def test_holds_for_what_is_wished_only(check: Check, value: Json, holds: bool) -> None:
    assert check.holds(value) is holds


@given(st.sampled_from([is_("on"), NoneOf(("off",)), near(1, 2), Hue(10, 50)]), JSON)
def test_no_value_is_too_strange_to_be_compared(check: Check, value: Json) -> None:
    assert check.holds(value) in {True, False}


def wish(goal: Goal, before: State) -> Expectation:
    return Expectation(goal, before, 5.0, reports=True)


@pytest.mark.parametrize("value", ["unknown", "unavailable"])
def test_a_state_that_is_not_known_proves_nothing(value: str) -> None:
    assert not wish(Goal(), State("on")).reached(State(value))
    assert not wish(Goal(stamp="state"), State("2026-01-05T12:00:00+00:00")).reached(State(value))


def test_a_new_stamp_is_proof_and_the_old_one_is_not() -> None:
    expected = wish(Goal(stamp="last_triggered"), State("off", {"last_triggered": "yesterday"}))
    assert not expected.reached(State("off", {"last_triggered": "yesterday"}))
    assert expected.reached(State("off", {"last_triggered": "today"}))


def test_an_old_failure_is_not_a_new_one() -> None:
    before = State("jammed", changed=NOW, context="theirs")
    expected = wish(Goal(failed=("jammed",)), before)
    assert not expected.failed(before)
    assert expected.failed(State("jammed", changed=NOW, context="ours"))
    assert expected.failed(State("unavailable"))
