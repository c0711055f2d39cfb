from datetime import UTC, datetime

from claw.base.action import Action
from claw.gate.rehearse import rehearse
from claw.house.file import parse_house
from tests.gate_room import HOUSE, LAMP_OFF, LAMP_ON, UNLOCK

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def test_each_step_finds_what_the_steps_before_it_left() -> None:
    house = parse_house(HOUSE)
    steps = list(rehearse(house, [LAMP_ON, UNLOCK, LAMP_OFF], NOW))
    assert [step.found for step in steps] == [{"light.lamp": "off"}, {"lock.door": "locked"}, {"light.lamp": "on"}]
    assert [sorted(step.moved) for step in steps] == [["light.lamp"], ["lock.door"], ["light.lamp"]]
    assert steps[-1].after.states["lock.door"].value == "unlocked"


def test_the_house_itself_does_not_move() -> None:
    house = parse_house(HOUSE)
    list(rehearse(house, [LAMP_ON, UNLOCK], NOW))
    assert (house.states["light.lamp"].value, house.states["lock.door"].value) == ("off", "locked")


def test_a_thing_that_is_not_there_is_found_nowhere() -> None:
    (step,) = rehearse(parse_house(HOUSE), [Action("light.turn_on", ("light.gone",))], NOW)
    assert (step.found, dict(step.moved)) == ({}, {})
