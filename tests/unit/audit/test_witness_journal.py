"""The witness that is the system's journal: a socket that takes notes, a program that gives them back."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw.audit.note import notes
from claw.audit.vouch import read
from claw.audit.witness_journal import JournalWitness
from claw.base.errors import Unavailable
from tests.signed_log import HOME, ID, ORIGIN, note

WORD = f"{ORIGIN}+0+0"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "socket"))
        listening.settimeout(5)
        yield listening


@pytest.fixture
def witness(tmp_path: Path) -> JournalWitness:
    return JournalWitness(ID, HOME, 1000, tmp_path / "socket")


def program(folder: Path, lines: list[bytes], monkeypatch: pytest.MonkeyPatch, code: int = 0) -> Path:
    """Put a journalctl on the path that prints ``lines`` and writes down what it was asked."""
    (folder / "answer").write_bytes(b"\n".join(lines))
    script = folder / "journalctl"
    script.write_text(f'#!/bin/sh\necho "$@" > {folder}/asked\ncat {folder}/answer\nexit {code}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder / "asked"


async def test_a_note_is_one_message_with_fields(journal: socket.socket, witness: JournalWitness) -> None:
    assert witness.there
    await witness.keep(note(1004), WORD)
    fields = dict(line.split("=", 1) for line in journal.recv(65536).decode().splitlines())
    assert fields["CLAW_LOG_ID"] == ID.hex()
    assert fields["CLAW_STATE"] == HOME
    assert fields["CLAW_KEY"] == WORD
    assert list(notes(fields["CLAW_CHECKPOINT"])) == [note(1004)]
    assert "1004 entries" in fields["MESSAGE"]
    assert fields["SYSLOG_IDENTIFIER"] == "claw"


async def test_without_a_journal_it_says_so(tmp_path: Path) -> None:
    gone = JournalWitness(ID, HOME, 1000, tmp_path / "nowhere")
    assert not gone.there
    with pytest.raises(Unavailable, match="does not take it"):
        await gone.keep(note(3), WORD)
    with pytest.raises(Unavailable, match="is not there"):
        gone.read()


async def test_a_journal_that_is_full_holds_nobody_up(journal: socket.socket, witness: JournalWitness) -> None:
    del journal  # nobody reads it
    with pytest.raises(Unavailable):  # noqa: PT012  how many fit is the kernel's business
        for _ in range(10_000):
            await witness.keep(note(3), WORD)


@pytest.mark.usefixtures("journal")
def test_what_comes_back_is_ours_by_the_journals_word(
    witness: JournalWitness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        json.dumps({"CLAW_CHECKPOINT": note(3).line, "CLAW_KEY": WORD}).encode(),
        b"no json",
        b"[1, 2",
        json.dumps({"CLAW_CHECKPOINT": None, "CLAW_KEY": WORD}).encode(),
        json.dumps({"CLAW_CHECKPOINT": ["two", "values"], "CLAW_KEY": WORD}).encode(),
        json.dumps({"CLAW_CHECKPOINT": note(9).line, "CLAW_KEY": WORD}).encode(),
    ]
    asked = program(tmp_path, lines, monkeypatch)
    seen = read(witness.name, witness.read(), ORIGIN)
    assert [each.checkpoint.size for each in seen.notes] == [3, 9]
    assert not seen.strange
    words = asked.read_text()
    assert f"_UID=1000 CLAW_LOG_ID={ID.hex()} + _UID=1000 CLAW_STATE={HOME}" in words


@pytest.mark.usefixtures("journal")
def test_a_program_that_fails_is_said(witness: JournalWitness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, [], monkeypatch, code=1)
    with pytest.raises(Unavailable, match="cannot be read"):
        witness.read()


def test_it_is_out_of_reach_of_anybody_but_root(tmp_path: Path) -> None:
    assert not JournalWitness(ID, HOME, 1000, tmp_path).writable_by_claw
    assert JournalWitness(ID, HOME, 0, tmp_path).writable_by_claw


@pytest.mark.usefixtures("journal")
def test_a_machine_without_the_program_says_so(witness: JournalWitness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable, match="is not there"):
        witness.read()
