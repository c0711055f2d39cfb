"""What the short ways of the judge must not change: what was kept of one question is no answer to another."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from claw.base.action import Action, Origin
from claw.house.model import Area, Entity, House, Registry, State
from claw.policy import decide, reach
from claw.policy.decide import Policy
from claw.policy.people import People, Person
from claw.policy.rules import Rule

NOON = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
ANNA = Origin("web", person="anna", authenticated=True)
NOBODY = Origin("voice:hall", place="hall")
PEOPLE = People([Person("anna", "Anna", "owner")])
IDS = ("light.kitchen", "light.hall", "light.porch", "lock.front")
HOUSE = House(
    Registry(
        areas={"hall": Area("hall", "Hall")},
        entities={name: Entity(name, name, area="hall") for name in IDS},
    ),
    {name: State("off") for name in IDS},
)


def policy(*rules: Mapping[str, object]) -> Policy:
    return Policy([Rule.model_validate({"id": f"r{at}", **rule}) for at, rule in enumerate(rules)], PEOPLE)


def said(rules: Policy, *entities: str, name: str = "light.turn_on", origin: Origin = ANNA) -> str:
    return rules.decide(HOUSE, Action(name, entities), origin, NOON).effect


def test_what_was_said_about_an_action_alone_is_not_said_about_things() -> None:
    rules = policy({"allow": "light.*"}, {"deny": "light.*", "on": {"entity": "light.porch"}})
    assert said(rules) == "allow"
    assert said(rules, "light.porch", "light.hall") == "deny"
    assert said(rules, "light.hall", "light.porch") == "deny"
    assert said(rules, "light.hall", "light.kitchen") == "allow"


def test_whatever_was_asked_before_the_answer_is_the_same() -> None:
    rules = policy(
        {"allow": "light.*", "who": {"role": "owner"}},
        {"confirm": "light.*", "on": {"entity": "light.hall"}},
        {"deny": "light.*", "on": {"entity": "light.porch"}},
    )
    asked = [(), ("light.kitchen",), ("light.hall",), ("light.porch",), ("light.kitchen", "light.hall"), IDS[:3]]
    fresh = {(who, things): said(rules, *things, origin=who) for who in (ANNA, NOBODY) for things in asked}
    for _ in range(3):
        for (who, things), answer in fresh.items():
            assert said(rules, *things, origin=who) == answer
    assert fresh[ANNA, ("light.kitchen",)] == "allow"
    assert fresh[NOBODY, ("light.kitchen",)] == "deny"
    assert fresh[ANNA, ("light.kitchen", "light.hall")] == "confirm"


def test_what_is_kept_has_an_end_and_is_forgotten_with_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "MOST_PAIRS", 2)
    rules = policy({"allow": "light.*", "on": {"area": "hall"}})
    sizes: list[int] = []
    for name in (*IDS, IDS[-1]):
        said(rules, name)
        sizes.append(len(rules._pairs))
    assert sizes == [1, 2, 1, 2, 2]
    assert said(rules, "light.kitchen") == "allow"
    bare = House(Registry(entities={name: Entity(name, name) for name in IDS}), HOUSE.states)
    assert rules.decide(bare, Action("light.turn_on", ("light.kitchen",)), ANNA, NOON).effect == "deny"


def test_a_denial_names_the_thing_it_is_about_or_none() -> None:
    rules = policy({"allow": "light.*"})
    for name, entities, named in (
        ("shell_command.rm", (), None),
        ("homeassistant.turn_off", ("lock.front",), "lock.front"),
        ("light.turn_on", ("light.gone",), "light.gone"),
        ("lock.unlock", ("lock.front",), "lock.front"),
        ("lock.unlock", (), None),
    ):
        decision = rules.decide(HOUSE, Action(name, entities), ANNA, NOON)
        assert (decision.effect, decision.entity, decision.rule) == ("deny", named, None), name
    assert rules.decide(HOUSE, Action("light.turn_on", ("light.hall",)), ANNA, NOON).entity == "light.hall"
    assert rules.decide(HOUSE, Action("light.turn_on"), ANNA, NOON).entity is None


def test_what_is_forbidden_on_a_thing_that_is_not_there_is_forbidden_first() -> None:
    decision = policy({"allow": "*"}).decide(HOUSE, Action("shell_command.rm", ("light.gone",)), ANNA, NOON)
    assert "forbidden" in decision.why


def test_who_is_not_of_the_household_has_no_role_and_nobody_proves_anybody() -> None:
    rules = policy({"allow": "light.*"})
    stranger = Origin("web", person="eve", authenticated=True)
    claimed = Origin("voice:hall", person="anna")
    for origin in (stranger, claimed, NOBODY):
        assert rules.proven(HOUSE, origin, NOON) == (origin, None)
    assert rules.proven(HOUSE, ANNA, NOON) == (ANNA, "owner")


def test_an_explanation_of_an_action_without_things_is_one() -> None:
    rules = policy({"allow": "claw.notify"})
    explained = rules.explain(HOUSE, Action("claw.notify"), NOBODY, NOON)
    assert [(one.entity, one.decision.effect) for one in explained.entities] == [(None, "allow")]


def test_what_sets_off_more_than_can_be_judged_is_denied_and_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "MOST_PARTS", 2)
    rules = policy({"confirm": "light.*"})
    registry = replace(HOUSE.registry, groups={"light.kitchen": IDS[1:3]})
    house, action = House(registry, HOUSE.states), Action("light.turn_on", ("light.kitchen",))
    decision = rules.decide(house, action, ANNA, NOON)
    assert (decision.effect, decision.rule, decision.entity) == ("deny", None, "light.kitchen")
    assert rules.asks(house, action, ANNA, NOON) == frozenset()
    assert rules.asks(HOUSE, action, ANNA, NOON) != frozenset()


def test_only_the_questions_that_speak_are_asked_whatever_else_has_a_say() -> None:
    rules = policy(
        {"allow": "light.*"},
        {"deny": "lock.open", "who": {"channel": "cli"}},
        {"confirm": "lock.*", "who": {"channel": "web"}},
        {"confirm": "lock.*", "who": {"channel": "voice"}},
        {"allow": "lock.*"},
    )
    together = replace(HOUSE.registry, groups={"light.kitchen": ("lock.front",)})
    asks = rules.asks(House(together, HOUSE.states), Action("lock.open", ("light.kitchen",)), ANNA, NOON)
    assert sorted((one.partition("@")[0], one.rpartition(" ")[2]) for one in asks) == [
        ("r2", "light.kitchen"),
        ("r2", "lock.front"),
    ]
    assert rules.asks(HOUSE, Action("light.turn_on", ("light.hall",)), ANNA, NOON) == frozenset()
