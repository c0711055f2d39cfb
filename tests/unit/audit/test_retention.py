"""Files are finished in time, and go in time, and never without a word."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from claw.audit import retention
from claw.audit.retention import LOOK_S, MONTH, Retention
from claw.audit.segments import segments
from claw.base.errors import Unavailable
from tests.held_clock import HeldClock
from tests.signed_log import Signed, proven, serious, signed_log, tamper


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def log(tmp_path: Path, clock: HeldClock) -> AsyncIterator[Signed]:
    async with signed_log(tmp_path, clock) as signed:
        yield signed


def retained(log: Signed, clock: HeldClock, keep_days: int | None) -> Retention:
    return Retention(log.audit, log.checkpoints, clock, keep_days)


def files(log: Signed) -> list[tuple[int, int]]:
    return [each[:2] for each in segments(log.audit.path)]


def later(clock: HeldClock, **span: float) -> None:
    clock._start += timedelta(**span)


async def test_a_full_file_is_sealed(log: Signed, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_ROWS", 10)
    keeping = retained(log, clock, None)
    await log.rows(9)
    await keeping.tend()
    assert files(log) == []
    await log.rows(1)
    await keeping.tend()
    assert files(log) == [(1, 11)]


async def test_age_seals_only_where_entries_are_to_go(log: Signed, clock: HeldClock) -> None:
    await log.rows(3)
    later(clock, seconds=MONTH.total_seconds() + 1)
    await retained(log, clock, None).tend()
    assert files(log) == []
    await retained(log, clock, 365).tend()
    assert files(log) == [(1, 4)]


async def test_what_is_old_goes_oldest_first_with_an_entry_that_says_so(log: Signed, clock: HeldClock) -> None:
    keeping = retained(log, clock, 90)
    for _ in range(3):
        await log.rows(3)
        later(clock, days=31)
        await keeping.tend()
    assert files(log) == [(1, 4), (5, 9), (10, 14)]
    later(clock, days=60)
    await keeping.tend()
    assert files(log)[0][0] > 1
    gone = log.audit.entries(kinds=["retired"])
    assert next((row.payload["first"], row.payload["last"]) for row in gone if row.payload) == (1, 4)
    assert all(row.payload["note"].startswith("claw/") for row in gone if row.payload)
    await log.checkpoints.now("schedule")
    await log.delivered()
    await log.audit.settle()
    found = proven(log.state, log.witness)
    assert found.ok, serious(found)
    first = found.log.first
    (said,) = [problem.what for problem in found.log.problems if "were retired" in problem.what]
    assert said.startswith(f"entries 1 to {first - 1} were retired on 2026-")


async def test_a_file_that_goes_without_its_word_is_found(log: Signed, clock: HeldClock) -> None:
    keeping = retained(log, clock, 30)
    for _ in range(3):
        await log.rows(3)
        later(clock, days=31)
        await keeping.tend()
    kept = segments(log.audit.path)
    assert kept
    kept[0].path.unlink()
    found = serious(proven(log.state, log.witness))
    assert any("are missing" in what for _, what in found)


async def test_a_kill_between_the_word_and_the_removal_is_made_up_for(log: Signed, clock: HeldClock) -> None:
    await log.rows(3)
    await log.checkpoints.seal("asked")
    later(clock, days=40)
    (segment,) = segments(log.audit.path)
    last = log.audit.entry(segment.last)
    assert last is not None
    await log.audit.append("retired", {"first": 1, "last": segment.last, "hash": last.hash.hex()})
    await retained(log, clock, 30).tend()
    assert [each for each in files(log) if each[0] == 1] == []
    assert proven(log.state, log.witness).ok


async def test_what_cannot_be_done_now_is_tried_again(log: Signed, clock: HeldClock) -> None:
    tried: list[int] = []

    async def busy(_reason: str) -> Path:
        tried.append(1)
        raise Unavailable("somebody reads it")

    log.checkpoints.seal = busy  # type: ignore[method-assign]
    keeping = retained(log, clock, None)
    keeping._full = lambda: True  # type: ignore[method-assign]
    task = asyncio.create_task(keeping.run(clock))
    await clock.advance(LOOK_S * 3 + 1)
    assert len(tried) == 3
    task.cancel()


async def test_what_is_to_be_kept_is_kept_to_the_very_day(log: Signed, clock: HeldClock) -> None:
    await log.rows(1)
    await log.checkpoints.seal("asked")
    later(clock, days=90, microseconds=-1)
    await retained(log, clock, 90).tend()
    assert len(files(log)) == 2  # the second was a month old
    later(clock, microseconds=1)
    await retained(log, clock, 90).tend()
    assert files(log)[0][0] > 1
    assert log.checkpoints._wanted == "retired", "the witnesses are told soon"


async def test_a_file_is_sealed_when_it_is_a_month_old_to_the_second(log: Signed, clock: HeldClock) -> None:
    keeping = retained(log, clock, 365)
    await log.rows(1)
    later(clock, seconds=MONTH.total_seconds() - 1)
    await keeping.tend()
    assert files(log) == []
    later(clock, seconds=1)
    await keeping.tend()
    assert files(log) == [(1, 2)]


async def test_a_file_whose_end_is_missing_is_left_for_somebody_to_look_at(log: Signed, clock: HeldClock) -> None:
    await log.rows(3)
    sealed = await log.checkpoints.seal("asked")
    tamper(sealed, "DELETE FROM rows WHERE seq = 4", "DELETE FROM payloads WHERE seq = 4")
    later(clock, days=400)
    await retained(log, clock, 30).tend()
    assert sealed.exists()
    assert log.audit.entries(kinds=["retired"]) == []


async def test_a_file_whose_last_word_was_taken_away_goes_in_time(log: Signed, clock: HeldClock) -> None:
    await log.rows(3)
    sealed = await log.checkpoints.seal("asked")
    tamper(sealed, "DELETE FROM payloads WHERE seq = 4")
    later(clock, days=29)
    await retained(log, clock, 29).tend()
    assert not sealed.exists()
    (gone,) = log.audit.entries(kinds=["retired"])
    assert gone.payload is not None
    assert (gone.payload["last"], gone.payload["note"]) == (4, "")
