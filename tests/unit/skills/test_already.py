"""Whether a thing is already as an act would make it: said the same in a program and here."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import Action, Json
from claw.house.model import House, State
from claw.house.semantics import apply
from claw.house.services import validate
from claw.skills.already import is_so, needed, unless, untold
from tests.learning_room import HOUSE, NOW, off, on

LAMP, TV, HEAT = "light.living_room_lamp", "media_player.living_room_tv", "climate.living_room"


def looked(text: str, house: House, entity: str) -> bool:
    """Return what the expression of a program comes to in ``house``."""

    def state(one: str, attribute: str | None = None) -> Json:
        found = house.states[one]
        return found.value if attribute is None else found.attributes.get(attribute)

    known = {"state": state, "one": entity, "level": 40, "abs": abs, "max": max, "round": round}
    return bool(eval(text, known))  # noqa: S307  what the generator under test wrote


ACTS = [
    on(LAMP),
    off(LAMP),
    on(LAMP, brightness_pct=40),
    on(LAMP, brightness=102),
    on(LAMP, color_temp_kelvin=2700),
    on(LAMP, rgb_color=[255, 0, 0]),
    Action("media_player.volume_set", (TV,), {"volume_level": 0.3}),
    Action("media_player.turn_off", (TV,)),
    Action("media_player.volume_mute", (TV,), {"is_volume_muted": True}),
    Action("climate.set_temperature", (HEAT,), {"temperature": 21}),
    Action("climate.set_hvac_mode", (HEAT,), {"hvac_mode": "heat"}),
    Action("cover.close_cover", ("cover.bedroom_blinds",)),
    Action("cover.set_cover_position", ("cover.bedroom_blinds",), {"position": 30}),
    Action("lock.lock", ("lock.front_door",)),
]


def _valid(action: Action) -> bool:
    try:
        validate(HOUSE, action)
    except Exception:  # noqa: BLE001  whatever is wrong with it, this house does not have it
        return False
    return True


@pytest.mark.parametrize("action", [one for one in ACTS if _valid(one)], ids=str)
def test_what_was_done_is_so_and_is_said_the_same_in_a_program(action: Action) -> None:
    (entity,) = action.entities
    text = unless(action.name, action.data, {}, HOUSE.states[entity], "one")
    assert text
    done = apply(HOUSE, validate(HOUSE, action), NOW)
    assert is_so(action, entity, done)
    assert not looked(text, done, entity)
    assert looked(text, HOUSE, entity) != is_so(action, entity, HOUSE)
    assert needed([action, action], HOUSE) == needed([action], HOUSE)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([one for one in ACTS if _valid(one)]), st.sampled_from([one for one in ACTS if _valid(one)]))
def test_after_any_other_act_both_still_say_the_same(action: Action, other: Action) -> None:
    (entity,) = action.entities
    house = apply(HOUSE, validate(HOUSE, other), NOW)
    text = unless(action.name, action.data, {}, HOUSE.states[entity], "one")
    assert looked(text, house, entity) != is_so(action, entity, house)


@pytest.mark.parametrize(
    ("service", "data", "given", "entity"),
    [
        ("light.turn_on", {"brightness_pct": 40}, {"brightness_pct": "level"}, LAMP),
        ("light.turn_on", {"brightness": 102}, {"brightness": "round(level * 255 / 100)"}, LAMP),
        ("media_player.volume_set", {"volume_level": 0.4}, {"volume_level": "level / 100"}, TV),
    ],
)
def test_a_parameter_stands_in_the_look_as_it_stands_in_the_call(
    service: str, data: Mapping[str, Json], given: Mapping[str, str], entity: str
) -> None:
    text = unless(service, data, given, HOUSE.states[entity], "one")
    assert "level" in text
    done = apply(HOUSE, validate(HOUSE, Action(service, (entity,), data)), NOW)
    assert not looked(text, done, entity)


def test_what_hangs_on_how_it_is_or_cannot_be_read_is_done_each_time() -> None:
    lamp = HOUSE.states[LAMP]
    assert unless("light.turn_on", {"brightness_step_pct": 10}, {}, lamp, "one") == ""
    assert unless("media_player.volume_up", {}, {}, HOUSE.states[TV], "one") == ""
    assert unless("light.turn_on", {"effect": "candle"}, {}, lamp, "one") == ""
    assert unless("light.fly", {}, {}, lamp, "one") == ""
    assert unless("script.turn_on", {}, {}, State("off"), "one") == ""
    assert untold(on(LAMP, effect="candle"))
    assert not untold(on(LAMP, brightness_pct=4))


def test_a_thing_on_its_way_is_left_alone() -> None:
    close = Action("cover.close_cover", ("cover.bedroom_blinds",))
    moving = House(HOUSE.registry, {**HOUSE.states, "cover.bedroom_blinds": State("closing", {"current_position": 60})})
    assert is_so(close, "cover.bedroom_blinds", moving)
    text = unless(close.name, {}, {}, HOUSE.states["cover.bedroom_blinds"], "one")
    assert not looked(text, moving, "cover.bedroom_blinds")


def test_acts_are_looked_at_in_their_turn() -> None:
    assert needed([off(LAMP), on(LAMP)], HOUSE) == (off(LAMP), on(LAMP))
    assert needed([on(LAMP), off(LAMP), off(LAMP)], HOUSE) == (off(LAMP),)
    told = Action("claw.notify", (), {"text": "x"})
    assert needed([told, told], HOUSE) == (told, told)
