"""Whether the log can still be written, and what finding that out costs."""

import asyncio
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.audit.pulse import FAILS, HANGS, LONGEST_S, QUIET_S, Pulse
from claw.base.errors import Broken
from tests.held_clock import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def log(tmp_path: Path, clock: HeldClock) -> AsyncIterator[AuditLog]:
    opened = AuditLog.open(tmp_path / "audit.db", clock)
    yield opened
    await opened.close()


@contextmanager
def no_more_writing() -> Iterator[None]:
    """Have the kernel refuse whatever makes a file longer, as a disk does that went away."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def written(log: AuditLog) -> int:
    return log.path.with_name("audit.db-wal").stat().st_size


async def test_a_log_that_was_just_opened_can_be_written_and_is_not_tried(log: AuditLog, clock: HeldClock) -> None:
    pulse = Pulse(log, clock)
    assert pulse.problem == ""
    before = written(log)
    for _ in range(20):
        await clock.advance(QUIET_S / 21)
        pulse.look()
        await log.settle()
    assert written(log) == before


async def test_what_is_written_anyway_is_answer_enough(log: AuditLog, clock: HeldClock) -> None:
    pulse = Pulse(log, clock)
    for _ in range(4):
        await clock.advance(QUIET_S * 0.6)
        await log.append("note", {})
        before = written(log)
        pulse.look()
        await log.settle()
        assert written(log) == before


async def test_a_log_that_was_quiet_for_long_is_tried_with_one_page_and_no_row(log: AuditLog, clock: HeldClock) -> None:
    await log.append("note", {})
    told: list[object] = []
    log.listeners.append(told.append)
    pulse, before, head = Pulse(log, clock), written(log), log.head()
    await clock.advance(QUIET_S)
    pulse.look()
    await log.settle()
    assert 0 < written(log) - before <= 4096 + 24
    assert log.head() == head
    assert log.written_at == clock.monotonic()
    assert pulse.problem == ""
    pulse.look()
    await log.settle()
    assert written(log) - before <= 4096 + 24
    await asyncio.sleep(0)
    assert not told


async def test_a_log_that_fails_is_dead_until_a_write_gets_through_again(log: AuditLog, clock: HeldClock) -> None:
    pulse = Pulse(log, clock)
    with no_more_writing():
        with pytest.raises(Broken):
            await log.append("note", {})
        assert pulse.problem == FAILS
        await clock.advance(1)
        pulse.look()
        await log.settle()
        assert pulse.problem == FAILS
    await clock.advance(1)
    pulse.look()
    await log.settle()
    assert pulse.problem == ""
    assert await log.append("note", {}) == 1


async def test_a_quiet_log_that_would_fail_is_found_out(log: AuditLog, clock: HeldClock) -> None:
    pulse = Pulse(log, clock)
    await clock.advance(QUIET_S)
    with no_more_writing():
        pulse.look()
        await log.settle()
    assert pulse.problem == FAILS


async def test_a_full_disk_is_no_reason_to_be_dead(
    log: AuditLog, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(log._file, "write", full)
    with pytest.raises(Broken):
        await log.append("note", {})
    assert Pulse(log, clock).problem == ""
    assert log.full


async def test_a_write_that_does_not_end_is_found_out(
    log: AuditLog, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulse, over = Pulse(log, clock), threading.Event()
    monkeypatch.setattr(log._file, "touch", over.wait)
    await clock.advance(QUIET_S)
    pulse.look()
    assert pulse.problem == ""
    await clock.advance(LONGEST_S)
    pulse.look()
    assert pulse.problem == HANGS
    over.set()
    await log.settle()
    assert pulse.problem == ""


async def test_what_is_appended_while_the_disk_is_tried_comes_after_it(log: AuditLog, clock: HeldClock) -> None:
    await clock.advance(QUIET_S)
    Pulse(log, clock).look()
    assert await asyncio.gather(log.append("note", {}), log.append("note", {})) == [1, 2]


async def test_a_closed_log_is_not_tried(tmp_path: Path, clock: HeldClock) -> None:
    log = AuditLog.open(tmp_path / "other.db", clock)
    await log.close()
    await clock.advance(QUIET_S)
    Pulse(log, clock).look()
    assert log.under_way_since is None
