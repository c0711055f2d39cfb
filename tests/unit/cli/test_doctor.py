"""The command: what it prints, what a program reads, and how it ends."""

import json
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from claw.base.errors import Unavailable
from claw.care import doctor
from claw.care.doctor_case import Absent, Case
from claw.care.finding import Finding
from tests.cli_room import Cli, FakeDaemon
from tests.doctor_room import told

WELL = Finding("disk", "ok", "There is room.")
NOTE = Finding("house", "note", "[red]A name\x1b[2J")
BAD = Finding("files", "problem", "Others read it.", "chmod 600 '/a b'")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """The cases that were examined; each finds what ``finds`` says."""
    cases: list[Case] = []
    monkeypatch.setattr(doctor, "examine", lambda case, _names: cases.append(case) or [WELL])
    return cases


def finds(monkeypatch: pytest.MonkeyPatch, *found: Finding) -> None:
    def examine(_case: Case, _names: Sequence[str]) -> list[Finding]:
        return list(found)

    monkeypatch.setattr(doctor, "examine", examine)


@pytest.mark.parametrize(
    ("found", "code", "last"),
    [
        ((WELL,), 0, "Nothing is worse than a note."),
        ((NOTE, WELL), 0, "Nothing is worse than a note."),
        ((BAD, NOTE), 1, "1 of 2 findings are worse than a note."),
        ((Finding("log", "warning", "Odd."),), 1, "1 of 1 findings are worse than a note."),
    ],
)
def test_it_ends_well_where_nothing_is_worse_than_a_note(
    claw: Cli, monkeypatch: pytest.MonkeyPatch, found: tuple[Finding, ...], code: int, last: str
) -> None:
    finds(monkeypatch, *found)
    said = claw("doctor")
    assert (said.code, said.out.rstrip().splitlines()[-1]) == (code, last)
    assert claw("doctor", "--json").code == code


def test_each_line_is_followed_by_what_mends_it_and_no_text_drives_the_terminal(
    claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds(monkeypatch, BAD, NOTE)
    lines = claw("doctor").out.splitlines()
    assert lines[:3] == [
        "problem  files  Others read it.",
        "         → chmod 600 '/a b'",
        "note     house  [red]A name[2J",
    ]
    assert json.loads(claw("doctor", "--json").out)[0] == {
        "about": "files",
        "level": "problem",
        "text": "Others read it.",
        "mend": "chmod 600 '/a b'",
    }


def test_what_is_asked_for_reaches_the_examination(claw: Cli, seen: list[Case], tmp_path: Path) -> None:
    state = tmp_path / "a b"
    assert (
        claw("doctor", "--security", "--full", "--ask-model", "--state-dir", str(state), "--config", "c.yaml").code == 0
    )
    wanted = seen[0].wanted
    assert (wanted.state, wanted.config, wanted.security, wanted.full, wanted.ask_model) == (
        state,
        Path("c.yaml"),
        True,
        True,
        True,
    )
    assert seen[0].claw("log verify") == f"claw log verify --state-dir '{state}'"
    claw("doctor")
    assert seen[1].wanted.options == f" --state-dir {tmp_path}", "the environment named it"


def test_a_subject_that_there_is_not_is_misuse(claw: Cli, seen: list[Case]) -> None:
    said = claw("doctor", "--only", "hosue")
    assert (said.code, "there is no hosue to look at" in said.err) == (2, True)
    assert seen == []
    assert claw("doctor", "--only", "disk, house,").code == 0


def test_the_daemon_is_asked_over_its_socket_and_one_that_is_not_there_is_absent(
    claw: Cli, seen: list[Case], daemon: FakeDaemon, tmp_path: Path
) -> None:
    daemon.answers["status"] = {"ok": told()}
    claw("doctor")
    assert seen[0].daemon == "running"
    claw("doctor", "--state-dir", str(tmp_path / "nowhere"))
    with pytest.raises(Absent):
        seen[1].asked("status")


def test_a_daemon_that_hangs_up_or_takes_nothing_is_no_end_of_it(
    claw: Cli, seen: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "claw.sock"))
        listener.listen()
        monkeypatch.setattr("claw.care.doctor_case.ASK_S", 0.1)
        claw("doctor")
        with pytest.raises(Unavailable):
            seen[0].asked("status")
        assert seen[0].daemon == "silent"  # while it still listens: whose clock ended first makes no difference
