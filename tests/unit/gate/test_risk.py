from dataclasses import replace
from types import MappingProxyType

import pytest

from claw.base.action import Action
from claw.gate.risk import risky, risky_on
from claw.house.file import parse_house
from claw.house.model import Registry
from claw.policy.reach import MOST_PARTS

HOUSE = parse_house(
    {
        "entities": [
            {"entity_id": "light.a", "name": "A", "state": "off"},
            {"entity_id": "lock.a", "name": "A", "state": "locked"},
            {"entity_id": "cover.garage", "name": "G", "state": "closed", "device_class": "garage"},
            {"entity_id": "cover.blind", "name": "B", "state": "closed", "device_class": "blind"},
            {"entity_id": "cover.bare", "name": "C", "state": "closed"},
            {"entity_id": "valve.a", "name": "V", "state": "closed"},
            {"entity_id": "script.a", "name": "S", "state": "off"},
        ]
    }
)


@pytest.mark.parametrize(
    ("name", "entity", "is_risky"),
    [
        ("lock.unlock", "lock.a", True),
        ("lock.lock", "lock.a", False),
        ("cover.open_cover", "cover.garage", True),
        ("cover.open_cover", "cover.bare", True),
        ("cover.open_cover", "cover.blind", False),
        ("cover.close_cover", "cover.garage", False),
        ("valve.open_valve", "valve.a", True),
        ("light.turn_on", "light.a", False),
        ("lock.unlock", "lock.gone", False),
    ],
)
def test_only_the_dangerous_direction_is_risky(name: str, entity: str, is_risky: bool) -> None:
    assert risky_on(name, entity, HOUSE.registry) is is_risky
    assert risky(Action(name, (entity,)), HOUSE.registry) is is_risky


def test_one_risky_entity_makes_the_action_risky() -> None:
    assert risky(Action("cover.open_cover", ("cover.blind", "cover.garage")), HOUSE.registry)


def knowing(steps: tuple[Action, ...] | None) -> Registry:
    if steps is None:
        return replace(HOUSE.registry, steps=MappingProxyType({}), reaches=MappingProxyType({}))
    return replace(HOUSE.registry, steps=MappingProxyType({"script.a": steps}))


@pytest.mark.parametrize(
    ("steps", "is_risky"),
    [
        (None, True),
        ((Action("light.turn_on", ("light.a",)),), False),
        ((Action("lock.lock", ("lock.a",)),), False),
        ((Action("light.turn_on", ("light.a",)), Action("lock.unlock", ("lock.a",))), True),
    ],
)
def test_a_script_is_as_risky_as_what_it_does_and_risky_where_that_is_not_known(
    steps: tuple[Action, ...] | None, is_risky: bool
) -> None:
    assert risky(Action("script.turn_on", ("script.a",)), knowing(steps)) is is_risky


THINGS = {
    "entities": [
        {"entity_id": "button.gate_opener", "name": "B", "state": "unknown"},
        {"entity_id": "input_button.leaving", "name": "I", "state": "unknown"},
        {"entity_id": "script.outer", "name": "O", "state": "off"},
        {"entity_id": "script.inner", "name": "I", "state": "off"},
        {"entity_id": "light.a", "name": "A", "state": "off"},
        {"entity_id": "cover.shades", "name": "S", "state": "closed", "device_class": "shade"},
        {"entity_id": "cover.garage", "name": "G", "state": "closed", "device_class": "garage"},
    ]
}


@pytest.mark.parametrize(
    ("name", "entities", "is_risky"),
    [
        ("button.press", ("button.gate_opener",), True),
        ("input_button.press", ("input_button.leaving",), True),
        ("homeassistant.turn_on", ("script.inner",), True),
        ("script.inner", (), True),
        ("script.turn_on", ("script.outer",), True),
        ("cover.open_cover", ("cover.shades",), True),
        ("cover.close_cover", ("cover.shades",), False),
        ("homeassistant.turn_on", ("light.a",), False),
        ("logbook.log", ("script.inner",), False),
    ],
)
def test_what_sets_off_something_else_is_as_risky_however_it_is_reached(
    name: str, entities: tuple[str, ...], is_risky: bool
) -> None:
    registry = replace(
        parse_house(THINGS).registry,
        reaches=MappingProxyType({"script.outer": ("script.inner",)}),
        groups=MappingProxyType({"cover.shades": ("cover.garage",)}),
    )
    assert risky(Action(name, entities), registry) is is_risky


def test_a_script_of_which_only_the_things_are_known_is_as_risky_as_they_are() -> None:
    for things, is_risky in ((("light.a",), False), (("light.a", "lock.a"), True)):
        registry = replace(HOUSE.registry, reaches=MappingProxyType({"script.a": things}))
        assert risky(Action("script.turn_on", ("script.a",)), registry) is is_risky


def test_a_script_that_may_do_more_than_is_known_is_risky() -> None:
    for unsure, is_risky in ((frozenset[str](), False), (frozenset({"script.a"}), True)):
        registry = replace(HOUSE.registry, reaches=MappingProxyType({"script.a": ("light.a",)}), unsure=unsure)
        assert risky(Action("script.turn_on", ("script.a",)), registry) is is_risky


def test_what_amounts_to_more_than_can_be_judged_is_risky() -> None:
    steps = tuple(Action("light.turn_on", ("light.a",), {"brightness_pct": at}) for at in range(MOST_PARTS))
    assert risky(Action("script.turn_on", ("script.a",)), knowing(steps))
    assert not risky(Action("script.turn_on", ("script.a",)), knowing(steps[:5]))
