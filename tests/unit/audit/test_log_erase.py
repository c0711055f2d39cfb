"""What is erased is gone from every byte on disk, and that it was there stays provable."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from claw.audit.file import LogFile
from claw.audit.log import AuditLog
from claw.audit.segments import SEALED_FILE
from claw.audit.verify import verify
from claw.base.action import Origin
from claw.base.clock import SystemClock
from claw.base.errors import Refused, Unavailable
from tests.signed_log import Signed, signed_log

ANNA = Origin("cli", "anna", authenticated=True)
SECRET = "the-guest-said-this-aloud"


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Signed]:
    async with signed_log(tmp_path) as signed:
        yield signed


def left(log: Signed) -> list[str]:
    """Return the names of all files in which the words, or the salt that hides them, can still be read."""
    return [each.name for each in log.state.iterdir() if each.is_file() and SECRET.encode() in each.read_bytes()]


async def secret(log: Signed, size: int = 1) -> int:
    return await log.audit.append("request", {"said": SECRET * size}, origin=ANNA)


@pytest.mark.parametrize("size", [1, 2000])
async def test_no_byte_of_what_was_erased_is_left(log: Signed, size: int) -> None:
    await log.rows(3)
    seq = await secret(log, size)
    await log.rows(3)
    assert left(log)
    with closing(sqlite3.connect(log.audit.path)) as other:
        (salt,) = other.execute("SELECT salt FROM payloads WHERE seq = ?", (seq,)).fetchone()
    number = await log.audit.erase(seq, ANNA, "asked for")
    assert left(log) == []
    assert not [each for each in log.state.iterdir() if each.is_file() and salt in each.read_bytes()]
    entry = log.audit.entry(seq)
    assert entry is not None
    assert entry.payload is None
    row = log.audit.entry(number)
    assert row is not None
    assert (row.kind, row.parent, row.origin) == ("erased", seq, ANNA)
    assert row.payload == {"seq": seq, "reason": "asked for"}
    assert verify(log.audit.path).ok


async def test_what_lies_in_a_sealed_file_can_be_erased_too(log: Signed) -> None:
    seq = await secret(log)
    sealed = await log.checkpoints.seal("asked")
    assert left(log) == [sealed.name]
    await log.audit.erase(seq, ANNA, "asked for")
    assert left(log) == []
    assert sealed.stat().st_mode & 0o777 == SEALED_FILE
    found = verify(log.audit.path)
    assert found.ok, found.problems
    await log.rows(1)


async def test_everything_else_is_as_it_was(log: Signed) -> None:
    await log.rows(5)
    before = {entry.seq: (entry.hash, entry.payload) for entry in log.audit.entries()}
    await log.audit.erase(3, ANNA, "asked for")
    after = {entry.seq: (entry.hash, entry.payload) for entry in log.audit.entries()}
    assert after[3] == (before[3][0], None)
    assert {seq: after[seq] for seq in before if seq != 3} == {seq: before[seq] for seq in before if seq != 3}


async def test_nothing_is_erased_twice_nor_what_was_never_there(log: Signed) -> None:
    await log.rows(2)
    await log.audit.erase(1, ANNA, "asked for")
    for seq in (1, 99, 0):
        with pytest.raises(Refused, match="is not there, or has no payload"):
            await log.audit.erase(seq, ANNA, "again")
    assert len(log.audit.entries(kinds=["erased"])) == 1


async def test_what_the_proof_rests_on_cannot_be_erased(log: Signed) -> None:
    await log.rows(1)
    await log.checkpoints.now("schedule")
    await log.checkpoints.seal("asked")
    await log.audit.erase(1, ANNA, "asked for")
    proofs = [entry.seq for entry in log.audit.entries(kinds=["checkpoint", "continued", "erased"])]
    assert len(proofs) == 4
    for seq in proofs:
        with pytest.raises(Refused, match="part of the proof"):
            await log.audit.erase(seq, ANNA, "asked for")


async def test_while_somebody_reads_the_log_it_says_that_bytes_are_left_and_removes_them_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.store.db.BUSY_MS", 10)
    async with signed_log(tmp_path) as signed:
        seq = await secret(signed)
        with closing(sqlite3.connect(f"file:{signed.audit.path}?mode=ro", uri=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM rows").fetchall()
            with pytest.raises(Unavailable, match="its bytes are not yet gone"):
                await signed.audit.erase(seq, ANNA, "asked for")
        assert left(signed)
    assert left(signed) == []
    assert verify(signed.state / "audit.db").ok


async def test_an_erasure_that_was_cut_short_is_finished_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_file: LogFile, _seq: int) -> None:
        raise Unavailable("somebody reads it")

    async with signed_log(tmp_path) as signed:
        seq = await secret(signed)
        with monkeypatch.context() as patch:
            patch.setattr(LogFile, "erase", busy)
            with pytest.raises(Unavailable):
                await signed.audit.erase(seq, ANNA, "asked for")
        await signed.rows(3)
    assert left(signed)
    log = AuditLog.open(signed.state / "audit.db", SystemClock())
    entry = log.entry(seq)
    assert entry is not None
    assert entry.payload is None
    await log.close()
    assert left(signed) == []
    assert verify(signed.state / "audit.db").ok


async def test_many_are_erased_at_once_and_what_is_kept_of_them_stands_in_their_place(log: Signed) -> None:
    seqs = [await secret(log) for _ in range(3)]
    await log.audit.seal(lambda _: {}, lambda _: {})
    seqs += [await secret(log) for _ in range(3)]
    kept = {seq: {"status": "done"} if seq == seqs[0] else {} for seq in seqs}
    numbers = await log.audit.erase_all(kept, ANNA, "forgotten")
    assert left(log) == []
    rows = [log.audit.entry(number) for number in numbers]
    assert [row.parent for row in rows if row is not None] == seqs
    assert [row.payload for row in rows if row is not None] == [
        {"seq": seqs[0], "reason": "forgotten", "kept": {"status": "done"}},
        *({"seq": seq, "reason": "forgotten"} for seq in seqs[1:]),
    ]
    assert verify(log.audit.path).ok
    assert await log.audit.erase_all(kept, ANNA, "again") == []


async def test_what_proves_the_log_is_left_where_much_is_erased(log: Signed) -> None:
    seq = await secret(log)
    await log.audit.seal(lambda _: {"proof": 1}, lambda _: {"proof": 2})
    everything = {number: {} for number in range(1, log.audit.head().seq + 5)}
    await log.audit.erase_all(everything, ANNA, "all of it")
    kinds = {entry.kind for entry in log.audit.entries() if entry.payload is not None}
    assert {"checkpoint", "continued", "erased"} <= kinds
    entry = log.audit.entry(seq)
    assert entry is not None
    assert entry.payload is None
    assert verify(log.audit.path).ok


async def test_that_something_was_erased_cannot_be_erased(log: Signed) -> None:
    (number,) = await log.audit.erase_all({await secret(log): {}}, ANNA, "asked for")
    assert await log.audit.erase_all({number: {}}, ANNA, "nobody shall know") == []
    row = log.audit.entry(number)
    assert row is not None
    assert row.payload is not None


async def test_what_nobody_announced_stays_and_the_log_goes_on(log: Signed) -> None:
    announced, other = await secret(log), await secret(log)
    await log.audit.append("erased", {"seq": announced}, parent=announced)
    with pytest.raises(sqlite3.Error):
        log.audit._file.erase(announced, other)
    entries = [log.audit.entry(seq) for seq in (announced, other)]
    assert all(entry is not None and entry.payload is not None for entry in entries)
    await log.rows(1)
    with closing(sqlite3.connect(log.audit.path)) as other:
        assert other.execute("SELECT max(seq) FROM rows").fetchone() == (log.audit.head().seq,)
    assert verify(log.audit.path).ok


async def test_how_many_payloads_a_reader_holds_on_to_is_said(log: Signed) -> None:
    seqs = [await secret(log) for _ in range(3)]
    with closing(sqlite3.connect(log.audit.path)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM rows").fetchone()
        log.audit._file._writer.execute("PRAGMA busy_timeout=0")
        with pytest.raises(Unavailable, match=f"the payload of entry {seqs[0]} is erased"):
            await log.audit.erase(seqs[0], ANNA, "asked for")
        with pytest.raises(Unavailable, match="the payloads of 2 entries are erased"):
            await log.audit.erase_all({seq: {} for seq in seqs[1:]}, ANNA, "asked for")
