from datetime import UTC, datetime

import pytest

from claw.house.model import Area, Entity, House, Registry, State
from claw.house.services import CATALOGUE
from claw.policy.decide import Policy
from claw.policy.difference import KINDS, Difference, differences, unseen
from claw.policy.load import parse_policy
from claw.policy.people import People, Person

NOON = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
PEOPLE = People([Person("anna", "Anna", "owner"), Person("mia", "Mia", "child")])
HOUSE = House(
    Registry(
        areas={"hall": Area("hall", "Hall"), "attic": Area("attic", "Attic")},
        entities={
            one.entity_id: one
            for one in (
                Entity("light.hall", "Hall", area="hall"),
                Entity("light.attic", "Attic", area="attic"),
                Entity("lock.front", "Front"),
                Entity("climate.hall", "Heating"),
                Entity("binary_sensor.window", "Window"),
            )
        },
    ),
    {"binary_sensor.window": State("off"), "lock.front": State("locked")},
)
BASE = "- {id: lights, allow: light.*}\n"


def policy(rules: str) -> Policy:
    return parse_policy(f"version: 1\nrules:\n{rules}", "p", PEOPLE, HOUSE.registry)


def found(old: str, new: str) -> list[Difference]:
    return differences(policy(old), policy(new), HOUSE, NOON, CATALOGUE)


def test_the_same_rules_in_another_order_differ_in_nothing() -> None:
    one, other = "- {id: a, allow: light.*}\n", "- {id: b, deny: light.turn_off}\n"
    assert found(one + other, other + one) == []


def test_a_new_allow_is_named_for_everybody_who_gains_by_it_and_nothing_else() -> None:
    new = found(BASE, BASE + "- {id: open, allow: lock.unlock, who: {role: [owner, child]}}\n")
    assert {(one.kind, one.action, one.entity) for one in new} == {("newly allowed", "lock.unlock", "lock.front")}
    assert [one.asker for one in new] == ["child", "owner"]
    assert {(one.before, one.after, one.was, one.rule, one.circumstances) for one in new} == {
        ("deny", "allow", None, "open", "")
    }


def test_what_is_newly_allowed_comes_first_and_what_is_denied_last() -> None:
    old = BASE + "- {id: ask, confirm: lock.unlock}\n- {id: heat, allow: climate.turn_on}\n"
    new = (
        "- {id: lights, allow: light.turn_on}\n- {id: ask, confirm: lock.*, ask: {roles: owner}}\n"
        "- {id: heat, allow: climate.*}\n"
    )
    kinds = [one.kind for one in found(old, new)]
    assert kinds == sorted(kinds, key=KINDS.index)
    assert set(kinds) == set(KINDS)


@pytest.mark.parametrize(
    ("condition", "asker", "circumstances"),
    [
        ("when: {between: [22:00, 06:00]}", "voice", "wed 22:00"),
        ("when: {between: [08:15, 08:20]}", "voice", "wed 08:15"),
        ("when: {days: sat}", "voice", "sat 00:00"),
        ("when: {states: {binary_sensor.window: on}}", "voice", "binary_sensor.window on"),
        ("when: {tainted: true}", "voice", "by outside text"),
        ("who: {channel: telegram}", "telegram", ""),
        ("who: {role: child, channel: phone}", "child phone", ""),
        ("who: {place: hall}", "voice in hall", ""),
        ("who: {person: mia}", "mia", ""),
    ],
)
def test_a_door_that_opens_only_under_a_condition_is_found(condition: str, asker: str, circumstances: str) -> None:
    new = found(BASE, BASE + f"- {{id: open, allow: lock.unlock, {condition}}}\n")
    assert (asker, circumstances) in {(one.asker, one.circumstances) for one in new if one.kind == "newly allowed"}


def test_a_door_that_opens_only_under_several_conditions_at_once_is_found() -> None:
    when = "between: [22:00, 06:00], days: sat, states: {binary_sensor.window: on, light.hall: off}, tainted: false"
    new = found(BASE, BASE + f"- {{id: open, allow: lock.unlock, when: {{{when}}}}}\n")
    assert [(one.kind, one.asker) for one in new if one.asker == "voice"] == [("newly allowed", "voice")]
    first = "sat 22:00, binary_sensor.window on, light.hall off"
    assert {one.circumstances for one in new} == {first}


def test_a_condition_that_is_gone_is_found_where_it_would_not_have_held() -> None:
    old = BASE + "- {id: open, allow: lock.unlock, when: {states: {binary_sensor.window: off}}}\n"
    new = found(old, BASE + "- {id: open, allow: lock.unlock}\n")
    assert {(one.kind, one.circumstances) for one in new} == {("newly allowed", "binary_sensor.window otherwise")}


def test_a_wider_bound_is_found_by_the_values_at_its_edges() -> None:
    old = "- {id: warm, allow: climate.set_temperature, within: {temperature: {min: 16, max: 25, unit: °C}}}\n"
    new = found(old, old.replace("25", "30"))
    assert {one.kind for one in new} == {"newly allowed"}
    assert {one.circumstances for one in new} == {"temperature 26 °C"}


def test_an_easier_question_is_a_difference_too() -> None:
    old = "- {id: ask, confirm: lock.*, ask: {roles: owner}}\n"
    assert {one.kind for one in found(old, old.replace("owner", "[owner, adult]"))} == {"asked otherwise"}


def test_an_action_without_an_entity_is_asked_too() -> None:
    assert "mcp.x" not in CATALOGUE
    old, new = "- {id: a, allow: light.*}\n", "- {id: a, allow: light.*}\n- {id: b, allow: notify.*}\n"
    actions = [*CATALOGUE, "claw.notify"]
    names = {(one.action, one.entity) for one in differences(policy(old), policy(new), HOUSE, NOON, actions)}
    assert ("notify.notify", "") in names


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("never: [{id: n, when: {states: {lock.front: unlocked}}}]", "", ["never n is gone"]),
        ("", "never: [{id: n, when: {states: {lock.front: unlocked}}}]", ["never n is new"]),
        (
            "never: [{id: n, when: {states: {lock.front: unlocked}}}]",
            "never: [{id: n, when: {states: {lock.front: [unlocked, open]}}}]",
            ["never n says something else"],
        ),
        (
            "never: [{id: n, when: {states: {lock.front: unlocked}}, why: so}]",
            "never: [{id: n, when: {states: {lock.front: unlocked}}, why: it is so}]",
            [],
        ),
    ],
)
def test_what_binds_plans_and_no_single_request_is_told_apart(before: str, after: str, told: list[str]) -> None:
    old, new = policy(BASE + before), policy(BASE + after)
    assert unseen(old, new, differences(old, new, HOUSE, NOON, CATALOGUE)) == told


def test_a_changed_rate_or_a_word_to_nobody_is_told_though_no_request_is_decided_otherwise() -> None:
    old = policy(BASE + "- {id: few, deny: light.turn_on, more_than: {times: 3, per: 1 h}, notify: owner}\n")
    for rule in ("{times: 900, per: 1 h}, notify: owner", "{times: 3, per: 1 h}"):
        new = policy(BASE + f"- {{id: few, deny: light.turn_on, more_than: {rule}}}\n")
        assert unseen(old, new, differences(old, new, HOUSE, NOON, CATALOGUE)) == ["rule few says something else"]
    assert unseen(old, policy(BASE), []) == ["rule few is gone"]


def test_what_a_difference_tells_is_not_told_twice() -> None:
    old, new = policy(BASE), policy(BASE.replace("allow", "deny"))
    assert unseen(old, new, differences(old, new, HOUSE, NOON, CATALOGUE)) == []
