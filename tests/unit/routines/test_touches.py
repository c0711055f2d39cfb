"""What people changed lately outlives a restart, and a damaged row harms nobody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.erasure import Erasure
from claw.base.errors import Broken
from claw.routines import touches
from claw.routines.touches import Touch, Touches
from claw.store.db import open_database
from claw.store.migrations import migrate

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LAMP = Touch("light.lamp", NOW, "app", "anna", "c1")


@pytest.fixture
def db(tmp_path: Path) -> Database:
    made = open_database(tmp_path / "claw.db")
    migrate(made)
    return made


def test_what_was_written_is_there_after_a_restart_for_a_day(db: Database) -> None:
    first = Touches(db, NOW)
    first.put(LAMP)
    assert first.tell("evening", ["light.lamp", "light.none"])
    first.flush()
    assert not first.unwritten
    again = Touches(db, NOW + timedelta(hours=2))
    found = again.get("light.lamp")
    assert found is not None
    assert (found.at, found.how, found.person, found.context, found.told) == (NOW, "app", "anna", "c1", {"evening"})
    assert Touches(db, NOW + timedelta(days=1)).get("light.lamp") is None


@pytest.mark.parametrize(
    "row",
    [
        ("light.a", "yesterday", "app", None, None, "[]"),
        ("light.a", "2026-11-21T12:00:00", "app", None, None, "[]"),
        ("light.a", "2026-11-21T12:00:00+00:00", "magic", None, None, "[]"),
        ("light.a", "2026-11-21T12:00:00+00:00", "app", None, None, "{"),
        ("light.a", "2026-11-21T12:00:00+00:00", "app", None, None, "7"),
    ],
)
def test_a_damaged_row_is_left_out_and_said(
    db: Database, row: tuple[object, ...], caplog: pytest.LogCaptureFixture
) -> None:
    with db.conn:
        db.conn.execute("INSERT INTO hands VALUES (?, ?, ?, ?, ?, ?)", row)
    assert Touches(db, NOW).get("light.a") is None
    assert "damaged" in caplog.text


def test_what_is_too_long_ago_goes_from_the_disk_too(db: Database) -> None:
    kept = Touches(db, NOW)
    kept.put(LAMP)
    kept.flush()
    kept.expire(NOW + timedelta(days=1))
    kept.flush()
    assert kept.get("light.lamp") is None
    assert list(db.query("select * from hands")) == []


def test_the_oldest_go_where_there_are_too_many(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touches, "MOST", 2)
    kept = Touches(db, NOW)
    for name in ("a", "b", "a", "c"):
        kept.put(Touch(f"light.{name}", NOW, "device"))
    assert [kept.get(f"light.{name}") is not None for name in "abc"] == [True, False, True]


def test_two_that_change_names_do_not_lose_each_other(db: Database) -> None:
    kept = Touches(db, NOW)
    kept.put(LAMP)
    kept.put(Touch("light.b", NOW, "claw", "ben"))
    kept.rename({"light.lamp": "light.b", "light.b": "light.lamp"})
    kept.flush()
    again = Touches(db, NOW)
    found = [again.get(one) for one in ("light.b", "light.lamp")]
    assert [one.person if one else None for one in found] == ["anna", "ben"]


@pytest.mark.parametrize(
    ("erasure", "left"),
    [
        (Erasure(person="anna"), ["light.ben"]),
        (Erasure(person="carl"), ["light.lamp", "light.ben"]),
        (Erasure(since=NOW - timedelta(minutes=1)), []),
        (Erasure(since=NOW + timedelta(minutes=1)), ["light.lamp", "light.ben", "light.who"]),
        (Erasure(person="ben", since=NOW - timedelta(minutes=1)), ["light.lamp"]),
        (Erasure(person="ben", since=NOW + timedelta(minutes=1)), ["light.lamp", "light.ben", "light.who"]),
        (Erasure(words=("lamp",)), ["light.lamp", "light.ben", "light.who"]),
        (Erasure(everything=True), []),
    ],
)
def test_who_is_forgotten_goes_and_so_does_an_unknown_hand(db: Database, erasure: Erasure, left: list[str]) -> None:
    kept = Touches(db, NOW)
    kept.put(LAMP)
    kept.put(Touch("light.ben", NOW, "claw", "ben"))
    kept.put(Touch("light.who", NOW, "device"))
    kept.flush()
    assert kept.erase(erasure) == 3 - len(left)
    assert [row["entity_id"] for row in db.query("select entity_id from hands order by entity_id")] == sorted(left)


def test_where_the_disk_does_not_take_it_it_waits(db: Database) -> None:
    kept = Touches(db, NOW)
    kept.put(LAMP)
    with db.conn:
        db.conn.execute("ALTER TABLE hands RENAME TO gone")
    with pytest.raises(Broken):
        kept.flush()
    assert kept.unwritten
    assert kept.get("light.lamp") == LAMP
