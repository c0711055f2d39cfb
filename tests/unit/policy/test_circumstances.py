"""Every rule is asked at least once as it wishes, and once with each of its conditions otherwise."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from claw.base.action import Action, Origin
from claw.house.model import Area, Entity, House, Registry, State
from claw.policy.circumstances import Case, cases, named_askers, usual_askers
from claw.policy.decide import Policy
from claw.policy.people import ROLES, People, Person
from claw.policy.rules import Rule

NOW = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
PEOPLE = People([Person("anna", "Anna", "owner", entity="person.anna"), Person("mia", "Mia", "child")])
HOUSE = House(
    Registry(
        areas={"hall": Area("hall", "Hall")},
        entities={"light.hall": Entity("light.hall", "Hall", area="hall"), "sensor.out": Entity("sensor.out", "Out")},
    ),
    {"sensor.out": State("5")},
)
PLAIN = Case(HOUSE, NOW)


def rule(**parts: object) -> Rule:
    return Rule.model_validate({"id": "r", "allow": "light.*", **parts})


def verdicts(one: Rule) -> list[str]:
    policy = Policy([one], PEOPLE)
    return [
        policy.decide_as(
            case.house,
            Action("light.turn_on", ("light.hall",), case.data),
            Origin("web", taint=case.taint),
            None,
            case.now,
        ).effect
        for case in cases(one, PEOPLE, PLAIN)
    ]


@pytest.mark.parametrize(
    "parts",
    [
        {"when": {"between": ["22:00", "06:00"]}},
        {"when": {"between": ["08:00", "09:00"], "days": ["sat"]}},
        {"when": {"between": ["00:00", "24:00"], "days": ["mon", "sun"]}},
        {"when": {"states": {"sensor.out": {"max": 0}}}},
        {"when": {"states": {"sensor.out": {"min": 10, "max": 12}, "light.hall": ["on", "off"]}}},
        {"when": {"tainted": True}},
        {"when": {"tainted": False}},
        {"within": {"brightness_pct": {"min": 10, "max": 40}}},
        {"within": {"brightness_pct": {"max": 40}}, "when": {"between": ["22:00", "06:00"], "tainted": False}},
    ],
)
def test_the_first_case_is_as_the_rule_wishes_and_others_are_not(parts: Mapping[str, Any]) -> None:
    said = verdicts(rule(**parts))
    assert said[0] == "allow"
    assert "deny" in said[1:]


def test_a_denial_beyond_a_bound_is_asked_beyond_it_first() -> None:
    policy = Policy(
        [Rule.model_validate({"id": "r", "deny": "light.*", "beyond": {"volume_level": {"max": 60, "unit": "%"}}})],
        PEOPLE,
    )
    first = next(cases(policy.rules[0], PEOPLE, PLAIN))
    assert first.data == {"volume_level": pytest.approx(0.61)}


def test_a_rule_without_conditions_has_no_cases_of_its_own() -> None:
    assert list(cases(rule(), PEOPLE, PLAIN)) == []


def test_people_are_at_home_or_away_as_the_rule_wishes() -> None:
    for wish, value in (({"home": "anna"}, "home"), ({"home": "nobody"}, "not_home"), ({"away": "anna"}, "not_home")):
        first = next(cases(rule(when=wish), PEOPLE, PLAIN))
        assert first.house.states["person.anna"].value == value


def test_every_role_asks_and_so_do_a_voice_and_a_routine() -> None:
    askers = list(usual_askers(PEOPLE))
    assert [asker.name for asker in askers] == [*ROLES, "voice", "routine"]
    assert askers[0].origin.person == "anna"
    assert not askers[-1].origin.authenticated
    assert not askers[-2].origin.authenticated


def test_whom_a_rule_names_asks_too() -> None:
    who = {"role": "child", "channel": ["screen:*", "phone"], "place": "h*"}
    asked = list(named_askers(PEOPLE, HOUSE.registry, rule(who=who)))
    assert [(one.origin.channel, one.origin.person, one.origin.place) for one in asked] == [
        ("screen:x", "mia", "hall"),
        ("phone", "mia", "hall"),
    ]
    assert list(named_askers(PEOPLE, HOUSE.registry, rule())) == []
