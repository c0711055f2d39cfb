"""Verbs made into actions: figures from states, bounds, and reasons why not."""

from claw.base.action import Action
from claw.house.file import parse_house
from claw.house.model import House
from claw.mind.orders import actions, kind_for
from claw.mind.reading import Reading
from claw.mind.targets import Doubt


def house(entity_id: str, state: str, unit: str = "°C", **attributes: object) -> House:
    row = {"entity_id": entity_id, "name": "It", "state": state, "attributes": attributes}
    return parse_house({"temperature_unit": unit, "entities": [row]})


def one(does: str, where: House, **slots: object) -> Action | str:
    reading = Reading(does, tuple(sorted(slots.items())), None, ())
    made = actions(reading, tuple(where.registry.entities), where)
    if isinstance(made, Doubt):
        return made.reason
    return made[0][0]


LAMP = {
    "supported_color_modes": ["brightness", "color_temp"],
    "min_color_temp_kelvin": 2700,
    "max_color_temp_kelvin": 5000,
}


def test_a_choice_is_one_of_those_that_the_entity_lists() -> None:
    mode = house("input_select.a", "home", options=["home", "Movie Night"])
    assert one("choose", mode, option="movie night") == Action(
        "input_select.select_option", ("input_select.a",), {"option": "Movie Night"}
    )
    assert "Movie Night" in str(one("choose", mode, option="war"))


def test_what_the_house_refuses_is_said_without_its_own_names_for_it() -> None:
    heater = house("climate.a", "heat", min_temp=7, max_temp=30, temperature=20, supported_features=1)
    assert one("level", heater, num=35) == "It takes a number from 7 to 30 degrees as its temperature."
    without = house("climate.a", "heat", min_temp=7, max_temp=30, supported_features=0)
    assert one("level", without, num=21) == "It cannot do that."


def test_members_of_a_set_that_cannot_are_left_out_and_named_when_none_can() -> None:
    rows = [
        {"entity_id": "light.dim", "name": "D", "state": "on", "attributes": {"supported_color_modes": ["brightness"]}},
        {"entity_id": "light.plain", "name": "P", "state": "on", "attributes": {"supported_color_modes": ["onoff"]}},
    ]
    both = parse_house({"entities": rows})
    reading = Reading("level", (("num", 20),), None, ())
    made = actions(reading, ("light.dim", "light.plain"), both)
    assert not isinstance(made, Doubt)
    assert made[0] == (Action("light.turn_on", ("light.dim",), {"brightness_pct": 20}),)
    assert isinstance(actions(reading, ("light.plain",), both), Doubt)


def test_only_what_depends_on_no_state_may_be_remembered() -> None:
    lamp = house("light.a", "on", brightness=10, **LAMP)
    plain = actions(Reading("off", (), None, ()), ("light.a",), lamp)
    relative = actions(Reading("more", (("attr", "brightness"),), None, ()), ("light.a",), lamp)
    assert not isinstance(plain, Doubt)
    assert not isinstance(relative, Doubt)
    assert (plain[1], relative[1]) == (False, True)


def test_a_verb_without_a_noun_has_a_kind() -> None:
    assert kind_for(Reading("relative", (("rel", "volume+"),), None, ())) == "media"
    assert kind_for(Reading("level", (("attr", "temperature"),), None, ())) == "climate"
    assert kind_for(Reading("on", (), None, ())) is None
