"""The log beside a thread that writes, a disk that fails, and somebody who closes it."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from claw.audit.file import LogFile
from claw.audit.log import SLOW_COMMIT_S, SLOW_FOR_S, AuditLog
from claw.audit.segments import Segment, segments
from claw.audit.verify import verify
from claw.base.action import SYSTEM
from claw.base.errors import Broken, Unavailable
from tests.held_clock import HeldClock
from tests.signed_log import tamper
from tests.unit.audit.test_log import Disk, full_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.db"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def log(path: Path, clock: HeldClock) -> AsyncIterator[AuditLog]:
    log = AuditLog.open(path, clock)
    yield log
    await log.close()


class Held:
    """A disk so slow that a thread writes to it, and only when it is let."""

    def __init__(self, log: AuditLog) -> None:
        log._slow_until = float("inf")
        self.disk = Disk(log)
        self.disk.before = self._wait
        self.meanwhile: dict[int, Callable[[], object]] = {}
        self.go = threading.Semaphore(0)
        self._loop = asyncio.get_running_loop()
        self._begun = 0

    def _wait(self) -> None:
        self._begun += 1
        if then := self.meanwhile.get(self._begun):
            asyncio.run_coroutine_threadsafe(self._do(then), self._loop).result(5)
        assert self.go.acquire(timeout=5)

    @staticmethod
    async def _do(then: Callable[[], object]) -> None:
        then()

    def let(self, commits: int = 100) -> None:
        self.go.release(commits)


async def queued(log: AuditLog, kind: str = "request") -> asyncio.Task[int]:
    task = asyncio.ensure_future(log.append(kind, {}))
    await asyncio.sleep(0)
    return task


def payload(_head: object) -> dict[str, str]:
    return {"note": "x"}


# ------------------------------------------------------------------------------------------------------- the opening


def test_a_log_whose_index_is_damaged_is_broken_and_let_go(path: Path, clock: HeldClock) -> None:
    file = LogFile.open(path)
    file.close(0)

    async def written() -> None:
        log = AuditLog.open(path, clock)
        await log.append("intent", {})
        await log.append("outcome", {}, parent=1)
        await log.close()

    asyncio.run(written())
    with closing(sqlite3.connect(path)) as other:
        (page,) = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'children'").fetchone()
        (size,) = other.execute("PRAGMA page_size").fetchone()
    tamper(path, "UPDATE log SET settled = 0")
    with path.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * size)
    for _ in range(2):
        with pytest.raises(Broken, match="is damaged"):
            AuditLog.open(path, clock)


async def test_what_brings_no_versions_stands_under_those_of_the_log(log: AuditLog) -> None:
    log.versions = lambda: {"policy": "7"}
    await log.append("request", {})
    await log.append("request", {}, versions={"policy": "8"})
    assert [entry.versions for entry in log.entries()] == [{"policy": "7"}, {"policy": "8"}]


# --------------------------------------------------------------------------------------------------- the group commit


async def test_two_callers_are_company_enough_to_share_a_commit(log: AuditLog) -> None:
    disk = Disk(log)
    for callers in (3, 2, 2):
        await asyncio.gather(*(log.append("request", {}) for _ in range(callers)))
    assert disk.batches == [1, 2, 2, 2]


async def test_on_a_slow_disk_a_crowd_shares_a_commit_too(log: AuditLog) -> None:
    held = Held(log)
    held.let()
    for _ in range(2):
        await asyncio.gather(*(log.append("request", {}) for _ in range(3)))
    assert held.disk.batches == [1, 2, 3]


async def test_a_disk_is_slow_from_a_moment_on_and_for_a_while(log: AuditLog, clock: HeldClock) -> None:
    disk = Disk(log)

    def takes(seconds: float) -> Callable[[], None]:
        def wait() -> None:
            clock._elapsed += seconds

        return wait

    disk.before = takes(SLOW_COMMIT_S)
    await log.append("request", {})
    await log.append("request", {})
    disk.before = takes(SLOW_COMMIT_S * 2)
    await log.append("request", {})
    disk.before = lambda: None
    await clock.advance(SLOW_FOR_S)
    await log.append("request", {})
    assert {thread == threading.get_ident() for thread in disk.threads} == {True}


async def test_a_note_that_was_written_with_others_rings_no_bell_any_more(log: AuditLog) -> None:
    log.note("outcome", {})
    bell = log._later
    assert bell is not None
    log.note("outcome", {})
    assert log._later is bell
    await log.append("request", {})
    assert bell.cancelled()
    assert log._later is None


async def test_an_outcome_without_its_intent_ends_none(log: AuditLog) -> None:
    intent = await log.append("intent", {})
    await log.append("outcome", {})
    assert [entry.seq for entry in log.unfinished()] == [intent]
    for _ in range(2):
        await log.append("outcome", {}, parent=intent)
    assert log.unfinished() == []


async def test_listeners_hear_of_what_was_written_together_in_its_order(log: AuditLog) -> None:
    heard: list[int] = []
    log.listeners.append(lambda entry: heard.append(entry.seq))
    for _ in range(3):
        log.note("outcome", {})
    await log.settle()
    await asyncio.sleep(0)
    assert heard == [1, 2, 3]


# ---------------------------------------------------------------------------------------------------- the quiet moment


async def test_settled_is_what_was_queued_behind_a_commit_too(log: AuditLog) -> None:
    held = Held(log)
    tasks = [await queued(log), await queued(log)]
    held.let()
    await log.settle()
    assert log.head().seq == 2
    assert await asyncio.gather(*tasks) == [1, 2]


async def test_nothing_is_erased_while_a_thread_writes(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    seq = await log.append("request", {"said": "x"})
    held = Held(log)
    writing: list[bool] = []
    erase = log._file.erase
    monkeypatch.setattr(log._file, "erase", lambda seq: (writing.append(log._commit is not None), erase(seq)))
    erasing = asyncio.ensure_future(log.erase(seq, SYSTEM, "asked"))
    await asyncio.sleep(0)
    behind = await queued(log)
    held.let(1)
    while not erasing.done() and log.head().seq < 2:  # noqa: ASYNC110  the thread rings no bell
        await asyncio.sleep(0.001)
    await asyncio.sleep(0)
    assert writing == []
    held.let()
    assert await erasing == 2
    assert await behind == 3
    assert writing == [False]


async def test_what_was_erased_holds_up_the_mark_of_what_is_settled_no_more(path: Path, clock: HeldClock) -> None:
    log = AuditLog.open(path, clock)
    await log.append("request", {"said": "x"})
    await log.erase(1, SYSTEM, "asked")
    await log.append("request", {})
    await log.close()
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT settled FROM log").fetchone() == (3,)


async def test_a_closed_log_is_not_sealed(path: Path, clock: HeldClock) -> None:
    log = AuditLog.open(path, clock)
    await log.close()
    with pytest.raises(Unavailable, match="busy"):
        await log.seal(payload, payload)


async def test_a_log_with_notes_that_wait_for_the_disk_is_not_sealed(log: AuditLog) -> None:
    await log.append("request", {})
    disk = Disk(log)
    fails = [full_disk] * 2
    disk.before = lambda: fails.pop()() if fails else None
    log.note("outcome", {})
    with pytest.raises(Unavailable, match="busy"):
        await log.seal(payload, payload)
    assert segments(log.path) == []
    await log.settle()
    assert log.head().seq == 2


async def test_a_log_that_is_written_again_and_again_is_not_sealed_meanwhile(log: AuditLog) -> None:
    held = Held(log)
    first = await queued(log)
    behind = await queued(log)
    held.meanwhile = {2: lambda: log.note("note", {})}
    sealing = asyncio.ensure_future(log.seal(payload, payload))
    await asyncio.sleep(0)
    held.let(2)
    with pytest.raises(Unavailable, match="busy"):
        await sealing
    held.let()
    assert await asyncio.gather(first, behind) == [1, 2]
    await log.settle()
    assert log.head().seq == 3


# ------------------------------------------------------------------------------------------------- sealing and retiring


async def test_a_disk_that_takes_no_sealing_is_said(log: AuditLog) -> None:
    await log.append("request", {})
    Disk(log).before = full_disk
    with pytest.raises(Broken, match="cannot be sealed: database or disk is full"):
        await log.seal(payload, payload)
    assert segments(log.path) == []


async def test_listeners_hear_of_a_sealing(log: AuditLog) -> None:
    heard: list[str] = []
    log.listeners.append(lambda entry: heard.append(entry.kind))
    await log.append("request", {})
    await log.seal(payload, payload)
    await asyncio.sleep(0)
    assert heard == ["request", "checkpoint", "continued"]


async def test_a_file_that_goes_is_let_go_and_one_that_is_gone_is_no_matter(log: AuditLog) -> None:
    await log.append("request", {})
    await log.seal(payload, payload)
    assert log.entry(1) is not None
    (segment,) = segments(log.path)
    await log.retire(segment, {"last": 2})
    assert log._file.read._sealed == {}
    assert segments(log.path) == []
    await log.retire(segment, {"last": 2})


async def test_a_file_that_does_not_go_is_said(log: AuditLog, tmp_path: Path) -> None:
    stuck = tmp_path / "audit-1-9.db"
    stuck.mkdir()
    with pytest.raises(Broken, match=r"audit-1-9\.db cannot be removed"):
        await log.retire(Segment(1, 9, stuck), {"last": 9})


# ------------------------------------------------------------------------------------------------- failures and the end


async def test_a_commit_that_reached_the_disk_and_failed_after_it_is_believed(log: AuditLog, path: Path) -> None:
    write = log._file._commit

    def late(rows: Sequence[object], settled: int) -> None:
        write(rows, settled)  # type: ignore[arg-type]
        raise sqlite3.OperationalError("disk I/O error")

    log._file._commit = late  # type: ignore[method-assign]
    found = await asyncio.gather(*(log.append("request", {}) for _ in range(3)), return_exceptions=True)
    assert found[0] == 1
    assert all(isinstance(one, Broken) for one in found[1:])
    del log._file._commit
    assert await log.append("request", {}) == 4
    assert verify(path).ok


async def test_a_note_that_the_disk_does_not_take_at_the_end_is_given_up(path: Path, clock: HeldClock) -> None:
    log = AuditLog.open(path, clock)
    disk = Disk(log)
    disk.before = full_disk
    log.note("outcome", {})
    await log.close()
    assert log.lost_notes == 1
    assert log._later is None


async def test_no_thread_and_no_bell_outlives_a_log(path: Path, clock: HeldClock) -> None:
    before = threading.active_count()
    log = AuditLog.open(path, clock)
    held = Held(log)
    held.let()
    await log.append("request", {})
    log.note("outcome", {})
    bell = log._later
    await log.close()
    assert threading.active_count() == before
    assert bell is not None
    assert bell.cancelled()
    assert verify(path).rows == 2
