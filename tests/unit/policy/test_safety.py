"""The list of what is done in danger: read, held against the house, and followed through a rename."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Invalid
from claw.house.file import parse_house
from claw.house.model import Entity, Registry
from claw.policy.difference import unseen
from claw.policy.load import parse_policy
from claw.policy.people import NO_PEOPLE
from claw.policy.safety import Listed, acts, guards_life
from tests.gate_room import HOUSE

REGISTRY = parse_house(HOUSE).registry
HEAD = "version: 1\nsafety:\n"
LAMPS = HEAD + "  smoke:\n    - {action: light.turn_on, entities: light.lamp, data: {brightness_pct: 100}}\n"


def test_it_is_read_with_one_entity_or_several() -> None:
    policy = parse_policy(LAMPS, "policy.yaml", NO_PEOPLE, REGISTRY)
    assert acts(policy.safety["smoke"], REGISTRY) == (
        Action("light.turn_on", ("light.lamp",), {"brightness_pct": 100}),
    )
    assert parse_policy("version: 1\n", "policy.yaml", NO_PEOPLE, REGISTRY).safety == {}


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("  fire: []", "fire"),
        ("  smoke: [{action: light.turn_onn, entities: light.lamp}]", "did you mean 'light.turn_on'"),
        ("  smoke: [{action: light.turn_on, entities: light.lam}]", "did you mean 'light.lamp'"),
        ("  smoke: [{action: shell_command.run}]", "no rule can allow it"),
        ("  smoke: [{action: homeassistant.turn_on, entities: lock.door}]", "can be moved only by an action of lock"),
        ("  smoke: [{action: claw.notify, data: {to: everyone, text: x}}]", "everybody is told anyway"),
        ("  smoke: [{action: light.*, entities: light.lamp}]", "action"),
        ("  smoke: [{action: light.turn_on, area: hall}]", "area"),
        ("  smoke:\n" + "    - {action: light.turn_on, entities: light.lamp}\n" * 21, "20"),
        ("  smoke: [{}]", "nothing here"),
        ("  smoke: [light.turn_on]", "smoke"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(written: str, why: str) -> None:
    with pytest.raises(Invalid, match=r"policy\.yaml") as caught:
        parse_policy(HEAD + written, "policy.yaml", NO_PEOPLE, REGISTRY)
    assert why in str(caught.value)


def test_it_follows_a_rename_and_never_means_what_took_the_name() -> None:
    lamp = Entity("light.hall", "Lamp", former="light.lamp")
    other = Entity("light.lamp", "Other", former="")
    registry = Registry(entities=MappingProxyType({one.entity_id: one for one in (lamp, other)}))
    listed = [Listed(action="light.turn_on", entities=("light.lamp",))]
    assert acts(listed, registry) == (Action("light.turn_on", ("light.hall",)),)
    alone = Registry(entities=MappingProxyType({"light.lamp": other}))
    assert acts(listed, alone) == ()


def test_what_names_no_things_is_not_left_out() -> None:
    listed = [Listed(action="persistent_notification.create", data={"message": "x"})]
    assert acts(listed, REGISTRY) == (Action("persistent_notification.create", (), {"message": "x"}),)


def test_a_row_of_the_log_is_of_what_guards_life_only_by_channel_name_and_nobody_behind_it() -> None:
    row = Origin("routine", routine="safety-smoke")
    assert guards_life(row)
    for other in (replace(row, channel="web"), replace(row, routine="evening"), replace(row, person="anna")):
        assert not guards_life(other)


def test_what_happens_by_itself_from_now_on_is_said_before_it_counts() -> None:
    old = parse_policy("version: 1\n", "old", NO_PEOPLE, REGISTRY)
    new = parse_policy(LAMPS, "new", NO_PEOPLE, REGISTRY)
    line = "safety smoke: light.turn_on on light.lamp with {'brightness_pct': 100} "
    assert unseen(old, new, ()) == [line + "is new: it is done without asking anybody"]
    assert unseen(new, old, ()) == [line + "is gone"]
    assert unseen(new, new, ()) == []
