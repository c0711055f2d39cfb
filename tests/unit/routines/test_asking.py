"""Whoever says yes to a routine is shown all of it."""

from typing import Any

import pytest

from claw.base.action import Action
from claw.daemon.wording import Wording
from claw.house.file import parse_house
from claw.routines.acts import CHANGE, SCHEDULE
from claw.routines.asking import open_to_view
from claw.routines.making import written
from tests.making_room import HOME, LAMP, spec

HOUSE = parse_house(HOME)
UNLOCK = {"actions": [{"action": "lock.unlock", "entities": ["lock.door"]}]}


@pytest.mark.parametrize("name", [SCHEDULE, CHANGE])
def test_every_thing_it_does_and_when_stand_in_the_question(name: str) -> None:
    many = [LAMP, UNLOCK, {"say": "the door is open", "to": "everyone"}]
    action = Action(name, (), {"spec": written(spec(do=many, name="Evening"))})
    asked = Wording("en").question((action,), HOUSE, "en")
    for said in ("Evening", "07:00", "turn on the lamp", "unlock the door", "the door is open", "everyone"):
        assert said in asked
    assert "{" not in asked


def test_a_long_routine_is_shown_to_its_last_act() -> None:
    steps = [{"say": f"line {number} {'x' * 400}"} for number in range(9)] + [UNLOCK]
    asked = Wording("en").question((Action(SCHEDULE, (), {"spec": written(spec(do=steps))}),), HOUSE, "en")
    assert "unlock" in asked
    assert all(f"line {number}" in asked for number in range(9))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"only_if": {"home": ["anyone"]}}, "anyone"),
        ({"quiet": ["22:00", "07:00"]}, "22:00"),
        ({"missed": "all", "grace": "2 h"}, "2 h"),
        ({"max_runs": 3}, "3"),
    ],
)
def test_what_else_was_given_is_shown_too(more: dict[str, Any], said: str) -> None:
    found = open_to_view(Action(SCHEDULE, (), {"spec": written(spec(**more))}), HOUSE)
    assert said in str(dict(found.data))


@pytest.mark.parametrize("data", [{}, {"spec": "{"}, {"spec": 3}, {"routine": "r1"}])
def test_what_is_no_routine_stays_as_it_is(data: dict[str, Any]) -> None:
    action = Action(SCHEDULE, (), data)
    assert open_to_view(action, HOUSE) == action
