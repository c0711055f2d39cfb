"""From a case as it is written to a house, and whether what came of it was expected."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.house.file import parse_house
from claw.skills.cases import read_cases
from claw.skills.model import Trace
from claw.skills.proving_ground import Seen
from claw.skills.proving_settings import (
    asked_again,
    asked_of,
    differs,
    differs_from,
    moment,
    put,
    setting_again,
    setting_of,
)

HOME = parse_house(
    {
        "time_zone": "Europe/Berlin",
        "areas": [{"id": "hall", "name": "Hall"}],
        "entities": [
            {
                "entity_id": "light.a",
                "state": "off",
                "attributes": {"supported_color_modes": ["brightness"], "brightness": None},
            },
            {"entity_id": "light.b", "state": "on"},
            {"entity_id": "vacuum.x", "state": "docked"},
            {"entity_id": "person.anna", "state": "home"},
            {"entity_id": "person.ben", "state": "home"},
        ],
        "people": [
            {"id": "anna", "name": "Anna", "role": "owner", "entity_id": "person.anna"},
            {"id": "ben", "name": "Ben", "role": "adult", "entity_id": "person.ben"},
        ],
    }
)


def told(case: str, head: str = ""):  # noqa: ANN201  a test's own
    return read_cases(f"{head}\ncases: [{case}]", "tests/a.yaml")[0]


def test_a_case_becomes_what_is_asked() -> None:
    asked = asked_of(told("{name: x, said: hello, by: ben, in: hall, language: de, answer: true, expect: {calls: []}}"))
    assert (asked.said, asked.arguments, asked.by, asked.place, asked.language, asked.answer) == (
        "hello",
        None,
        "ben",
        "hall",
        "de",
        True,
    )
    given = asked_of(told("{name: x, with: {area: hall}, expect: {calls: []}}"))
    assert (given.said, given.arguments, given.by) == ("", {"area": "hall"}, "owner")
    assert asked_of(told("{name: x, expect: {calls: []}}")).arguments == {}


def test_a_case_becomes_a_house_at_a_moment() -> None:
    case = told(
        "{name: x, said: y, now: 2026-07-01T22:30, home: [Ben], without: [vacuum, light.b],"
        " given: {light.a: {state: on, brightness: 40}}, expect: {calls: []}}"
    )
    setting = setting_of(case, HOME)
    states = setting.house.states
    assert setting.now == datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
    assert set(states) == {"light.a", "person.anna", "person.ben"}
    assert (states["light.a"].value, states["light.a"].attributes["brightness"]) == ("on", 40)
    assert states["light.a"].attributes["supported_color_modes"] == ["brightness"]
    assert (states["person.anna"].value, states["person.ben"].value) == ("not_home", "home")
    assert HOME.states["light.a"].value == "off"


def test_whose_rules_hold_depends_on_the_house_of_the_case() -> None:
    case = "{name: x, said: y, expect: {calls: []}}"
    assert setting_of(told(case), HOME).rules == ""
    assert setting_of(told(case, "house: demo"), HOME).rules == "demo"
    own = setting_of(told(case, "house: {entities: [{entity_id: light.z}]}"), HOME)
    assert (own.rules, list(own.house.states)) == ("open", ["light.z"])


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("{name: x, given: {light.z: on}, expect: {calls: []}}", "there is no light.z in this house"),
        ("{name: x, home: [carl], expect: {calls: []}}", "nobody in this house is called carl"),
        ("{name: x, in: cellar, expect: {calls: []}}", "there is no area cellar"),
    ],
)
def test_a_case_about_what_is_not_there_says_so(case: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        setting_of(told(case), HOME)


def test_a_case_without_a_time_is_at_noon_where_the_house_stands() -> None:
    assert moment(HOME, None) == datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
    nowhere = replace(HOME, registry=replace(HOME.registry, time_zone="Nowhere/At_All"))
    assert moment(nowhere, None) == datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


OFF = Action("light.turn_off", ("light.b",))
ON = Action("light.turn_on", ("light.a",), {"brightness_pct": 40})
SEEN = Seen(
    "done", put(HOME, {"light.a": {"state": "on", "brightness": 102}}), (OFF, ON), (OFF, ON), "Good Night, Anna"
)


def differing(expect: str, seen: Seen = SEEN) -> tuple[str, ...]:
    return differs(told(f"{{name: x, expect: {expect}}}"), seen, HOME)


OFF_B = "{call: light.turn_off, on: light.b}"
ON_A = "{call: light.turn_on, on: [light.a], data: {brightness_pct: 40.0}}"


@pytest.mark.parametrize(
    "expect",
    [
        f"{{calls: [{OFF_B}, {ON_A}]}}",
        f"{{calls: [{ON_A}, {OFF_B}], any_order: true}}",
        "{states: {light.a: {state: on, brightness: 102.0}, light.b: on}}",
        f"{{calls: [{OFF_B}, {ON_A}], says: [good night, anna], says_not: [morning]}}",
    ],
)
def test_what_came_as_expected(expect: str) -> None:
    assert differing(expect) == ()


@pytest.mark.parametrize(
    ("expect", "why"),
    [
        (
            "{calls: []}",
            "it called light.turn_off(light.b), light.turn_on(light.a, brightness_pct=40), expected nothing",
        ),
        (f"{{calls: [{ON_A}, {OFF_B}]}}", "it made the calls in another order"),
        (
            "{calls: [{call: light.turn_off, on: light.b}, {call: light.turn_on, on: light.a}]}",
            "expected light.turn_off",
        ),
        ("{states: {light.a: off}}", "light.a has state 'on', expected 'off'"),
        ("{states: {light.a: {brightness: 103}}}", "light.a has brightness 102, expected 103"),
        ("{states: {light.z: on}}", "light.z is not there"),
        ("{ends: refused}", "it ended as done, not refused (Good Night, Anna)"),
        ("{states: {light.a: on}, says: [morning]}", "it did not say 'morning' but 'Good Night, Anna'"),
        ("{states: {light.a: on}, says_not: [night]}", "it said 'night'"),
    ],
)
def test_what_came_otherwise_is_told(expect: str, why: str) -> None:
    found = differing(expect)
    assert len(found) == 1
    assert why in found[0]


def test_true_is_not_one() -> None:
    seen = replace(SEEN, after=put(HOME, {"light.a": {"flag": True}}))
    assert differing("{states: {light.a: {flag: true}}}", seen) == ()
    assert differing("{states: {light.a: {flag: 1}}}", seen) != ()


TRACE = Trace(
    3,
    datetime(2026, 1, 5, 21, 0, tzinfo=UTC),
    "good night",
    "de",
    Origin("web", "ben", place="hall"),
    "",
    (OFF, ON),
    {"light.b": {"state": "on", "attributes": {"brightness": 12}}, "light.a": {"state": "off"}},
    "hall",
)


def test_a_request_is_asked_again_in_its_house() -> None:
    asked, setting = asked_again(TRACE), setting_again(TRACE, HOME)
    assert (asked.said, asked.by, asked.place, asked.language) == ("good night", "ben", "hall", "de")
    assert setting.now == TRACE.at
    assert setting.house.states["light.b"].attributes["brightness"] == 12
    with pytest.raises(Refused, match=r"light\.z"):
        setting_again(replace(TRACE, before={"light.z": {"state": "on"}}), HOME)


def test_a_request_comes_to_the_same_however_its_calls_are_put_together() -> None:
    both = Action("light.turn_off", ("light.b", "light.a"))
    apart = (Action("light.turn_off", ("light.a",)), OFF)
    assert differs_from(replace(TRACE, calls=(both,)), replace(SEEN, calls=apart), HOME) == ()
    lit = put(HOME, {"light.a": {"state": "on"}})
    assert differs_from(replace(TRACE, calls=(both,)), replace(SEEN, calls=(OFF,)), lit) == (
        "it did not call light.turn_off(light.a)",
    )
    assert differs_from(replace(TRACE, calls=(both,)), replace(SEEN, calls=(OFF,)), HOME) == ()  # it is off already
    assert differs_from(TRACE, replace(SEEN, ends="refused", says="no"), HOME) == ("it ended as refused (no)",)


def test_a_request_of_somebody_unknown_is_asked_again_by_an_owner_who_answers() -> None:
    asked = asked_again(replace(TRACE, origin=Origin("voice:hall"), language=""))
    assert (asked.by, asked.language, asked.answer) == ("owner", "en", True)


def test_an_area_that_is_there_may_be_where_it_is_said() -> None:
    case = told("{name: x, said: y, in: hall, expect: {calls: []}}")
    assert setting_of(case, HOME).house.states == HOME.states


@pytest.mark.parametrize("name", ["ben", "BEN", "Ben", "person.ben"])
def test_who_is_at_home_is_named_by_id_name_or_thing(name: str) -> None:
    states = setting_of(told(f"{{name: x, home: {name}, expect: {{calls: []}}}}"), HOME).house.states
    assert (states["person.anna"].value, states["person.ben"].value) == ("not_home", "home")


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (replace(SEEN, ends="failed", problem="failed: KeyError", unheld=("it is dark",)), "(failed: KeyError)"),
        (replace(SEEN, ends="failed", unheld=("it is dark", "it is cold")), "(it is dark; it is cold)"),
        (replace(SEEN, ends="failed"), "(Good Night, Anna)"),
        (replace(SEEN, ends="failed", says=""), "it ended as failed"),
    ],
)
def test_why_it_ended_otherwise_is_told_as_far_as_it_is_known(seen: Seen, why: str) -> None:
    assert differing("{states: {light.b: on}}", seen)[0].endswith(
        why if why[0] == "(" else "it ended as failed, not done"
    )
    assert differs_from(TRACE, seen, HOME)[0].endswith(why)


@pytest.mark.parametrize(
    ("now", "wanted", "same"),
    [
        (1, "true", False),
        ("on", "1", False),
        (3, "on", False),
        (3.0, "3", True),
        (3, "3.0000001", True),
        (3, "3.001", False),
    ],
)
def test_values_are_the_same_where_they_mean_the_same(now: object, wanted: str, same: bool) -> None:
    seen = replace(SEEN, after=put(HOME, {"light.a": {"value": now}}))
    assert (differing(f"{{states: {{light.a: {{value: {wanted}}}}}}}", seen) == ()) == same


def test_colours_are_lists_to_a_test() -> None:
    seen = replace(SEEN, after=put(HOME, {"light.a": {"hs_color": (30, 80)}}))
    assert differing("{states: {light.a: {hs_color: [30, 80]}}}", seen) == ()
    assert differing("{states: {light.a: {hs_color: [30, 81]}}}", seen) != ()


def test_an_act_that_the_house_does_not_know_is_compared_as_it_stands() -> None:
    message = Action("claw.notify", (), {"text": "x", "level": 2, "loud": True})
    seen = replace(SEEN, calls=(message,), attempted=(message,))
    expected = "{calls: [{call: claw.notify, data: {text: x, level: LEVEL, loud: LOUD}}]}"
    assert differing(expected.replace("LEVEL", "2.0").replace("LOUD", "true"), seen) == ()
    assert differing(expected.replace("LEVEL", "3").replace("LOUD", "true"), seen) != ()
    assert differing(expected.replace("LEVEL", "2").replace("LOUD", "1"), seen) != ()
    assert differs_from(replace(TRACE, calls=(message,)), seen, HOME) == ()
    assert differs_from(replace(TRACE, calls=(OFF,)), replace(SEEN, calls=(OFF, message)), HOME) == (
        "it called claw.notify(level=2.0, loud=True, text='x') besides",
    )


def test_a_kept_state_has_its_attributes_beside_it() -> None:
    kept = setting_again(TRACE, HOME).house.states["light.b"]
    assert "attributes" not in kept.attributes
    flat = setting_again(replace(TRACE, before={"light.b": {"state": "on", "brightness": 7}}), HOME)
    assert flat.house.states["light.b"].attributes["brightness"] == 7
