"""What of the checkpoints no whole day shows: the very row and minute, a key that is damaged or gone, a quick end."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.audit.checkpoint import EVERY, EVERY_ROWS, TICK_S
from claw.audit.draft import Draft
from claw.audit.keys import KEYS
from claw.audit.schema import CHECKPOINT
from tests.held_clock import HeldClock
from tests.signed_log import Signed, cut, signed_log
from tests.unit.audit.test_checkpoint import Memory, begun


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def log(tmp_path: Path, clock: HeldClock) -> AsyncIterator[Signed]:
    """A log whose checkpoints run by a held clock, and whose key nobody has opened yet."""
    async with signed_log(tmp_path, clock, [Memory()], begin=False) as signed:
        signed.checkpoints._timer = clock
        yield signed


def damaged(log: Signed) -> None:
    (log.state / KEYS).mkdir(mode=0o700)
    (log.state / KEYS / "audit.key").write_text("rubbish")
    (log.state / KEYS / "audit.key").chmod(0o600)


def reasons(log: Signed) -> list[object]:
    return [entry.payload["reason"] for entry in log.audit.entries(kinds=[CHECKPOINT]) if entry.payload]


async def test_one_is_due_at_the_very_row_and_not_before(log: Signed) -> None:
    await log.checkpoints.open_key()
    assert await log.checkpoints.now("start") is not None
    await log.rows(EVERY_ROWS - 2)
    assert not log.checkpoints._due()
    await log.rows(1)
    assert log.audit.head().seq == EVERY_ROWS
    assert log.checkpoints._due()


async def test_one_is_due_at_the_very_second_and_not_before(log: Signed, clock: HeldClock) -> None:
    await log.checkpoints.open_key()
    note = await log.checkpoints.now("start")
    assert note is not None
    await log.rows(1)
    late = (clock.now() - note.checkpoint.time).total_seconds()
    await clock.advance(EVERY.total_seconds() - late - 1)
    assert not log.checkpoints._due()
    await clock.advance(1)
    assert log.checkpoints._due()


async def test_what_the_schedule_makes_says_so_and_it_sleeps_between_two(log: Signed, clock: HeldClock) -> None:
    task = await begun(log)
    log.checkpoints.soon("stop")
    await HeldClock.settle()
    assert not log.checkpoints._wake.is_set(), "else it would never sleep again"
    await log.rows(1)
    await clock.advance(EVERY.total_seconds() + TICK_S)
    assert reasons(log) == ["start", "stop", "schedule"]
    task.cancel()


async def test_a_damaged_key_is_said_once_and_the_rest_goes_on(log: Signed, clock: HeldClock) -> None:
    damaged(log)
    task = await begun(log)
    await log.rows(1)
    await clock.advance(TICK_S * 3)
    assert not task.done()
    assert await log.checkpoints.open_key() is False
    said = len(log.problems)
    await log.checkpoints.end()
    assert len(log.problems) == said, "the end says it no more"
    assert all("nothing is signed" in problem for problem in log.problems)
    assert reasons(log) == []
    task.cancel()


async def test_a_key_that_is_taken_away_from_a_running_daemon_is_not_made_anew(log: Signed) -> None:
    assert await log.checkpoints.open_key() is True
    (log.state / KEYS / "audit.key").unlink()
    assert await log.checkpoints.open_key() is True
    assert not (log.state / KEYS / "audit.key").exists()
    assert await log.checkpoints.now("asked") is not None


async def test_a_daemon_that_ends_at_once_leaves_a_checkpoint(log: Signed) -> None:
    await log.rows(1)
    await log.checkpoints.end()
    assert reasons(log) == ["end"]


async def test_a_checkpoint_that_could_not_be_written_leaves_the_next_one_due(
    log: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(drafts: list[Draft], settled: int) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    await log.rows(EVERY_ROWS)
    await log.checkpoints.open_key()
    with monkeypatch.context() as patch:
        patch.setattr(log.audit._file, "write", full)
        await log.checkpoints.now("start")
    assert not log.checkpoints._due()
    await log.rows(EVERY_ROWS)
    assert log.checkpoints._due()


async def test_one_witness_out_of_reach_is_enough_and_none_is_not(tmp_path: Path) -> None:
    near, far = Memory("near"), Memory("far")
    far.writable_by_claw = False
    for number, (witnesses, reach) in enumerate((([near], False), ([near, far], True), ([far], True), ([], False))):
        async with signed_log(tmp_path / str(number), witnesses=witnesses) as signed:
            assert signed.checkpoints.status()["out_of_reach"] is reach


async def test_what_was_said_once_is_not_said_again_though_it_was_seen_in_the_same_second(
    tmp_path: Path, clock: HeldClock
) -> None:
    async with signed_log(tmp_path, clock) as signed:
        await signed.rows(3)
        await signed.checkpoints.now("schedule")
    cut(signed.state / "audit.db", 1)
    async with signed_log(tmp_path, clock) as again:
        assert len(again.problems) == 1
    async with signed_log(tmp_path, clock) as third:
        assert third.problems == []


async def test_the_first_that_is_wrong_stays_on_the_status_and_each_is_told(log: Signed) -> None:
    log.checkpoints._cannot_vouch("first")
    log.checkpoints._cannot_vouch("second")
    assert log.checkpoints.status()["problem"] == "first"
    assert log.problems == ["first", "second"]


async def test_it_runs_by_the_timer_it_was_given(tmp_path: Path) -> None:
    async with signed_log(tmp_path, witnesses=[Memory()], begin=False) as signed:
        task = asyncio.create_task(signed.checkpoints.run())
        for _ in range(400):
            if signed.checkpoints._compared:
                break
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
        assert not task.done()
        assert signed.problems == []
        task.cancel()
