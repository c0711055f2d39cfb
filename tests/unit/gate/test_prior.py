from claw.base.action import Action
from claw.gate.prior import MOST_THINGS, kept, prior, shown, wished
from claw.house.model import House, Registry, State
from claw.house.services import expectation

LAMP = State(
    "on",
    {"brightness": 120, "color_mode": "color_temp", "color_temp_kelvin": 2700, "hs_color": None, "friendly_name": "x"},
)


def test_only_what_can_be_put_back_is_kept() -> None:
    assert kept("light.a", LAMP) == {"brightness": 120, "color_mode": "color_temp", "color_temp_kelvin": 2700}
    assert kept("lock.a", State("locked", {"code_format": "number", "changed_by": "anna"})) == {}
    assert kept("nonsense.a", LAMP) == {}


def test_what_a_device_should_never_have_said_is_left_out() -> None:
    odd = State("on", {"brightness": {"a": 1}, "effect": "x" * 101, "hs_color": [1, 2, 3], "color_mode": ["a", 2]})
    assert kept("light.a", odd) == {}
    assert kept("light.a", State("on", {"effect": "x" * 100, "hs_color": [1, 2.5]})) == {
        "effect": "x" * 100,
        "hs_color": [1, 2.5],
    }


def test_of_an_act_on_very_many_things_only_the_values_are_kept() -> None:
    states = {f"light.l{number}": LAMP for number in range(MOST_THINGS + 1)}
    assert prior(Action("light.turn_off", tuple(states)), states) == {}
    some = tuple(states)[:MOST_THINGS]
    assert list(prior(Action("light.turn_off", some), states)) == list(some)
    assert prior(Action("light.turn_off", ("light.gone",)), states) == {}


def test_what_the_twin_says_and_what_the_device_shows_can_be_held_against_each_other() -> None:
    dimmable = State("off", {"supported_color_modes": ["brightness"], "brightness": None, "color_mode": None})
    house = House(Registry(), {"light.a": dimmable})
    wish = expectation(house, Action("light.turn_on", ("light.a",), {"brightness": 128}), "light.a")
    assert wished(wish) == ["on", {"brightness": 128, "color_mode": "brightness"}]
    assert shown(wish, State("on", {"brightness": 127, "color_mode": "brightness", "other": 1})) == {
        "brightness": 127,
        "color_mode": "brightness",
    }
    assert shown(wish, State("off", {})) == {}
