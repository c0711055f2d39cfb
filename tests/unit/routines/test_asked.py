"""Who decides about a routine counts as proven only where the log says so and the household knows them."""

from dataclasses import replace

import pytest

from claw.base.action import Origin
from claw.policy.people import Role
from claw.routines.asked import Asked
from tests.making_room import ANNA, VOICE


@pytest.mark.parametrize(
    ("origin", "role", "person"),
    [
        (ANNA, "owner", "anna"),
        (ANNA, None, None),
        (replace(ANNA, authenticated=False), "owner", None),
        (VOICE, None, None),
    ],
)
def test_a_person_is_who_is_proven_and_of_the_household(origin: Origin, role: Role | None, person: str | None) -> None:
    asker = Asked(origin, role, 7).asker
    assert asker.person == person
    assert asker.grown_up is (person is not None)
    assert asker.origin == origin


def test_nothing_counts_as_a_yes_or_a_program_unless_it_is_said() -> None:
    found = Asked(ANNA, "owner", 7)
    assert (found.accepted, found.program) == (False, False)


@pytest.mark.parametrize(
    ("origin", "background"),
    [(ANNA, False), (VOICE, False), (replace(ANNA, routine="r1"), True), (Origin("routine"), True)],
)
def test_what_a_routine_asks_is_told_apart(origin: Origin, background: bool) -> None:
    assert Asked(origin, None, 7).in_background is background
