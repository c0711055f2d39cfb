"""What the gate says of a thing that a person has just changed, and that no routine goes past it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.gate.hand import NoHand, by_hand, refused
from claw.house.model import House
from tests.gate_room import LAMP_OFF, LAMP_ON, OWNER
from tests.hand_room import LIFE, ROUTINE, hand_room


class _Held(NoHand):
    """Holds everything; ``late`` only when the act is counted."""

    def __init__(self, *, late: bool) -> None:
        self.asked = 0 if late else 1

    def check(self, actions: Sequence[Action], origin: Origin, house: House) -> None:
        del actions, origin, house
        self.asked += 1
        if self.asked > 1:
            raise refused("Lamp", "at 18:20")


@pytest.mark.parametrize("late", [False, True])
async def test_the_judge_asks_for_a_plan_and_for_each_act_before_it_is_counted(tmp_path: Path, late: bool) -> None:
    async with hand_room(tmp_path) as room:
        room.judge.hand = _Held(late=late)
        outcome = await room.one(LAMP_ON, ROUTINE)
        assert (outcome.status, outcome.detail) == ("refused", "left as it is: Lamp was changed by hand at 18:20")
        assert by_hand(outcome.detail)
        assert room.hand.sent == []


async def test_a_program_that_a_routine_runs_is_held_as_well(tmp_path: Path) -> None:
    async with hand_room(tmp_path) as room:
        room.judge.hand = _Held(late=False)
        performed = await room.gate.begin((LAMP_ON, LAMP_OFF), ROUTINE, run="p1")
        assert performed.run is None
        assert all(by_hand(outcome.detail) for outcome in performed.outcomes)


async def test_people_and_what_guards_life_are_not_asked_about(tmp_path: Path) -> None:
    async with hand_room(tmp_path) as room:
        room.judge.hand = held = _Held(late=True)
        await room.one(LAMP_ON, OWNER)
        await room.one(LAMP_OFF, LIFE)
        assert held.asked == 0


def test_other_refusals_are_no_hand() -> None:
    assert not by_hand("no rule allows light.turn_on on light.lamp")
