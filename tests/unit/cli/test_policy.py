"""A policy file is checked without a daemon; what the policy says is asked of it."""

import json
from pathlib import Path

import pytest

from claw.daemon.demo import FOLDER
from tests.cli_room import Cli, FakeDaemon

ROOT = Path(__file__).parents[3]


def test_the_example_is_fine_by_itself(claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = claw("policy", "check", str(ROOT / "policy.example.yaml"))
    assert (said.code, said.out) == (0, "Nothing odd.\n")


def test_a_broken_file_is_named_with_its_line(claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text("version: 1\nrules:\n  - id: a\n    allow: light.*\n    whom: {role: owner}\n")
    said = claw("policy", "check", "policy.yaml")
    assert said.code == 1
    assert "policy.yaml:5" in said.err


def test_a_file_is_held_against_a_house(claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    house = str(FOLDER / "house.yaml")
    assert claw("policy", "check", str(FOLDER / "policy.yaml"), "--house", house).code == 0
    Path("open.yaml").write_text("version: 1\nrules:\n  - {id: open, allow: lock.*}\n")
    said = claw("policy", "check", "open.yaml", "--house", house, "--json")
    assert said.code == 1
    errors = [row for row in json.loads(said.out) if row["level"] == "error"]
    assert {row["rule"] for row in errors} == {"open"}
    Path("gone.yaml").write_text("version: 1\nrules:\n  - {id: gone, allow: lock.*, on: {entity: lock.moat}}\n")
    said = claw("policy", "check", "gone.yaml", "--house", house)
    assert (said.code, "gone.yaml:3" in said.err, "lock.moat" in said.err) == (1, True, True)


@pytest.mark.parametrize(("level", "code"), [("error", 1), ("warning", 0)])
def test_findings_of_the_daemon_are_printed_and_errors_fail(
    daemon: FakeDaemon, claw: Cli, level: str, code: int
) -> None:
    daemon.answers["policy_check"] = {"ok": [{"level": level, "rule": "doors", "text": "never applies"}]}
    said = claw("policy", "check")
    assert said.code == code
    assert said.out.split() == [level, "doors", "never", "applies"]


def test_an_explanation_is_asked_with_everything_that_was_typed(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["policy_explain"] = {"ok": {"entities": []}}
    claw("policy", "explain", "light.turn_on", "light.a", "--data", '{"brightness_pct": 40}', "--person", "anna")
    assert daemon.asked == [
        {
            "do": "policy_explain",
            "action": "light.turn_on",
            "entities": ["light.a"],
            "data": {"brightness_pct": 40},
            "person": "anna",
            "channel": "",
        }
    ]


@pytest.mark.parametrize("data", ["{bright}", "[40]", "40"])
def test_data_that_is_no_json_object_is_misuse(daemon: FakeDaemon, claw: Cli, data: str) -> None:
    said = claw("policy", "explain", "light.turn_on", "--data", data)
    assert said.code == 2
    assert daemon.asked == []


def test_every_test_of_a_file_is_run(claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(
        "version: 1\nrules:\n  - {id: a, allow: light.*}\ntests:\n"
        "  - {action: light.turn_on, entities: light.porch, expect: allow}\n"
        "  - {name: no fans, action: fan.turn_on, entities: fan.bathroom, expect: allow}\n"
        "  - {action: light.turn_on, entities: light.moon, expect: allow}\n"
    )
    house = str(FOLDER / "house.yaml")
    said = claw("policy", "test", "policy.yaml", "--house", house)
    assert said.code == 1
    lines = said.out.splitlines()
    assert lines[0] == "ok   policy.yaml:5 light.turn_on on light.porch: allow"
    assert lines[1].startswith("FAIL policy.yaml:6 no fans: allow, found deny because no rule allows fan.turn_on")
    assert "light.moon" in lines[2]
    assert lines[3] == "1 hold, 2 do not."
    answer = json.loads(claw("policy", "test", "policy.yaml", "--house", house, "--json").out)
    assert (answer["passed"], answer["failed"], answer["tests"][1]["line"]) == (1, 2, 6)
    assert claw("policy", "test", str(FOLDER / "policy.yaml"), "--house", house).code == 0


def test_what_if_is_answered_from_a_file_without_a_daemon(
    claw: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(
        "version: 1\nrules:\n  - {id: night, allow: light.*, when: {between: [22:00, 07:00]}}\n"
    )
    asked = ("policy", "explain", "light.turn_on", "light.porch", "--file", "policy.yaml")
    asked += ("--house", str(FOLDER / "house.yaml"), "--at")
    assert claw(*asked, "23:00").out.startswith("light.porch: allow by night")
    said = claw(*asked, "12:00")
    assert said.out.startswith("light.porch: deny by no rule")
    assert "night (allow); it lacked between 22:00 and 07:00" in said.out
    assert claw(*asked, "25:00").code == 3
