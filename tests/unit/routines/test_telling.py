"""What is told of an act on a routine is what is kept and what will happen."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from claw.house.file import parse_house
from claw.routines.acts import ACTIONS, SKIP
from claw.routines.model import Firing, Routine, Run
from claw.routines.telling import back, begun, done, ran
from tests.making_room import ANNA, HOME, NOW, spec

HOUSE = parse_house(HOME)
MADE = Routine("r1", spec(when={"at": "07:00", "days": ["mon", "tue"]}), ANNA, NOW)


def test_a_routine_is_read_back_with_when_what_and_its_next_firings() -> None:
    coming = [NOW + timedelta(hours=18), NOW + timedelta(days=7, hours=18)]
    told = back(MADE, coming, NOW, HOUSE)
    assert told.startswith("Every Monday and Tuesday at 07:00: turn on the lamp. Next: tomorrow 07:00, 1 Dec 07:00.")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "waiting", "why": "an owner has to take it over"}, "It waits: an owner has to take it over."),
        ({"state": "shadow", "shadow_left": 1}, "It runs dry once first"),
        ({"state": "shadow", "shadow_left": 3}, "It runs dry 3 times first"),
        ({"state": "paused"}, "It is still paused."),
        ({"expires": NOW + timedelta(days=7)}, "unless somebody who lives here takes it over."),
    ],
)
def test_what_is_special_about_it_is_said(change: dict[str, Any], said: str) -> None:
    assert said in back(replace(MADE, **change), (), NOW, HOUSE)
    assert said not in back(MADE, (), NOW, HOUSE)
    assert "Next:" not in back(MADE, (), NOW, HOUSE)


def test_a_clock_that_is_not_known_is_said() -> None:
    house = parse_house({**HOME, "time_zone": "Moon/Crater"})
    assert "UTC" in back(MADE, (), NOW, house)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_act_has_a_sentence_that_names_it(action: str) -> None:
    told = done(action, replace(MADE, skips=frozenset({NOW.date()})), NOW, HOUSE.registry)
    assert '"Lamp"' in told
    assert told.endswith(".")


def test_days_that_are_skipped_are_told_in_order_and_past_ones_are_not() -> None:
    days = frozenset({NOW.date() + timedelta(days=one) for one in (4, 1, -1)})
    assert done(SKIP, replace(MADE, skips=days), NOW, HOUSE.registry) == (
        '"Lamp" does not run on Tue 24 Nov and Fri 27 Nov.'
    )
    assert done(SKIP, MADE, NOW, HOUSE.registry) == '"Lamp" skips no day.'


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        ("done", "", '"Lamp" is done.'),
        ("failed", "the lamp is dead", '"Lamp" failed. The lamp is dead.'),
        ("held", "Claw is stopped", '"Lamp" was held back. Claw is stopped.'),
        ("running", "", '"Lamp" has begun.'),
    ],
)
def test_what_came_of_a_run_is_told_with_the_reason(status: Any, reason: str, told: str) -> None:
    assert ran(MADE, Run(1, "r1", Firing("r1", 0, NOW, "k"), status, reason)) == told
    assert begun(MADE) == '"Lamp" has begun and goes on.'
