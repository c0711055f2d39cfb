"""What becomes a parameter, what a search, and what stays."""

import pytest

from claw.base.action import Action
from claw.base.errors import Refused
from claw.house.model import House, State
from claw.skills.generalise import ENTITIES, generalise, slots
from claw.skills.model import Trace
from claw.skills.plan import Chosen, Fixed, Found, Given, Named
from tests.learning_room import HOUSE, lights, off, on, trace

LAMP, BEDSIDE = "light.living_room_lamp", "light.bedroom_bedside"


def test_things_that_are_not_all_of_a_kind_in_the_room_stay_these_things() -> None:
    plan = generalise([trace("reading time in the living room", [on(LAMP, brightness_pct=60)])], HOUSE)
    assert plan.parameters == ()
    assert plan.doings[0].things == Named((LAMP,))


def test_one_step_that_is_not_the_rooms_keeps_the_room_from_being_another() -> None:
    calls = [on(*lights("living_room")), Action("switch.turn_on", ("switch.tv",))]
    assert HOUSE.registry.entities.get("switch.tv") is None  # what is in no room at all does not count as inside
    inside = [*calls[:1], on(LAMP, brightness_pct=5)]
    plan = generalise([trace("movie in the living room", inside)], HOUSE)
    assert [type(one.things) for one in plan.doings] == [Named, Named]


def test_only_those_that_can_take_the_value_are_searched_for() -> None:
    dim = ("light.kitchen_ceiling", "light.kitchen_counter")
    plan = generalise([trace("cosy in the kitchen", [on(*dim, brightness_pct=20)])], HOUSE)
    things = plan.doings[0].things
    assert isinstance(things, Found)
    assert "brightness" in things.modes
    assert "onoff" not in things.modes


def test_those_that_were_on_are_searched_for_as_such() -> None:
    lit = [one for one in lights("living_room") if HOUSE.states[one].value == "on"]
    assert set(lit) == set(lights("living_room"))  # then nothing more is needed
    plan = generalise([trace("darkness in the living room", [off(*lit)])], HOUSE)
    assert plan.doings[0].things == Found(domain="light", area="area", given=True)


def test_a_thing_that_was_named_is_chosen_wherever_it_comes_again() -> None:
    calls = [on(LAMP, brightness_pct=10), Action("light.turn_off", ("light.hall_ceiling",)), on(LAMP, effect="candle")]
    plan = generalise([trace("candle light on the floor lamp", calls)], HOUSE)
    assert plan.doings[0].things == plan.doings[2].things == Chosen("lamp")
    assert plan.doings[1].things == Named(("light.hall_ceiling",))
    assert isinstance(plan.doings[2].data["effect"], Given)
    assert set(plan.parameter("effect").spec.values or ()) >= {"candle", "fireplace"}


def test_a_name_of_several_things_names_none_of_them() -> None:
    plan = generalise([trace("Deckenlicht bitte an", [on("light.bedroom_ceiling")], language="de")], HOUSE)
    assert plan.doings[0].things == Named(("light.bedroom_ceiling",))


def test_what_was_free_to_change_is_a_parameter_with_what_was_seen_as_its_default() -> None:
    asked = trace("", [on(LAMP, brightness_pct=40, transition=2)], source="")
    plan = generalise([asked], HOUSE, free={(0, ENTITIES), (0, "brightness_pct")}, apart=True)
    assert {one.name: one.spec.default for one in plan.parameters} == {"lamp": LAMP, "brightness": 40}
    assert plan.doings[0].data["transition"] == Fixed(2)


def test_colours_that_differ_cannot_be_a_parameter() -> None:
    one, other = on(LAMP, rgb_color=[1, 2, 3]), on(LAMP, rgb_color=[1, 2, 4])
    with pytest.raises(Refused, match="rgb color"):
        generalise([trace("x y", [one]), trace("x y", [other], number=2)], HOUSE)
    assert generalise([trace("x y", [one])], HOUSE).doings[0].data["rgb_color"] == Fixed([1, 2, 3])


def test_too_many_differences_are_no_one_thing() -> None:
    calls = [[on(f"light.{name}", brightness_pct=level + at) for at, name in enumerate(
        ("living_room_ceiling", "living_room_lamp", "dining_room_table", "bedroom_ceiling", "bedroom_bedside",
         "kids_room_ceiling"))] for level in (10, 40)]  # fmt: skip
    with pytest.raises(Refused, match="more than 5"):
        generalise([trace("party", one, number=at) for at, one in enumerate(calls)], HOUSE)


def test_slots_say_what_could_change_and_never_which_door() -> None:
    calls = [on(LAMP, brightness_pct=40, rgb_color=[1, 2, 3]), Action("lock.unlock", ("lock.front_door",))]
    found = slots(calls, HOUSE)
    assert [(one.step, one.key) for one in found] == [(0, ENTITIES), (0, "brightness_pct")]
    assert "Living Room Lamp" in found[0].told


@pytest.mark.parametrize(
    ("service", "first", "second"),
    [
        ("lock.unlock", "lock.front_door", "lock.garden_gate"),
        ("cover.open_cover", "cover.garage_door", "cover.garage_door"),
    ],
)
def test_which_door_is_never_a_parameter(service: str, first: str, second: str) -> None:
    def asked(entity: str, number: int) -> Trace:
        name = HOUSE.registry.entities[entity].name
        return trace(f"open the {name} for me", [Action(service, (entity,))], number=number)

    alone = generalise([asked(first, 1)], HOUSE)
    assert alone.parameters == ()
    assert alone.doings[0].things == Named((first,))
    if first != second:
        with pytest.raises(Refused):
            generalise([asked(first, 1), asked(second, 2)], HOUSE)


BLINDS, GARAGE = "cover.bedroom_blinds", "cover.garage_door"


def test_what_opens_blinds_in_one_room_opens_no_garage_in_another() -> None:
    asked = trace("let the day into the bedroom", [Action("cover.open_cover", (BLINDS,))])
    things = generalise([asked], HOUSE).doings[0].things
    assert isinstance(things, Found)
    assert things.device_class == HOUSE.registry.entities[BLINDS].device_class
    closed = trace("shut the day out of the bedroom", [Action("cover.close_cover", (BLINDS,))])
    assert generalise([closed], HOUSE).doings[0].things == Found(domain="cover", area="area", given=True)


def test_whoever_named_a_blind_may_not_name_the_garage() -> None:
    name = HOUSE.registry.entities[BLINDS].name
    opened = generalise([trace(f"the {name} go up now", [Action("cover.open_cover", (BLINDS,))])], HOUSE)
    assert opened.parameters[0].spec.device_class == (HOUSE.registry.entities[BLINDS].device_class,)
    closed = generalise([trace(f"the {name} go down now", [Action("cover.close_cover", (BLINDS,))])], HOUSE)
    assert closed.parameters[0].spec.device_class is None
    both = trace(
        f"shake the {name} well", [Action("cover.close_cover", (BLINDS,)), Action("cover.open_cover", (BLINDS,))]
    )
    plan = generalise([both], HOUSE)
    assert plan.doings[1].things == Named((BLINDS,))


def test_of_what_is_in_no_registry_the_dangerous_way_is_known_too() -> None:
    house = House(HOUSE.registry, {**HOUSE.states, "lock.shed": State("locked")})
    asked = trace("", [Action("lock.unlock", ("lock.shed",))], source="", house=house)
    assert generalise([asked], house, free={(0, ENTITIES)}, apart=True).parameters == ()
    assert slots(asked.calls, house) == ()


def test_how_far_a_garage_opens_is_no_parameter() -> None:
    def asked(position: int, number: int = 1) -> Trace:
        call = Action("cover.set_cover_position", (GARAGE,), {"position": position})
        return trace(f"open the garage door to {position} percent", [call], number=number)

    plan = generalise([asked(20)], HOUSE)
    assert (plan.parameters, plan.doings[0].data) == ((), {"position": Fixed(20)})
    with pytest.raises(Refused, match="how far"):
        generalise([asked(20), asked(60, 2)], HOUSE)
