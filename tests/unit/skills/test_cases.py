"""What the tests of a skill may say, and how a wrong one is told."""

import pytest

from claw.base.errors import Invalid
from claw.skills.cases import MOST_CASES, cases_of, read_cases
from claw.skills.manifest import Manifest
from claw.skills.model import Skill

WHOLE = """
house: demo
cases:
  - name: two lamps are still on
    said: good night
    language: de
    by: ben
    in: bedroom
    now: 2026-01-05T22:30
    home: [anna, ben]
    given:
      light.kitchen_ceiling: on
      climate.heat_pump: {state: heat, temperature: 21}
    without: [vacuum, lock.front_door]
    answer: true
    expect:
      ends: asked
      calls:
        - {call: light.turn_off, on: light.kitchen_ceiling}
        - {call: climate.set_temperature, on: [climate.heat_pump], data: {temperature: 17}}
      states: {lock.front_door: locked}
      says: Good night
"""


def test_a_case_says_who_asks_what_where_and_what_comes_of_it() -> None:
    (told,) = read_cases(WHOLE, "tests/ordinary.yaml")
    case = told.case
    assert (told.name, told.named, told.house) == ("ordinary.yaml: two lamps are still on", "demo", None)
    assert (case.said, case.language, case.by, case.in_) == ("good night", "de", "ben", "bedroom")
    assert case.moment is not None
    assert case.moment.isoformat() == "2026-01-05T22:30:00"
    assert case.home == ("anna", "ben")
    assert case.without == ("vacuum", "lock.front_door")
    assert case.given == {
        "light.kitchen_ceiling": {"state": "on"},
        "climate.heat_pump": {"state": "heat", "temperature": 21},
    }
    assert case.expect.ends == "asked"
    assert case.expect.calls is not None
    assert [(one.call, one.on, dict(one.data)) for one in case.expect.calls] == [
        ("light.turn_off", ("light.kitchen_ceiling",), {}),
        ("climate.set_temperature", ("climate.heat_pump",), {"temperature": 17}),
    ]
    assert case.expect.states == {"lock.front_door": {"state": "locked"}}
    assert case.expect.says == ("Good night",)


def test_a_case_may_be_run_with_values_and_bring_its_own_house() -> None:
    text = """
house:
  areas: [{id: hall, name: Hall}]
  entities: [{entity_id: light.lamp, name: Lamp, area: hall, state: on}]
cases:
  - {name: dark, with: {area: hall, brightness: 30}, expect: {calls: []}}
"""
    (told,) = read_cases(text, "tests/own.yaml")
    assert told.house is not None
    assert told.house.states["light.lamp"].value == "on"
    assert told.case.with_ == {"area": "hall", "brightness": 30}
    assert told.case.expect.calls == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("cases: []", "found 0 cases"),
        ("cases: [{name: a, expect: {calls: []}, givn: {}}]", "unknown key 'givn', did you mean 'given'"),
        ("cases: [{name: a, said: x, with: {a: 1}, expect: {calls: []}}]", "either what is said or with what"),
        ("cases: [{name: a, said: x, expect: {says: hello}}]", "says what is called"),
        ("cases: [{name: a, expect: {calls: []}, now: tomorrow}]", "expected a moment such as"),
        ("cases: [{name: a, expect: {calls: []}}, {name: a, expect: {calls: []}}]", "found the case 'a' twice"),
        ("house: castle\ncases: [{name: a, expect: {calls: []}}]", "found the house 'castle', expected demo"),
        ("house: {rooms: 3}\ncases: [{name: a, expect: {calls: []}}]", "rooms"),
        ("cases: [{name: a, expect: {calls: []}, given: {lamp: on}}]", "lamp"),
        ("cases: [{name: a, expect: {calls: [{call: turn_on}]}}]", "turn_on"),
        ("cases: 7", "expected"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_wrong_file_is_told_with_its_name_and_what_was_expected(text: str, why: str) -> None:
    with pytest.raises(Invalid) as error:
        read_cases(text, "tests/a.yaml")
    assert str(error.value).startswith("tests/a.yaml:")
    assert why in str(error.value)


def test_a_skill_has_the_cases_of_all_its_files_and_not_too_many() -> None:
    def skill(tests: dict[str, str]) -> Skill:
        return Skill("x", "", Manifest(version="1.0.0"), "", "", tests, "0" * 64)

    def file(many: int) -> str:
        return "cases:\n" + "\n".join(f"  - {{name: n{at}, expect: {{calls: []}}}}" for at in range(many))

    found = cases_of(skill({"tests/b.yaml": file(2), "tests/a.yaml": file(1)}))
    assert [one.name for one in found] == ["a.yaml: n0", "b.yaml: n0", "b.yaml: n1"]
    with pytest.raises(Invalid, match="more than 100 cases"):
        cases_of(skill({"tests/a.yaml": file(MOST_CASES), "tests/b.yaml": file(1)}))
