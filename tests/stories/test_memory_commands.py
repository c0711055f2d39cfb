"""Memory on the command line, with a real daemon: told, found, explained, put right, taken along and forgotten."""

import json
from pathlib import Path

from tests.running import running


def test_a_fact_from_its_telling_to_its_end(tmp_path: Path) -> None:
    with running(tmp_path / "state") as daemon:
        told = daemon.json("memory", "add", "Ben is allergic to zanzibar nuts")
        assert (told["status"], told["memory"]["about"]) == ("done", "Ben")
        number = str(told["memory"]["id"])
        (listed,) = daemon.json("memory", "list", "--about", "Ben")
        assert listed["id"] == told["memory"]["id"]
        assert daemon.json("memory", "search", "who must not eat nuts")[0]["memory"]["id"] == listed["id"]
        why = daemon.json("memory", "why", number)
        assert [one["who"] for one in why["evidence"]] == ["Anna"]
        right = daemon.json("memory", "correct", number, "Ben is allergic to zanzibar milk")
        assert right["status"] == "done"
        assert [one["sentence"] for one in daemon.json("memory", "list")] == ["Ben is allergic to zanzibar milk"]
        assert "zanzibar milk" in json.dumps(json.loads(daemon.run("memory", "export").stdout))
        refused = daemon.run("memory", "add", "the alarm code is 4711")
        assert (refused.returncode, "4711" in refused.stdout) == (3, False)
        assert daemon.run("memory", "forget", "999").returncode == 3
        for one in daemon.json("memory", "list"):
            assert daemon.json("memory", "forget", str(one["id"]))["status"] in {"done", "partial"}
        gone = daemon.run("memory", "forget", "--since", "hour", "--yes", timeout=60)
        assert gone.returncode in {0, 3}, gone.stdout + gone.stderr
        assert daemon.json("memory", "list") == []
        assert daemon.run("log", "verify").returncode == 0
        daemon.end()
    left = [
        path.name for path in (tmp_path / "state").rglob("*") if path.is_file() and b"zanzibar" in path.read_bytes()
    ]
    assert left == []


def test_leave_to_learn_and_the_night_on_the_command_line(tmp_path: Path) -> None:
    with running(tmp_path / "state") as daemon:
        assert daemon.json("memory", "consent") == {"person": "anna", "habits": False, "talks": False}
        assert daemon.json("memory", "consent", "--habits")["habits"] is True
        assert daemon.json("memory", "consent")["habits"] is True
        assert daemon.json("memory", "proposals") == []
        assert daemon.json("memory", "sleep", "--dry-run")["dry_run"] is True
        assert daemon.run("memory", "night").returncode == 0
        assert daemon.run("memory", "accept", "habit-9").returncode == 3


def test_what_is_typed_is_taken_as_in_talk_and_a_question_is_no_fact(tmp_path: Path) -> None:
    with running(tmp_path / "state") as daemon:
        alone = daemon.json("memory", "add", "just for me: I am afraid of zanzibar spiders")
        assert alone["memory"]["visibility"] == "person:anna"
        assert daemon.json("memory", "add", "call the living room lamp Jupiter")["memory"]["kind"] == "alias"
        assert daemon.say("turn off Jupiter")["status"] == "done"
        assert daemon.state_of("light.living_room_lamp") == "off"
        like = daemon.json("memory", "add", "from now on bedroom lights at 30 % after ten")
        assert (like["memory"]["kind"], like["memory"]["condition"]) == ("preference", {"after": "22:00"})
        before = daemon.json("memory", "list")
        for asked in (
            "what do you know about me",
            "is Ben here?",
            "forget everything about me",
            "stop learning my habits",
        ):
            assert daemon.run("memory", "add", asked).returncode == 3, asked
        assert daemon.json("memory", "list") == before
