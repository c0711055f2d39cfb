"""Routines on the command line, with a real daemon: made, listed, run, left out, paused, taken along and removed."""

import json
from pathlib import Path

import yaml

from claw.cli.client import Client
from tests.running import Claw, running

LAMP = "light.kitchen_counter"


def test_routines_live_on_the_command_line(tmp_path: Path) -> None:
    with running(tmp_path / "state") as daemon:
        asks = Client(daemon.state)
        what_guards_life_is_there(daemon, asks)
        made = daemon.json("routines", "add", "--name", "Lamp", "--when", "07:00", "--do", f"light.turn_on {LAMP}")
        assert (made["status"], made["routine"]["state"], len(made["routine"]["next"])) == ("done", "on", 3)
        assert "every day at 07:00" in made["text"].lower()
        assert f"Lamp {made['routine']['id']}  on" in daemon.run("routines", "list").stdout
        due = asks.ask("routine_next", name="lamp", limit=2)
        assert [row["wall"][11:] for row in due] == ["07:00:00", "07:00:00"]
        assert "07:00" in asks.ask("say", text="what is scheduled")["text"]
        it_runs(daemon, asks)
        it_can_be_left_out_paused_and_resumed(asks)
        (body,) = yaml.safe_load(daemon.run("routines", "export", "lamp").stdout)
        assert body["actions"] == [{"action": "light.turn_on", "target": {"entity_id": [LAMP]}}]
        a_sentence_makes_one_or_nothing(daemon)
        what_is_wrong_is_said(daemon, asks, tmp_path)
        it_can_be_removed(daemon, asks)
        assert daemon.run("log", "verify").returncode == 0


def what_guards_life_is_there(daemon: Claw, asks: Client) -> None:
    kinds = {row["id"]: row for row in asks.ask("routines")}
    assert (kinds["safety-smoke"]["made_by"], kinds["safety-smoke"]["can"]) == ("the house", ["run", "pause"])
    tried = daemon.json("routines", "test-safety")
    assert (tried["routine"]["id"], "detectors" in tried["text"]) == ("safety-test", True)
    assert asks.ask("routine_decide", deed="remove", name="safety-smoke")["status"] == "refused"


def it_runs(daemon: Claw, asks: Client) -> None:
    assert daemon.state_of(LAMP) == "off"
    dry = daemon.run("routines", "dry-run", "lamp")
    assert (dry.returncode, "turn on" in dry.stdout, daemon.state_of(LAMP)) == (0, True, "off")
    ran = daemon.run("routines", "run", "lamp")
    assert (ran.returncode, daemon.state_of(LAMP)) == (0, "on"), ran.stdout
    (row,) = asks.ask("routine_history", name="lamp")
    assert (row["status"], row["by_hand"]) == ("done", "Anna")
    assert asks.ask("why", seq=row["entries"][0])["entry"]["kind"] == "intent"


def it_can_be_left_out_paused_and_resumed(asks: Client) -> None:
    left = asks.ask("routine_decide", deed="skip", name="lamp")
    assert (left["status"], len(left["routine"]["skips"])) == ("done", 1)
    assert left["routine"]["next"][0]["wall"][:10] != left["routine"]["skips"][0]
    assert asks.ask("routine_decide", deed="pause", name="lamp")["routine"]["state"] == "paused"
    assert asks.ask("routine_decide", deed="resume", name="lamp")["routine"]["state"] == "on"


def a_sentence_makes_one_or_nothing(daemon: Claw) -> None:
    """What is no word about later is not done now instead."""
    said = daemon.json("routines", "add", "every day at 23:59 turn off the kitchen counter light")
    assert (said["status"], said["routine"]["when"]) == ("done", ["every day at 23:59"])
    assert daemon.json("routines", "remove", said["routine"]["id"])["status"] == "done"
    now = daemon.run("routines", "add", "turn off the kitchen counter light")
    assert (now.returncode, daemon.state_of(LAMP)) == (5, "on")
    assert "I do not understand that as something for later" in now.stdout


def what_is_wrong_is_said(daemon: Claw, asks: Client, folder: Path) -> None:
    """With what was expected, and nothing is made of it."""
    before = len(asks.ask("routines"))
    step = f"light.turn_on {LAMP}"
    for when, do, said in (
        ("2020-01-01 07:00", step, "in the past"),
        ("cron 0 0 31 2 *", step, "never come"),
        ("tomorrow-ish", step, "expected 07:00"),
        ("07:00", "light.turn_on light.gone", "light.gone"),
        ("when light.gone on", step, "light.gone"),
        ("07:00", "dance", "expected a step such as"),
    ):
        told = asks.ask("routine_add", data={"name": "x", "when": when, "do": do})
        assert (told["status"], said in told["text"]) == ("refused", True), told
    spec = folder / "lamp.yaml"
    spec.write_text(json.dumps({"name": "x", "when": "07:00", "do": {"say": "up", "loud": 1}}), encoding="utf-8")
    wrong = daemon.run("routines", "add", "--file", str(spec))
    assert (wrong.returncode, "loud" in wrong.stdout) == (3, True)
    nothing = daemon.run("routines", "run", "no such")
    assert (nothing.returncode, "there is no routine called no such" in nothing.stdout) == (3, True)
    assert len(asks.ask("routines")) == before


def it_can_be_removed(daemon: Claw, asks: Client) -> None:
    assert daemon.json("routines", "remove", "lamp")["status"] == "done"
    assert "Lamp" not in [row["name"] for row in asks.ask("routines")]
    (ended,) = [row for row in asks.ask("routines", everything=True) if row["name"] == "Lamp"]
    assert ended["state"] == "removed"
