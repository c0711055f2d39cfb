from dataclasses import replace
from types import MappingProxyType

import pytest

from claw.base.action import Action
from claw.gate.risk import risky, risky_on
from claw.house.file import parse_house
from claw.house.model import Registry

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
