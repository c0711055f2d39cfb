import pytest

from claw.policy import compiled
from claw.policy.compiled import Index, compile_rule
from claw.policy.rules import Rule


def found(rules: list[dict[str, object]], action: str, entity_id: str) -> list[str]:
    index = Index([compile_rule(Rule.model_validate(rule)) for rule in rules])
    first = [one.rule.id for one in index.about(action, [entity_id])]
    assert [one.rule.id for one in index.about(action, [entity_id])] == first
    return first


def test_rules_are_found_however_they_name_the_action() -> None:
    rules: list[dict[str, object]] = [
        {"id": "exact", "allow": "light.turn_on"},
        {"id": "domain", "allow": "light.*"},
        {"id": "everywhere", "allow": "*.turn_on"},
        {"id": "all", "allow": "*"},
        {"id": "twice", "allow": ["light.turn_on", "light.*", "*"]},
        {"id": "other", "allow": ["light.turn_off", "lock.*", "*.lock"]},
    ]
    assert sorted(found(rules, "light.turn_on", "light.a")) == ["all", "domain", "everywhere", "exact", "twice"]


def test_rules_that_name_another_entity_are_left_aside() -> None:
    rules: list[dict[str, object]] = [
        {"id": "here", "allow": "light.*", "on": {"entity": ["light.a", "light.b"]}},
        {"id": "there", "allow": "light.*", "on": {"entity": "light.c"}},
        {"id": "glob", "allow": "light.*", "on": {"entity": ["light.c", "light.d*"]}},
        {"id": "wrong", "allow": "lock.*", "on": {"entity": "light.a"}},
    ]
    assert sorted(found(rules, "light.turn_on", "light.a")) == ["glob", "here"]


def test_the_strongest_come_first_and_those_that_always_speak_before_the_others() -> None:
    now_and_then = {"who": {"channel": "web"}}
    rules: list[dict[str, object]] = [
        {"id": "a", "allow": "*"},
        {"id": "b", "confirm": "*", **now_and_then},
        {"id": "c", "confirm": "*", "on": {"entity": "light.a"}},
        {"id": "d", "deny": "*", **now_and_then},
        {"id": "e", "deny": "*", "on": {"area": "x"}},
        {"id": "f", "deny": "*"},
    ]
    assert found(rules, "light.turn_on", "light.a") == ["f", "e", "d", "c", "b", "a"]


def test_a_rule_gives_its_reason_or_says_which_it_is() -> None:
    written = {"id": "a", "deny": "lock.*"}
    assert compile_rule(Rule.model_validate(written)).decision.why == "the rule a says deny"
    assert compile_rule(Rule.model_validate({**written, "why": "not today"})).decision.why == "not today"


def test_what_is_kept_sorted_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST_ACTIONS", 2)
    index = Index([compile_rule(Rule.model_validate({"id": "a", "allow": "light.*"}))])
    sizes: list[int] = []
    for name in ("a", "b", "c", "d", "e"):
        assert [one.rule.id for one in index.about(f"light.{name}", ())] == ["a"]
        sizes.append(len(index._by_action))
    assert sizes == [1, 2, 1, 2, 1]
