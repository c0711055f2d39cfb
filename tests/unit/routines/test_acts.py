"""The acts on routines take what they need and nothing else."""

import subprocess
import sys

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.daemon.declared import OWN
from claw.house.file import parse_house
from claw.house.services import validate
from claw.policy.load import OWN_ACTIONS
from claw.routines.acts import ACTIONS, CHANGE, LONGEST_SPEC, SCHEDULE, SERVICES, SKIP

EMPTY = parse_house({"entities": []})


@pytest.mark.parametrize("name", ACTIONS)
def test_each_is_known_to_the_daemon_and_to_the_policy(name: str) -> None:
    assert OWN[name] == SERVICES[name]
    assert name.removeprefix("claw.") in OWN_ACTIONS


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("data", [{}, {"routine": 3}, {"spec": {}}, {"routine": "r1", "force": True}, {"routine": ""}])
def test_what_is_missing_of_another_kind_or_too_much_is_refused(name: str, data: dict[str, object]) -> None:
    with pytest.raises(Refused):
        validate(EMPTY, Action(name, (), data), SERVICES)
    with pytest.raises(Refused):
        validate(EMPTY, Action(name, ("light.lamp",), {"routine": "r1"}), SERVICES)


def test_a_routine_that_is_too_long_is_refused() -> None:
    validate(EMPTY, Action(SCHEDULE, (), {"spec": "x" * LONGEST_SPEC}), SERVICES)
    with pytest.raises(Refused):
        validate(EMPTY, Action(SCHEDULE, (), {"spec": "x" * (LONGEST_SPEC + 1)}), SERVICES)
    for name in (CHANGE, SKIP):
        with pytest.raises(Refused):
            validate(EMPTY, Action(name, (), {"routine": "r1"}), SERVICES)


def test_what_every_start_needs_brings_nothing_else_of_this_room_along() -> None:
    code = "import sys, claw.routines.effector; print(*[m for m in sys.modules if m.startswith('claw.routines.')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"claw.routines.deeds", "claw.routines.due", "claw.routines.book"} & set(found.split())
