"""What a search finds in a house before a request, and what can take what."""

from claw.house.model import State
from claw.skills.manifest import Parameter
from claw.skills.plan import Before, Found, able, found, part
from tests.learning_room import HOUSE, lights


def test_a_search_finds_by_kind_room_state_and_ability() -> None:
    before = Before(HOUSE)
    assert found(before, Found(domain="light", area="bedroom"), "") == set(lights("bedroom"))
    assert found(before, Found(domain="light", area="area", given=True), "hall") == set(lights("hall"))
    assert found(before, Found(domain="light", area="living_room", state="off"), "") == set()
    dim = found(before, Found(domain="light", area="kitchen", modes=("brightness", "color_temp")), "")
    assert dim == {"light.kitchen_ceiling", "light.kitchen_counter"}
    assert found(before, Found(domain="light", floor="upper"), "") >= set(lights("bedroom"))
    assert found(before, Found(domain="light", label="nothing"), "") == set()
    assert found(before, Found(domain="cover", device_class="garage"), "") <= set(HOUSE.states)


def test_what_was_kept_goes_before_what_is_now() -> None:
    was = {"light.bedroom_ceiling": {"state": "on", "brightness": 9}}
    before = Before(HOUSE, was)
    state = before.state("light.bedroom_ceiling")
    assert state is not None
    assert (state.value, state.attributes["brightness"]) == ("on", 9)
    assert found(before, Found(domain="light", area="bedroom", state="on"), "") == {"light.bedroom_ceiling"}
    assert before.state("light.none") is None


def test_ability_is_any_of_the_modes_and_a_bit_of_each_need() -> None:
    lamp = State("off", {"supported_color_modes": ["hs"], "supported_features": 36})
    assert able(lamp, ("brightness", "hs"), (4, 32))
    assert not able(lamp, ("color_temp",), ())
    assert not able(lamp, (), (4, 8))
    assert not able(State("off", {"supported_color_modes": "hs", "supported_features": "36"}), ("hs",), ())


def test_a_part_of_a_manifest_has_no_key_without_a_value() -> None:
    assert part(Parameter, type="area", here=None).here is None
