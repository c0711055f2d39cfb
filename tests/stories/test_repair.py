"""`claw doctor --repair` as a person types it: a lamp and a lock were replaced, nothing widens, nothing is guessed."""

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.prepared import Begun
from tests.running import Claw, begun, claw, running

HOUSE = """\
areas:
  - {id: kitchen, name: Kitchen}
  - {id: hall, name: Hall}
entities:
"""
OLD = """\
  - {entity_id: light.kitchen_lamp, name: Kitchen Lamp, area: kitchen, state: off}
  - {entity_id: lock.front_door, name: Front Door, area: hall, state: locked}
"""
STAYED = """\
  - {entity_id: light.hall, name: Hall, area: hall, state: off}
  - {entity_id: switch.kettle, name: Kettle, area: kitchen, state: off}
"""
NEW = """\
  - {entity_id: light.lamp_over_kitchen_table, name: Kitchen Lamp, area: kitchen, state: off}
  - {entity_id: lock.nuki_front_door, name: Front Door, area: hall, state: locked}
"""
POLICY = """\
version: 1
# Our rules; light.kitchen_lamp is the one over the table.
rules:
  - {id: lamp, allow: light.*, on: {entity: [light.kitchen_lamp,   light.hall]}, who: {role: [owner, adult]}} # not Carl
  - id: door
    confirm: lock.unlock
    on: {entity: "lock.front_door"}
    ask: {roles: [owner], strength: session}
  - {id: close, allow: lock.lock}
  - id: own
    allow: [claw.schedule, claw.routine_change, claw.routine_run, claw.remember, claw.forget, claw.routine_remove]
tests:
  - {name: lamp, as: {role: adult, channel: web}, action: light.turn_on, entities: [light.kitchen_lamp], expect: allow}
  - {name: kid, as: {role: child, channel: web}, action: light.turn_on, entities: [light.kitchen_lamp], expect: deny}
"""
CONFIG = """\
# Ours.
house: {{simulated: house.yaml}}
listen: {{port: 0}}
audit: {{journald: false, witness_file: seen.checkpoints}}
people: [{{id: anna, name: Anna, role: owner, uid: {uid}}}]   # me
stop: {{category: 1, safe: [{{action: light.turn_on, entities: [light.kitchen_lamp]}}]}}
routines: {{hands: {{light.kitchen_lamp: 30 min}}}}
"""
SAYS = ("--replace", "lock.front_door=lock.nuki_front_door")


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house that was lived in: a routine about the lamp, a name for it, and then both things were replaced."""
    home = tmp_path_factory.mktemp("home")
    (home / "house.yaml").write_text(HOUSE + OLD + STAYED)
    (home / "policy.yaml").write_text(POLICY)
    (home / "config.yaml").write_text(CONFIG.format(uid=os.getuid()))
    (home / "policy.yaml").chmod(0o640)
    with running(home / "state", ("run", "--config", str(home / "config.yaml"))) as daemon:
        made = daemon.run("routines", "add", "--when", "every day at 07:00", "--do", "light.turn_on light.kitchen_lamp")
        assert made.returncode == 0, made.stdout + made.stderr
        assert daemon.json("memory", "add", "call the kitchen lamp Jupiter")["memory"]["kind"] == "alias"
        assert daemon.end() == 0
    (home / "house.yaml").write_text(HOUSE + NEW + STAYED)
    return home


@pytest.fixture
def home(lived_in: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    subprocess.run(["cp", "-a", f"{lived_in}/.", tmp_path], check=True)
    return tmp_path


def repair(home: Path, *words: str) -> tuple[int, Any]:
    options = ("--state-dir", str(home / "state"), "--config", str(home / "config.yaml"))
    done = claw("doctor", "--repair", "--json", *options, *words)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def files(home: Path) -> dict[str, bytes]:
    return {str(one.relative_to(home)): one.read_bytes() for one in home.rglob("*") if one.is_file()}


def newcomers(found: Any) -> dict[str, str]:
    return {pair["old"]: pair["new"] for pair in found["mapping"]}


def test_a_lamp_is_matched_and_a_lock_is_asked_for_and_nothing_is_changed(home: Path) -> None:
    before = files(home)
    code, found = repair(home)
    assert code == 1
    assert newcomers(found) == {"light.kitchen_lamp": "light.lamp_over_kitchen_table"}
    (lock,) = found["asked"]
    assert (lock["old"], lock["choices"]) == ("lock.front_door", ["lock.nuki_front_door"])
    assert not found["good"]
    code, _ = repair(home, "--apply", "--yes")
    assert (code, files(home)) == (1, before)

    code, found = repair(home, *SAYS)
    assert (code, found["good"], found["asked"]) == (0, True, [])
    assert found["tests"] == {"passed": 2, "failed": []}
    assert (
        "+  - {id: lamp, allow: light.*, on: {entity: [light.lamp_over_kitchen_table,   light.hall]}" in found["diff"]
    )
    assert "-routines: {hands: {light.kitchen_lamp: 30 min}}" in found["diff"]
    assert {one["kind"] for one in found["differences"]} <= {"newly allowed", "newly asked"}
    assert found["wider"] == []
    lines = found["diff"].splitlines()
    memory, routine = (lines.index(one) for one in lines if one.startswith(("--- memory ", "--- routine ")))
    assert lines[memory + 3 :][:2] == ["-about: light.kitchen_lamp", "+about: light.lamp_over_kitchen_table"]
    assert lines[routine + 3 :] == [
        "-do.1.actions.1.entities.1: light.kitchen_lamp",
        "+do.1.actions.1.entities.1: light.lamp_over_kitchen_table",
    ]
    assert "Jupiter" not in found["diff"]
    assert [row["text"].split(" is left")[0].split()[0] for row in found["todo"]] == ["Memory", "Routine"]
    assert files(home) == before


def test_written_files_keep_all_but_the_ids_and_a_running_daemon_lives_by_them(home: Path) -> None:
    """Beside a daemon, with things that are still there: both are said."""
    (home / "house.yaml").write_text(HOUSE + OLD + NEW.replace("name: Kitchen Lamp", "name: Table Light") + STAYED)
    says = (*SAYS, "--replace", "light.kitchen_lamp=light.lamp_over_kitchen_table")
    was = {name: (home / name).read_text() for name in ("policy.yaml", "config.yaml")}
    with running(home / "state", ("run", "--config", str(home / "config.yaml"))) as daemon:
        assert repair(home)[1]["mapping"] == []
        code, found = repair(home, *says, "--apply", "--yes")
        assert (code, found["daemon"], found["restart"]) == (0, True, True)
        assert not daemon.status()["policy_problem"]
        for name, text in was.items():
            kept = text.replace("# Our rules; light.kitchen_lamp", "# Our rules; THE LAMP")
            kept = kept.replace("light.kitchen_lamp", "light.lamp_over_kitchen_table")
            kept = kept.replace("lock.front_door", "lock.nuki_front_door").replace("THE LAMP", "light.kitchen_lamp")
            assert (home / name).read_text() == kept
            assert (home / f"{name}.bak").read_text() == text
        assert (home / "policy.yaml").stat().st_mode & 0o777 == 0o640
        assert (found["acts"]["status"], found["whole"]) == ("done", True)
        runs(daemon)
        (alias,) = found["todo"]  # a thing that is still there keeps its name until somebody takes it away
        for command in alias["commands"][0].split(" && "):
            done = claw(*shlex.split(command)[1:])
            assert done.returncode == 0, command + done.stdout + done.stderr
        named(daemon, home)


def runs(daemon: Claw) -> None:
    """Look whether the routine is its maker's, on, and about the newcomer."""
    (routine,) = daemon.ask("routines")
    assert (routine["mine"], routine["state"]) == (True, "on")
    assert daemon.ask("routine_decide", deed="run", name=routine["id"])["status"] == "done"
    assert daemon.state_of("light.lamp_over_kitchen_table") == "on"


def named(daemon: Claw, home: Path) -> None:
    """Look whether the name is the newcomer's, and whether a second repair finds nothing to do."""
    assert daemon.say("turn off Jupiter")["status"] == "done"
    assert daemon.state_of("light.lamp_over_kitchen_table") == "off"
    assert not (home / "policy.yaml.repair").exists()
    before = files(home)
    code, found = repair(home, "--apply", "--yes")
    assert (code, found["mapping"], found["diff"], found["todo"]) == (0, [], "", [])
    assert found["tests"] == {"passed": 2, "failed": []}
    assert {name: data for name, data in files(home).items() if name.endswith("yaml")} == {
        name: data for name, data in before.items() if name.endswith("yaml")
    }


def test_without_a_daemon_the_log_says_who_changed_the_policy_and_one_starts_again(home: Path) -> None:
    run = ("run", "--config", str(home / "config.yaml"))
    assert "unknown entity" in claw(*run, "--state-dir", str(home / "state")).stderr
    code, found = repair(home, *SAYS, "--apply", "--yes")
    assert (code, found["daemon"], found["noted"], found["whole"]) == (1, False, True, False)
    assert "light.kitchen_lamp=light.lamp_over_kitchen_table" in (home / "policy.yaml.repair").read_text()
    with running(home / "state", run) as daemon:
        assert not daemon.status()["policy_problem"]
        assert "policy_notice" not in daemon.status() or not daemon.status()["policy_notice"]
        code, found = repair(home, "--apply", "--yes")  # what was said is not said again
        assert (code, found["written"], found["whole"]) == (0, [], True)
        runs(daemon)
        named(daemon, home)


def test_one_that_is_killed_between_the_files_and_the_rows_is_done_to_its_end_by_the_next(home: Path) -> None:
    """The daemon stands still from the yes on, so that the files are written and nothing that it keeps is changed."""
    note, was = home / "policy.yaml.repair", (home / "policy.yaml").read_text()
    still = NEW.replace("name: Kitchen Lamp", "name: Table Light")
    (home / "house.yaml").write_text(HOUSE + OLD + still + STAYED)
    says = (*SAYS, "--replace", "light.kitchen_lamp=light.lamp_over_kitchen_table")
    options = ("--state-dir", str(home / "state"), "--config", str(home / "config.yaml"))
    with running(home / "state", ("run", "--config", str(home / "config.yaml"))) as daemon:
        killed = begun("doctor", "--repair", *says, "--apply", "--yes", *options)
        try:
            reached(note.exists, killed)
            daemon.process.send_signal(signal.SIGSTOP)
            reached(lambda: (home / "policy.yaml").read_text() != was, killed)
        finally:
            killed.kill()
            daemon.process.send_signal(signal.SIGCONT)
        assert killed.wait(20) == -signal.SIGKILL
        assert killed.stdout is not None
        killed.stdout.close()
        (routine,) = daemon.ask("routines")
        assert "light.kitchen_lamp" in json.dumps(daemon.ask("routine", name=routine["id"])), "no row was changed"
        code, found = repair(home, "--apply", "--yes")  # what was said is not said again
        assert (code, found["whole"]) == (0, True), found
        assert not note.exists()
        runs(daemon)
        assert not daemon.status()["policy_problem"]


def reached(there: Callable[[], bool], command: Begun) -> None:
    """Wait until a command got so far."""
    until = time.monotonic() + 60
    while not there():
        assert command.poll() is None
        assert time.monotonic() < until
        time.sleep(0.0005)


def test_where_the_rules_refuse_what_the_daemon_keeps_the_files_are_as_they_were(home: Path) -> None:
    """All of it or nothing: this household lets nobody change a routine."""
    (home / "policy.yaml").write_text(POLICY.replace("claw.routine_change, ", ""))
    still = NEW.replace("name: Kitchen Lamp", "name: Table Light")
    (home / "house.yaml").write_text(HOUSE + OLD + still + STAYED)
    says = (*SAYS, "--replace", "light.kitchen_lamp=light.lamp_over_kitchen_table")
    with running(home / "state", ("run", "--config", str(home / "config.yaml"))) as daemon:
        hash_before, kept = daemon.status()["policy"], (home / "policy.yaml").read_text()
        options = ("--state-dir", str(home / "state"), "--config", str(home / "config.yaml"))
        done = claw("doctor", "--repair", *says, "--apply", "--yes", *options)
        assert (done.returncode, "nothing was changed" in done.stderr) == (3, True), done.stderr + done.stdout
        assert (home / "policy.yaml").read_text() == kept
        assert daemon.status()["policy"] == hash_before
        assert not (home / "policy.yaml.repair").exists()
        assert daemon.say("turn on Jupiter")["status"] == "done"
        assert daemon.state_of("light.kitchen_lamp") == "on"


def test_what_wants_a_yes_waits_for_the_command_that_is_printed(home: Path) -> None:
    """And once it was given the repair is at its end, though the name of what is still there is left."""
    asked = "  - {id: change, confirm: claw.routine_change, ask: {roles: [owner]}}\ntests:"
    (home / "policy.yaml").write_text(POLICY.replace("claw.routine_change, ", "").replace("tests:", asked))
    (home / "house.yaml").write_text(HOUSE + OLD + NEW.replace("name: Kitchen Lamp", "name: Table Light") + STAYED)
    says = (*SAYS, "--replace", "light.kitchen_lamp=light.lamp_over_kitchen_table")
    options = ("--state-dir", str(home / "state"), "--config", str(home / "config.yaml"))
    with running(home / "state", ("run", "--config", str(home / "config.yaml"))) as daemon:
        done = claw("doctor", "--repair", *says, "--apply", "--yes", *options)
        assert done.returncode == 1, done.stdout + done.stderr
        (line,) = (line for line in done.stdout.splitlines() if "→ claw approve" in line)
        done = claw(*shlex.split(line.partition("→")[2])[1:])
        assert done.returncode == 0, done.stdout + done.stderr
        runs(daemon)
        assert (home / "policy.yaml.repair").exists()
        assert repair(home, "--apply", "--yes")[0] == 0
        assert not (home / "policy.yaml.repair").exists()


def test_nobody_is_asked_where_nobody_is(home: Path) -> None:
    before = files(home)
    options = ("--state-dir", str(home / "state"), "--config", str(home / "config.yaml"))
    done = claw("doctor", "--repair", *SAYS, "--apply", *options)
    assert (done.returncode, "nobody can be asked here" in done.stderr) == (3, True)
    assert files(home) == before


def test_a_tie_and_two_that_want_the_same_newcomer_are_asked(home: Path) -> None:
    twin = "  - {entity_id: light.kitchen_lamp_two, name: Kitchen Lamp Two, area: kitchen}\n"
    other = "  - {entity_id: light.kitchen_lamp_one, name: Kitchen Lamp One, area: kitchen}\n"
    lock = "  - {entity_id: lock.nuki_front_door, name: Front Door, area: hall}\n"
    (home / "house.yaml").write_text(HOUSE + STAYED + twin + other + lock)
    before = files(home)
    code, found = repair(home, *SAYS, "--apply", "--yes")
    assert (code, found["asked"][0]["old"]) == (1, "light.kitchen_lamp")
    assert found["asked"][0]["choices"] == ["light.kitchen_lamp_one", "light.kitchen_lamp_two"]
    assert files(home) == before
    code, found = repair(home, *SAYS, "--replace", "light.kitchen_lamp=light.kitchen_lamp_two")
    assert (code, found["good"]) == (0, True)


def test_no_name_drives_the_terminal_or_gets_into_a_file(home: Path) -> None:
    name = r'"Kitchen [red]Lamp\e[2J $(reboot)\n- {id: x, allow: lock.unlock}"'
    hostile = f"  - {{entity_id: light.kitchen_lamp_x, name: {name}, area: kitchen}}\n"
    (home / "house.yaml").write_text(HOUSE + STAYED + hostile + NEW.splitlines()[1] + "\n")
    options = ("--state-dir", str(home / "state"), "--config", str(home / "config.yaml"))
    done = claw("doctor", "--repair", *SAYS, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert "reboot" not in done.stdout
    assert "allow: lock.unlock}" not in done.stdout


def test_where_a_test_of_the_policy_fails_afterwards_nothing_is_written(home: Path) -> None:
    asked = "as: {role: owner, channel: web}, action: light.turn_on, entities: [light.hall]"
    more = f"  - {{name: gate, {asked}, expect: deny}}\n"
    (home / "policy.yaml").write_text(POLICY + more)
    before = files(home)
    code, found = repair(home, *SAYS, "--apply", "--yes")
    assert (code, [one["name"] for one in found["tests"]["failed"]]) == (1, ["gate"])
    assert files(home) == before


def test_what_would_widen_is_refused(home: Path) -> None:
    """The old lamp was kept from everybody by a glob; the newcomer, which it does not fit, would not be."""
    (home / "policy.yaml").write_text(
        POLICY.replace(
            "tests:", "  - {id: shut, deny: light.*, on: {entity: [light.kitchen_*, light.h*l]}}\ntests:"
        ).split("tests:")[0]
    )
    (home / "house.yaml").write_text(
        HOUSE + STAYED + NEW + "  - {entity_id: light.kitchen_shelf, name: Shelf, area: kitchen}\n"
    )
    before = files(home)
    code, found = repair(home, *SAYS, "--apply", "--yes")
    assert newcomers(found)["light.kitchen_lamp"] == "light.lamp_over_kitchen_table"
    assert {one["entity"] for one in found["wider"]} == {"light.lamp_over_kitchen_table"}
    assert (code, files(home)) == (3, before)


def test_what_is_said_has_to_make_sense(home: Path) -> None:
    options = ("--state-dir", str(home / "state"), "--config", str(home / "config.yaml"))
    for words, code, why in (
        (("--repair", "--replace", "light.kitchen_lamp=switch.kettle"), 2, "different kinds"),
        (("--repair", "--replace", "light.nobody=light.hall"), 3, "nothing names light.nobody"),
        (("--repair", "--replace", "light.kitchen_lamp=light.nowhere"), 3, "the house has no light.nowhere"),
        (("--apply",), 2, "--repair"),
        (("--repair", "--full"), 2, "--repair"),
    ):
        done = claw("doctor", *words, *options)
        assert (done.returncode, why in done.stderr) == (code, True), done.stderr
