from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from claw.audit.log import Entry
from claw.base.action import Action, Origin
from claw.house.model import Entity, Registry
from claw.policy.load import parse_policy
from claw.policy.people import People, Person
from claw.policy.replay import Replayed, replay

PEOPLE = People([Person("anna", "Anna", "owner"), Person("mia", "Mia", "child")])
REGISTRY = Registry(
    entities={one: Entity(one, one) for one in ("light.hall", "lock.front", "binary_sensor.window", "light.attic")},
    time_zone="Europe/Berlin",
)
NOON = datetime(2026, 1, 7, 11, 0, tzinfo=UTC)
ANNA = Origin("web", person="anna", authenticated=True)
MIA = Origin("web", person="mia", authenticated=True)
ON = {"name": "light.turn_on", "entities": ["light.hall"], "data": {}}
UNLOCK = {"name": "lock.unlock", "entities": ["lock.front"], "data": {}}


def row(
    kind: str,
    payload: Mapping[str, Any] | None,
    origin: Origin | None = ANNA,
    parent: int | None = None,
    hours: int = 0,
) -> Entry:
    return Entry(1, NOON + timedelta(hours=hours), kind, origin, parent, payload, {}, b"")


def intent(action: Mapping[str, Any] = ON, effect: str = "allow", **more: Any) -> dict[str, Any]:
    return {"action": action, "effect": effect, "rule": "old", "before": {}, "seen": {}, **more}


def denied(action: Mapping[str, Any] = UNLOCK, **more: Any) -> dict[str, Any]:
    return {"actions": [action], "effect": "deny", "rule": "old", "why": "no", **more}


def replayed(rules: str, *rows: Entry) -> Replayed:
    return replay(rows, parse_policy(f"version: 1\nrules:\n{rules}", "p", PEOPLE, REGISTRY), REGISTRY)


ALL = "- {id: all, allow: [light.*, lock.*]}\n"


def test_what_would_be_decided_the_same_is_only_counted() -> None:
    assert replayed(ALL, row("intent", intent()), row("intent", intent())) == Replayed(2, ())


def test_newly_allowed_comes_first_then_asked_then_denied() -> None:
    rules = "- {id: a, allow: lock.*}\n- {id: b, confirm: light.turn_on}\n- {id: c, deny: light.turn_off}\n"
    off = {**ON, "name": "light.turn_off"}
    found = replayed(rules, row("intent", intent(off)), row("intent", intent()), row("refusal", denied()))
    assert [(one.kind, one.before, one.after, one.was, one.rule) for one in found.otherwise] == [
        ("newly allowed", "deny", "allow", "old", "a"),
        ("newly asked", "allow", "confirm", "old", "b"),
        ("newly denied", "allow", "deny", "old", "c"),
    ]
    assert found.otherwise[0].actions == (Action("lock.unlock", ("lock.front",)),)
    assert found.judged == 3


@pytest.mark.parametrize(("who", "kinds"), [(ANNA, []), (MIA, ["newly denied"]), (Origin("voice"), ["newly denied"])])
def test_who_asked_then_is_who_asks_now(who: Origin, kinds: list[str]) -> None:
    found = replayed("- {id: a, allow: light.*, who: {role: owner}}\n", row("intent", intent(), who))
    assert [one.kind for one in found.otherwise] == kinds


@pytest.mark.parametrize(("hours", "kinds"), [(0, []), (11, ["newly denied"])])
def test_the_hour_is_the_one_of_then_by_the_clock_of_the_house(hours: int, kinds: list[str]) -> None:
    rules = "- {id: a, allow: light.*, when: {between: [12:00, 23:00]}}\n"
    assert [one.kind for one in replayed(rules, row("intent", intent(), hours=hours)).otherwise] == kinds


@pytest.mark.parametrize(
    ("seen", "judged", "kinds"),
    [
        ({"binary_sensor.window": "off"}, 1, []),
        ({"binary_sensor.window": "on"}, 1, ["newly denied"]),
        ({"binary_sensor.window": "unavailable"}, 1, ["newly denied"]),
        ({}, 0, []),
    ],
)
def test_states_are_those_of_then_and_where_they_were_not_recorded_nothing_is_guessed(
    seen: Mapping[str, str], judged: int, kinds: list[str]
) -> None:
    rules = "- {id: a, allow: light.*, when: {states: {binary_sensor.window: off}}}\n"
    found = replayed(rules, row("intent", intent(seen=seen)))
    assert [one.kind for one in found.otherwise] == kinds
    assert (found.judged, dict(found.unjudged)) == (judged, {} if judged else {"not recorded": 1})


def test_the_state_before_an_act_is_a_recorded_state_too() -> None:
    rules = "- {id: a, allow: light.*, when: {states: {light.hall: off}}}\n"
    assert replayed(rules, row("intent", intent(before={"light.hall": "off"}))).judged == 1


def test_a_state_that_could_not_matter_need_not_be_recorded() -> None:
    rules = ALL + "- {id: b, deny: light.turn_off, when: {states: {binary_sensor.window: on}}}\n"
    rules += "- {id: c, deny: light.turn_on, who: {role: child}, when: {states: {binary_sensor.window: on}}}\n"
    assert replayed(rules, row("intent", intent())).judged == 1


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (row("intent", None), "erased"),
        (row("intent", {"cut": "{", "bytes": 99, "sha256": ""}), "cut"),
        (row("intent", intent({"name": 1})), "cut"),
        (row("intent", intent(), None), "cut"),
        (row("request", {"actions": "no list"}), "cut"),
        (row("intent", intent({**ON, "entities": ["light.cellar"]})), "gone"),
        (row("refusal", {"actions": [ON], "why": "stopped", "rule": None}), "no decision"),
        (row("refusal", denied(effect="something")), "no decision"),
        (row("intent", intent(), Origin("routine", routine="safety-smoke")), "no decision"),
    ],
)
def test_what_cannot_be_judged_is_counted_by_why(bad: Entry, why: str) -> None:
    found = replayed(ALL, bad, row("intent", intent()))
    assert (found.judged, found.otherwise, dict(found.unjudged)) == (1, (), {why: 1})


def test_a_denial_of_a_time_before_effects_were_logged_is_known_by_its_reason() -> None:
    old = {"actions": [UNLOCK], "why": "no rule allows lock.unlock on lock.front", "rule": None}
    assert [one.kind for one in replayed(ALL, row("refusal", old)).otherwise] == ["newly allowed"]


def test_a_question_counts_once_as_the_request_and_not_again_when_it_was_answered() -> None:
    request = {"actions": [UNLOCK, ON], "rules": ["old", None], "seen": {}}
    found = replayed(ALL, row("request", request), row("intent", intent(UNLOCK, "confirm"), parent=7))
    assert [(one.kind, one.before, len(one.actions)) for one in found.otherwise] == [("newly allowed", "confirm", 2)]
    assert found.judged == 1


def test_a_plan_is_as_strict_as_its_strictest_part() -> None:
    request = {"actions": [UNLOCK, ON], "rules": ["old", None]}
    found = replayed(ALL + "- {id: d, deny: light.turn_on}\n", row("request", request))
    assert [(one.kind, one.rule) for one in found.otherwise] == [("newly denied", "d")]


def test_what_a_grant_had_allowed_was_a_question() -> None:
    found = replayed("- {id: a, confirm: lock.*}\n", row("intent", intent(UNLOCK, grant="g1")))
    assert (found.judged, found.otherwise) == (1, ())


def test_other_rows_are_no_requests() -> None:
    assert replayed(ALL, row("outcome", {"status": "done"}), row("stop", None)) == Replayed(0, ())


def test_what_was_done_before_counts_for_rules_about_how_often() -> None:
    rules = "- {id: a, allow: light.*, at_most: {times: 2, per: 1 h}}\n"
    rows = [row("intent", intent()) for _ in range(3)]
    assert [one.kind for one in replayed(rules, *rows).otherwise] == ["newly denied"]
    assert replayed(rules, *rows[:2], row("intent", intent(), hours=2)).otherwise == ()
