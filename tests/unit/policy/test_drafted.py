"""What a draft says before it counts: a table of texts, what is wrong with them, and what they would change."""

from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from claw.audit.entries import Entry
from claw.base.action import Origin
from claw.base.errors import Invalid, Refused
from claw.house.model import Entity, House, Registry, State
from claw.policy.drafted import MOST_SHOWN, checked, explained, replayed
from claw.policy.people import People, Person
from claw.policy.supposing import Case, Ground

HOUSE = House(
    Registry(
        entities={
            one.entity_id: one
            for one in (
                Entity("light.hall", "Hall"),
                Entity("lock.front", "Front", former="lock.old"),
                Entity("person.anna", "Anna"),
                Entity("binary_sensor.window", "Window"),
            )
        },
        time_zone="Europe/Berlin",
    ),
    MappingProxyType({"lock.front": State("locked"), "binary_sensor.window": State("off")}),
)
PEOPLE = People([Person("anna", "Anna", "owner"), Person("carl", "Carl", "child")])
ACTIONS = frozenset({"light.turn_on", "light.turn_off", "lock.lock", "lock.unlock"})
GROUND = Ground(PEOPLE, ACTIONS, HOUSE, datetime(2026, 1, 5, 12, tzinfo=UTC))
TEXT = """\
version: 1
rules:
  - {id: lights, allow: light.*}
  - id: locks
    confirm: lock.*
tests:
  - {action: light.turn_on, entities: light.hall, expect: allow}
  - {action: lock.unlock, entities: lock.front, as: {role: owner}, expect: confirm}
"""


def test_a_draft_that_says_the_same_changes_nothing() -> None:
    found = checked(TEXT, TEXT, GROUND)
    assert (found["problem"], found["failed"], found["differences"], found["also"]) == (None, 0, [], [])
    assert found["hash"]
    assert [one["passed"] for one in found["tests"]] == [True, True]
    assert found["rules"] == [
        {"id": "lights", "effect": "allow", "line": 3},
        {"id": "locks", "effect": "confirm", "line": 4},
    ]


def test_what_a_draft_opens_is_told_first_and_with_what_is_left_open() -> None:
    found = checked(
        TEXT.replace("confirm: lock.*", "allow: lock.*").replace("expect: confirm", "expect: allow"), TEXT, GROUND
    )
    assert found["problem"] is None
    first = found["differences"][0]
    assert (first["kind"], first["before"], first["after"]) == ("newly allowed", "confirm", "allow")
    assert ("error", "locks") in {(one["level"], one["rule"]) for one in found["findings"]}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rules: [", None, ""),
        ("version: 1\nrules:\n  - {id: a, allow: light.*, sometimes: yes}\n", 3, "sometimes"),
        ("version: 1\nrules:\n  - {id: a, allow: light.dance}\n", 3, "matches no action"),
        (TEXT.replace("light.hall", "light.hell"), 7, "light.hell"),
        (TEXT + "  - {action: lock.lock, expect: allow}\n", 9, "expected allow"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int | None, words: str) -> None:
    problem = checked(text, TEXT, GROUND)["problem"]
    assert words in problem["text"]
    assert line is None or problem["line"] == line


def test_a_draft_that_fails_its_tests_is_still_compared() -> None:
    found = checked(TEXT.replace("confirm: lock.*", "deny: lock.*"), TEXT, GROUND)
    assert (found["failed"], found["hash"]) == (1, None)
    assert found["problem"]["line"] == 8
    assert {one["kind"] for one in found["differences"]} == {"newly denied"}


def test_where_the_policy_in_force_cannot_be_read_everything_is_new() -> None:
    found = checked(TEXT, "no policy", GROUND)
    assert {one["before"] for one in found["differences"]} == {"deny"}


def test_what_is_told_is_bounded_and_says_so() -> None:
    many = "".join(f"  - {{id: r{n}, allow: light.*}}\n" for n in range(MOST_SHOWN + 5))
    found = checked(f"version: 1\nrules:\n{many}", "version: 1\nrules: []\n", GROUND)
    assert len(found["findings"]) <= MOST_SHOWN
    assert len(found["also"]) <= MOST_SHOWN


def test_a_case_is_explained_with_the_lines_of_the_rules() -> None:
    found = explained(TEXT, Case("lock.unlock", ("lock.front",), person="anna"), GROUND, draft=True)
    assert (found["decision"]["effect"], found["decision"]["rule"]) == ("confirm", "locks")
    assert {"id": "locks", "effect": "confirm", "line": 4} in found["rules"]


@pytest.mark.parametrize(
    ("state", "at", "effect"),
    [("off", "23:00", "allow"), ("on", "23:00", "deny"), ("", "23:00", "allow"), ("off", "12:00", "deny")],
)
def test_a_case_may_be_at_another_time_and_in_another_state_of_the_house(state: str, at: str, effect: str) -> None:
    text = (
        "version: 1\nrules:\n  - {id: night, allow: light.*,"
        ' when: {between: ["22:00", "06:00"], states: {binary_sensor.window: "off"}}}\n'
    )
    states = {"binary_sensor.window": state} if state else {}
    case = Case("light.turn_on", ("light.hall",), at=at, states=states)
    assert explained(text, case, GROUND, draft=True)["decision"]["effect"] == effect


@pytest.mark.parametrize(
    "case",
    [
        Case("light.turn_on", ("light.gone",)),
        Case("light.dance", ("light.hall",)),
        Case("light.turn_on", ("light.hall",), person="zoe"),
        Case("light.turn_on", ("light.hall",), at="at noon"),
        Case("light.turn_on", ("light.hall",), states={"light.gone": "on"}),
    ],
)
def test_a_case_that_could_not_be_is_refused(case: Case) -> None:
    with pytest.raises(Refused):
        explained(TEXT, case, GROUND, draft=True)


def test_the_file_in_force_means_things_by_the_ids_they_had_and_a_draft_by_those_of_today() -> None:
    text = "version: 1\nrules:\n  - {id: one, allow: lock.lock, on: {entity: lock.old}}\n"
    case = Case("lock.lock", ("lock.front",))
    assert explained(text, case, GROUND, draft=False)["decision"]["effect"] == "allow"
    assert explained(text, case, GROUND, draft=True)["decision"]["effect"] == "deny"


def row(seq: int, name: str, entity: str, effect: str, said: str = "") -> Entry:
    payload = {"action": {"name": name, "entities": [entity], "data": {}}, "effect": effect, "rule": "x", "said": said}
    origin = Origin("web", "anna", authenticated=True, strength="session")
    return Entry(seq, GROUND.now, "intent", origin, None, payload, {}, b"")


def test_a_replay_tells_what_would_have_been_otherwise_and_no_words() -> None:
    rows = [row(1, "light.turn_on", "light.hall", "allow", "my secret"), row(2, "lock.lock", "lock.front", "allow")]
    found = replayed(TEXT, rows, GROUND)
    assert found["judged"] == 2
    (one,) = found["otherwise"]
    assert (one["seq"], one["kind"], one["actions"]) == (
        2,
        "newly asked",
        [{"name": "lock.lock", "entities": ["lock.front"]}],
    )
    assert "secret" not in str(found)


def test_no_policy_can_be_replayed() -> None:
    with pytest.raises(Invalid):
        replayed("rules: 5", [], GROUND)
