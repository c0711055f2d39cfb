from claw.house.model import Entity, Registry
from claw.policy.load import parse_policy
from claw.policy.people import People, Person
from claw.policy.review import check
from claw.policy.testing import Result, read_tests, results, untested

REGISTRY = Registry(
    entities={one.entity_id: one for one in (Entity("light.hall", "Hall"), Entity("lock.front", "Front"))}
)
TEXT = """\
version: 1
rules:
  - {id: lights, allow: light.*}
  - {id: locks, confirm: lock.*}
tests:
  - {action: light.turn_on, entities: light.hall, expect: allow, rule: lights}
  - {name: nobody unlocks, action: lock.unlock, entities: lock.front, expect: deny}
  - {action: lock.unlock, entities: lock.back, expect: confirm}
  - {action: light.turn_off, entities: light.hall, expect: allow, rule: locks}
  - {action: siren.turn_on, expect: allow}
"""


def test_every_test_of_the_file_has_its_own_result_and_line() -> None:
    policy = parse_policy(TEXT, "p", People([Person("anna", "Anna", "owner")]), None)
    found = results(read_tests(TEXT, "p"), policy, REGISTRY)
    assert found[0] == Result("light.turn_on on light.hall", 6, "allow by lights")
    assert found[0].passed
    assert found[1] == Result("nobody unlocks", 7, "deny", "confirm by locks")
    assert "lock.back" in found[2].found
    assert found[3] == Result("light.turn_off on light.hall", 9, "allow by locks", "allow by lights")
    assert found[4] == Result("siren.turn_on on nothing", 10, "allow", "deny because no rule allows siren.turn_on")
    assert [one.passed for one in found] == [True, False, False, False, False]


def test_a_rule_that_no_test_is_decided_by_is_named() -> None:
    policy = parse_policy(TEXT, "p", People(), None)
    tests = read_tests(TEXT, "p").value.tests
    assert untested(tests, policy, REGISTRY) == []
    assert untested(tests[:1], policy, REGISTRY) == ["locks"]
    for rule in ("deny: light.*, more_than: {times: 9, per: 1 min}", "allow: light.*, at_most: {times: 9, per: 1 min}"):
        rated = f"version: 1\nrules:\n  - {{id: slow, {rule}}}\n"
        assert untested((), parse_policy(rated, "p", People(), None), REGISTRY) == []
    everything = parse_policy("version: 1\nrules:\n  - {id: all, allow: '*'}\n", "p", People(), None)
    kept = read_tests("version: 1\ntests:\n  - {never: a, expect: kept}\n", "p").value.tests
    assert untested(kept, everything, REGISTRY) == ["all"], "what is asked of a never is decided by no rule"
    gone = "version: 1\ntests:\n  - {action: light.turn_on, entities: light.hall, as: {place: attic}, expect: allow}\n"
    assert untested(read_tests(gone, "p").value.tests, everything, REGISTRY) == ["all"], "it cannot be run here"
    assert untested(tests[2:3], policy, REGISTRY) == ["lights", "locks"]
    notes = [one.text for one in check(policy, REGISTRY, tests=tests[:1]) if "no test" in one.text]
    assert len(notes) == 1
    assert "locks" in notes[0]
    assert not [one for one in check(policy, REGISTRY) if "no test" in one.text]
