"""An update is taken once, also by the daemon after the next."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.errors import Broken
from claw.channels.telegram_seen import MOST_KEPT, Seen
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    yield db
    db.close()


def test_an_update_is_taken_once_and_not_again_after_a_start(db: Database) -> None:
    clock = HeldClock()
    seen = Seen(db, clock)
    assert [seen.take(update, 5001) for update in (10, 11, 10, 11)] == [True, True, False, False]
    assert Seen(db, clock).take(10, 5001) is False


def test_numbers_that_begin_anew_lower_are_new(db: Database) -> None:
    seen = Seen(db, HeldClock())
    seen.take(900_000_000, 5001)
    assert seen.take(12, 5001)


def test_whoever_had_no_answer_when_it_ended_is_named_once(db: Database) -> None:
    clock = HeldClock()
    seen = Seen(db, clock)
    for update, user in ((10, 5001), (11, 5002), (12, 5002)):
        seen.take(update, user)
    seen.done(10)
    assert seen.unanswered() == [], "its own are being answered"
    later = Seen(db, clock)
    assert later.unanswered() == [5002]
    assert later.unanswered() == []
    assert Seen(db, clock).unanswered() == []
    assert later.take(11, 5002) is False


async def test_the_oldest_make_room(db: Database) -> None:
    clock = HeldClock()
    seen = Seen(db, clock)
    with db.conn:
        db.conn.executemany(
            "insert into telegram_seen values (?, 1, ?, 'done')",
            [(update, clock.now().isoformat()) for update in range(MOST_KEPT - 1)],
        )
    await clock.advance(1)
    seen = Seen(db, clock)
    assert seen.take(5_000, 1)
    await clock.advance(1)
    assert seen.take(5_001, 1)
    assert db["telegram_seen"].count == MOST_KEPT
    assert not seen.take(5_000, 1)
    assert seen.take(0, 1), "the oldest was let go"


def test_what_cannot_be_kept_is_not_taken(db: Database) -> None:
    seen = Seen(db, HeldClock())
    with db.conn:
        db.execute("drop table telegram_seen")
    for _ in range(2):
        with pytest.raises(Broken):
            seen.take(10, 5001)
