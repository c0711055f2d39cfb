"""The history: a firing is claimed once whatever happens, and what was not done is counted, not piled up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlite_utils import Database

from claw.base.action import Action, Outcome
from claw.routines.book import Book
from claw.routines.history import BY_CLOCK, DAYS, MOST_ROWS, SET_BACK
from claw.routines.model import Done, Firing, RunStatus
from tests.held_clock import HeldClock
from tests.keeper_room import ANNA, database, firing, routine

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOON)


@pytest.fixture
def db() -> Database:
    return database()


@pytest.fixture
def book(db: Database, clock: HeldClock) -> Book:
    book = Book(db, clock)
    book.add(routine("lamp", {"at": "07:00"}))
    return book


def due(minutes: float = 0.0, trigger: int = 0) -> Firing:
    moment = NOON + timedelta(minutes=minutes)
    return firing("lamp", moment, f"{BY_CLOCK}{moment.isoformat()}", trigger)


def test_a_firing_is_claimed_once_also_by_another_life(book: Book, db: Database, clock: HeldClock) -> None:
    later = NOON + timedelta(minutes=5)
    first = book.claim(due(5), accounted=later)
    assert first is not None
    assert first.began == NOON
    assert book.claim(due(5)) is None
    again = Book(db, clock)
    assert again.claim(due(5)) is None
    assert again.accounted("lamp") == later
    assert again.unfinished() == (first,)


@pytest.mark.parametrize("status", ["done", "failed", "refused", "asked", "shadow", "unknown", "replaced", "held"])
def test_what_came_of_it_does_not_let_it_be_claimed_again(book: Book, status: RunStatus) -> None:
    run = book.claim(due())
    assert run is not None
    assert book.close(run, Done(status, "why")) is not None
    assert book.claim(due()) is None


@pytest.mark.parametrize("status", ["missed", "skipped"])
def test_what_was_only_missed_is_claimed_where_its_moment_comes_again(book: Book, status: RunStatus) -> None:
    book.note(due(), status, "why")
    run = book.claim(due())
    assert run is not None
    assert [each.status for each in book.runs()] == ["running"]
    book.close(run, Done("done"))
    for minutes in (10, 20, 30):
        book.note(due(minutes), status, "why")
    assert book.claim(due(10)) is not None
    assert book.claim(due(20)) is not None
    assert book.claim(due(10)) is None
    assert sorted((each.status, each.times) for each in book.runs()) == sorted(
        [("done", 1), ("running", 1), ("running", 1), (status, 3)]
    )


def test_what_was_held_with_others_is_not_claimed_later(book: Book) -> None:
    for minutes in (10, 20, 30):
        book.note(due(minutes), "held", "Claw was stopped")
    assert [book.claim(due(minutes)) for minutes in (10, 20, 30)] == [None] * 3
    assert book.claim(due(40)) is not None


def test_a_run_is_closed_once_with_its_entries(book: Book) -> None:
    run = book.claim(due())
    assert run is not None
    outcome = Outcome(Action("light.turn_on", ("light.hall",)), "done", audit=17)
    closed = book.close(run, Done("done", "all of it", (outcome,), ("turn on the lamp",)))
    assert closed is not None
    assert closed.entries == (17,)
    assert book.close(run, Done("failed", "again")) is None
    assert book.run(run.id) == closed
    assert book.would(run.id) == ("turn on the lamp",)
    assert book.untold() == ()


def test_a_yes_that_comes_later_is_written_into_the_row_that_asked(book: Book) -> None:
    run = book.claim(due())
    assert run is not None
    asked = book.close(run, Done("asked", "asked Anna"))
    assert asked is not None
    assert book.close(asked, Done("done", "Anna said yes")) is not None
    found = book.get("lamp")
    assert found is not None
    assert found.runs == 1, "one run, however long it was asked about"


@pytest.mark.parametrize(("status", "counts"), [("done", 1), ("failed", 1), ("shadow", 0), ("skipped", 0), ("held", 0)])
def test_what_counts_as_a_run_is_on_disk_with_the_row(
    book: Book, db: Database, clock: HeldClock, status: RunStatus, counts: int
) -> None:
    run = book.claim(due())
    assert run is not None
    book.close(run, Done(status))
    for each in (book, Book(db, clock)):
        found = each.get("lamp")
        assert found is not None
        assert found.runs == counts
        assert found.last == (NOON if counts else None)


def test_the_same_again_and_again_is_one_row_that_counts(book: Book) -> None:
    for minutes in range(0, 60, 10):
        book.note(due(minutes), "held", "Claw is paused", accounted=NOON + timedelta(minutes=minutes))
    book.note(due(60), "held", "Claw was stopped")
    book.note(due(180), "held", "Claw was stopped")
    rows = [(each.reason, each.times, each.until) for each in reversed(book.runs())]
    assert rows == [
        ("Claw is paused", 6, NOON + timedelta(minutes=50)),
        ("Claw was stopped", 1, None),
        ("Claw was stopped", 1, None),
    ]
    assert book.counts(NOON) == {"held": 8}
    assert book.accounted("lamp") == NOON + timedelta(minutes=50)


def test_what_is_accounted_for_is_on_disk_with_every_way_of_writing_a_firing(
    book: Book, db: Database, clock: HeldClock
) -> None:
    for minutes in (10, 20):  # a row of its own, and one that counts on
        book.note(due(minutes), "held", "Claw is stopped", accounted=due(minutes).due)
        for each in (book, Book(db, clock)):
            assert each.accounted("lamp") == due(minutes).due
    assert book.claim(due(15), accounted=due(25).due) is None
    for each in (book, Book(db, clock)):
        assert each.accounted("lamp") == due(25).due
    book.claim(due(30), accounted=due(30).due)
    for each in (book, Book(db, clock)):
        assert each.accounted("lamp") == due(30).due


async def test_a_run_that_waited_begins_on_disk_before_anything_is_done(
    book: Book, db: Database, clock: HeldClock
) -> None:
    run = book.claim(due(), begin=False)
    assert run is not None
    assert run.began is None
    await clock.advance(5)
    begun = book.begin(run)
    assert begun.began == clock.now()
    assert Book(db, clock).unfinished() == (begun,)


async def test_what_events_count_is_on_disk_within_a_second_of_the_next(
    book: Book, db: Database, clock: HeldClock
) -> None:
    for number in range(3):
        book.note(firing("lamp", NOON, f"e{number}"), "skipped", "it rests")
    assert [each.times for each in Book(db, clock).runs()] == [1]
    await clock.advance(1)
    book.note(firing("lamp", NOON, "e4"), "skipped", "it rests")
    assert [each.times for each in Book(db, clock).runs()] == [4]
    book.note(firing("lamp", NOON, "e5"), "skipped", "it rests")
    book.note(firing("lamp", NOON, "e6"), "skipped", "quiet")
    assert sorted(each.times for each in Book(db, clock).runs()) == [1, 5]


def test_a_row_that_was_let_go_of_counts_nothing_more(book: Book, clock: HeldClock) -> None:
    book.note(firing("lamp", NOON, "e1"), "skipped", "it rests")
    list(book.tidying())
    book.note(firing("lamp", NOON, "e2"), "skipped", "it rests")
    assert [each.times for each in book.runs()] == [1, 1]


def test_what_is_counted_while_old_rows_go_is_kept_and_stands_in_nobodys_way(
    book: Book, db: Database, clock: HeldClock
) -> None:
    numbers = count()

    def notes() -> None:
        for name in ("lamp", "other", "lamp", "other"):
            book.note(firing(name, NOON, f"e{next(numbers)}"), "skipped", "it rests")

    notes()
    for _ in book.tidying():
        notes()
    assert book.claim(due(1)) is not None
    assert Book(db, clock).counts(NOON) == {"skipped": next(numbers), "running": 1}


def test_a_second_close_counts_no_second_run(book: Book, db: Database, clock: HeldClock) -> None:
    run = book.claim(due())
    assert run is not None
    assert book.close(run, Done("done")) is not None
    assert book.close(run, Done("done")) is None
    for each in (book, Book(db, clock)):
        found = each.get("lamp")
        assert found is not None
        assert found.runs == 1


def test_a_yes_is_no_second_run_on_disk_either(book: Book, db: Database, clock: HeldClock) -> None:
    run = book.claim(due())
    assert run is not None
    asked = book.close(run, Done("asked"))
    assert asked is not None
    book.close(asked, Done("done"))
    found = Book(db, clock).get("lamp")
    assert found is not None
    assert found.runs == 1


def test_a_row_of_several_goes_on_from_its_last_one_and_for_no_longer_than_an_hour(book: Book) -> None:
    book.note(due(), "missed", "x", times=3, until=due(20).due)
    counted = book.note(due(80), "missed", "x")
    assert counted is not None
    assert (counted.times, counted.until) == (4, due(80).due)
    book.note(due(141), "missed", "x")
    for minutes in (150, 160):
        book.note(due(minutes), "failed", "x")  # what was begun has a row of its own
    rows = [(each.status, each.times) for each in reversed(book.runs())]
    assert rows == [("missed", 4), ("missed", 1), ("failed", 1), ("failed", 1)]


def test_a_moment_has_its_row_by_the_clock_it_was_shown_on_and_not_by_an_event(book: Book) -> None:
    book.note(due(), "missed", "x", times=3, until=due(20).due)
    anew = replace(due(10), key=f"{due(10).key}{SET_BACK}1")
    assert book.has(due(10))
    assert not book.has(due(30))
    assert not book.has(anew)
    assert not book.has(due(10, trigger=1))
    book.note(firing("lamp", due(60).due, "e1", 2), "skipped", "it rests", times=3, until=due(80).due)
    assert not book.has(due(70, trigger=2))


def test_what_a_damaged_row_would_have_done_is_nothing(book: Book, db: Database) -> None:
    run = book.claim(due())
    assert run is not None
    with db.conn:
        db.conn.execute("update routine_runs set would = '['")
    assert (book.would(run.id), book.would(99)) == ((), ())


def test_a_flood_of_events_in_which_nothing_is_done_does_not_write_each(book: Book, db: Database) -> None:
    writes: list[str] = []
    db.conn.set_trace_callback(lambda sql: writes.append(sql) if sql.startswith("COMMIT") else None)
    for number in range(1000):
        book.note(firing("lamp", NOON, f"e{number}"), "skipped", "it rests")
    db.conn.set_trace_callback(None)
    assert len(writes) <= 2
    assert [(each.status, each.times) for each in book.runs()] == [("skipped", 1000)]


def test_a_count_that_waits_is_on_disk_before_the_next_run(book: Book, db: Database, clock: HeldClock) -> None:
    for number in range(5):
        book.note(firing("lamp", NOON, f"e{number}"), "skipped", "it rests")
    book.claim(due(1))
    assert sorted(each.times for each in Book(db, clock).runs()) == [1, 5]


def test_trouble_is_to_be_told_until_it_was(book: Book, db: Database, clock: HeldClock) -> None:
    late, fine = book.claim(due()), book.claim(due(1))
    assert late is not None
    assert fine is not None
    book.close(late, Done("done", "12 min late"), tell=True)
    book.close(fine, Done("done"))
    missed = book.note(due(2), "missed", "Claw was not running")
    assert missed is not None
    assert [each.id for each in Book(db, clock).untold()] == [late.id, missed.id]
    book.told([late.id])
    assert [each.id for each in book.untold()] == [missed.id]


def test_rows_come_latest_first_and_page_by_page(book: Book) -> None:
    for minutes in range(5):
        book.claim(due(minutes))
    book.claim(firing("other", NOON))
    page = book.runs("lamp", limit=2)
    assert [each.firing.due.minute for each in page] == [4, 3]
    assert [each.firing.due.minute for each in book.runs("lamp", limit=9, before=page[-1].firing.due)] == [2, 1, 0]
    assert len(book.runs()) == 6


def test_who_asked_and_what_happened_come_back(book: Book) -> None:
    given = firing("lamp", NOON, "k", cause="the door opened", context="01H", asked_by=ANNA)
    run = book.claim(given)
    assert run is not None
    found = book.run(run.id)
    assert found is not None
    assert found.firing == given


async def test_old_rows_and_too_many_go_and_what_is_under_way_stays(book: Book, clock: HeldClock) -> None:
    open_run = book.claim(due())
    for minutes in range(1, 4):
        book.note(due(minutes * 90), "missed", "x")
    await clock.advance(DAYS * 86_400 + 91 * 60)
    assert sum(book.tidying()) == 1
    moment = clock.now()
    for number in range(MOST_ROWS + 20):
        book.note(firing("lamp", moment, f"e{number}"), "skipped", str(number))
    list(book.tidying())
    rows = book.runs("lamp", limit=5000)
    assert len(rows) == MOST_ROWS + 1
    assert open_run is not None
    assert rows[-1].id == open_run.id


def test_a_damaged_row_is_left_out_and_not_fatal(book: Book, db: Database) -> None:
    book.claim(due())
    book.claim(due(1))
    with db.conn:
        db.conn.execute("update routine_runs set entries = 'x' where id = 1")
    assert len(book.runs()) == 1
