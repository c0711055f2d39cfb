"""Due times of whole routines: all triggers in one order, and what a clock that was set back changes."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest

from claw.routines.agenda import Agenda, by_clock, by_passing, once
from claw.routines.book import Book
from claw.routines.model import Routine
from tests.held_clock import HeldClock
from tests.keeper_room import AMSTERDAM, database, routine

SIX = datetime(2026, 1, 5, 6, tzinfo=UTC)


@pytest.fixture
def book() -> Book:
    return Book(database(), HeldClock(SIX))


@pytest.fixture
def agenda(book: Book) -> Agenda:
    return Agenda(book, lambda: AMSTERDAM)


def minutes(agenda: Agenda, made: Routine, after: float = 0, most: int = 5) -> list[tuple[float, int]]:
    dues = islice(agenda.dues(made, SIX + timedelta(minutes=after)), most)
    return [((due.moment - SIX).total_seconds() / 60, due.trigger) for due in dues]


def test_triggers_come_in_the_order_of_time_and_a_moment_once(agenda: Agenda) -> None:
    made = routine("x", [{"at": "07:30"}, {"every": "15 min"}, {"state": "light.a"}, {"at": "07:20"}], created=SIX)
    assert minutes(agenda, made) == [(15, 1), (20, 3), (30, 0), (45, 1), (60, 1)]
    assert agenda.next(made, SIX + timedelta(minutes=30)) == next(agenda.dues(made, SIX + timedelta(minutes=30)))


def test_what_only_events_set_off_is_never_due(agenda: Agenda) -> None:
    made = routine("x", {"event": "bell"})
    assert minutes(agenda, made) == []
    assert agenda.next(made, SIX) is None
    assert not by_clock(made)


def test_what_is_left_of_an_interval_or_a_timer_stays_when_the_clock_goes_back(agenda: Agenda, book: Book) -> None:
    made = routine("x", [{"every": "1 h"}, {"once": "2026-01-05T08:30:00"}, {"at": "07:45"}], kind="timer", created=SIX)
    book.add(made)
    book.account("x", SIX + timedelta(minutes=40))
    before = {due.key for due in islice(agenda.dues(made, SIX), 5)}
    agenda.set_back(made, SIX + timedelta(minutes=10), 30 * 60)
    assert book.accounted("x") == SIX + timedelta(minutes=10)
    found = list(islice(agenda.dues(made, book.accounted("x")), 4))
    assert [((due.moment - SIX).total_seconds() / 60, due.trigger) for due in found] == [
        (30, 0),
        (45, 2),
        (60, 1),
        (90, 0),
    ]
    assert {due.key for due in found} & before == {found[1].key}, "a moment of the clock is the same one as before"
    agenda.set_back(made, SIX, 10 * 60)
    assert minutes(agenda, made)[:2] == [(20, 0), (45, 2)]


def test_other_triggers_of_a_routine_begin_anew(agenda: Agenda, book: Book) -> None:
    book.add(routine("x", {"every": "1 h"}, created=SIX))
    agenda.set_back(routine("x", {"every": "1 h"}), SIX, 600)
    book.put(changed := routine("x", {"every": "30 min", "since": "2026-01-05T07:00:00"}, created=SIX))
    assert minutes(agenda, changed, most=2) == [(30, 0), (60, 0)]


def test_a_moment_ahead_is_left_alone_where_nothing_was_accounted_for_after_it(agenda: Agenda, book: Book) -> None:
    book.add(made := routine("x", {"at": "07:45"}))
    agenda.set_back(made, SIX + timedelta(minutes=10), 600)
    assert book.accounted("x") == SIX
    assert book.kept("x") == {}


@pytest.mark.parametrize(
    ("until", "expires", "expected"),
    [
        (None, None, None),
        ("2026-01-06T12:00:00", None, datetime(2026, 1, 6, 11, tzinfo=UTC)),
        ("2026-01-06T12:00:00Z", None, datetime(2026, 1, 6, 12, tzinfo=UTC)),
        ("2026-01-06T12:00:00Z", datetime(2026, 1, 6, 8, tzinfo=UTC), datetime(2026, 1, 6, 8, tzinfo=UTC)),
    ],
)
def test_it_ends_by_itself_at_the_earlier_of_two_moments(
    agenda: Agenda, until: str | None, expires: datetime | None, expected: datetime | None
) -> None:
    more = {} if until is None else {"until": until}
    assert agenda.end(routine("x", {"at": "07:45"}, expires=expires, **more)) == expected


@pytest.mark.parametrize(
    ("quiet", "wall", "expected"),
    [
        (["22:00", "06:30"], "22:00:00", True),
        (["22:00", "06:30"], "06:29:59", True),
        (["22:00", "06:30"], "06:30:00", False),
        (["22:00", "06:30"], "21:59:59", False),
        (["13:00", "14:30:30"], "14:30:29", True),
        (["13:00", "14:30:30"], "14:30:30", False),
        (["13:00", "13:00"], "13:00:00", False),
    ],
)
def test_quiet_hours_run_over_midnight(agenda: Agenda, quiet: list[str], wall: str, expected: bool) -> None:
    moment = datetime.fromisoformat(f"2026-01-05T{wall}").replace(tzinfo=AMSTERDAM.zone)
    assert agenda.quiet(routine("x", {"at": "07:45"}, quiet=quiet), moment) is expected
    assert not agenda.quiet(routine("safety-smoke", {"event": "x"}, kind="safety", quiet=quiet), moment)


def test_a_day_that_is_skipped_is_a_local_one(agenda: Agenda) -> None:
    made = routine("x", {"at": "00:30"}, skips=frozenset({date(2026, 1, 6)}))
    assert agenda.skips(made, datetime(2026, 1, 5, 23, 30, tzinfo=UTC))
    assert not agenda.skips(made, datetime(2026, 1, 6, 23, 30, tzinfo=UTC))
    guards = routine("safety-smoke", {"at": "00:30"}, kind="safety", skips=frozenset({date(2026, 1, 6)}))
    assert not agenda.skips(guards, datetime(2026, 1, 5, 23, 30, tzinfo=UTC))


def test_only_a_timer_goes_by_the_time_that_passes_to_its_single_moment() -> None:
    moment = {"once": "2026-01-05T08:30:00"}
    timer, reminder = routine("t", moment, kind="timer"), routine("r", moment, kind="reminder")
    assert by_passing(timer, timer.spec.when[0])
    assert not by_passing(reminder, reminder.spec.when[0])
    assert once(timer)
    assert not once(routine("x", [moment, {"event": "bell"}]))
