from dataclasses import replace

from claw.house.model import Entity, Registry
from claw.policy.load import parse_policy
from claw.policy.people import People
from claw.policy.review import Finding, check

REGISTRY = Registry(
    entities={
        entity.entity_id: entity
        for entity in (
            Entity("light.hall", "Hall"),
            Entity("lock.front", "Front"),
            Entity("cover.garage", "Garage", device_class="garage"),
            Entity("cover.plain", "Plain"),
            Entity("cover.blind", "Blind", device_class="blind"),
            Entity("sensor.hall", "Hall"),
        )
    }
)
QUIET = "- {id: quiet, deny: [lock.*, cover.*, light.*], who: {channel: mqtt}}\n"


def findings(rules: str, registry: Registry = REGISTRY) -> list[Finding]:
    return check(parse_policy(f"version: 1\nrules:\n{QUIET}{rules}", "p", People(), REGISTRY), registry)


def test_a_sound_policy_has_no_findings() -> None:
    assert findings("- {id: a, allow: light.*}") == []


def test_risky_things_allowed_without_asking_are_errors() -> None:
    found = findings("- {id: a, allow: [cover.*, lock.*]}")
    assert {one.level for one in found} == {"error"}
    assert {one.rule for one in found} == {"a"}
    texts = " ".join(one.text for one in found)
    assert "lock.unlock on lock.front" in texts
    assert "cover.open_cover on cover.garage" in texts
    assert "cover.plain" in texts
    assert "cover.blind" not in texts


def test_a_question_that_is_not_always_asked_leaves_the_risk() -> None:
    always = "- {id: a, allow: lock.*}\n- {id: b, confirm: [lock.unlock, lock.open]}"
    assert findings(always) == []
    sometimes = "- {id: a, allow: lock.*}\n- {id: b, confirm: [lock.unlock, lock.open], who: {channel: voice}}"
    assert [one.level for one in findings(sometimes)] == ["error", "error"]


def test_a_rule_that_another_always_precedes_is_reported() -> None:
    found = findings("- {id: a, allow: light.turn_on}\n- {id: b, confirm: light.*}")
    assert [(one.level, one.rule) for one in found] == [("warning", "a")]
    assert "b" in found[0].text


def test_a_rule_about_nothing_in_the_house_is_noted_as_a_policy_may_be_ready_for_more() -> None:
    found = findings("- {id: a, allow: siren.turn_off}")
    assert [(one.level, one.rule) for one in found] == [("note", "a")]


def test_a_name_that_has_gone_since_is_reported() -> None:
    rules = "- {id: a, allow: light.*, on: {entity: light.hall}}"
    entities = {key: entity for key, entity in REGISTRY.entities.items() if key != "light.hall"}
    found = findings(rules, replace(REGISTRY, entities=entities))
    assert [(one.level, one.rule) for one in found] == [("warning", "a")]
    assert "light.hall" in found[0].text


def test_entities_that_no_rule_mentions_are_noted() -> None:
    entities = {**REGISTRY.entities, "fan.attic": Entity("fan.attic", "Attic")}
    found = findings("- {id: a, allow: light.*}", replace(REGISTRY, entities=entities))
    assert [(one.level, one.rule) for one in found] == [("note", None)]
    assert "fan.attic" in found[0].text
    assert "sensor.hall" not in found[0].text


def test_an_answer_that_proves_nobody_is_reported() -> None:
    found = findings("- {id: a, confirm: lock.*, ask: {channels: [web, voice]}}")
    assert [(one.level, one.rule) for one in found] == [("warning", "a")]


def test_renamed_and_replaced_things_are_reported() -> None:
    hall, front = REGISTRY.entities["light.hall"], REGISTRY.entities["lock.front"]
    entities = {
        **REGISTRY.entities,
        "light.stairs": replace(hall, entity_id="light.stairs", former="light.hall"),
        "lock.front": replace(front, former=""),
    }
    del entities["light.hall"]
    found = findings("- {id: a, allow: light.*, on: {entity: light.hall}}", Registry(entities=entities))
    assert [one.level for one in found] == ["warning", "warning"]
    assert "light.hall (now light.stairs)" in found[0].text
    assert "lock.front" in found[1].text
