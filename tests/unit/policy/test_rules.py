from datetime import datetime

import pytest
from pydantic import ValidationError

from claw.base.action import Terms
from claw.policy.cases import As, moment
from claw.policy.rules import Rule, StateWish


@pytest.mark.parametrize(
    ("ask", "terms"),
    [
        ({"roles": "owner"}, Terms(("owner",), (), 120.0)),
        ({"channels": ["web", "cli"], "wait": "90 s"}, Terms((), ("web", "cli"), 90.0)),
        ({"wait": "1h", "same_chat": True}, Terms((), (), 3600.0, same_chat=True)),
    ],
)
def test_a_confirm_says_who_may_answer_and_how_long(ask: dict[str, object], terms: Terms) -> None:
    assert Rule.model_validate({"id": "a", "confirm": "lock.*", "ask": ask}).terms == terms


def test_a_confirm_that_says_nothing_stands_two_minutes_for_anybody() -> None:
    assert Rule.model_validate({"id": "a", "confirm": "lock.*"}).terms == Terms()
    assert Rule.model_validate({"id": "a", "allow": "lock.*"}).terms is None


def test_one_value_may_stand_for_a_list_and_doubles_are_dropped() -> None:
    rule = Rule.model_validate({"id": "a", "deny": "lock.*", "on": {"area": ["x", "y", "x"]}})
    assert (rule.effect, rule.actions) == ("deny", ("lock.*",))
    assert rule.on is not None
    assert rule.on.area == ("x", "y")


@pytest.mark.parametrize(
    ("written", "values"), [("on", ("on",)), (["a", "b"], ("a", "b")), (5, ("5",)), ([1.5], ("1.5",))]
)
def test_states_are_written_short(written: object, values: tuple[str, ...]) -> None:
    assert StateWish.model_validate(written).values == values


@pytest.mark.parametrize("written", [{}, [], {"values": ["a"], "min": 1}, {"min": "1"}, {"max": float("nan")}, None])
def test_a_wish_for_no_state_or_two_kinds_of_state_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        StateWish.model_validate(written)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23:30", "2026-01-07T23:30"),
        ("sat 06:00", "2026-01-10T06:00"),
        ("2026-03-29 02:30", "2026-03-29T02:30"),
        ("2026-03-29T02:30", "2026-03-29T02:30"),
    ],
)
def test_a_moment_is_read(text: str, expected: str) -> None:
    assert moment(text) == datetime.fromisoformat(expected)


@pytest.mark.parametrize("text", ["", "24:00", "8:00", "sat", "2026-02-30 10:00", "2026-02-03 24:00", "tomorrow 08:00"])
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a time"):
        moment(text)


def test_who_asks_in_a_test_is_signed_in_when_named() -> None:
    assert not As().proven
    assert As(role="owner").proven
    assert As(person="anna").proven
    assert not As(person="anna", authenticated=False).proven
