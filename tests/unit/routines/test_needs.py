"""What a routine leans on is looked at when it is made: its skill, and the program before a prompt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.routines.needs import NO_ANSWER, SkillNeeds, gate_problem
from claw.routines.spec import Runs
from claw.skills.model import Skill
from claw.skills.reading import read_skill
from tests.making_room import ANNA, GUS, HOME
from tests.skill_folders import skill_files

HOUSE = parse_house(HOME)
SKILL = read_skill(skill_files("reading-light"), "reading-light")


@dataclass
class Shelf:
    found: Mapping[str, Skill] = field(default_factory=lambda: {"reading-light": SKILL})

    def whole(self, name: str) -> Skill:
        if name not in self.found:
            raise Refused(f"There is no skill {name}.")
        return self.found[name]


def needs(may: str | None = None) -> SkillNeeds:
    mirror = cast("Mirror", type("There", (), {"house": lambda _: HOUSE})())
    return SkillNeeds(Shelf(), lambda _, origin: may if origin == GUS else None, mirror)


def why(skill: str = "reading-light", origin: Origin = ANNA, may: str | None = None, **arguments: Any) -> str:
    return needs(may).why_not(Runs(skill=skill, arguments=arguments), origin)


def test_a_skill_that_runs_for_them_is_no_problem() -> None:
    assert why(area="hall") == ""
    assert "area is missing" in why()


def test_a_skill_that_is_not_there_or_not_theirs_is_said() -> None:
    assert why("nowhere") == "There is no skill nowhere."
    assert why(origin=GUS, may="It is not for everybody.") == "It is not for everybody."
    assert "wings" in why(wings=2)


@pytest.mark.parametrize(
    "source",
    [
        "True",
        "state('light.lamp') == 'on'",
        "x = state('sensor.warmth')\nx > 20",
        "found = find('light')\nlen(found) > 3",
    ],
)
def test_a_program_that_only_looks_and_ends_with_an_answer_may_stand_before_a_prompt(source: str) -> None:
    assert gate_problem(source) == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "not valid"),
        ("(", "not valid"),
        ("import os\nTrue", "no module os"),
        ("x = 2", NO_ANSWER),
        ("await call('light.turn_on', 'light.lamp')\nTrue", "call does something"),
        ("await notify('everyone', 'x')\nTrue", "notify does something"),
        ("await ask('?')\nTrue", "ask does something"),
        ("await wait_until('light.lamp', 'on', 60)\nTrue", "wait_until does something"),
        ("x = call\nTrue", "may only be called by its name"),
        ("eval('1')", "eval cannot be used"),
    ],
)
def test_a_program_that_acts_or_ends_with_nothing_may_not(source: str, said: str) -> None:
    assert said in gate_problem(source)
