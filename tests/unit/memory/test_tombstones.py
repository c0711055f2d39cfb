"""What was forgotten leaves a note without a word of it, and until it is gone everywhere a journal to finish it by."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.erasure import Erasure
from claw.base.errors import Broken
from claw.memory.tombstones import Tombstones, Unfinished, commitment
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

WHOLE = Erasure(
    frozenset({1, 2}),
    frozenset({3}),
    frozenset({4}),
    frozenset({"talk"}),
    "anna",
    datetime(2026, 5, 8, tzinfo=UTC),
    everything=False,
    words=("Sam is allergic", "nüts"),
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    yield db
    db.close()


@pytest.mark.parametrize("erasure", [WHOLE, Erasure(everything=True), Erasure()])
def test_what_is_still_to_erase_is_read_back_as_it_was(db: Database, erasure: Erasure) -> None:
    stones = Tombstones(db, HeldClock())
    number = stones.begin("anna", "memory 1", 5, erasure)
    assert stones.unfinished() == [Unfinished(number, "anna", 5, erasure)]


def test_the_words_go_before_the_search_and_nothing_but_figures_stays(db: Database) -> None:
    stones = Tombstones(db, HeldClock())
    number = stones.begin("anna", "memory 1", 5, WHOLE)
    stones.search(number)
    assert stones.unfinished() == [Unfinished(number, "anna", 5, None)]
    seal = stones.done(number, 7, 0)
    assert stones.unfinished() == []
    assert db.execute("select * from tombstones").fetchall() == [
        (number, "2026-01-05T12:00:00.000+00:00", "anna", "memory 1", 7, "done", 0, seal)
    ]
    assert seal == commitment(WHOLE)


def test_the_seal_binds_the_numbers_and_says_nothing_of_the_words() -> None:
    assert commitment(WHOLE) == commitment(Erasure(frozenset({1, 2}), frozenset({3}), frozenset({4})))
    assert commitment(WHOLE) != commitment(Erasure(frozenset({1}), frozenset({3}), frozenset({4})))


def test_a_damaged_journal_is_said(db: Database) -> None:
    stones = Tombstones(db, HeldClock())
    stones.begin("anna", "memory 1", 5, WHOLE)
    db.execute("update tombstones set state = '{}'")
    with pytest.raises(Broken, match="cannot be read"):
        stones.unfinished()
