from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.care.doctor_routines import routines
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.doctor_room import case, found, worse
from tests.held_clock import HeldClock

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Database:
    (tmp_path / "state").mkdir()
    database = open_database(tmp_path / "state" / "claw.db")
    migrate(database)
    return database


def add(
    db: Database, ident: str, days: float, state: str = "on", kind: str = "routine", runs: tuple[str, ...] = ()
) -> None:
    made = (NOW - timedelta(days=days)).isoformat()
    with db.conn:
        db.execute(
            "INSERT INTO routines (id, name, kind, spec, made_by, conversation, language, created, state, why, runs,"
            " shadow_left, adopted_by, skips, kept, accounted, last)"
            " VALUES (?, 'secret name', ?, '{}', 'anna', '', 'en', ?, ?, '', 0, 0, '', '[]', '{}', '', ?)",
            (ident, kind, made, state, made if runs else None),
        )
        for number, status in enumerate(runs):
            db.execute(
                "INSERT INTO routine_runs (routine, key, trigger, due, status, reason, cause, times, entries, would,"
                " untold) VALUES (?, ?, 0, ?, ?, '', '', 1, '[]', '[]', 0)",
                (ident, str(number), f"2026-01-0{number + 1}", status),
            )


def look(folder: Path) -> list[tuple[str, str]]:
    return worse(routines, case(folder, clock=HeldClock(NOW)))


def test_none_and_those_that_run_are_well(tmp_path: Path, db: Database) -> None:
    assert found(routines, case(tmp_path / "nowhere")) == []
    add(db, "new", 2)
    add(db, "ran", 90, runs=("failed", "failed", "done"))
    add(db, "safety-smoke", 400, kind="safety")
    add(db, "gone", 400, state="removed")
    assert look(tmp_path) == []


def test_what_never_ran_waits_or_always_fails_is_told_by_its_id_alone(tmp_path: Path, db: Database) -> None:
    add(db, "idle", 30)
    add(db, "asks", 1, state="waiting")
    add(db, "bad", 30, runs=("done", "failed", "refused", "failed"))
    told = look(tmp_path)
    assert sorted(told) == [
        ("note", "The routine asks is waiting."),
        ("note", "The routine idle was made 30 days ago and never ran."),
        ("warning", "The last 3 runs of the routine bad went wrong (failed)."),
    ]
    assert "secret name" not in str(told)


def test_a_database_from_before_there_were_any_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    open_database(tmp_path / "state" / "claw.db").close()
    assert found(routines, case(tmp_path)) == []


def test_one_with_an_impossible_date_is_new(tmp_path: Path, db: Database) -> None:
    add(db, "odd", 30)
    with db.conn:
        db.execute("UPDATE routines SET created = 'yesterday'")
    assert look(tmp_path) == []
