import pytest

from claw.house.model import Area, Entity, Registry
from claw.policy.load import parse_policy
from claw.policy.people import People, Person
from claw.policy.review import check
from claw.policy.soundness import Finding

REGISTRY = Registry(
    areas={"hall": Area("hall", "Hall")},
    location=(52.5, 13.4),
    entities={
        entity.entity_id: entity
        for entity in (
            Entity("light.hall", "Hall", area="hall"),
            Entity("lock.front", "Front"),
            Entity("input_boolean.guests", "Guests"),
            Entity("binary_sensor.window", "Window"),
            Entity("person.anna", "Anna"),
            Entity("device_tracker.phone", "Phone"),
        )
    },
)
PEOPLE = People([Person("anna", "Anna", "owner", entity="person.anna", rooms=("hall",))])
GUESTS = "- {id: a, allow: light.*, when: {states: {input_boolean.guests: on}}}\n"


def findings(rules: str, level: str = "error") -> list[Finding]:
    policy = parse_policy(f"version: 1\nrules:\n{rules}", "p", PEOPLE, REGISTRY)
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
        ("when: {home: anyone}", "somebody's presence alone"),
        ("when: {away: anna}", "somebody's presence alone"),
        ("when: {home: anna, states: {device_tracker.phone: home}}", "somebody's presence alone"),
    ],
)
def test_presence_alone_is_not_enough_for_a_lock(condition: str, words: str) -> None:
    found = findings(f"- {{id: a, allow: lock.unlock, {condition}}}")
    assert [one.rule for one in found] == ["a"]
    assert words in found[0].text


@pytest.mark.parametrize(
    "condition",
    [
        "who: {role: owner}",
        "who: {channel: web}",
        "who: {channel: [voice, web]}",
        "who: {person: anna}",
        "who: {authenticated: true}",
        "who: {rooms: own}",
        "who: {routine: morning}",
        "when: {between: [08:00, 09:00]}",
        "when: {home: anyone, sun: up}",
        "when: {home: anyone, tainted: false}",
        "when: {home: anyone, states: {binary_sensor.window: off}}",
        "when: {home: anyone}, at_most: {times: 2, per: 1 h}",
        "who: {person: anna, place: hall}",
        "who: {role: owner, place: hall}",
        "who: {authenticated: true, place: hall}",
        "who: {rooms: own, place: hall}",
        "who: {routine: morning, place: hall}",
        "who: {skill: doors, place: hall}",
        "when: {home: anyone, between: [08:00, 09:00]}",
        "when: {home: anyone, days: mon}",
    ],
)
def test_an_allow_that_asks_for_more_is_a_risk_of_another_kind(condition: str) -> None:
    rules = f"version: 1\nrules:\n- {{id: a, allow: lock.unlock, {condition}}}"
    policy = parse_policy(rules, "p", PEOPLE, REGISTRY)
    found = [one for one in check(policy, REGISTRY) if one.level == "error"]
    assert [one.text for one in found] == ["allows lock.unlock on lock.front without asking anybody"]


def test_a_tap_for_a_lock_is_noted_where_it_is_written_and_for_a_light_it_is_not() -> None:
    found = findings(
        "- {id: a, confirm: lock.*, ask: {strength: tap}}\n- {id: b, confirm: light.*, ask: {strength: tap}}", "note"
    )
    assert [(one.rule, "lock.unlock on lock.front" in one.text) for one in found if one.rule] == [("a", True)]
    assert not [one for one in findings("- {id: a, confirm: lock.*}\n- {id: b, allow: light.*}", "note") if one.rule]


@pytest.mark.parametrize("grant", ["30 min", "task"])
def test_a_yes_that_holds_for_longer_is_noted_for_risky_things_only(grant: str) -> None:
    ask = f"ask: {{strength: session, grant: {grant}}}"
    found = findings(f"- {{id: a, confirm: lock.*, {ask}}}\n- {{id: b, confirm: light.*, {ask}}}", "note")
    assert [(one.rule, "more than one time" in one.text) for one in found if one.rule] == [("a", True)]


@pytest.mark.parametrize("channels", ["[web, routine]", "system", '"*"'])
def test_a_yes_of_what_is_in_the_background_is_a_warning(channels: str) -> None:
    found = findings(f"- {{id: a, confirm: light.*, ask: {{channels: {channels}}}}}", "warning")
    assert [(one.rule, "proves nobody" in one.text) for one in found if one.rule] == [("a", True)]


@pytest.mark.parametrize(
    ("rule", "level", "says"),
    [
        ("confirm: light.*, ask: {channels: [voice, web]}", "note", "a television too"),
        ("confirm: light.*, ask: {channels: voice:hall}", "note", "a television too"),
        ("confirm: light.*, ask: {channels: voice, roles: adult}", "warning", "a voice is nobody"),
        ("confirm: light.*, ask: {channels: voice, strength: session}", "warning", "a voice is nobody"),
        ('confirm: "*", ask: {channels: [voice, web]}', "warning", "risky: lock.unlock on lock.front"),
    ],
)
def test_a_rule_that_names_voice_for_a_yes_is_told_what_that_is_worth(rule: str, level: str, says: str) -> None:
    found = [one for at in ("warning", "note") for one in findings(f"- {{id: a, {rule}}}", at) if one.rule]
    assert [(one.level, one.rule, says in one.text) for one in found] == [(level, "a", True)]
    assert not [one for one in findings("- {id: a, confirm: light.*, ask: {channels: web}}", "note") if one.rule]
