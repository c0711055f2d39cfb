import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.documents import parse_document
from claw.base.errors import Invalid
from claw.daemon.declared import people_of
from claw.daemon.demo import demo_config
from claw.house.file import load_house
from claw.house.model import Registry
from claw.policy.decide import Policy
from claw.policy.load import load_policy, parse_policy, run_test
from claw.policy.people import People, Person
from claw.policy.review import check
from claw.policy.rules import PolicyFile
from claw.policy.words import CHANNELS

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "claw" / "daemon" / "demo"
REGISTRY = load_house(DEMO / "house.yaml").registry
PEOPLE = People([Person("anna", "Anna", "owner"), Person("mia", "Mia", "child")])


def loaded(text: str, registry: Registry | None = REGISTRY) -> Policy:
    return parse_policy(text, "policy.yaml", PEOPLE, registry)


def problem(rules: str, tests: str = "", registry: Registry | None = REGISTRY) -> Invalid:
    with pytest.raises(Invalid) as caught:
        loaded(f"version: 1\nrules:\n{rules}\n{tests}", registry)
    return caught.value


def test_the_demo_policy_holds_in_the_demo_house() -> None:
    people = people_of(demo_config(0), None)
    policy = load_policy(DEMO / "policy.yaml", people, REGISTRY)
    assert check(policy, REGISTRY) == []


def test_every_rule_of_the_shipped_policies_has_a_test_that_it_decides() -> None:
    file = parse_document((DEMO / "policy.yaml").read_text(encoding="utf-8"), "policy.yaml", PolicyFile)
    rated = {rule.id for rule in file.rules if rule.at_most or rule.more_than}  # a test knows nothing of before
    assert {rule.id for rule in file.rules} - {test.rule for test in file.tests} == rated


def test_the_example_policy_holds_in_any_house() -> None:
    policy = load_policy(ROOT / "policy.example.yaml", People(), REGISTRY)
    assert [finding for finding in check(policy, REGISTRY) if finding.level != "note"] == []
    load_policy(ROOT / "policy.example.yaml", People(), Registry())


def test_nobody_who_asks_by_any_channel_floods_the_household_with_messages() -> None:
    asked_by = set(CHANNELS) - {"system", "phone", "socket"}  # Claw itself; what only answers; "cli" by another name
    for path in (DEMO / "policy.yaml", ROOT / "policy.example.yaml"):
        file = parse_document(path.read_text(encoding="utf-8"), path.name, PolicyFile)
        rule = next(one for one in file.rules if one.id == "too-much-talk")
        assert rule.who is not None
        assert asked_by == set(rule.who.channel or ()), path


def test_the_hash_covers_file_and_people(tmp_path: Path) -> None:
    text = "version: 1\nrules:\n- {id: a, allow: light.*}\n"
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    policy = load_policy(path, PEOPLE, None)
    assert policy.hash == hashlib.sha256(text.encode() + b"\0" + PEOPLE.table()).hexdigest()
    assert policy.hash != parse_policy(text, "p", People(), None).hash
    assert policy.hash != loaded(text + "# more\n").hash


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"none\.yaml"):
        load_policy(tmp_path / "none.yaml", PEOPLE, REGISTRY)


@pytest.mark.parametrize(
    ("rules", "line", "says"),
    [
        ("- {id: a, allow: light.*}\n- {id: a, deny: lock.*}", 4, "twice (first on line 3)"),
        ("- {id: a}", 3, "found none, expected exactly one of allow, confirm and deny"),
        ("- {id: a, allow: light.*, deny: light.*}", 3, "allow and deny"),
        ("- {id: a, allow: []}", 3, "empty list"),
        ("- {id: A b, allow: light.*}", 3, "rules.0.id"),
        ("- id: a\n  alow: light.*", 4, "did you mean 'allow'"),
        ("- id: a\n  allow: lihgt.*", 4, "matches no action"),
        ("- id: a\n  allow: light.turn_onn", 4, "did you mean 'light.turn_on'"),
        ("- id: a\n  allow:\n  - light.*\n  - Light.*", 6, "found 'Light.*'"),
        ("- id: a\n  allow: shell_command.x", 4, "no rule can allow it"),
        ("- id: a\n  confirm: mqtt.publish", 4, "no rule can allow it"),
        ("- id: a\n  allow: shell_command.*", 4, "no rule can allow it"),
        ("- id: a\n  deny: lihgt.*", 4, "matches no action"),
        ("- id: a\n  allow: homeassistant.turn_onn", 4, "matches no action"),
        ("- id: a\n  allow: light.*\n  when: {states: {sun.sun: ['on', true]}}", 5, "found true or false"),
        ("- id: a\n  allow: light.*\n  when: {states: {sun.sun: {values: [up], max: 3}}}", 5, "values and a range"),
        ("- id: a\n  allow: light.*\n  on: {area: kitchn}", 5, "did you mean 'kitchen'"),
        ("- id: a\n  allow: light.*\n  on:\n    entity: light.x*", 6, "glob that matches nothing"),
        ("- id: a\n  allow: light.*\n  on:\n    entity:\n    - light.porch\n    - light.prch", 8, "'light.prch'"),
        ("- id: a\n  allow: light.*\n  on: {floor: cellar}", 5, "'cellar'"),
        ("- id: a\n  allow: light.*\n  on: {label: nigth}", 5, "'nigth'"),
        ("- id: a\n  allow: light.*\n  except: {label: nigth}", 5, "'nigth'"),
        ("- id: a\n  allow: cover.*\n  on: {device_class: blinds}", 5, "expected a device class; did you mean 'blind'"),
        ("- id: a\n  allow: light.*\n  on: {}", 5, "found nothing here"),
        ("- id: a\n  allow: light.*\n  on: {area: []}", 5, "empty list"),
        ("- id: a\n  allow: light.*\n  who: {role: parent}", 5, "'owner'"),
        ("- id: a\n  allow: light.*\n  who: {person: bob}", 5, "anna, mia"),
        ("- id: a\n  allow: light.*\n  who: {place: kitchn}", 5, "'kitchn'"),
        ("- id: a\n  allow: light.*\n  who: {channel: wbe}", 5, "'wbe'"),
        ("- id: a\n  allow: light.*\n  when: {between: [07:00, 07:00]}", 5, "empty window"),
        ("- id: a\n  allow: light.*\n  when: {between: [24:00, 07:00]}", 5, "empty window"),
        ("- id: a\n  allow: light.*\n  when: {between: [7:00, 08:00]}", 5, "'7:00'"),
        ("- id: a\n  allow: light.*\n  when: {days: monday}", 5, "'mon'"),
        ("- id: a\n  allow: light.*\n  when:\n    states:\n      lock.frnt_door: locked", 7, "'lock.front_door'"),
        ("- id: a\n  allow: light.*\n  when: {states: {sun.sun: true}}", 5, "expected a state such as on or off"),
        ("- id: a\n  allow: light.*\n  when: {states: {sun.sun: unknown}}", 5, "'unknown'"),
        ("- id: a\n  allow: light.*\n  when: {states: {sun.sun: {min: 3, max: 2}}}", 5, "nothing can satisfy"),
        ("- id: a\n  allow: light.*\n  within: {brightness_pct: {min: 80, max: 20}}", 3, "nothing can satisfy"),
        ("- id: a\n  allow: light.*\n  within: {brightness_pct: {unit: '%'}}", 3, "neither min nor max"),
        ("- id: a\n  allow: climate.*\n  within: {temperature: {max: 25}}", 3, "no unit of temperature"),
        ("- id: a\n  allow: light.*\n  within: {brightness_pct: {max: 25, unit: °C}}", 3, "found the unit °C"),
        ("- id: a\n  allow: light.*\n  within: {brightness_pct: {max: many}}", 5, "found 'many'"),
        ("- id: a\n  allow: light.*\n  within: {brightness_pct: {max: '80'}}", 5, "found '80'"),
        ("- id: a\n  deny: light.*\n  within: {brightness_pct: {max: 80}}", 3, "expected beyond"),
        ("- id: a\n  allow: light.*\n  beyond: {brightness_pct: {max: 80}}", 3, "expected within"),
        ("- id: a\n  allow: light.*\n  ask: {roles: owner}", 3, "ask without confirm"),
        ("- id: a\n  confirm: light.*\n  ask: {wait: soon}", 5, "'soon'"),
        ("- id: a\n  confirm: light.*\n  ask: {wait: 25 h}", 5, "at most 24 h"),
        ("- id: a\n  confirm: light.*\n  ask: {roles: [owner, boss]}", 5, "'owner'"),
    ],
)
def test_what_would_do_nothing_or_something_else_is_refused(rules: str, line: int, says: str) -> None:
    wrong = problem(rules)
    assert (wrong.path, wrong.line) == ("policy.yaml", line)
    assert says in wrong.problem


@pytest.mark.parametrize(
    "part",
    [
        "on:", "except:", "who:", "when:", "ask:", "at_most:", "more_than:", "who: {authenticated: }", "who: {rooms: }",
        "when: {between: }", "when: {sun: }", "when: {tainted: }", "when: {states: {sun.sun: }}", "ask: {grant: }",
        "within: {brightness_pct: {min: 1, max: }}", "within: {brightness_pct: }", "within: {}", "beyond: {}",
        "when: {states: {}}", "when: {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("effect", ["allow", "confirm", "deny"])
def test_a_part_that_is_left_open_is_not_taken_for_none(effect: str, part: str) -> None:
    """``who:`` with its lines commented out is not everybody."""
    wrong = problem(f"- id: a\n  {effect}: light.*\n  {part}")
    assert wrong.line == 5
    assert "found nothing" in wrong.problem or "at least 1 item" in wrong.problem


def test_names_of_the_house_are_checked_only_where_the_house_is_known() -> None:
    text = "version: 1\nrules:\n- {id: a, allow: light.*, on: {area: kitchn}}\n"
    assert loaded(text, None).rules[0].id == "a"
    with pytest.raises(Invalid, match="kitchn"):
        loaded(text)


def test_declared_services_may_be_named() -> None:
    text = "version: 1\nrules:\n- {id: a, allow: irrigation.start}\n"
    with pytest.raises(Invalid, match="matches no action"):
        loaded(text)
    parse_policy(text, "p", PEOPLE, REGISTRY, ["irrigation.start"])


def test_globs_of_what_the_house_has_may_be_named() -> None:
    loaded(
        "version: 1\nrules:\n- {id: a, allow: light.*, on: {entity: light.p*}}\n"
        "- {id: b, deny: light.*, on: {entity: ['light.p*', 'light.*']}}\n"
        "- {id: c, allow: light.*, on: {area: 'kitch*'}}\n- {id: d, deny: [shell_command.x, update.install]}\n"
    )


def test_a_range_may_be_one_number() -> None:
    text = "version: 1\nrules:\n- {id: a, allow: light.*, when: {states: {sun.sun: {min: 3, max: 3}}}}\n"
    assert loaded(text).rules[0].when is not None


def test_where_nobody_is_known_that_is_said() -> None:
    with pytest.raises(Invalid, match="expected one of the config's people: nobody is known"):
        parse_policy("version: 1\nrules:\n- {id: a, allow: light.*, who: {person: bob}}", "p", People(), REGISTRY)


def test_a_test_follows_a_thing_that_was_renamed() -> None:
    old = REGISTRY.entities["light.porch"]
    entities = {**REGISTRY.entities, "light.veranda": replace(old, entity_id="light.veranda", former="light.porch")}
    del entities["light.porch"]
    renamed = replace(REGISTRY, entities=entities)
    test = "{action: light.turn_on, entities: light.porch, states: {light.porch: on}, expect: allow}"
    loaded(
        "version: 1\nrules:\n- {id: a, allow: light.*, on: {entity: light.porch}, when: {states: {light.porch: on}}}\n"
        f"tests:\n- {test}",
        renamed,
    )


def test_own_and_foreign_tools_and_denied_code_may_be_named() -> None:
    loaded(
        "version: 1\nrules:\n- {id: a, allow: claw.*}\n- {id: b, confirm: mcp.x.*}\n- {id: c, deny: shell_command.*}\n"
    )


def test_the_version_is_needed() -> None:
    with pytest.raises(Invalid, match="'version'"):
        loaded("rules: []")
    with pytest.raises(Invalid, match=r"policy\.yaml:1"):
        loaded("version: 2")


RULES = "- {id: lights, allow: light.*}\n- {id: doors, confirm: lock.*, who: {role: [owner]}}"


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (
            "{action: light.turn_on, entities: light.porch, expect: deny}",
            "expected deny, found allow by lights",
        ),
        (
            "{action: light.turn_on, entities: light.porch, expect: allow, rule: doors}",
            "expected allow by the rule doors",
        ),
        ("{action: lock.unlock, entities: lock.front_door, expect: confirm}", "found deny because no rule allows"),
        ("{name: kids, action: lock.lock, entities: lock.front_door, as: {role: child}, expect: confirm}", "'kids'"),
        ("{action: light.turn_on, entities: light.porhc, expect: allow}", "did you mean 'light.porch'"),
        ("{action: light.turn_on, expect: allow, rule: other}", "found the rule 'other'"),
        ("{action: light.turn_on, expect: maybe}", "'allow'"),
        ("{action: light.turn_on, at: late, expect: allow}", "found 'late'"),
        ("{action: light.turn_on, at: '25:00', expect: allow}", "found '25:00'"),
        ("{action: light.turn_on, as: {person: bob}, expect: allow}", "found the person 'bob'"),
        ("{action: light.turn_on, as: {place: roof}, expect: allow}", "'roof'"),
        ("{action: light.turn_on, states: {sun.sn: up}, expect: allow}", "did you mean 'sun.sun'"),
    ],
)
def test_a_test_that_does_not_hold_blocks_the_file(test: str, says: str) -> None:
    wrong = problem(RULES, f"tests:\n- {{action: light.turn_on, entities: light.porch, expect: allow}}\n- {test}")
    assert wrong.line == 7
    assert says in wrong.problem


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("{action: lock.lock, entities: lock.front_door, as: {role: owner}, expect: confirm}", "confirm"),
        ("{action: lock.lock, entities: lock.front_door, as: {person: anna}, expect: confirm}", "confirm"),
        (
            "{action: lock.lock, entities: lock.front_door, as: {person: anna, authenticated: false}, expect: deny}",
            "deny",
        ),
        ("{action: lock.lock, entities: lock.front_door, as: {person: mia}, expect: deny}", "deny"),
        (
            "{action: lock.lock, entities: lock.front_door, as: {role: owner, authenticated: false}, expect: deny}",
            "deny",
        ),
        ("{action: light.turn_on, entities: light.porch, expect: allow}", "allow"),
    ],
)
def test_tests_ask_as_the_person_they_name(test: str, expected: str) -> None:
    text = f"version: 1\nrules:\n{RULES}\ntests:\n- {test}"
    policy = loaded(text)
    file = parse_document(text, "p", PolicyFile)
    assert run_test(file.tests[0], policy, REGISTRY).effect == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("sat 23:30", "allow"),
        ("sun 06:59", "allow"),
        ("sun 07:00", "deny"),
        ("23:30", "deny"),
        ("2026-01-10 23:30", "allow"),
    ],
)
def test_tests_have_a_time(at: str, expected: str) -> None:
    rule = "- {id: a, allow: light.*, when: {between: [22:00, 07:00], days: sat}}"
    test = f"{{action: light.turn_on, entities: light.porch, at: {at}, expect: {expected}}}"
    loaded(f"version: 1\nrules:\n{rule}\ntests:\n- {test}")


def test_tests_run_even_where_the_zone_of_the_house_is_unknown() -> None:
    rule = "- {id: a, allow: light.*, when: {between: [22:00, 07:00]}}"
    test = "{action: light.turn_on, entities: light.porch, at: '23:00', expect: deny}"
    loaded(f"version: 1\nrules:\n{rule}\ntests:\n- {test}", replace(REGISTRY, time_zone="Mars/Olympus"))


def test_own_rooms_of_people_who_have_none_are_refused_and_of_nobody_they_are_not() -> None:
    assert problem("- {id: a, allow: light.*, who: {rooms: own}}").line == 3
    found = problem("- {id: a, allow: light.*, who: {role: child, rooms: own}}")
    assert "(mia)" in str(found)
    assert loaded("version: 1\nrules:\n- {id: a, allow: light.*, who: {role: guest, rooms: own}}").rules


def test_whom_an_act_is_about_is_told_only_of_acts_that_are_about_somebody() -> None:
    rule = "{id: look, allow: [claw.read_presence], notify: subject}"
    policy = parse_policy(f"version: 1\nrules: [{rule}]", "p", People(), None)
    assert policy.rules[0].notify == ("subject",)
    with pytest.raises(Invalid, match="none of its actions is about somebody"):
        parse_policy(f"version: 1\nrules: [{rule.replace('read_presence', 'read')}]", "p", People(), None)
