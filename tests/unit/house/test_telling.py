"""Whose own hand an event was: a user of the house, and neither what followed from one nor Claw itself."""

from typing import Any

import pytest

from claw.house.telling import Tells, happening, user_of

CLAW, ANNA = "c" * 32, "a" * 32


def event(**context: Any) -> dict[str, Any]:
    return {"data": {"action": "x"}, "context": {"id": "1", "user_id": ANNA, "parent_id": None} | context}


def test_a_user_who_did_it_themselves_is_named() -> None:
    assert happening(event(), CLAW) == ({"action": "x"}, "1", ANNA)


@pytest.mark.parametrize(
    ("told", "own"),
    [
        (event(parent_id="0"), CLAW),  # an automation that followed
        (event(user_id=CLAW), CLAW),
        (event(user_id=None), CLAW),
        (event(user_id=""), CLAW),
        (event(user_id=7), CLAW),
        (event(user_id=[ANNA]), CLAW),
        (event(), None),  # who knows whether that is Claw
        ({"data": {}, "context": {"id": "1", "user_id": ANNA}}, CLAW),
        ({"data": {}, "context": None}, CLAW),
        ({"data": {}}, CLAW),
        ([], CLAW),
        (None, CLAW),
    ],
)
def test_what_followed_from_something_or_is_nobodys_is_by_nobody(told: Any, own: str | None) -> None:
    assert happening(told, own)[2] is None


def test_what_is_no_event_is_empty() -> None:
    assert happening({"data": [1], "context": {"id": 7}}, CLAW) == ({}, None, None)


@pytest.mark.parametrize(
    ("answer", "user"),
    [({"id": CLAW, "is_admin": True}, CLAW), ({"id": ""}, None), ({"id": 7}, None), ([], None), (None, None)],
)
def test_who_claw_is_over_there_is_known_where_the_house_says_it(answer: Any, user: str | None) -> None:
    assert user_of(answer) == user


def test_a_house_that_knows_no_users_does_not_tell() -> None:
    assert not isinstance(object(), Tells)
