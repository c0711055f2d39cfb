"""What no hour, state or count could ever lift is told apart from what is only so at this moment."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Action, Origin
from claw.house.file import parse_house
from claw.policy.at_best import never_allowed
from claw.policy.load import parse_policy
from claw.policy.people import Hours, People, Person
from tests.gate_room import HOUSE

PEOPLE = People(
    [
        Person("anna", "Anna", "owner"),
        Person("carl", "Carl", "child"),
        Person("kim", "Kim", "adult", hours=(Hours("03:00", "03:01"),)),
    ]
)
UNLOCK = Action("lock.unlock", ("lock.door",))


def ask(rules: str, action: Action = UNLOCK, person: str = "anna", **more: Any) -> str | None:
    policy = parse_policy(f"version: 1\nrules:\n{rules}", "policy.yaml", PEOPLE, None)
    origin = Origin(**{"channel": "web", "person": person, "authenticated": True, "strength": "session", **more})
    found = never_allowed(policy, parse_house(HOUSE), (action,), (origin,))
    return None if found is None else found.rule or ""


@pytest.mark.parametrize(
    "rules",
    [
        "  - {id: one, allow: lock.unlock}",
        "  - {id: one, confirm: lock.unlock}",
        '  - {id: one, allow: lock.unlock, when: {between: ["03:00", "03:01"]}}',
        "  - {id: one, allow: lock.unlock, when: {states: {light.lamp: 'on'}}}",
        "  - {id: one, allow: lock.unlock, at_most: {times: 1, per: 12 h}}",
        "  - {id: one, allow: lock.unlock}\n  - {id: two, deny: lock.unlock, when: {sun: down}}",
        "  - {id: one, allow: lock.unlock}\n  - {id: two, deny: lock.unlock, more_than: {times: 1, per: 12 h}}",
        "  - {id: one, allow: lock.unlock}\n  - {id: two, deny: lock.unlock, when: {tainted: true}}",
    ],
)
def test_what_may_be_so_at_another_moment_is_no_reason(rules: str) -> None:
    assert ask(rules) is None


@pytest.mark.parametrize(
    ("rules", "more", "rule"),
    [
        ("  - {id: one, allow: light.turn_on}", {}, ""),
        ("  - {id: one, allow: lock.unlock}\n  - {id: two, deny: lock.unlock}", {}, "two"),
        ("  - {id: one, allow: lock.unlock, who: {role: owner}}", {"person": "carl"}, ""),
        (
            "  - {id: one, allow: lock.unlock}\n  - {id: two, deny: lock.*, who: {role: child}}",
            {"person": "carl"},
            "two",
        ),
        ("  - {id: one, allow: lock.unlock, who: {channel: web}}", {"channel": "voice:hall"}, ""),
        (
            "  - {id: one, allow: lock.unlock}\n  - {id: two, deny: lock.unlock, when: {tainted: true}}",
            {"taint": ("mail",)},
            "two",
        ),
        ("  - {id: one, allow: lock.unlock, who: {role: owner}}", {"authenticated": False}, ""),
    ],
)
def test_what_stays_so_for_whoever_asks_is_said(rules: str, more: dict[str, Any], rule: str) -> None:
    assert ask(rules, **more) == rule


def test_somebody_who_counts_only_at_some_hours_is_taken_as_themselves() -> None:
    assert ask("  - {id: one, allow: lock.unlock, who: {role: adult}}", person="kim") is None


def test_what_is_too_much_is_too_much_at_any_time() -> None:
    rules = (
        "  - {id: one, allow: light.turn_on}\n  - {id: two, deny: light.turn_on, beyond: {brightness_pct: {max: 50}}}"
    )
    bright = Action("light.turn_on", ("light.lamp",), {"brightness_pct": 80})
    assert ask(rules, bright) == "two"
    assert ask(rules, Action("light.turn_on", ("light.lamp",), {"brightness_pct": 40})) is None


def test_every_action_is_asked_about() -> None:
    policy = parse_policy("version: 1\nrules:\n  - {id: one, allow: light.*}", "policy.yaml", PEOPLE, None)
    found = never_allowed(
        policy, parse_house(HOUSE), (Action("light.turn_on", ("light.lamp",)), UNLOCK), (Origin("web"),)
    )
    assert found is not None
    assert "lock.unlock" in found.why


@given(st.permutations([0, 1, 2]), st.sampled_from(["anna", "carl"]))
def test_nothing_that_is_allowed_at_some_hour_is_never_allowed(order: list[int], person: str) -> None:
    rules = [
        '  - {id: day, allow: lock.unlock, when: {between: ["08:00", "20:00"]}, who: {role: [owner, child]}}',
        '  - {id: night, deny: lock.unlock, when: {between: ["21:00", "07:00"]}}',
        "  - {id: lamp, allow: light.*}",
    ]
    assert ask("\n".join(rules[at] for at in order), person=person) is None


def test_what_sets_off_something_is_asked_about_with_all_that_it_sets_off() -> None:
    script = {
        "entity_id": "script.leave",
        "name": "Leave",
        "state": "off",
    }
    house = parse_house({**HOUSE, "entities": [*HOUSE["entities"], script]})
    rules = "  - {id: one, allow: script.turn_on, on: {entity: script.leave}}"
    policy = parse_policy(f"version: 1\nrules:\n{rules}", "policy.yaml", PEOPLE, None)
    origin = Origin("web", "anna", authenticated=True, strength="session")
    act = Action("script.turn_on", ("script.leave",))
    assert never_allowed(policy, house, (act,), (origin,)) is None
    none = parse_policy("version: 1\nrules: []\n", "policy.yaml", PEOPLE, None)
    assert never_allowed(none, house, (act,), (origin,)) is not None
