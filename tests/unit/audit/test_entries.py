"""Entries are read across files as if there were one."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.audit.entries import MOST_OPEN, Entries
from claw.base.errors import Broken
from tests.signed_log import Signed, signed_log, tamper


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Signed]:
    """1-3 requests, 4 checkpoint | 5 continued, 6-8, 9 checkpoint | ... four sealed files and a running one."""
    async with signed_log(tmp_path) as signed:
        for _ in range(4):
            await signed.rows(3)
            await signed.checkpoints.seal("asked")
        await signed.rows(2)
        yield signed


def seqs(log: Signed, after: int, limit: int, *kinds: str, newest_first: bool = False) -> list[int]:
    return [each.seq for each in log.audit.entries(after, limit, newest_first=newest_first, kinds=kinds)]


async def test_pages_cross_the_files_in_both_directions(log: Signed) -> None:
    last = log.audit.head().seq
    assert seqs(log, 0, 1000) == list(range(1, last + 1))
    assert seqs(log, 3, 4) == [4, 5, 6, 7]
    assert seqs(log, 0, 6, newest_first=True) == list(range(last, last - 6, -1))
    assert seqs(log, 0, 1000, newest_first=True) == list(range(last, 0, -1))
    assert seqs(log, 4, 3, "checkpoint") == [9, 14, 19]
    assert seqs(log, 0, 2, "request", newest_first=True) == [last, last - 1]
    assert seqs(log, last, 5) == []
    assert seqs(log, 0, 0) == []


async def test_one_entry_is_found_wherever_it_is(log: Signed) -> None:
    for seq in range(1, log.audit.head().seq + 1):
        entry = log.audit.entry(seq)
        assert entry is not None
        assert entry.seq == seq
    assert log.audit.entry(99) is None
    assert log.audit.entry(0) is None


async def test_children_in_later_files_are_found(log: Signed) -> None:
    child = await log.audit.append("note", {}, parent=2)
    assert [each.seq for each in log.audit.children(2)] == [child]


async def test_only_a_few_old_files_stay_open(log: Signed) -> None:
    read = log.audit._file.read
    assert seqs(log, 0, 1000)
    assert len(read._sealed) == MOST_OPEN
    assert log.audit.entry(1) is not None
    assert len(read._sealed) == MOST_OPEN


async def test_what_happened_lately_opens_no_old_file(log: Signed) -> None:
    log.audit.entries(log.audit.head().seq - 2, 10)
    log.audit.entries(0, 2, newest_first=True)
    assert log.audit._file.read._sealed == {}


async def test_an_old_file_that_cannot_be_read_is_said(log: Signed) -> None:
    for each in log.state.glob("audit-*.db"):
        each.chmod(0o600)
        each.write_bytes(b"letters" * 4000)
    with pytest.raises(Broken, match=r"audit-1-4\.db is damaged"):
        log.audit.entry(1)
    assert log.audit.entry(log.audit.head().seq) is not None


def test_a_reader_of_nothing_is_broken(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="cannot be opened"):
        Entries(tmp_path / "audit.db")


async def test_what_was_let_go_is_closed(log: Signed) -> None:
    read = log.audit._file.read
    assert log.audit.entry(1) is not None
    ((path, opened),) = read._sealed.items()
    read.close_sealed(log.state / "audit-90-99.db")
    read.close_sealed(path)
    with pytest.raises(sqlite3.ProgrammingError):
        opened.execute("SELECT 1")
    assert log.audit.entry(1) is not None


async def test_the_end_lets_go_of_every_file(log: Signed) -> None:
    seqs(log, 0, 1000)
    read = log.audit._file.read
    opened = [read.running, *read._sealed.values()]
    await log.audit.close()
    for each in opened:
        with pytest.raises(sqlite3.ProgrammingError):
            each.execute("SELECT 1")


async def test_the_files_that_were_read_last_stay_open(log: Signed) -> None:
    for seq in (1, 6, 1, 11):
        assert log.audit.entry(seq) is not None
    assert [path.name for path in log.audit._file.read._sealed] == ["audit-1-4.db", "audit-10-14.db"]


async def test_an_old_file_whose_rows_cannot_be_read_is_said(log: Signed) -> None:
    sealed = log.state / "audit-1-4.db"
    sealed.chmod(0o600)
    whole = sealed.read_bytes()
    sealed.write_bytes(whole[:4096] + b"letters" * ((len(whole) - 4096) // 7))
    with pytest.raises(Broken, match=r"audit-1-4\.db is damaged"):
        log.audit.entry(1)


async def test_damaged_text_is_shown_as_far_as_it_goes(log: Signed) -> None:
    last = log.audit.head().seq
    tamper(log.audit.path, f"UPDATE rows SET kind = CAST(x'6fff' AS TEXT) WHERE seq = {last}")  # noqa: S608  the attack
    entry = log.audit.entry(last)
    assert entry is not None
    assert entry.kind == "o\ufffd"
