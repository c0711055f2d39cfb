"""Skills on the command line: asked for as it was meant, a yes only for what was shown, files read and written here."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli_room import Cli, FakeDaemon
from tests.skill_folders import skill_files, write_files
from tests.unit.cli.test_skills_print import SKILL

DONE: dict[str, Any] = {"status": "done", "text": "It runs from now on.", "skill": {**SKILL, "problems": []}}


@pytest.mark.parametrize(
    ("words", "asked", "answer"),
    [
        (("list",), {"do": "skills"}, []),
        (("show", "x"), {"do": "skill", "name": "x"}, SKILL),
        (
            ("diff", "x", "--from", "1.0.0"),
            {"do": "skill_compare", "name": "x", "old": "1.0.0", "hash": ""},
            {"old": {"version": "1"}, "new": {"version": "2"}, "more": [], "less": [], "files": []},
        ),
        (
            ("history", "x", "--limit", "3"),
            {"do": "skill_history", "name": "x", "limit": 3},
            {"name": "x", "events": [], "runs": []},
        ),
        (("enable", "x"), {"do": "skill_decide", "name": "x", "deed": "enable", "hash": ""}, DONE),
        (("disable", "x"), {"do": "skill_decide", "name": "x", "deed": "disable", "hash": ""}, DONE),
        (("retire", "x"), {"do": "skill_decide", "name": "x", "deed": "retire", "hash": ""}, DONE),
        (("rollback", "x"), {"do": "skill_decide", "name": "x", "deed": "rollback", "hash": ""}, DONE),
        (
            ("rollback", "x", "--to", "1.0.0"),
            {"do": "skill_decide", "name": "x", "deed": "rollback", "hash": "1.0.0"},
            DONE,
        ),
    ],
)
def test_each_command_asks_for_what_was_meant(
    daemon: FakeDaemon, claw: Cli, words: tuple[str, ...], asked: dict[str, Any], answer: Any
) -> None:
    daemon.answers[asked["do"]] = {"ok": answer}
    said = claw("skills", *words)
    assert (said.code, daemon.asked) == (0, [asked]), said.err


def test_accepting_shows_what_it_may_do_and_carries_the_hash_of_that(
    daemon: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answers |= {"skill": {"ok": SKILL}, "skill_decide": {"ok": DONE}}
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    said = claw("skills", "accept", "movie-time")
    assert "unlock the lock" in said.out
    assert daemon.asked[1] == {"do": "skill_decide", "name": "movie-time", "deed": "accept", "hash": SKILL["hash"]}


def test_without_a_yes_nothing_is_accepted(daemon: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    daemon.answers["skill"] = {"ok": SKILL}
    assert claw("skills", "accept", "movie-time").code == 1
    assert [one["do"] for one in daemon.asked] == ["skill"]


def test_a_program_says_yes_by_an_option_and_reads_one_document(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers |= {"skill": {"ok": SKILL}, "skill_decide": {"ok": DONE}}
    said = claw("skills", "accept", "movie-time", "--yes", "--json")
    assert json.loads(said.out)["status"] == "done"


@pytest.mark.parametrize(
    ("status", "code"), [("done", 0), ("pending", 0), ("failed", 1), ("refused", 3), ("stopped", 4)]
)
def test_what_came_of_it_is_the_exit_code(daemon: FakeDaemon, claw: Cli, status: str, code: int) -> None:
    daemon.answers["skill_decide"] = {"ok": {"status": status, "text": "because", "skill": None, "ask": "q1"}}
    said = claw("skills", "disable", "x")
    assert said.code == code
    assert "because" in said.out
    assert "claw approve q1" in said.out


def test_a_folder_is_read_here_and_sent_as_what_it_is(daemon: FakeDaemon, claw: Cli, tmp_path: Path) -> None:
    files = skill_files("reading-light")
    write_files(tmp_path / "reading-light", files)
    found = {"status": "done", "text": "It is a draft.", "skill": {**SKILL, "problems": ["It has an address in it."]}}
    daemon.answers["skill_import"] = {"ok": found}
    said = claw("skills", "import", f"{tmp_path}/reading-light/.")
    assert said.code == 0, said.err
    assert "It has an address in it." in said.out
    (asked,) = daemon.asked
    assert asked["name"] == "reading-light"
    assert asked["files"] == {path: data.decode() for path, data in files.items()}


def test_a_folder_with_a_link_in_it_is_not_even_sent(daemon: FakeDaemon, claw: Cli, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "reading-light", skill_files("reading-light"))
    (folder / "notes.md").symlink_to("/etc/hostname")
    said = claw("skills", "import", str(folder))
    assert said.code == 1
    assert "notes.md" in said.err
    assert daemon.asked == []


def test_a_skill_is_written_where_nothing_was(daemon: FakeDaemon, claw: Cli, tmp_path: Path) -> None:
    files = skill_files("reading-light")
    daemon.answers["skill_export"] = {"ok": {path: data.decode() for path, data in files.items()}}
    assert claw("skills", "export", "reading-light", str(tmp_path)).code == 0
    written = {path: (tmp_path / "reading-light" / path).read_bytes() for path in files}
    assert written == files
    again = claw("skills", "export", "reading-light", str(tmp_path))
    assert (again.code, "already" in again.err) == (3, True)
    assert claw("skills", "export", "reading-light", str(tmp_path / "no" / "where")).code == 1


def test_files_that_would_lie_elsewhere_are_not_written(daemon: FakeDaemon, claw: Cli, tmp_path: Path) -> None:
    daemon.answers["skill_export"] = {"ok": {"../evil": "x"}}
    assert claw("skills", "export", "x", str(tmp_path)).code == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["claw.sock"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), ["make that a skill"]),
        (("--called", "reading time"), ["make that a skill called reading time"]),
        (("--watch",), ["watch me"]),
        (("--done",), ["that's it"]),
        (("--done", "--called", "reading time"), ["that's it", "call it reading time"]),
        (("--never-mind",), ["never mind"]),
    ],
)
def test_teaching_is_talking(daemon: FakeDaemon, claw: Cli, words: tuple[str, ...], said: list[str]) -> None:
    daemon.answers["say"] = {"ok": {"status": "pending", "text": "Which of these are fixed?"}}
    told = claw("skills", "teach", *words)
    assert (told.code, [one["text"] for one in daemon.asked]) == (0, said)
    assert all(one["language"] == "en" for one in daemon.asked)
    assert told.out.count("Which of these are fixed?") == len(said)


@pytest.mark.parametrize(
    "words", [("--watch", "--done"), ("--watch", "--called", "x"), ("--never-mind", "--called", "x")]
)
def test_two_lessons_at_once_are_refused(daemon: FakeDaemon, claw: Cli, words: tuple[str, ...]) -> None:
    assert claw("skills", "teach", *words).code == 3
    assert daemon.asked == []
