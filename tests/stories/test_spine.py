"""What a new user does in the first five minutes, with the real program in a process of its own."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import Claw, claw, running


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Claw]:
    with running(tmp_path / "state") as daemon:
        yield daemon


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a daemon that did one thing and ended leaves behind; tests take a copy."""
    state = tmp_path_factory.mktemp("past") / "state"
    with running(state) as demo:
        demo.say("turn on the kitchen lights")
        demo.end()
    assert claw("log", "verify", "--state-dir", str(state)).returncode == 0
    return state


def test_a_sentence_changes_the_house(demo: Claw) -> None:
    assert demo.state_of("light.kitchen_ceiling") == "off"
    reply = demo.json("say", "turn on the kitchen lights")
    assert reply["status"] == "done"
    assert reply["path"] == "intent"
    assert reply["tokens_in"] == reply["tokens_out"] == 0
    assert all(outcome["audit"] for outcome in reply["outcomes"])
    assert demo.state_of("light.kitchen_ceiling") == "on"
    the_log_tells_why_and_holds(demo, reply["outcomes"][0]["audit"])


def the_log_tells_why_and_holds(demo: Claw, number: int) -> None:
    why = demo.json("why", str(number))
    assert why["entry"]["payload"]["said"] == "turn on the kitchen lights"
    assert why["entry"]["payload"]["rule"]
    assert [entry["kind"] for entry in demo.json("log")][:1] == ["start"]
    assert demo.json("log", "verify")["ok"]


def test_the_front_door_waits_for_a_yes(demo: Claw) -> None:
    reply = demo.say("unlock the front door")
    assert reply["status"] == "pending"
    assert demo.state_of("lock.front_door") == "locked"
    (question,) = demo.json("pending")
    assert "front door" in question["question"].lower()
    answer = demo.json("approve", question["id"])
    assert answer["status"] in {"done", "started"}
    assert demo.state_of("lock.front_door") in {"unlocked", "unlocking"}
    assert demo.run("approve", question["id"]).returncode == 3
    a_rejected_question_leaves_the_gate_locked(demo)


def a_rejected_question_leaves_the_gate_locked(demo: Claw) -> None:
    demo.say("unlock the garden gate")
    (question,) = demo.json("pending")
    demo.json("reject", question["id"])
    assert demo.state_of("lock.garden_gate") == "locked"
    assert demo.json("pending") == []


def test_stop_means_stop_until_a_person_resets_it(demo: Claw) -> None:
    assert demo.json("stop", "--reason", "smoke")["engaged"]
    assert demo.say("turn on the kitchen lights")["status"] == "stopped"
    assert demo.run("say", "turn on the kitchen lights").returncode == 4
    assert demo.state_of("light.kitchen_ceiling") == "off"
    assert demo.json("status")["stop"]["reason"] == "smoke"
    assert demo.run("reset").returncode == 3
    assert demo.run("reset", "--reason", "toast").returncode == 0
    assert demo.state_of("light.kitchen_ceiling") == "off"
    assert demo.say("turn on the kitchen lights")["status"] == "done"
    assert demo.say("stop")["status"] == "stopped", "a stop that a person says is a stop"
    assert demo.status()["stop"]["engaged"]


def test_a_stop_outlives_the_daemon(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running(state) as demo:
        demo.json("stop")
        assert demo.end() == 0
    with running(state) as demo:
        assert demo.say("turn on the kitchen lights")["status"] == "stopped"


def test_stop_and_reset_work_without_a_daemon(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running(state) as demo:
        assert demo.end() == 0
    done = claw("stop", "--state-dir", str(state), "--json")
    assert json.loads(done.stdout)["engaged"]
    with running(state) as demo:
        assert demo.status()["stop"]["engaged"]
        assert demo.end() == 0
    assert claw("reset", "--reason", "toast", "--state-dir", str(state)).returncode == 0
    with running(state) as demo:
        assert not demo.status()["stop"]["engaged"]
        resets = [entry["payload"]["reason"] for entry in demo.json("log") if entry["kind"] == "reset"]
        assert resets == ["toast"]


@contextmanager
def tampering(state: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection to the log of a dead daemon, freed of its triggers, as somebody who owns the file has it."""
    db = sqlite3.connect(state / "audit.db")
    try:
        for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")
        yield db
        db.commit()
    finally:
        db.close()


@pytest.mark.parametrize("table", ["rows", "payloads"])
def test_one_changed_byte_is_found(past: Path, tmp_path: Path, table: str) -> None:
    state = shutil.copytree(past, tmp_path / "state")
    with tampering(state) as db:
        if table == "rows":
            db.execute("update rows set kind = 'j' || substr(kind, 2) where seq = 2")
        else:
            db.execute("update payloads set body = cast('[' || substr(body, 2) as blob) where seq = 2")
    done = claw("log", "verify", "--state-dir", str(state), "--json")
    assert done.returncode == 1
    assert any(problem["seq"] == 2 for problem in json.loads(done.stdout)["problems"])


def test_a_damaged_log_stops_everything_at_the_next_start(past: Path, tmp_path: Path) -> None:
    state = shutil.copytree(past, tmp_path / "state")
    with tampering(state) as db:
        db.execute("update payloads set body = cast('{}' as blob) where seq = 2")
    with running(state) as demo:
        assert demo.say("turn off the kitchen lights")["status"] == "stopped"
        assert demo.status()["stop"]["reason"].startswith("the audit log does not hold: ")


def test_a_second_daemon_on_the_same_state_directory_is_refused(demo: Claw, tmp_path: Path) -> None:
    done = demo.run("demo", "--port", "0", "--no-browser")
    assert done.returncode == 1
    assert "another Claw daemon" in done.stderr
    a_taken_port_is_one_clear_line(demo, tmp_path)


def a_taken_port_is_one_clear_line(demo: Claw, tmp_path: Path) -> None:
    port = demo.address.rstrip("/").rpartition(":")[2]
    done = claw("demo", "--port", port, "--no-browser", "--state-dir", str(tmp_path / "other"))
    assert done.returncode == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr


NONSENSE = (
    "",
    " ",
    "x" * 100_000,
    "\x03\x01\x02",
    "turn on the kitchen l\u0456ghts",
    "\u202eturn on",
    "🦞" * 20,
    "asdf qwer",
)


def test_nonsense_is_refused_politely(demo: Claw) -> None:
    for text in NONSENSE:
        reply = demo.json("say", text) if len(text) == 1 else demo.say(text)
        assert reply["status"] == "unclear", text
        assert reply["text"]
        assert reply["outcomes"] == []


def test_the_welcome_gives_commands_that_work_as_printed(demo: Claw) -> None:
    printed = [line.strip() for line in demo.welcome if " say " in line]
    assert len(printed) == 5
    done = subprocess.run(printed[0], shell=True, capture_output=True, text=True, check=False)  # noqa: S602  as printed
    assert done.returncode == 0, done.stderr


def test_without_a_daemon_every_command_says_so(tmp_path: Path) -> None:
    for words in (("say", "hello"), ("status",), ("pending",), ("log",), ("why", "1")):
        done = claw(*words, "--state-dir", str(tmp_path / "none"))
        assert done.returncode == 1
        assert "no Claw daemon runs" in done.stderr
