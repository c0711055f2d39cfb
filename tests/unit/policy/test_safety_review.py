"""What would not work in danger, or opens a door then, is said while there is time."""

import pytest

from claw.house.file import parse_house
from claw.policy.load import parse_policy
from claw.policy.people import NO_PEOPLE
from claw.policy.review import check
from claw.policy.safety_review import safety_findings
from claw.policy.soundness import Finding
from tests.gate_room import HOUSE

REGISTRY = parse_house(HOUSE).registry
LIST = """\
version: 1
safety:
  smoke:
    - {action: light.turn_on, entities: light.lamp}
    - {action: lock.unlock, entities: lock.door}
rules:
"""


def _found(rules: str) -> list[Finding]:
    return list(safety_findings(parse_policy(LIST + rules, "policy.yaml", NO_PEOPLE, None), REGISTRY))


def test_a_door_that_opens_without_asking_is_pointed_at() -> None:
    found = _found("  - {id: lamps, confirm: light.*}\n")
    assert found == [Finding("warning", None, "safety smoke: lock.unlock on lock.door is done without asking anybody")]


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        ("{id: no, deny: light.*}", "error"),
        ("{id: no, deny: light.*, who: {channel: routine}}", "error"),
        ("{id: no, deny: light.*, who: {routine: safety-*}}", "error"),
        ("{id: no, deny: light.*, when: {between: ['22:00', '07:00']}}", "warning"),
        ("{id: no, deny: light.*, who: {channel: voice}}", None),
        ("{id: no, deny: light.*, who: {routine: safety-gas}}", None),
        ("{id: no, deny: light.*, who: {role: child}}", None),
        ("{id: no, deny: light.*, except: {entity: light.lamp}}", None),
        ("{id: no, deny: light.turn_off}", None),
        ("{id: no, deny: light.*, when: {tainted: true}}", None),
        ("{id: no, deny: light.*, more_than: {times: 3, per: 1 min}}", None),
    ],
)
def test_a_denial_that_it_would_meet_is_reported(rule: str, level: str | None) -> None:
    found = [one for one in _found(f"  - {rule}\n") if one.rule == "no"]
    assert [one.level for one in found] == ([level] if level else [])
    assert all("light.turn_on on light.lamp" in one.text for one in found)


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        ("{id: no, deny: claw.notify}", "error"),
        ("{id: no, deny: claw.*, who: {channel: routine}, when: {sun: down}}", "warning"),
        ("{id: no, deny: claw.notify, more_than: {times: 3, per: 1 min}}", None),
        ("{id: no, deny: claw.notify, who: {channel: web}}", None),
    ],
)
def test_a_denial_that_would_keep_people_from_being_told_is_reported(rule: str, level: str | None) -> None:
    found = [one for one in _found(f"  - {rule}\n") if one.rule == "no"]
    assert [one.level for one in found] == ([level] if level else [])
    assert all("told of smoke, co, gas, leak, freeze" in one.text for one in found)


def test_what_is_not_in_this_house_is_reported_where_the_file_was_read_without_it() -> None:
    text = LIST.replace("light.lamp", "light.cellar").replace("rules:", "rules: []")
    found = list(safety_findings(parse_policy(text, "policy.yaml", NO_PEOPLE, None), REGISTRY))
    assert found[0] == Finding(
        "error", None, "safety smoke: light.turn_on names light.cellar, which is not in this house"
    )


def test_the_check_of_a_policy_tells_of_it() -> None:
    policy = parse_policy(LIST + "  - {id: no, deny: light.*}\n", "policy.yaml", NO_PEOPLE, None)
    texts = [one.text for one in check(policy, REGISTRY)]
    assert any(text.startswith("safety smoke: light.turn_on on light.lamp is refused") for text in texts)
