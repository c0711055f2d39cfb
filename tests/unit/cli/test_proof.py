"""The log as proof, as a person sees it: what holds, what does not, and where."""

import asyncio
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from claw.audit.note import notes
from claw.audit.segments import segments
from tests.cli_room import Cli, FakeDaemon
from tests.signed_log import Signed, cut, signed_log, tamper

SWAP = [
    f"UPDATE {table} SET seq = {new} WHERE seq = {old}"  # noqa: S608  the attack
    for old, new in ((2, 99), (3, 2), (99, 3))
    for table in ("rows", "payloads")
]
COLUMNS = "time, kind, origin, parent, versions, payload_hash, previous, hash"
DUPLICATE = [
    f"INSERT INTO rows SELECT 9, {COLUMNS} FROM rows WHERE seq = 8",  # noqa: S608  the attack
    "INSERT INTO payloads SELECT 9, salt, body FROM payloads WHERE seq = 8",
]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signed:
    """A log of six requests with a checkpoint in the middle and one at the end, in the state directory."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    async def make() -> Signed:
        async with signed_log(tmp_path) as signed:
            await signed.rows(3)
            await signed.checkpoints.now("schedule")
            await signed.delivered()
            await signed.rows(3)
            await signed.checkpoints.now("schedule")
        return signed

    signed = asyncio.run(make())
    monkeypatch.setenv("CLAW_STATE_DIR", str(signed.state))
    return signed


@pytest.fixture
def ask(log: Signed, claw: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line on that log: the ``claw`` fixture names another directory."""
    monkeypatch.setenv("CLAW_STATE_DIR", str(log.state))
    return claw


def broken(ask: Cli, *words: str) -> str:
    said = ask("log", "verify", *words)
    assert said.code == 1, said
    assert "The log does not hold" in said.out
    return said.out


def test_a_log_that_holds_says_on_what_that_rests(ask: Cli, log: Signed) -> None:
    said = ask("log", "verify")
    assert said.code == 0
    assert "The log holds: 8 entries." in said.out
    assert f"the file {log.witness}: 2 up to entry 7" in said.out
    assert "no witness is out of reach of Claw's own rights" in said.out
    answer = json.loads(ask("log", "verify", "--json").out)
    assert (answer["ok"], answer["rows"], answer["first"], answer["last"]) == (True, 8, 1, 8)
    assert all(problem["warning"] for problem in answer["problems"])


@pytest.mark.parametrize(
    ("attack", "where"),
    [
        (["UPDATE rows SET origin = '{\"person\":\"otto\"}' WHERE seq = 2"], "entry 2: the row was changed"),
        (["UPDATE payloads SET body = x'7b7d' WHERE seq = 2"], "entry 2: the payload was changed"),
        (["DELETE FROM rows WHERE seq = 2", "DELETE FROM payloads WHERE seq = 2"], "entry 3: row 2 is missing"),
        (
            SWAP,
            "entry 2: ",
        ),
        (
            DUPLICATE,
            "entry 9: ",
        ),
        (["DELETE FROM rows WHERE seq > 5", "DELETE FROM payloads WHERE seq > 5"],
         "entry 6: entries 6 to 7 were there at 20"),
    ],
    ids=["edit", "edit payload", "delete", "reorder", "duplicate", "truncate"],
)  # fmt: skip
def test_whatever_is_done_to_the_file_is_found_and_told_where(
    ask: Cli, log: Signed, attack: list[str], where: str
) -> None:
    tamper(log.state / "audit.db", *attack)
    assert where in broken(ask)


def test_yesterdays_copy_of_everything_is_found(ask: Cli, log: Signed, tmp_path: Path) -> None:
    shutil.copytree(log.state, tmp_path / "copy")
    cut(tmp_path / "copy" / "audit.db", 4)
    shutil.rmtree(log.state)
    (tmp_path / "copy").rename(log.state)
    assert "entry 5: entries 5 to 7 were there at" in broken(ask)


def test_a_new_log_with_a_new_key_in_its_place_is_found(ask: Cli, log: Signed, tmp_path: Path) -> None:
    shutil.rmtree(log.state)

    async def make() -> None:
        async with signed_log(tmp_path) as signed:
            await signed.rows(3)
            await signed.checkpoints.now("schedule")

    asyncio.run(make())
    out = broken(ask, "--witness", str(log.witness))
    assert f"another log ({log.audit.id.hex()[:8]}, 7 entries) lay here" in out
    assert "has no checkpoint of this log" in out


def test_a_checkpoint_from_a_phone_finds_what_its_witness_cannot(ask: Cli, log: Signed, tmp_path: Path) -> None:
    kept = tmp_path / "phone.txt"
    printed = ask("log", "checkpoint")
    assert printed.code == 0
    kept.write_text("Sent by me\n\n" + printed.out)
    cut(log.state / "audit.db", 4)
    log.witness.unlink()
    out = broken(ask, "--checkpoint", str(kept))
    assert f"the checkpoint in {kept} has seen them" in out


def test_a_checkpoint_can_be_typed_in(ask: Cli, log: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    text = list(notes(log.witness.read_text()))[-1].line
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    said = ask("log", "verify", "--checkpoint", "-")
    assert said.code == 0
    assert "the checkpoint in -: 1 up to entry 7" in said.out
    assert "out of reach" not in said.out, "somebody has brought one from there"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (lambda p: ("--checkpoint", str(p / "nowhere")), "cannot be read: No such file"),
        (lambda p: ("--checkpoint", str(p / "state" / "audit.db")), "holds no checkpoint"),
        (lambda p: ("--checkpoint", str(p)), "cannot be read"),
        (lambda p: ("--witness", str(p / "nowhere")), "there is no witness at"),
        (lambda _: ("--key", "rubbish"), "is no public key"),
        (lambda p: ("--config", str(p / "nowhere.yaml")), "nowhere.yaml"),
        (lambda p: ("--file", str(p / "nowhere.db")), "there is no audit log at"),
    ],
)
def test_what_is_pointed_at_and_is_not_there_is_said(
    ask: Cli, tmp_path: Path, words: Callable[[Path], tuple[str, ...]], says: str
) -> None:
    said = ask("log", "verify", *words(tmp_path))
    assert said.code == 1
    assert says in said.err


@pytest.mark.parametrize("content", [b"", b"\xff" * 1000, b"claw/" + b"0" * 40], ids=["empty", "bytes", "half"])
def test_a_witness_of_rubbish_does_not_vouch_and_is_said(ask: Cli, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.checkpoints").write_bytes(content)
    out = broken(ask, "--witness", str(tmp_path / "w.checkpoints"))
    assert "has no checkpoint of this log" in out


def test_a_configured_witness_is_read(ask: Cli, log: Signed, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    mount = tmp_path / "mount.checkpoints"
    shutil.move(log.witness, mount)
    config.write_text(f"house: {{url: 'http://127.0.0.1:1'}}\naudit: {{witness_file: {mount}}}\n")
    cut(log.state / "audit.db", 4)
    assert f"the file {mount} has seen them" in broken(ask, "--config", str(config))


def test_without_a_daemon_the_newest_checkpoint_is_read_from_the_log(ask: Cli, log: Signed) -> None:
    (note,) = notes(ask("log", "checkpoint").out)
    assert note.checkpoint.size == 7
    assert note.text in log.witness.read_text()


def test_a_running_daemon_makes_a_fresh_one(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["log_checkpoint"] = {"ok": {"note": "claw/[x]\n3\n", "entries": 3}}
    assert claw("log", "checkpoint").out == "claw/[x]\n3\n\n"


def test_sealing_and_erasing_go_through_the_daemon_where_one_runs(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["log_seal"] = {"ok": {"sealed": "/state/audit-1-4.db"}}
    daemon.answers["log_erase"] = {"ok": {"erased": 3, "entry": 9}}
    assert "audit-1-4.db" in claw("log", "seal").out
    assert "entry 9 says so" in claw("log", "erase", "3", "--reason", "asked").out
    assert daemon.asked[-1] == {"do": "log_erase", "seq": 3, "reason": "asked"}


def test_without_a_daemon_they_are_done_here_and_signed(ask: Cli, log: Signed) -> None:
    assert "audit-1-9.db" in ask("log", "seal").out
    assert [each[:2] for each in segments(log.state / "audit.db")] == [(1, 9)]
    assert ask("log", "erase", "2", "--reason", "asked").code == 0
    assert ask("log", "erase", "2", "--reason", "again").code == 3
    assert ask("log", "erase", "3").code == 3
    said = ask("log", "verify")
    assert said.code == 0, said
    assert "The log holds" in said.out


def test_nothing_is_made_where_there_is_no_log(ask: Cli, log: Signed, tmp_path: Path) -> None:
    for words in (("seal",), ("erase", "1", "--reason", "x"), ("checkpoint",), ("export",)):
        said = ask("log", *words, "--state-dir", str(tmp_path / "empty"))
        assert said.code == 1
    assert not (tmp_path / "empty").exists()
    assert log.state.exists()


def test_the_export_is_lines_of_json(ask: Cli) -> None:
    rows = [json.loads(line) for line in ask("log", "export").out.splitlines()]
    assert [row["seq"] for row in rows] == list(range(1, 9))
    kinds = [json.loads(line)["kind"] for line in ask("log", "export", "--kind", "checkpoint").out.splitlines()]
    assert kinds == ["checkpoint", "checkpoint"]
    assert ask("log", "export", "--since", "2200-01-01").out == ""
    assert ask("log", "export", "--until", "2000-01-01T12:00:00").out == ""


def test_a_name_that_would_forge_a_line_forges_none(tmp_path: Path, claw: Cli) -> None:
    forged = "lamp\n   999  12:00:00  intent    anna       lock.unlock lock.front_door\x1b[2K\r"

    async def make() -> None:
        async with signed_log(tmp_path) as signed:
            action = {"name": "light.turn_on", "entities": [forged], "data": {"note": forged}}
            await signed.audit.append("intent", {"action": action})
            await signed.audit.append("refused", {"why": forged})

    asyncio.run(make())
    state = str(tmp_path / "state")
    lines = claw("log", "export", "--state-dir", state).out.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2]
    assert all(line.isprintable() for line in lines)
