"""A log of several files: whenever sealing is cut short, there is one log afterwards, and it goes on."""

import asyncio
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.audit.segments import SEALED_FILE, Segment, next_path, recover, running_file, segment_path, segments
from claw.audit.verify import verify, verify_tail
from claw.base.clock import SystemClock
from claw.base.errors import Broken, Unavailable
from tests.signed_log import proven, serious, signed_log, tamper


def test_sealed_files_are_known_by_their_names_and_come_in_order(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    for name in (
        "audit-101-200.db",
        "audit-1-100.db",
        "audit-0-5.db",
        "audit-1-2.db.bak",
        "audit-x-1.db",
        "other-1-2.db",
    ):
        (tmp_path / name).touch()
    assert segments(path) == [
        Segment(1, 100, tmp_path / "audit-1-100.db"),
        Segment(101, 200, tmp_path / "audit-101-200.db"),
    ]
    assert segment_path(path, 1, 100) == tmp_path / "audit-1-100.db"
    assert segments(tmp_path / "nowhere" / "audit.db") == []


async def test_a_sealed_log_is_read_only_one_file_and_goes_on_where_it_ended(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(4)
        sealed = await signed.checkpoints.seal("asked")
        assert stat.S_IMODE(sealed.stat().st_mode) == SEALED_FILE
        assert not [each for each in signed.state.iterdir() if each.name.startswith(f"{sealed.name}-")]
        await signed.rows(3)
        assert [entry.seq for entry in signed.audit.entries()] == list(range(1, 10))
        await signed.checkpoints.seal("asked")
        await signed.rows(1)
    found = verify(signed.state / "audit.db")
    assert found.ok
    assert (found.rows, found.first, found.last) == (12, 1, 12)
    assert [each.path.name for each in segments(signed.state / "audit.db")] == ["audit-1-5.db", "audit-6-10.db"]
    assert proven(signed.state, signed.witness).ok


async def test_a_reopened_log_goes_on_behind_its_sealed_files(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(4)
        await signed.checkpoints.seal("asked")
    async with signed_log(tmp_path) as again:
        assert again.problems == []
        assert again.audit.tail_ok
        assert again.audit.head().seq == 6
        await again.rows(1)
        assert verify(again.state / "audit.db").ok


async def test_an_intent_that_was_open_at_the_sealing_is_still_known(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        done = await signed.audit.append("intent", {})
        waiting = await signed.audit.append("intent", {"what": "this"})
        await signed.audit.append("outcome", {}, parent=done)
        await signed.checkpoints.seal("asked")
    async with signed_log(tmp_path) as again:
        assert [entry.seq for entry in again.audit.unfinished()] == [waiting]
        assert again.audit.unfinished()[0].payload == {"what": "this"}
        await again.audit.append("outcome", {}, parent=waiting)
        assert [child.kind for child in again.audit.children(waiting)] == ["outcome"]
    async with signed_log(tmp_path) as third:
        assert third.audit.unfinished() == []
    assert not [p for p in verify(signed.state / "audit.db").problems if "no outcome" in p.what]


async def test_somebody_who_reads_the_log_postpones_the_sealing_and_loses_nothing(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(4)
        with closing(sqlite3.connect(f"file:{signed.state}/audit.db?mode=ro", uri=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM rows").fetchone()
            with pytest.raises(Unavailable, match="reads the log"):
                await signed.checkpoints.seal("asked")
        await signed.rows(1)
        assert segments(signed.state / "audit.db") == []
        assert not next_path(signed.state / "audit.db").exists()
        assert (await signed.checkpoints.seal("asked")).name == "audit-1-7.db"
    assert verify(signed.state / "audit.db").ok


@pytest.mark.parametrize("change", ["cut", "row", "payload", "gone", "swapped", "other"])
async def test_a_sealed_file_is_checked_like_the_running_one(tmp_path: Path, change: str) -> None:
    async with signed_log(tmp_path) as signed:
        for _ in range(3):
            await signed.rows(3)
            await signed.checkpoints.seal("asked")
    path = signed.state / "audit.db"
    first, second, third = (each.path for each in segments(path))
    if change == "cut":
        tamper(second, "DELETE FROM rows WHERE seq > 8", "DELETE FROM payloads WHERE seq > 8")
    elif change == "row":
        tamper(second, "UPDATE rows SET kind = 'note' WHERE seq = 7")
    elif change == "payload":
        tamper(first, "UPDATE payloads SET body = x'7b7d' WHERE seq = 2")
    elif change == "gone":
        second.unlink()
    elif change == "swapped":
        second.replace(third)
    else:
        tamper(second, "UPDATE log SET id = randomblob(16)")
    found = serious(proven(signed.state, signed.witness))
    where = {"cut": 10, "row": 7, "payload": 2, "gone": 10, "swapped": None, "other": 5}[change]
    assert found
    if where is not None:
        assert where in [seq for seq, _ in found]
    if change == "gone":
        assert (10, "rows 5 to 9 are missing") in found


async def test_a_missing_first_file_is_found_at_once_and_at_the_next_start(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        sealed = await signed.checkpoints.seal("asked")
    sealed.unlink()
    found = serious(proven(signed.state, signed.witness))
    assert (5, "entries 1 to 4 are missing, and no retired entry says so") in found
    assert "the sealed entries up to 4 are missing" in verify_tail(signed.state / "audit.db")


async def test_a_running_file_that_does_not_follow_is_noticed_at_the_start(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        sealed = await signed.checkpoints.seal("asked")
    sealed.chmod(0o600)
    tamper(sealed, "DELETE FROM rows WHERE seq = 4", "DELETE FROM payloads WHERE seq = 4")
    assert f"it does not go on where {sealed.name} ends" in verify_tail(signed.state / "audit.db")


def test_a_log_whose_running_file_is_gone_does_not_begin_anew(tmp_path: Path) -> None:
    async def make() -> None:
        async with signed_log(tmp_path) as signed:
            await signed.rows(2)
            await signed.checkpoints.seal("asked")

    asyncio.run(make())
    path = tmp_path / "state" / "audit.db"
    path.unlink()
    with pytest.raises(Broken, match="is gone: there are sealed entries up to 3"):
        AuditLog.open(path, SystemClock())
    assert not path.exists()


STEPS = ("_fold", "_furnish", "_create", "seal_name", "rename", "_reopen")

SEALER = """
import asyncio, os, pathlib, signal, sys
from pathlib import Path
import claw.audit.file as file
from claw.audit.checkpoint import Checkpointer
from claw.audit.log import AuditLog
from claw.base.clock import SystemClock

step, when = sys.argv[2], sys.argv[3]
holder = {"rename": pathlib.Path, "_fold": file.LogFile, "_reopen": file.LogFile}.get(step, file)
real = getattr(holder, step)

def killed(*args, **kwargs):
    if step == "rename" and not str(args[0]).endswith(".next"):
        return real(*args, **kwargs)
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    clock = SystemClock()
    state = Path(sys.argv[1])
    audit = AuditLog.open(state / "audit.db", clock)
    checkpoints = Checkpointer(audit, state / "keys", [], clock, clock)
    await checkpoints.open_key()
    for n in range(5):
        await audit.append("intent" if n == 3 else "request", {"n": n})
    print(audit.head().seq, flush=True)
    setattr(holder, step, killed)
    await checkpoints.seal("asked")

asyncio.run(main())
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_of_sealing_leaves_one_log_that_holds_and_goes_on(
    tmp_path: Path, step: str, when: str
) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    child = subprocess.run(
        [sys.executable, "-c", SEALER, str(state), step, when], capture_output=True, text=True, timeout=60, check=False
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    acknowledged = int(child.stdout.split()[-1])
    path = state / "audit.db"
    as_left = verify(path)
    assert as_left.ok, as_left.problems
    assert as_left.last >= acknowledged

    async def go_on() -> None:
        log = AuditLog.open(path, SystemClock())
        assert log.tail_ok, log.problem
        assert [entry.seq for entry in log.unfinished()] == [4]
        assert log.head().seq >= acknowledged
        assert [e.payload["n"] for e in log.entries(kinds=["request", "intent"]) if e.payload] == [0, 1, 2, 3, 4]
        await log.append("request", {"n": 5})
        await log.close()

    asyncio.run(go_on())
    assert not next_path(path).exists()
    afterwards = verify(path)
    assert afterwards.ok, afterwards.problems
    assert afterwards.rows == afterwards.last > acknowledged


def test_what_a_sealing_left_behind_is_forgotten_while_the_running_file_is_there(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    path.touch()
    for side in ("", "-wal", "-shm"):
        next_path(path).with_name(f"audit.db.next{side}").write_bytes(b"half")
    assert running_file(path) == path
    recover(path)
    assert [each.name for each in tmp_path.iterdir()] == ["audit.db"]


def test_a_sealed_file_that_was_opened_up_is_closed_again_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "audit.db").touch()
    sealed = tmp_path / "audit-1-5.db"
    sealed.touch(mode=0o644)
    recover(tmp_path / "audit.db")
    assert stat.S_IMODE(sealed.stat().st_mode) == SEALED_FILE


async def test_a_copy_of_an_older_log_beside_later_sealed_files_is_found(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        await signed.audit.settle()
        shutil.copytree(signed.state, tmp_path / "old")
        await signed.checkpoints.seal("asked")
        await signed.rows(3)
    for side in ("", "-wal", "-shm"):
        shutil.copy(tmp_path / "old" / f"audit.db{side}", signed.state / f"audit.db{side}")
    found = serious(proven(signed.state, signed.witness))
    assert (1, "the row is out of order") in found
