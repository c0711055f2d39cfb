"""Proving from the command line: one row per skill, what did not hold and why, and an exit code that says it."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from claw.skills import places
from claw.skills.model import Case, Report, Skill
from tests.cli_room import Cli, FakeDaemon
from tests.skill_folders import skill_files, write_files

asked_for: list[tuple[list[str], Path | None, float]] = []
WRONG = {
    "x-wrong": (Case("test", "a", held=True), Case("mutant", "drop call 1", held=False, why="no test \x1b[31mminds"))
}


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove nothing: which skills are asked for is what is looked at here."""
    asked_for.clear()

    async def proved(skills: Sequence[Skill], house: Path | None, effort: Any, step: Any) -> AsyncIterator[Report]:
        asked_for.append(([one.name for one in skills], house, effort.part))
        for one in skills:
            step(one)("test", "a")
            cases = WRONG.get(one.name, (Case("test", "a", held=True),))
            yield Report(one.name, one.version, one.hash, cases, 1234.0)

    monkeypatch.setattr("claw.daemon.proving_alone.proved", proved)


@pytest.mark.parametrize("words", [(), ("x", "--all")])
def test_it_is_said_which_skill(claw: Cli, words: tuple[str, ...]) -> None:
    said = claw("skills", "prove", *words)
    assert (said.code, "say which skill, or --all" in said.err) == (3, True)


def test_one_skill_is_one_row(claw: Cli) -> None:
    said = claw("skills", "prove", "movie-time", "--json")
    row = json.loads(said.out)
    assert (said.code, row["name"], row["green"], row["cases"]) == (0, "movie-time", True, 1)
    assert asked_for == [(["movie-time"], None, 1.0)]
    assert "proved     movie-time 1.0.0  1 cases (test 1), 1.2 s" in claw("skills", "prove", "movie-time").out


def test_all_are_a_list_of_rows_with_the_homes_own_among_them(claw: Cli, tmp_path: Path) -> None:
    write_files(places.own(tmp_path) / "x-wrong", skill_files("x-wrong"))
    write_files(places.own(tmp_path) / "x-unread", {"SKILL.md": b"nothing"})
    said = claw("skills", "prove", "--all", "--quick", "--json")
    rows = {row["name"]: row for row in json.loads(said.out)}
    assert said.code == 1
    assert len(rows) == 14
    assert [name for name, row in rows.items() if not row["green"]] == ["x-unread", "x-wrong"]
    assert "SKILL.md" in rows["x-unread"]["failed"][0]["why"]
    assert (asked_for[0][1:], "x-unread" in asked_for[0][0]) == ((None, 0.1), False)


def test_what_did_not_hold_is_told_with_its_reason_and_drives_no_terminal(claw: Cli, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "x-wrong", skill_files("x-wrong"))
    said = claw("skills", "prove", str(folder), "--house", "there.yaml")
    assert said.code == 1
    assert "not proved x-wrong 1.0.0" in said.out
    assert "mutant drop call 1: no test [31mminds" in said.out
    assert asked_for == [(["x-wrong"], Path("there.yaml"), 1.0)]


def test_a_folder_that_is_no_skill_at_all_is_a_row_too(claw: Cli, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "x", {"SKILL.md": b"nothing"})
    said = claw("skills", "prove", str(folder))
    assert (said.code, asked_for) == (1, [])
    assert "not proved x" in said.out


@pytest.mark.parametrize(("status", "code"), [("done", 0), ("failed", 1), ("refused", 3)])
def test_the_daemon_proves_what_is_to_get_further(daemon: FakeDaemon, claw: Cli, status: str, code: int) -> None:
    daemon.answers["skill_prove"] = {"ok": {"status": status, "text": "All held.", "skill": None}}
    said = claw("skills", "prove", "x", "--keep")
    assert (said.code, said.out.strip()) == (code, "All held.")
    assert daemon.asked == [{"do": "skill_prove", "name": "x"}]
    assert claw("skills", "prove", "x", "--keep", "--quick").code == 3
    assert asked_for == []
