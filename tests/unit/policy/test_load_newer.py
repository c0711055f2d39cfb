"""What a file may not say with the newer words, with the line where it says it."""

from dataclasses import replace

import pytest

from claw.base.errors import Invalid
from claw.house.model import Area, Entity, Registry
from claw.policy.decide import Policy
from claw.policy.load import failure, parse_policy
from claw.policy.people import People, Person
from claw.policy.testing import read_tests

PEOPLE = People([Person("anna", "Anna", "owner", entity="person.anna", rooms=("hall",)), Person("zoe", "Zoe", "guest")])
REGISTRY = Registry(
    areas={"hall": Area("hall", "Hall")},
    entities={name: Entity(name, name) for name in ("light.a", "lock.a", "person.anna")},
    location=(52.5, 13.4),
    time_zone="Europe/Berlin",
)


def loaded(text: str, people: People = PEOPLE, registry: Registry | None = REGISTRY) -> Policy:
    return parse_policy(f"version: 1\n{text}", "policy.yaml", people, registry)


def problem(text: str, people: People = PEOPLE, registry: Registry | None = REGISTRY) -> Invalid:
    with pytest.raises(Invalid) as caught:
        loaded(text, people, registry)
    return caught.value


@pytest.mark.parametrize(
    ("effect", "line", "says"),
    [
        ("allow: light.*\n  more_than: {times: 1, per: 1 min}", 3, "expected at_most"),
        ("deny: light.*\n  at_most: {times: 1, per: 1 min}", 3, "expected more_than"),
        ("confirm: light.*\n  at_most: {times: 1, per: 1 min}", 3, "expected more_than"),
        ("allow: light.*\n  at_most: {times: 0, per: 1 min}", 5, "at_most.times"),
        ("allow: light.*\n  at_most: {times: 1.5, per: 1 min}", 5, "at_most.times"),
        ("allow: light.*\n  at_most: {times: true, per: 1 min}", 5, "at_most.times"),
        ("allow: light.*\n  at_most: {times: 1}", 5, "found no 'per'"),
        ("allow: light.*\n  at_most: {per: 1 min}", 5, "either times, or sum and total"),
        ("allow: light.*\n  at_most: {sum: x, per: 1 min}", 5, "either times, or sum and total"),
        ("allow: light.*\n  at_most: {total: 5, per: 1 min}", 5, "either times, or sum and total"),
        ("allow: light.*\n  at_most: {times: 5, sum: x, total: 5, per: 1 min}", 5, "either times, or sum and total"),
        ("allow: light.*\n  at_most: {sum: x, total: -5, per: 1 min}", 5, "at_most.total"),
        ("allow: light.*\n  at_most: {times: 5, per: 25 h}", 5, "at most 24 h"),
        ("allow: light.*\n  at_most: {times: 5, per: 1 min, each: room}", 5, "'entity'"),
        ("allow: light.*\n  at_most: {times: 5, per: 1 min, eech: rule}", 5, "did you mean 'each'"),
        ("confirm: light.*\n  ask: {grant: 25 h}", 5, "at most 24 h"),
        ("confirm: light.*\n  ask: {grant: for ever}", 5, "'for ever'"),
        ("confirm: light.*\n  ask: {strength: strong}", 5, "'tap'"),
        ("allow: light.*\n  notify: [owner, bob]", 5, "found the person 'bob'"),
        ("allow: light.*\n  notify: []", 5, "empty list"),
        ("allow: light.*\n  who: {rooms: hall}", 5, "'own'"),
        ("allow: light.*\n  who: {routine: []}", 5, "empty list"),
        ("allow: light.*\n  when: {sun: rising}", 5, "'up'"),
        ("allow: light.*\n  when: {home: bob}", 5, "found the person 'bob'"),
        ("allow: light.*\n  when: {home: [anna, nobody]}", 5, "one of them alone"),
        ("allow: light.*\n  when: {home: zoe}", 5, "of whom nothing says where they are"),
        ("allow: light.*\n  when: {away: nobody}", 5, "say home: nobody"),
        ("allow: light.*\n  when: {between: [sunset, sunset]}", 5, "empty window"),
        ("allow: light.*\n  when: {between: [sunset+12:00, 23:00]}", 5, "expected a time"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(effect: str, line: int, says: str) -> None:
    wrong = problem(f"rules:\n- id: a\n  {effect}" if effect[0] != "-" else effect)
    assert says in wrong.problem
    assert wrong.line == line


@pytest.mark.parametrize(
    ("never", "line", "says"),
    [
        ("- {id: a, when: {between: ['01:00', '02:00']}}", 3, "expected at least one"),
        ("- {id: a, when: {home: nobody, tainted: true}}", 3, "found tainted"),
        ("- {id: a, when: {home: nobody}}\n- {id: a, when: {home: nobody}}", 4, "twice (first on line 3)"),
        ("- id: a\n  when: {states: {lock.b: open}}", 4, "'lock.b'"),
        ("- id: a\n  when: {home: bob}", 4, "'bob'"),
        ("- {id: a}", 3, "found no 'when'"),
        ("- {id: a, when: {home: nobody}, deny: light.*}", 3, "deny"),
    ],
)
def test_a_never_that_makes_no_sense_is_refused_where_it_stands(never: str, line: int, says: str) -> None:
    wrong = problem(f"never:\n{never}")
    assert says in wrong.problem
    assert wrong.line == line


def test_what_nobody_and_nothing_here_fits_is_refused() -> None:
    strangers = People([Person("zoe", "Zoe", "guest")])
    own = "rules:\n- id: a\n  allow: light.*\n  who: {rooms: own}"
    assert "gives no rooms" in problem(own, strangers).problem
    lost = People([Person("anna", "Anna", "owner", rooms=("attic",))])
    assert "'attic'" in problem(own, lost).problem
    loaded(own)
    assert "nothing says who" in problem("never:\n- id: a\n  when: {home: nobody}", strangers).problem
    nowhere = replace(REGISTRY, location=None)
    for when in ("{sun: up}", "{between: [sunset, '23:00']}"):
        wrong = problem(f"rules:\n- id: a\n  allow: light.*\n  when: {when}", registry=nowhere)
        assert (wrong.line, "give it a location" in wrong.problem) == (5, True)
        loaded(f"rules:\n- id: a\n  allow: light.*\n  when: {when}", registry=None)


NEVER = "never:\n- {id: open, when: {home: nobody, states: {lock.a: unlocked}}}\n"


def test_several_people_may_be_named_and_a_never_may_be_about_who_is_away() -> None:
    both = People([Person("anna", "Anna", "owner", entity="person.anna"), Person("ben", "Ben", "adult", entity="x.y")])
    assert loaded("rules:\n- {id: a, allow: light.*, when: {home: [anna, ben]}}", both).looks_at == {
        "person.anna",
        "x.y",
    }
    assert loaded("never:\n- {id: a, when: {away: anna}}").never[0].entities == {"person.anna"}


def test_a_file_may_test_what_must_never_be() -> None:
    given = "states: {lock.a: unlocked, person.anna: not_home}"
    loaded(f"{NEVER}tests:\n- {{never: open, {given}, expect: broken}}\n- {{never: open, expect: kept}}")
    wrong = problem(f"{NEVER}tests:\n- {{never: open, {given}, expect: kept}}")
    assert (wrong.line, wrong.problem) == (5, "the test 'never open' expected kept, found broken")
    assert "'opn'" in problem(f"{NEVER}tests:\n- {{never: opn, expect: kept}}").problem


def test_a_test_asks_as_a_routine_at_a_time_and_within_somebodys_hours() -> None:
    rules = "rules:\n- {id: a, allow: light.*, who: {routine: night}}\n"
    asked = "action: light.turn_on, entities: light.a, as: {channel: routine, routine: night}"
    loaded(f"{rules}tests:\n- {{{asked}, expect: allow}}")
    file = read_tests(f"version: 1\n{rules}tests:\n- {{action: light.turn_on, entities: light.a, expect: allow}}", "p")
    assert (
        failure(file.value.tests[0], loaded(rules), REGISTRY) == "deny because no rule allows light.turn_on on light.a"
    )


def test_a_policy_knows_what_it_looks_at() -> None:
    policy = loaded(f"rules:\n- id: a\n  allow: light.*\n  when: {{states: {{light.a: on}}, home: anyone}}\n{NEVER}")
    assert policy.looks_at == {"light.a", "person.anna", "lock.a"}
