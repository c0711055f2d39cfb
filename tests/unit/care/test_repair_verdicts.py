"""A newcomer may do what the thing before it might, and not more."""

from datetime import UTC, datetime

import pytest

from claw.base.action import Action
from claw.care.repair_text import POLICY, replaced
from claw.care.repair_verdicts import as_before, widened
from claw.house.model import Entity, House, Registry, State
from claw.house.services import CATALOGUE
from claw.policy.load import parse_policy
from claw.policy.people import People, Person

NOON = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
PEOPLE = People([Person("anna", "Anna", "owner"), Person("mia", "Mia", "child")])
IDS = ("light.new", "light.hall", "lock.new", "binary_sensor.new", "binary_sensor.hall", "switch.new")
HOUSE = House(
    Registry(
        entities={one: Entity(one, one) for one in IDS},
        groups={"group.all": ("light.new",)},
        reaches={"script.x": ("light.new",)},
        steps={"script.x": (Action("light.turn_on", ("light.new",)),)},
    ),
    {"binary_sensor.new": State("off"), "lock.new": State("locked"), "binary_sensor.hall": State("on")},
)
PAIRS = {
    "light.old": "light.new",
    "lock.old": "lock.new",
    "binary_sensor.old": "binary_sensor.new",
    "switch.old": "switch.new",
}


def wider(rules: str) -> set[tuple[str, str]]:
    text = f"version: 1\nrules:\n{rules}"
    after, _ = replaced(text, POLICY, PAIRS)
    old, new = (parse_policy(one, "p", PEOPLE, None) for one in (text, after))
    return {(one.kind, one.entity) for one in widened(old, new, HOUSE, NOON, CATALOGUE, PAIRS)}


@pytest.mark.parametrize(
    "rules",
    [
        "- {id: a, allow: light.*, on: {entity: light.old}}\n",
        "- {id: a, allow: light.*, on: {entity: light.old}}\n- {id: b, deny: light.*, who: {role: child}}\n",
        "- {id: a, confirm: lock.unlock, on: {entity: [lock.old]}, ask: {strength: session}}\n",
        "- {id: a, allow: light.*, except: {entity: light.old}}\n",
        "- {id: a, allow: light.*}\n- {id: b, deny: light.*, except: {entity: light.old}}\n",
        "- {id: a, allow: light.*, on: {entity: light.hall}, when: {states: {binary_sensor.old: on}}}\n",
        "- {id: a, allow: switch.*, on: {entity: switch.old}, when: {states: {lock.old: locked}}}\n",
    ],
)
def test_the_same_rules_about_the_newcomer_widen_nothing(rules: str) -> None:
    assert wider(rules) == set()


def test_what_a_glob_forbade_or_asked_for_the_old_thing_the_newcomer_is_not_let_do() -> None:
    named = "- {id: a, allow: light.*, on: {entity: light.old}}\n"
    assert wider(named + "- {id: b, deny: light.*, on: {entity: light.o*}}\n") == {("newly allowed", "light.new")}
    assert wider(named + "- {id: b, confirm: light.*, on: {entity: light.o*}}\n") == {("newly allowed", "light.new")}
    asked = "- {id: a, confirm: lock.unlock, on: {entity: lock.old}}\n"
    assert wider(asked + "- {id: b, deny: lock.unlock, on: {entity: lock.o*}}\n") == {("newly asked", "lock.new")}
    weaker = "- {id: b, confirm: lock.unlock, on: {entity: lock.o*}, ask: {strength: signed}}\n"
    assert wider(asked + weaker) == {("asked otherwise", "lock.new")}


def test_what_the_newcomer_is_denied_in_addition_is_no_widening() -> None:
    rules = "- {id: a, allow: light.*, on: {entity: light.old}}\n- {id: b, deny: light.*, on: {entity: light.n*}}\n"
    assert wider(rules) == set()


def test_the_house_before_had_the_old_things_in_every_place_of_the_new_ones() -> None:
    before = as_before(HOUSE.registry, PAIRS)
    assert set(before.entities) == {"light.hall", "binary_sensor.hall", *PAIRS}
    assert before.entities["lock.old"].entity_id == "lock.old"
    assert (before.groups["group.all"], before.reaches["script.x"]) == (("light.old",), ("light.old",))
    assert before.steps["script.x"][0].entities == ("light.old",)
