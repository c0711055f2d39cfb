"""Routines on the command line, with a real daemon: made, listed, run, left out, paused, taken along and removed."""

import json
from pathlib import Path

import yaml

from tests.running import Claw, running

LAMP = "light.kitchen_counter"


def test_a_routine_lives_on_the_command_line(tmp_path: Path) -> None:
    with running(tmp_path / "state") as daemon:
        made = daemon.json("routines", "add", "--name", "Lamp", "--when", "07:00", "--do", f"light.turn_on {LAMP}")
        assert (made["status"], made["routine"]["state"], len(made["routine"]["next"])) == ("done", "on", 3)
        assert "every day at 07:00" in made["text"].lower()
        said = daemon.json("routines", "add", "every day at 23:59 turn off the kitchen counter light")
        assert (said["status"], said["routine"]["when"]) == ("done", ["every day at 23:59"])
        assert daemon.json("routines", "remove", said["routine"]["id"])["status"] == "done"
        it_is_there(daemon, made["routine"]["id"])
        it_runs(daemon)
        it_can_be_left_out_paused_and_resumed(daemon)
        it_can_be_taken_along(daemon)
        what_is_wrong_is_said(daemon, tmp_path)
        gone = daemon.json("routines", "remove", "lamp")
        assert gone["status"] == "done"
        assert "Lamp" not in [row["name"] for row in daemon.json("routines", "list")]
        (ended,) = [row for row in daemon.json("routines", "list", "--all") if row["name"] == "Lamp"]
        assert ended["state"] == "removed"
        assert daemon.run("log", "verify").returncode == 0


def it_is_there(daemon: Claw, ident: str) -> None:
    rows = {row["id"]: row for row in daemon.json("routines", "list")}
    assert rows[ident]["mine"] is True
    assert f"Lamp {ident}  on" in daemon.run("routines", "list").stdout
    due = daemon.json("routines", "next", "lamp", "--limit", "2")
    assert [row["wall"][11:] for row in due] == ["07:00:00", "07:00:00"]
    assert "rules" in daemon.json("routines", "show", ident)
    asked = daemon.run("say", "what is scheduled").stdout
    assert "07:00" in asked


def it_runs(daemon: Claw) -> None:
    assert daemon.state_of(LAMP) == "off"
    dry = daemon.run("routines", "dry-run", "lamp")
    assert (dry.returncode, daemon.state_of(LAMP)) == (0, "off")
    assert "turn on" in dry.stdout
    ran = daemon.run("routines", "run", "lamp")
    assert (ran.returncode, daemon.state_of(LAMP)) == (0, "on"), ran.stdout
    (row,) = daemon.json("routines", "history", "lamp")
    assert (row["status"], row["by_hand"]) == ("done", "Anna")
    assert daemon.run("why", str(row["entries"][0])).returncode == 0


def it_can_be_left_out_paused_and_resumed(daemon: Claw) -> None:
    left = daemon.json("routines", "skip", "lamp")
    assert (left["status"], len(left["routine"]["skips"])) == ("done", 1)
    assert left["routine"]["next"][0]["wall"][:10] != left["routine"]["skips"][0]
    assert daemon.json("routines", "pause", "lamp")["routine"]["next"] == []
    assert daemon.json("routines", "resume", "lamp")["routine"]["state"] == "on"


def it_can_be_taken_along(daemon: Claw) -> None:
    (body,) = yaml.safe_load(daemon.run("routines", "export", "lamp").stdout)
    assert body["actions"] == [{"action": "light.turn_on", "target": {"entity_id": [LAMP]}}]


def what_is_wrong_is_said(daemon: Claw, folder: Path) -> None:
    """Each with its exit code, and nothing is made of it."""
    before = len(daemon.json("routines", "list"))
    step = ("--do", f"light.turn_on {LAMP}")
    for words, code, said in (
        (("add", "open the blinds"), 5, "I do not understand that as something for later"),
        (("add", "--when", "2020-01-01 07:00", *step), 3, "in the past"),
        (("add", "--when", "cron 0 0 31 2 *", *step), 3, "never come"),
        (("add", "--when", "tomorrow-ish", *step), 3, "expected 07:00"),
        (("add", "--when", "07:00", "--do", "light.turn_on light.gone"), 3, "light.gone"),
        (("add", "--when", "when light.gone on", *step), 3, "light.gone"),
        (("add", "--when", "07:00", "--do", "dance"), 3, "expected a step such as"),
        (("show", "no such"), 3, "there is no routine called no such"),
        (("run", "no such"), 3, "there is no routine called no such"),
    ):
        told = daemon.run("routines", *words)
        assert (told.returncode, said in told.stdout + told.stderr) == (code, True), (words, told)
    spec = folder / "lamp.yaml"
    spec.write_text(json.dumps({"name": "x", "when": "07:00", "do": {"say": "up", "loud": 1}}), encoding="utf-8")
    assert "loud" in daemon.run("routines", "add", "--file", str(spec)).stdout
    assert len(daemon.json("routines", "list")) == before


def test_what_guards_life_is_there_from_the_start_and_can_be_tried(tmp_path: Path) -> None:
    with running(tmp_path / "state") as daemon:
        kinds = {row["id"]: row for row in daemon.json("routines", "list")}
        assert kinds["safety-smoke"]["made_by"] == "the house"
        assert kinds["safety-smoke"]["can"] == ["run", "pause"]
        tried = daemon.json("routines", "test-safety")
        assert tried["routine"]["id"] == "safety-test"
        assert "detectors" in tried["text"]
        assert daemon.run("routines", "remove", "safety-smoke").returncode == 3
