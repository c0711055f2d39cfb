"""Changing the policy from the command line: beside a running daemon, and without one."""

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw.daemon.demo import FOLDER
from tests.cli_room import Cli
from tests.running import CLAW, Claw, environment, running

OLD = """\
version: 1
rules:
  - {id: lights, allow: light.*}
  - {id: locks, confirm: lock.*, ask: {roles: owner}}
tests:
  - {action: light.turn_on, entities: light.porch, expect: allow}
"""
DARK = OLD.replace("allow: light.*", "deny: light.*").replace("expect: allow", "expect: deny")
MORE = OLD.replace("tests:", "  - {id: fans, allow: fan.*}\ntests:")
OPEN = OLD.replace("confirm: lock.*, ask: {roles: owner}", "allow: lock.*")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration for the demo's house and a policy of its own."""
    (tmp_path / "policy.yaml").write_text(OLD)
    (tmp_path / "config.yaml").write_text(
        f"house: {{simulated: {FOLDER / 'house.yaml'}}}\nlisten: {{port: 0}}\n"
        f"people: [{{id: anna, name: Anna, role: owner, uid: {os.getuid()}}}]\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def living(home: Path) -> Iterator[Claw]:
    with running(home / "state", ("run", "--config", str(home / "config.yaml"))) as daemon:
        yield daemon


def draft(home: Path, text: str) -> str:
    path = home / "new.yaml"
    path.write_text(text)
    return str(path)


def test_a_draft_is_in_force_as_soon_as_the_command_ends(living: Claw, home: Path) -> None:
    assert living.say("turn on the porch light")["status"] == "done"
    before = living.status()["policy"]
    done = living.run("policy", "apply", draft(home, DARK), "--yes")
    assert done.returncode == 0, done.stderr
    assert "newly denied" in done.stdout
    status = living.status()
    assert (status["policy"] != before, status["policy_problem"]) == (True, "")
    assert living.say("turn off the porch light")["status"] == "refused"
    assert (home / "policy.yaml").read_text() == DARK
    assert (home / "policy.yaml.bak").read_text() == OLD
    row = next(one for one in living.json("log") if one["kind"] == "policy")
    assert (row["origin"]["person"], row["payload"]["after"]) == ("anna", status["policy"])


REFUSED = (
    (OLD.replace("expect: allow", "expect: deny"), "new.yaml:6"),
    (OLD.replace("light.porch", "light.moon"), "new.yaml:6"),
    (OLD.replace("id: locks", "id: lights"), "twice"),
    ("", "version"),
    (OPEN, "without --yes"),
)


def test_a_draft_that_does_not_hold_or_leaves_something_open_changes_nothing(
    living: Claw, home: Path, claw: Cli
) -> None:
    before = living.status()["policy"]
    for text, words in REFUSED:
        said = claw("policy", "apply", draft(home, text), "--yes", "--state-dir", str(living.state))
        assert said.code in {1, 3}
        assert words in said.err
        assert (home / "policy.yaml").read_text() == OLD
        assert not (home / "policy.yaml.bak").exists()
    assert living.status()["policy"] == before
    # What only the daemon refuses is taken back.
    cut = OLD.partition("tests:")[0]  # good in itself, but less than what is in force
    said = claw("policy", "apply", draft(home, cut), "--yes", "--state-dir", str(living.state))
    assert said.code == 3
    assert "half written" in said.err
    assert (home / "policy.yaml").read_text() == OLD
    assert living.status()["policy_problem"] == ""


def test_a_person_is_asked_and_no_is_the_answer_of_silence(home: Path) -> None:
    def answered(text: str) -> tuple[int, str]:
        main, side = pty.openpty()
        command = [CLAW, "policy", "apply", draft(home, OPEN), "--state-dir", str(home / "state")]
        process = subprocess.Popen(
            command, stdin=side, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment()
        )
        os.close(side)
        os.write(main, text.encode())
        out, _ = process.communicate(timeout=30)
        os.close(main)
        return process.returncode, out.decode()

    code, out = answered("\n")
    assert (code, (home / "policy.yaml").read_text()) == (3, OLD)
    assert out.index("newly allowed") < out.index("Let this be the policy")
    assert "open" in out
    assert "lock.unlock on lock.front_door without asking anybody" in out
    code, out = answered("y\n")
    assert (code, (home / "policy.yaml").read_text()) == (0, OPEN)
    assert "No daemon runs" in out


def test_without_a_terminal_nobody_can_be_asked(home: Path, claw: Cli) -> None:
    said = claw("policy", "apply", draft(home, MORE))
    assert (said.code, (home / "policy.yaml").read_text()) == (3, OLD)
    assert "--yes" in said.err


def test_without_a_daemon_the_configured_file_is_replaced(home: Path, claw: Cli) -> None:
    said = claw("policy", "apply", draft(home, MORE), "--yes", "--json")
    answer = json.loads(said.out)
    assert (said.code, answer["applied"], answer["daemon"]) == (0, True, False)
    assert {one["kind"] for one in answer["differences"]} == {"newly allowed"}
    assert {one["action"].partition(".")[0] for one in answer["differences"]} == {"fan"}
    assert (home / "policy.yaml").read_text() == MORE


def notice(home: Path) -> str:
    with running(home / "state", ("run", "--config", str(home / "config.yaml"))) as daemon:
        return daemon.status()["policy_notice"]


def test_what_was_applied_while_no_daemon_ran_is_no_surprise_to_the_next(home: Path, claw: Cli) -> None:
    assert notice(home) == ""
    state = ("--state-dir", str(home / "state"))
    answer = json.loads(claw("policy", "apply", draft(home, MORE), "--yes", "--json", *state).out)
    assert (answer["applied"], answer["daemon"], answer["noted"]) == (True, False, True)
    assert json.loads(claw("log", "verify", "--json", *state).out)["ok"]
    assert notice(home) == ""
    (home / "policy.yaml").write_text(OLD)
    assert "it had 3 rules" in notice(home)


def test_where_the_log_cannot_be_written_the_policy_is_applied_all_the_same(home: Path, claw: Cli) -> None:
    (home / "state").mkdir(mode=0o700)
    (home / "state" / "audit.db").write_text("no database")
    answer = json.loads(
        claw("policy", "apply", draft(home, MORE), "--yes", "--json", "--state-dir", str(home / "state")).out
    )
    assert (answer["applied"], answer["noted"]) == (True, False)
    assert (home / "policy.yaml").read_text() == MORE


def test_where_no_policy_is_named_nothing_can_be_replaced(
    tmp_path: Path, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = claw("policy", "apply", draft(tmp_path, OLD), "--yes", "--house", str(FOLDER / "house.yaml"))
    assert said.code == 3
    assert "which file" in said.err


def test_two_files_are_held_against_each_other(home: Path, claw: Cli) -> None:
    said = claw("policy", "diff", "policy.yaml", draft(home, DARK), "--json")
    found = json.loads(said.out)
    assert {(one["kind"], one["rule"]) for one in found} == {("newly denied", "lights")}
    assert claw("policy", "diff", "policy.yaml", "policy.yaml").out == "Nothing would be decided otherwise.\n"


def test_a_replay_tells_what_would_have_been_otherwise_and_needs_no_daemon(home: Path, claw: Cli) -> None:
    with running(home / "state", ("run", "--config", str(home / "config.yaml"))) as daemon:
        assert daemon.say("turn on the porch light")["status"] == "done"
        assert daemon.say("turn on the bathroom fan")["status"] == "refused"
        assert daemon.say("unlock the front door")["status"] == "pending"
        daemon.end()
        state = ("--state-dir", str(daemon.state))
        found = json.loads(claw("policy", "replay", draft(home, DARK), "--json", *state).out)
        assert [(one["kind"], one["actions"][0]["name"]) for one in found["otherwise"]] == [
            ("newly denied", "light.turn_on")
        ]
        assert found["judged"] == 3
        lines = claw(
            "policy", "replay", draft(home, OPEN.replace("light.*", "[light.*, fan.*]")), *state
        ).out.splitlines()
        assert lines[0] == "3 requests of the last 30 days were judged anew."
        assert lines[1] == "newly allowed (2)"
        assert any("fan.turn_on fan.bathroom for anna" in line for line in lines[2:4])
        assert any("lock.unlock lock.front_door for anna: locks → locks" in line for line in lines[2:4])


def test_a_replay_where_there_is_no_log_says_so(home: Path, claw: Cli) -> None:
    said = claw("policy", "replay", draft(home, DARK))
    assert said.code == 3
    assert "--state-dir" in said.err


def test_a_draft_that_drops_what_must_never_be_does_not_look_as_if_it_changed_nothing(home: Path, claw: Cli) -> None:
    (home / "policy.yaml").write_text(OLD + "never:\n  - {id: open, when: {states: {lock.front_door: unlocked}}}\n")
    words = ("policy", "apply", draft(home, OLD + "never: []\n"), "--yes", "--state-dir", str(home / "state"))
    said = claw(*words)
    assert said.code == 0, said.err
    assert "never open is gone" in said.out
    assert "Nothing would be decided otherwise" not in said.out
