"""Firings one by one: which rule stands against a run, in what order, and what is written of it."""

from datetime import date, timedelta

import pytest

from claw.routines.agenda import Due
from claw.routines.firings import Firings
from claw.routines.missed import LATER_ONE
from claw.routines.model import Done
from tests.keeper_room import LAMP, WORDS, Room, firing, routine


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def firings(room: Room) -> Firings:
    return room.keeper._firings


def dues(room: Room, *minutes: float) -> list[Due]:
    moments = [room.clock.now() - timedelta(minutes=each) for each in minutes]
    return [Due(moment, 0, f"at {moment.isoformat()}") for moment in moments]


async def test_what_was_missed_together_is_written_together(room: Room, firings: Firings) -> None:
    room.book.add(made := routine("x", {"every": "10 min"}, missed="skip"))
    writes: list[str] = []
    room.db.conn.set_trace_callback(lambda sql: writes.append(sql) if sql.startswith("COMMIT") else None)
    assert firings.account(made, dues(room, 300, 200, 190, 180, 170), room.clock.now(), more=True) is None
    room.db.conn.set_trace_callback(None)
    assert [each.times for each in reversed(room.book.runs())] == [1, 4]
    assert len(writes) == 2
    assert room.book.accounted("x") == room.clock.now() - timedelta(minutes=170)
    assert room.told == 2


async def test_where_more_is_due_by_now_none_of_these_is_the_latest(room: Room, firings: Firings) -> None:
    room.book.add(made := routine("x", {"every": "10 min"}))
    firings.account(made, dues(room, 5, 0.5), room.clock.now(), more=True)
    assert room.rows() == [("missed", "Claw was not running"), ("skipped", LATER_ONE)]


async def test_what_waits_for_the_house_has_no_row_yet_and_a_moment_to_look_again(room: Room, firings: Firings) -> None:
    room.ready = False
    room.book.add(made := routine("x", {"every": "10 min"}))
    before = room.book.accounted("x")
    again = firings.account(made, dues(room, 5), room.clock.now(), more=False)
    assert again == room.clock.now() + timedelta(minutes=10, seconds=1)
    assert (room.rows(), room.book.accounted("x")) == ([], before)


@pytest.mark.parametrize("state", ["paused", "waiting", "suspended", "over", "removed"])
async def test_an_event_for_what_does_not_fire_is_nothing(room: Room, firings: Firings, state: str) -> None:
    room.book.add(routine("x", {"event": "bell"}, state=state))
    firings.happened(firing("x", room.clock.now()))
    assert room.rows() == []


async def test_an_event_on_a_day_that_is_to_be_skipped_is_skipped(room: Room, firings: Firings) -> None:
    room.book.add(routine("x", {"event": "bell"}, skips=frozenset({date(2026, 1, 5)})))
    firings.happened(firing("x", room.clock.now()))
    assert room.rows() == [("skipped", "it was to be skipped on that day")]


async def test_an_event_while_claw_is_stopped_is_held_and_takes_nobodys_place(room: Room, firings: Firings) -> None:
    room.stopped = "Claw is stopped"
    room.book.add(routine("x", {"event": "bell"}))
    firings.happened(firing("x", room.clock.now()))
    assert room.rows() == [("held", "Claw is stopped")], "before any task has taken a step"


async def test_a_cool_down_counts_from_the_end_of_a_run_and_while_it_goes_on(room: Room, firings: Firings) -> None:
    room.doer.lasts_s = 100
    room.book.add(routine("x", {"event": "bell"}, cooldown="1 min"))
    for seconds in (0, 50, 100, 70):
        await room.clock.advance(seconds)
        firings.happened(firing("x", room.clock.now()))
        await room.settle()
    assert room.book.counts(room.clock.now() - timedelta(days=1)) == {"done": 1, "skipped": 2, "running": 1}
    await firings.under_way.close()


async def test_what_may_run_so_often_counts_what_goes_on(room: Room, firings: Firings) -> None:
    room.doer.lasts_s = 100
    room.book.add(routine("x", {"event": "bell"}, max_runs=2))
    for number in range(4):
        firings.happened(firing("x", room.clock.now(), f"bell {number}"))
        await room.settle()
    await room.clock.advance(250)
    firings.happened(firing("x", room.clock.now()))
    assert room.book.counts(room.clock.now() - timedelta(days=1)) == {"done": 2, "skipped": 2}
    assert [each.state for each in room.book.all()] == ["over"]


async def test_a_run_that_came_to_nothing_is_not_counted(room: Room, firings: Firings) -> None:
    room.doer.answers = {"x": Done("skipped", "nobody is at home")}
    room.book.add(routine("x", {"event": "bell"}, max_runs=1, cooldown="1 h"))
    for number in range(3):
        firings.happened(firing("x", room.clock.now(), f"bell {number}"))
        await room.settle()
    assert room.rows() == [("skipped", "nobody is at home")] * 3


async def test_only_the_last_of_what_was_missed_is_made_up_for(room: Room, firings: Firings) -> None:
    room.book.add(made := routine("x", {"every": "10 min"}))
    firings.account(made, dues(room, 12, 2), room.clock.now(), more=False)
    await room.settle()
    assert [status for status, _ in room.rows()] == ["missed", "done"]
    assert len(room.doer.did) == 1


@pytest.mark.parametrize(
    ("missed", "late", "rows"),
    [("once", 0, ["skipped"]), ("all", 60, ["missed"]), ("all", 0, [])],
)
async def test_what_finds_so_many_waiting_waits_only_where_each_is_made_up_for(
    missed: str, late: float, rows: list[str], room: Room, firings: Firings
) -> None:
    room.doer.lasts_s = 100
    room.book.add(made := routine("x", [{"every": "10 min"}, {"event": "bell"}], missed=missed))
    for number in range(11):
        firings.happened(firing("x", room.clock.now(), f"bell {number}"))
    waits = firings.account(made, dues(room, late), room.clock.now(), more=False)
    assert [status for status, _ in room.rows() if status != "running"] == rows
    assert (waits is None) == bool(rows)
    await firings.under_way.close()


async def test_what_has_its_row_already_is_accounted_for_again(room: Room, firings: Firings) -> None:
    room.book.add(made := routine("x", {"every": "10 min"}, missed="skip"))
    for _ in range(2):  # the second time after the clock was set back
        firings.account(made, dues(room, 30, 20), room.clock.now(), more=True)
        assert room.book.accounted("x") == room.clock.now() - timedelta(minutes=20)
        room.book.account("x", room.clock.now() - timedelta(hours=1))
    assert [each.times for each in room.book.runs()] == [2]


@pytest.mark.parametrize(("seconds", "row"), [(60, ("done", "")), (900, ("done", "15 min late"))])
async def test_an_event_in_the_last_moment_of_its_grace_is_in_time(
    seconds: float, row: tuple[str, str], room: Room, firings: Firings
) -> None:
    room.book.add(routine("x", {"event": "bell"}))
    firings.happened(firing("x", room.clock.now() - timedelta(seconds=seconds)))
    await room.settle()
    assert room.rows() == [row]


async def test_what_only_says_something_needs_no_house_for_an_event(room: Room, firings: Firings) -> None:
    room.ready = False
    for name, do in (("words", WORDS), ("lamp", LAMP)):
        room.book.add(routine(name, {"event": "bell"}, do))
        firings.happened(firing(name, room.clock.now()))
    firings.happened(firing("unknown", room.clock.now()))
    await room.settle()
    assert (room.rows("words"), room.rows("lamp")) == ([("done", "")], [("missed", "the house was not connected")])


async def test_only_a_firing_by_the_clock_accounts_for_its_moment_also_in_quiet_hours(
    room: Room, firings: Firings
) -> None:
    room.book.add(made := routine("x", [{"every": "10 min"}, {"event": "bell"}], quiet=["00:00", "23:59"]))
    before = room.book.accounted("x")
    await room.clock.advance(60)
    firings.happened(firing("x", room.clock.now()))
    assert room.book.accounted("x") == before
    firings.account(made, dues(room, 0), room.clock.now(), more=False)
    assert room.book.accounted("x") == room.clock.now()
    assert room.rows() == [("skipped", "in its quiet hours")] * 2
    assert not room.told, "what was to be is no trouble"


async def test_a_row_that_is_there_already_is_told_no_second_time(room: Room, firings: Firings) -> None:
    room.book.add(routine("x", {"every": "10 min"}))
    due = dues(room, 20)[0].firing("x")
    for _ in range(2):
        firings.note(due, "missed", "Claw was busy")
    assert (room.told, len(room.rows())) == (1, 1)
    firings.note(dues(room, 10)[0].firing("x"), "skipped", "in its quiet hours")
    assert room.told == 1
