from pathlib import Path
from typing import Any

import pytest

from claw.care.doctor_case import Case
from claw.care.doctor_policy import policy, rules_of
from claw.daemon.demo import FOLDER
from tests.doctor_room import case, found, mends, told, worse

HOUSE = f"house: {{simulated: {FOLDER / 'house.yaml'}}}\npeople: [{{id: anna, name: Anna, role: owner}}]\n"
OPEN = "version: 1\nrules:\n  - {id: doors, allow: lock.unlock}\n"
SOUND = "version: 1\nrules:\n  - {id: lamps, allow: light.*}\n"


def written(folder: Path, text: str | None, house: str = HOUSE, **wanted: Any) -> Case:
    if text is not None:
        (folder / "policy.yaml").write_text(text)
    return case(folder, config=house, **wanted)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (OPEN, "problem"),
        ("rules: [\n", "problem"),
        ("rules:\n  - {id: a, allow: no.thing}\n", "problem"),
        (None, "problem"),
    ],
)
def test_a_file_is_held_against_a_house_that_is_a_file_too(tmp_path: Path, text: str | None, level: str) -> None:
    assert level in [one for one, _ in worse(policy, written(tmp_path, text))]


def test_what_is_open_is_told_with_the_command_that_says_more(tmp_path: Path) -> None:
    about = written(tmp_path, OPEN, options=" --state-dir /x")
    assert any("without asking anybody" in text for _, text in worse(policy, about))
    assert mends(policy, about)[0].startswith(f"claw policy check {tmp_path / 'policy.yaml'} --house ")


def test_one_that_is_sound_is_well_and_one_for_a_real_house_is_read_at_least(tmp_path: Path) -> None:
    assert [one for one, _ in found(policy, written(tmp_path, SOUND)) if one in {"warning", "problem"}] == []
    real = "house: {url: 'http://127.0.0.1:1'}\n"
    assert [one for one, _ in found(policy, written(tmp_path, SOUND, real))] == ["ok"]
    assert found(policy, case(tmp_path / "nowhere")) == []


def test_a_daemon_says_what_is_in_force(tmp_path: Path) -> None:
    rows = [
        {"level": "error", "rule": "doors", "text": "allows lock.unlock"},
        {"level": "warning", "rule": None, "text": "odd"},
        {"level": "note", "rule": "x", "text": "untested"},
        "nonsense",
    ]
    status = told(policy_problem="policy.yaml, line 3: wrong", policy_notice="It was renamed.")
    about = case(tmp_path, {"status": status, "policy_check": rows})
    assert [level for level, _ in worse(policy, about)] == ["problem", "note", "problem", "warning", "note"]
    assert found(policy, case(tmp_path, {"status": told(), "policy_check": []})) == [
        ("ok", "The policy counts, and leaves nothing dangerous open in this house.")
    ]


def test_the_rules_are_read_from_the_daemon_else_from_the_file_else_not(tmp_path: Path) -> None:
    ground = {
        "path": "policy.yaml",
        "text": SOUND,
        "people": [{"id": "anna", "name": "Anna", "role": "owner"}],
        "actions": ["light.turn_on", "light.turn_off", "light.toggle"],
    }
    told_rules = rules_of(case(tmp_path, {"status": told(), "policy_ground": ground}))
    assert told_rules is not None
    assert [rule.id for rule in told_rules.policy.rules] == ["lamps"]
    assert [person.id for person in told_rules.people] == ["anna"]
    for lie in ({}, [], {**ground, "people": 7}, {**ground, "text": "rules: ["}):
        assert rules_of(case(tmp_path, {"status": told(), "policy_ground": lie})) is None
    read = rules_of(written(tmp_path, SOUND))
    assert read is not None
    assert rules_of(case(tmp_path / "nowhere")) is None
    assert rules_of(written(tmp_path, "rules: [")) is None


def test_a_thing_that_is_not_there_is_mended_by_a_proposal(tmp_path: Path) -> None:
    gone = "version: 1\nrules:\n  - {id: lamps, allow: light.*, on: {entity: light.gone}}\n"
    repair = f"claw doctor --repair --config {tmp_path / 'config.yaml'}"
    assert mends(policy, written(tmp_path, gone)) == [repair]
    status = told(policy_problem="policy.yaml, line 3: found the entity 'light.gone', expected one")
    assert mends(policy, case(tmp_path, {"status": status, "policy_check": []}))[0] == repair


def test_a_repair_that_was_cut_off_is_told(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\nrules: []\n")
    about = case(tmp_path, config="house: {url: 'http://127.0.0.1:9'}\npolicy: policy.yaml\n")
    told = "A repair after something was replaced did not come to its end."
    assert told not in [text for _, text in found(policy, about)]
    (tmp_path / "policy.yaml.repair").write_text("light.old=light.new\n")
    assert ("warning", told) in found(policy, about)
