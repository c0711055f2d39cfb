import pytest

from claw.base.action import Action
from claw.mind.pointing import named, others, same_on
from tests.talked_house import house


@pytest.mark.parametrize(
    ("entities", "domain", "every", "found"),
    [
        ("light.bedroom", None, False, "light.bedside"),
        ("light.bedroom", "light", False, "light.bedside"),
        ("light.bedroom", "fan", False, ""),
        ("light.kitchen_ceiling", None, False, "light.worktop"),  # the hidden one is not meant
        ("lock.front", None, False, "lock.back"),
        ("cover.left", None, False, "cover.right"),
        ("light.attic", None, False, ""),  # in no area
        ("light.bedroom fan.bedroom", None, False, ""),  # two kinds
        ("light.gone", None, False, ""),
        ("media_player.tv", None, True, ""),
    ],
)
def test_the_other_one_is_the_only_other_of_its_kind_there(
    entities: str, domain: str | None, every: bool, found: str
) -> None:
    assert others(house(), tuple(entities.split()), domain, every=every) == tuple(found.split())


@pytest.mark.parametrize(
    ("last", "name", "found"),
    [
        ("light.turn_on light.worktop", "bedroom", "light.bedroom light.bedside"),
        ("light.turn_on light.worktop", "Lounge", "light.living"),
        ("light.turn_on light.worktop", "upstairs", "light.bedroom light.bedside"),
        ("light.turn_on light.worktop", "bedside lamp", "light.bedside"),
        ("light.turn_on light.worktop", "kettle", "switch.kettle"),
        ("light.turn_on light.worktop", "ceiling", ""),  # two of that name
        ("light.turn_on light.worktop", "front door", ""),
        ("light.turn_on light.worktop", "", ""),
        ("light.turn_on light.worktop", "cellar", ""),
        ("switch.turn_off switch.kettle", "hall", ""),
        ("lock.unlock lock.front", "back door", "lock.back"),
        ("lock.lock lock.front", "garage door", ""),
        ("cover.close_cover cover.garage", "bedroom", ""),  # a blind is no garage door
        ("light.turn_on light.gone", "bedroom", ""),
    ],
)
def test_a_name_means_the_same_kind_of_thing(last: str, name: str, found: str) -> None:
    act, entity = last.split()
    assert named(house(), Action(act, (entity,)), name) == tuple(found.split())


def test_the_same_act_keeps_its_data_only_within_its_domain() -> None:
    last = Action("light.turn_on", ("light.worktop",), {"brightness_pct": 40})
    assert same_on(last, ("light.bedroom", "switch.kettle")) == (
        Action("light.turn_on", ("light.bedroom",), {"brightness_pct": 40}),
        Action("switch.turn_on", ("switch.kettle",)),
    )


def test_a_code_is_not_carried_to_another_lock() -> None:
    assert same_on(Action("lock.unlock", ("lock.front",), {"code": "1234"}), ("lock.back",)) == ()
