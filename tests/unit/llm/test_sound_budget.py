"""A server that costs money is sent so much sound a day, whoever talks, and not a second more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from claw.base.errors import Broken
from claw.llm.sound_budget import SoundBudget
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.unit.llm.test_budget import Wall

WEST = timezone(timedelta(hours=-8))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    yield db
    db.close()


def budget(clock: Wall, most: int = 100, db: Database | None = None, zone: timezone = UTC) -> SoundBudget:
    return SoundBudget(clock, most, lambda now: now.astimezone(zone), db)


@given(st.lists(st.floats(0.25, 30.0), max_size=30), st.integers(0, 120))
def test_never_more_than_the_cap_is_sent_and_what_is_refused_is_not_counted(clips: list[float], most: int) -> None:
    ledger = budget(Wall(), most)
    sent = [clip for clip in clips if ledger.take(clip)]
    assert sum(sent) <= most
    assert sent == clips[: len(sent)]  # once it is enough it is enough until midnight
    assert ledger.status() == {"seconds_today": round(sum(sent), 1), "seconds_per_day": most}
    assert ledger.over == (len(sent) < len(clips) or sum(sent) >= most)


def test_a_cap_of_none_sends_nothing() -> None:
    ledger = budget(Wall(), 0)
    assert ledger.over
    assert not ledger.take(0.1)


def test_the_day_is_the_households_own() -> None:
    clock = Wall(datetime(2026, 11, 21, 12, tzinfo=UTC))
    ledger = budget(clock, zone=WEST)
    assert ledger.take(100)
    clock.at += timedelta(hours=19, minutes=59)
    assert (ledger.take(1), ledger.over, ledger.day) == (False, True, "2026-11-21")
    clock.at += timedelta(minutes=1)
    assert (ledger.over, ledger.take(100), ledger.day) == (False, True, "2026-11-22")


def test_a_restart_and_a_clock_set_back_forgive_nothing(db: Database) -> None:
    clock = Wall()
    assert budget(clock, db=db).take(70)
    again = budget(clock, db=db)
    assert (again.take(31), again.status()["seconds_today"]) == (False, 70)
    clock.at -= timedelta(days=2)
    for ledger in (again, budget(clock, db=db)):
        assert not ledger.take(31)
    clock.at += timedelta(days=3)
    assert budget(clock, db=db).take(100)
    assert [dict(row) for row in db["sound_sent"].rows] == [{"day": "2026-11-22", "seconds": 100.0}]


def test_what_cannot_be_written_down_is_not_sent(db: Database) -> None:
    ledger = budget(Wall(), db=db)
    db.table("sound_sent").drop()
    with pytest.raises(Broken, match=r"claw\.db"):
        ledger.take(1)
    assert ledger.status()["seconds_today"] == 0
    with pytest.raises(Broken, match=r"claw\.db"):
        budget(Wall(), db=db)
