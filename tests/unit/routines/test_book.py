"""The book: routines come back as they were, and what befalls them is due from the right moment on."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlite_utils import Database

from claw.base.action import Origin
from claw.base.errors import Broken, Refused
from claw.routines.book import Book
from claw.routines.history import DAYS
from tests.held_clock import HeldClock
from tests.keeper_room import ANNA, database, firing, routine

SEVEN = {"at": "07:00"}


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def db() -> Database:
    return database()


@pytest.fixture
def book(db: Database, clock: HeldClock) -> Book:
    return Book(db, clock)


def test_a_routine_comes_back_as_it_was_after_a_restart(book: Book, db: Database, clock: HeldClock) -> None:
    made = routine(
        "blinds",
        [SEVEN, {"state": "binary_sensor.door", "to": "on", "from": "off", "for": "2 min"}],
        made_by=Origin("voice:hall", None, "hall", taint=("mail",)),
        skips=frozenset({date(2026, 1, 9)}),
        expires=datetime(2026, 1, 12, tzinfo=UTC),
        shadow_left=3,
        quiet=["22:00", "06:30"],
        missed="all",
    )
    book.add(made)
    book.keep("blinds", {"armed": {"0": True}})
    again = Book(db, clock)
    assert again.get("blinds") == made
    assert again.all() == (made,)
    assert again.kept("blinds") == {"armed": {"0": True}}
    assert again.accounted("blinds") == clock.now()


def test_an_id_is_never_given_twice_not_even_after_a_removal(book: Book) -> None:
    book.add(routine("blinds", SEVEN))
    with pytest.raises(Refused, match="already"):
        book.add(routine("blinds", SEVEN))
    book.remove("blinds", "Anna removed it")
    assert book.all() == ()
    assert book.removed()[0].why == "Anna removed it"
    gone = book.get("blinds")
    assert gone is not None
    assert gone.state == "removed"
    with pytest.raises(Refused, match="already"):
        book.add(routine("blinds", SEVEN))


async def test_what_is_made_changed_or_resumed_is_due_from_then_on(book: Book, clock: HeldClock) -> None:
    book.add(routine("blinds", SEVEN))
    made = book.accounted("blinds")
    await clock.advance(100)
    book.change("blinds", why="a word")
    assert book.accounted("blinds") == made
    book.change("blinds", state="paused")
    assert book.accounted("blinds") == made
    await clock.advance(100)
    book.change("blinds", state="on")
    assert book.accounted("blinds") == made + timedelta(seconds=200)
    await clock.advance(100)
    book.put(routine("blinds", {"at": "08:00"}))
    assert book.accounted("blinds") == made + timedelta(seconds=300)


def test_others_hear_of_each_change_and_of_none_where_nothing_changed(book: Book) -> None:
    heard: list[str] = []
    book.changed.append(heard.append)
    book.add(routine("blinds", SEVEN))
    book.put(routine("blinds", SEVEN))
    book.change("blinds", state="paused")
    book.remove("blinds", "")
    assert heard == ["blinds"] * 3
    with pytest.raises(Refused, match="no routine blinds"):
        book.remove("blinds", "")


def test_a_row_that_cannot_be_read_keeps_none_of_the_others_from_firing(
    book: Book, db: Database, clock: HeldClock
) -> None:
    for name in ("a", "b", "c"):
        book.add(routine(name, SEVEN))
    db.conn.execute("update routines set spec = '{\"name\": 7}' where id = 'a'")
    db.conn.execute("update routines set kept = '[1]' where id = 'b'")
    db.conn.commit()
    again = Book(db, clock)
    assert [each.id for each in again.all()] == ["c"]
    assert set(again.damaged) == {"a", "b"}


async def test_what_a_skill_brings_keeps_what_befell_it_but_is_no_copy(
    book: Book, db: Database, clock: HeldClock
) -> None:
    brought = replace(routine("skill-laundry-1", SEVEN), made_by=ANNA)
    book.derive("skill-", [brought])
    book.change("skill-laundry-1", state="paused", why="Anna paused it", skips=frozenset({date(2026, 1, 9)}))
    assert db.conn.execute("select spec from routines").fetchall() == [("",)]
    again = Book(db, clock)
    assert again.all() == ()
    again.derive("skill-", [brought])
    found = again.get("skill-laundry-1")
    assert found is not None
    assert (found.state, found.why) == ("paused", "Anna paused it")
    assert found.skips == {date(2026, 1, 9)}


def test_what_a_skill_brings_stays_suspended_while_its_person_is_gone(book: Book) -> None:
    brought = replace(routine("skill-laundry-1", SEVEN), made_by=ANNA)
    book.derive("skill-", [brought])
    book.change("skill-laundry-1", state="suspended", why="Anna is not of the household any more")
    heard: list[str] = []
    book.changed.append(heard.append)
    book.derive("skill-", [brought])
    found = book.get("skill-laundry-1")
    assert found is not None
    assert (found.state, heard) == ("suspended", [])


async def test_firings_while_a_skill_was_off_are_not_missed(book: Book, db: Database, clock: HeldClock) -> None:
    brought = routine("skill-laundry-1", SEVEN)
    book.derive("skill-", [brought])
    start = book.accounted("skill-laundry-1")
    await clock.advance(60)
    again = Book(db, clock)
    again.derive("skill-", [brought])
    assert again.accounted("skill-laundry-1") == start, "while Claw did not run they count"
    again.derive("skill-", [])
    assert again.get("skill-laundry-1") is None
    await clock.advance(60)
    again.derive("skill-", [brought])
    assert again.accounted("skill-laundry-1") == start + timedelta(seconds=120)


async def test_what_was_removed_is_let_go_of_in_the_end_and_its_id_with_it(book: Book, clock: HeldClock) -> None:
    book.add(routine("old", SEVEN))
    book.remove("old", "")
    await clock.advance(DAYS * 86_400 - 10)
    list(book.tidying())
    assert len(book.removed()) == 1
    await clock.advance(20)
    list(book.tidying())
    assert book.removed() == ()


def test_what_was_erased_behind_its_back_is_gone_after_a_look(book: Book, db: Database) -> None:
    heard: list[str] = []
    book.add(routine("a", SEVEN))
    book.add(routine("b", SEVEN))
    book.changed.append(heard.append)
    with db.conn:
        db.conn.execute("delete from routines where id = 'a'")
    book.reload()
    assert [each.id for each in book.all()] == ["b"]
    assert heard == ["a"]


def test_a_disk_that_does_not_take_it_leaves_it_as_it_was(book: Book, db: Database, clock: HeldClock) -> None:
    made = routine("blinds", SEVEN)
    book.add(made)
    db.conn.execute("pragma query_only=on")
    for write in (
        lambda: book.change("blinds", state="paused"),
        lambda: book.remove("blinds", ""),
        lambda: book.keep("blinds", {"a": 1}),
        lambda: book.claim(firing("blinds", clock.now())),
    ):
        with pytest.raises(Broken):
            write()
    assert (book.get("blinds"), book.kept("blinds")) == (made, {})
