import pytest

from claw.house.model import Area, Entity, Registry
from claw.policy.load import parse_policy
from claw.policy.people import People
from claw.policy.review import check
from claw.policy.soundness import Finding

REGISTRY = Registry(
    areas={"hall": Area("hall", "Hall")},
    entities={
        entity.entity_id: entity
        for entity in (
            Entity("light.hall", "Hall", area="hall"),
            Entity("lock.front", "Front"),
            Entity("input_boolean.guests", "Guests"),
            Entity("binary_sensor.window", "Window"),
            Entity("person.anna", "Anna"),
        )
    },
)
GUESTS = "- {id: a, allow: light.*, when: {states: {input_boolean.guests: on}}}\n"


def findings(rules: str, level: str = "error") -> list[Finding]:
    policy = parse_policy(f"version: 1\nrules:\n{rules}", "p", People(), REGISTRY)
    return [one for one in check(policy, REGISTRY) if one.level == level]


@pytest.mark.parametrize("effect", ["allow", "confirm"])
def test_an_allow_may_not_rest_on_what_claw_itself_may_change(effect: str) -> None:
    found = findings(GUESTS + f"- {{id: b, {effect}: input_boolean.turn_on}}")
    assert [(one.level, one.rule) for one in found] == [("error", "a")]
    assert "input_boolean.guests" in found[0].text
    assert "input_boolean.turn_on by b" in found[0].text


@pytest.mark.parametrize(
    "rules",
    [
        GUESTS,  # nobody may change it through Claw
        GUESTS + "- {id: b, deny: input_boolean.*}",
        GUESTS + "- {id: b, allow: input_boolean.*}\n- {id: c, deny: input_boolean.*}",
        "- {id: a, allow: light.*, when: {states: {binary_sensor.window: off}}}\n- {id: b, allow: light.*}",
        GUESTS.replace("allow", "confirm") + "- {id: b, allow: input_boolean.turn_on}",
        GUESTS.replace("allow", "deny") + "- {id: b, allow: input_boolean.turn_on}",
    ],
)
def test_what_it_may_not_change_and_what_only_tightens_is_sound(rules: str) -> None:
    assert findings(rules) == []


def test_a_light_that_opens_the_way_to_others_is_named_too() -> None:
    found = findings("- {id: a, allow: light.*, when: {states: {light.hall: on}}}")
    assert [(one.rule, "light.hall" in one.text) for one in found] == [("a", True)]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("when: {states: {person.anna: home}}", "somebody's presence alone"),
        ("who: {place: hall}", "standing in a place alone"),
        ("who: {channel: voice}", "being heard alone"),
        ("who: {channel: voice, place: hall}", "standing in a place and being heard alone"),
    ],
)
def test_presence_alone_is_not_enough_for_a_lock(condition: str, words: str) -> None:
    found = findings(f"- {{id: a, allow: lock.unlock, {condition}}}")
    assert [one.rule for one in found] == ["a"]
    assert words in found[0].text


@pytest.mark.parametrize(
    "condition",
    ["who: {role: owner}", "who: {channel: web}", "who: {person: anna}", "when: {between: [08:00, 09:00]}"],
)
def test_an_allow_that_asks_for_more_is_a_risk_of_another_kind(condition: str) -> None:
    rules = f"version: 1\nrules:\n- {{id: a, allow: lock.unlock, {condition}}}"
    policy = parse_policy(rules.replace("person: anna", "authenticated: true"), "p", People(), REGISTRY)
    found = [one for one in check(policy, REGISTRY) if one.level == "error"]
    assert [one.text for one in found] == ["allows lock.unlock on lock.front without asking anybody"]


def test_a_tap_for_a_lock_is_noted_and_for_a_light_it_is_not() -> None:
    found = findings("- {id: a, confirm: lock.*}\n- {id: b, confirm: light.*}", "note")
    assert [(one.rule, "lock.unlock on lock.front" in one.text) for one in found if one.rule] == [("a", True)]
