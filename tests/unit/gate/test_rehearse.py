from dataclasses import replace
from datetime import UTC, datetime

from claw.base.action import Action
from claw.base.errors import Refused
from claw.gate.rehearse import afterwards, may_move, rehearse
from claw.house.file import parse_house
from claw.house.services import CATALOGUE, validate
from claw.policy.reach import MOST_PARTS, with_members
from tests.gate_room import HOUSE, LAMP_OFF, LAMP_ON, UNLOCK
from tests.unit.house.strategies import demo_house

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


def test_whatever_moves_something_was_said_to_be_able_to() -> None:
    house = demo_house()
    tried = 0
    for name in CATALOGUE:
        for entity_id, entity in house.registry.entities.items():
            if entity.domain != name.partition(".")[0] or entity_id in house.registry.groups:
                continue
            try:
                action = validate(house, Action(name, (entity_id,)))
            except Refused:
                continue
            (step,) = rehearse(house, [action], NOW)
            for moved in step.moved:
                tried += 1
                assert may_move(house.registry, action, set(with_members(house.registry, [moved])))
    assert tried > 50


def test_a_lamp_moves_no_lock_and_a_scene_may_move_anything() -> None:
    house = parse_house(HOUSE)
    assert not may_move(house.registry, LAMP_ON, {"lock.door"})
    assert may_move(house.registry, LAMP_ON, {"light.lamp"})
    assert may_move(house.registry, Action("scene.turn_on", ("scene.evening",)), {"lock.door"})


def test_one_thing_among_several_is_enough() -> None:
    both = Action("light.turn_on", ("light.lamp", "light.other"))
    assert may_move(parse_house(HOUSE).registry, both, {"light.other"})


def test_what_amounts_to_more_than_can_be_judged_may_move_anything() -> None:
    house = parse_house(HOUSE)
    everything = replace(house.registry, groups={"light.all": tuple(f"light.a{at}" for at in range(MOST_PARTS + 1))})
    house = replace(house, registry=everything)
    action = Action("light.turn_on", ("light.all",))
    assert may_move(everything, action, {"lock.door"})
    (step,) = rehearse(house, [action], NOW)
    assert list(afterwards(step, {"lock.door"}, (), NOW)) == [step.after]
