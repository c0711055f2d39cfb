"""The backup of the day: when it is due, and what is said of one that could not be made."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from claw.audit.schema import CHECKPOINT
from claw.base.config import Config
from claw.base.config_care import BackupConfig
from claw.base.degraded import Degraded
from claw.daemon import backups
from claw.daemon.backups import kept_in
from claw.daemon.daily_backup import Around, DailyBackup, daily_backup
from claw.store.db import open_database
from claw.store.encrypted import make_key_file
from claw.store.migrations import migrate
from tests.held_clock import HeldClock
from tests.living import living
from tests.signed_log import Signed, signed_log

HERE = timezone(timedelta(hours=2))
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
DAY = 86_400.0


@dataclass
class Daily:
    signed: Signed
    clock: HeldClock
    folder: Path
    degraded: Degraded
    backing: DailyBackup

    def made(self) -> list[datetime]:
        return sorted(one.made for one in kept_in(self.folder))

    async def said(self) -> list[dict[str, Any]]:
        await self.signed.audit.settle()
        return [dict(entry.payload or {}) for entry in self.signed.audit.entries(kinds=["backup"])]


def backing(signed: Signed, clock: HeldClock, folder: Path, **wanted: Any) -> tuple[DailyBackup, Degraded]:
    degraded = Degraded(clock)
    config = Config(house={"simulated": "house.yaml"})  # type: ignore[arg-type]
    on = (config, signed.state, signed.audit, signed.checkpoints, clock, degraded)
    around = Around(*on, lambda: clock.now().astimezone(HERE))
    return DailyBackup(around, BackupConfig(folder=folder, **{"keep": 2, **wanted})), degraded


@pytest.fixture
async def daily(tmp_path: Path) -> AsyncIterator[Daily]:
    clock, folder = HeldClock(START), tmp_path / "backups"
    folder.mkdir()
    async with signed_log(tmp_path, clock) as signed:
        db = open_database(signed.state / "claw.db")
        migrate(db)
        db.close()
        one, degraded = backing(signed, clock, folder)
        yield Daily(signed, clock, folder, degraded, one)


async def test_one_a_day_at_its_time_by_the_clocks_of_the_house(daily: Daily) -> None:
    await daily.backing.look()  # none was made at 03:30 this morning
    assert daily.made() == [START]
    for _ in range(3):
        await daily.backing.look()
    await daily.clock.advance(13 * 3600 + 29 * 60)  # 01:29 in UTC is 03:29 here
    await daily.backing.look()
    assert len(daily.made()) == 1
    await daily.clock.advance(60)
    await daily.backing.look()
    assert daily.made() == [START, START + timedelta(hours=13, minutes=30)]
    assert [one["status"] for one in await daily.said()] == ["done", "done"]


async def test_the_newest_stay(daily: Daily) -> None:
    for _ in range(4):
        await daily.backing.look()
        await daily.clock.advance(DAY)
    assert daily.made() == [START + timedelta(days=2), START + timedelta(days=3)]


async def test_a_restart_makes_none_that_was_made(daily: Daily) -> None:
    await daily.backing.look()
    again, _ = backing(daily.signed, daily.clock, daily.folder)
    await again.look()
    assert len(daily.made()) == 1


async def test_one_from_the_future_is_none(daily: Daily) -> None:
    await daily.backing.look()
    early = HeldClock(START - timedelta(days=400))
    again, _ = backing(daily.signed, early, daily.folder)
    await again.look()
    assert daily.made() == [START - timedelta(days=400), START]


async def test_its_log_ends_in_a_signed_head(daily: Daily) -> None:
    await daily.backing.look()
    (entry,) = daily.signed.audit.entries(kinds=[CHECKPOINT])
    assert (entry.payload or {})["reason"] == "backup"


async def test_one_that_fails_is_said_tried_again_within_the_hour_and_taken_back(daily: Daily) -> None:
    daily.folder.rmdir()
    await daily.backing.look()
    (fault,) = daily.degraded.now()
    assert (fault.part, fault.text) == ("backup", "the backup of the day could not be made (none yet)")
    (said,) = await daily.said()
    assert said["status"] == "failed"
    assert "is its disk not there?" in said["detail"]
    daily.folder.mkdir()
    await daily.clock.advance(3599)
    await daily.backing.look()
    assert daily.made() == []
    await daily.clock.advance(1)
    await daily.backing.look()
    assert len(daily.made()) == 1
    assert daily.degraded.now() == ()
    await daily.clock.advance(DAY)
    (daily.folder / "x").touch()
    (daily.signed.state / "claw.db").write_bytes(b"no database")
    await daily.backing.look()
    (fault,) = daily.degraded.now()
    assert "the last one is of 2026-01-05" in fault.text
    assert len(daily.made()) == 1


async def test_with_a_key_it_is_encrypted(daily: Daily, tmp_path: Path) -> None:
    make_key_file(tmp_path / "claw.key")
    one, degraded = backing(daily.signed, daily.clock, daily.folder, key_file=tmp_path / "claw.key")
    await one.look()
    (kept,) = kept_in(daily.folder)
    assert kept.encrypted
    (tmp_path / "claw.key").unlink()
    await daily.clock.advance(DAY)
    await one.look()
    assert len(daily.made()) == 1
    assert degraded.now()


async def test_a_daemon_that_ends_does_not_wait_for_it(daily: Daily, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled while the thread waits for a signature that nobody gives any more, it comes to its end by itself."""
    asked, never = asyncio.Event(), asyncio.Event()

    async def now(_: str) -> None:
        asked.set()
        await never.wait()

    ended: list[str] = []
    real = backups.make

    def make(*args: Any) -> Any:
        try:
            return real(*args)
        finally:
            ended.append("ended")

    monkeypatch.setattr(backups, "make", make)
    monkeypatch.setattr(daily.signed.checkpoints, "now", now)
    looking = asyncio.create_task(daily.backing.look())
    await asked.wait()
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    await asyncio.get_running_loop().shutdown_default_executor()
    assert ended == ["ended"]
    assert list(daily.folder.iterdir()) == []


async def test_a_daemon_has_the_chore_where_backups_are_configured(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        assert daily_backup(daemon) == ()
        settings = daemon.config.model_copy(update={"backup": BackupConfig(folder=tmp_path)})
        configured = SimpleNamespace(**{**vars(daemon), "config": settings})
        ((what, look),) = daily_backup(configured)  # type: ignore[arg-type]
        assert what == "the backup of the day"
        await look()
        (kept,) = kept_in(tmp_path)
        assert kept.log == daemon.audit.id.hex()[:8]
