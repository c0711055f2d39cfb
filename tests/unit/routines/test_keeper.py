"""The keeper in virtual time: what is due runs once, and what does not run says why."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from claw.base.errors import Refused, Unavailable
from claw.routines.book import Book
from claw.routines.history import BY_CLOCK
from claw.routines.keeper import LOOKS, MOST_EVENTS
from claw.routines.model import Done
from claw.routines.place import Place
from claw.routines.under_way import AT_ONCE, LONGEST_S, MOST_QUEUED
from tests.keeper_room import ANNA, WORDS, Room, firing, routine

SIX = datetime(2026, 1, 5, 6, tzinfo=UTC)
"""A Monday, 07:00 on the wall clock."""
MINUTES, HOURS, DAYS = 60, 3600, 86_400


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    yield room
    await room.keeper.close()


async def begin(room: Room, *routines: object) -> None:
    for each in routines:
        room.book.add(each)  # type: ignore[arg-type]
    room.keeper.start()
    await room.settle()


def at(minutes: float) -> datetime:
    return SIX + timedelta(minutes=minutes)


async def until(so: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if so():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came")


# On time.


async def test_what_is_due_runs_then_and_once(room: Room) -> None:
    await begin(room, routine("blinds", {"at": "07:30"}), routine("tick", {"every": "30 min"}))
    await room.clock.advance(2 * DAYS + HOURS)
    assert room.doer.dues("blinds") == [at(30), at(30 + 1440), at(30 + 2880)]
    ticks = room.doer.dues("tick")
    assert ticks == [SIX + timedelta(minutes=30 * n) for n in range(1, 2 * 48 + 3)]
    assert {status for status, _ in room.rows()} == {"done"}
    found = room.book.get("tick")
    assert found is not None
    assert found.runs == len(ticks)


async def test_two_triggers_at_the_same_moment_are_one_firing(room: Room) -> None:
    await begin(room, routine("blinds", [{"at": "07:30"}, {"cron": "30 7 * * *"}, {"at": "07:30", "days": ["mon"]}]))
    await room.clock.advance(2 * HOURS)
    assert room.doer.dues("blinds") == [at(30)]


async def test_a_routine_made_changed_paused_or_removed_counts_at_once(room: Room) -> None:
    await begin(room)
    await room.clock.advance(10 * MINUTES)
    room.book.add(routine("lamp", {"at": "07:30"}))
    await room.clock.advance(5 * MINUTES)
    room.book.put(routine("lamp", {"at": "07:20"}))
    await room.clock.advance(10 * MINUTES)
    assert room.doer.dues("lamp") == [at(20)]
    room.book.put(routine("lamp", {"every": "10 min"}, created=room.clock.now()))
    await room.clock.advance(11 * MINUTES)
    room.book.change("lamp", state="paused")
    await room.clock.advance(2 * HOURS)
    room.book.change("lamp", state="on")
    await room.clock.advance(9 * MINUTES)
    assert room.doer.dues("lamp") == [at(20), at(35), at(165)]
    room.book.remove("lamp", "")
    await room.clock.advance(2 * HOURS)
    assert len(room.doer.did) == 3
    assert [row for row in room.rows() if row[0] != "done"] == [], "a routine that rests has no firings to account for"


async def test_an_event_runs_it_and_the_same_event_twice_does_not(room: Room) -> None:
    await begin(room, routine("lamp", {"event": "bell"}))
    for _ in range(3):
        room.keeper.fire(firing("lamp", SIX, "bell 1", context="01H"))
    await room.settle()
    await room.restart()
    room.keeper.fire(firing("lamp", SIX, "bell 1", context="01H"))
    room.keeper.fire(firing("nobody", SIX))
    await room.settle()
    assert room.rows() == [("done", "")]


async def test_a_single_moment_is_over_when_it_has_come(room: Room) -> None:
    await begin(room, routine("oven", {"once": "2026-01-05T07:20:00"}), routine("tea", {"at": "07:10"}, max_runs=2))
    await room.clock.advance(3 * DAYS)
    assert room.doer.dues("oven") == [at(20)]
    assert room.doer.dues("tea") == [at(10), at(10 + 1440)]
    states = {each.id: (each.state, each.why) for each in room.book.all()}
    assert states == {"oven": ("over", "its time has come"), "tea": ("over", "it has run 2 times")}


@pytest.mark.parametrize("end", [{"until": "2026-01-06T12:00:00"}, {"expires": datetime(2026, 1, 6, 11, tzinfo=UTC)}])
async def test_after_its_last_day_it_is_over(room: Room, end: dict[str, object]) -> None:
    await begin(room, routine("blinds", {"at": "07:30"}, **end), routine("bell", {"event": "bell"}, **end))
    await room.clock.advance(5 * DAYS)
    room.keeper.fire(firing("bell", room.clock.now()))
    await room.settle()
    assert room.doer.did == [("blinds", at(30)), ("blinds", at(30 + 1440))]
    assert {each.state for each in room.book.all()} == {"over"}


async def test_the_next_firings_leave_out_what_will_not_be(room: Room) -> None:
    skips = frozenset({date(2026, 1, 6)})
    await begin(
        room,
        routine("blinds", {"at": "07:30"}, skips=skips),
        routine("quiet", {"every": "1 h"}, quiet=["09:00", "22:00"], created=SIX),
        routine("few", {"at": "07:30"}, max_runs=2),
        routine("ends", {"at": "07:30"}, until="2026-01-06T07:00:00"),
        routine("bell", {"event": "bell"}),
    )
    assert room.keeper.upcoming("blinds") == (at(30), at(30 + 2880), at(30 + 4320))
    assert room.keeper.upcoming("quiet") == (at(60), at(15 * 60), at(16 * 60))
    assert room.keeper.upcoming("few") == (at(30), at(30 + 1440))
    assert room.keeper.upcoming("ends") == (at(30),)
    assert room.keeper.upcoming("bell") == room.keeper.upcoming("nobody") == ()


# What stands against a run, each with its row.


async def test_skips_quiet_hours_and_cool_downs_are_rows_and_no_trouble(room: Room) -> None:
    await begin(
        room,
        routine("skip", {"at": "07:30"}, skips=frozenset({date(2026, 1, 5)})),
        routine("quiet", {"at": "07:30"}, quiet=["22:00", "08:00"]),
        routine("rests", {"every": "10 min"}, cooldown="25 min", created=SIX),
    )
    await room.clock.advance(75 * MINUTES)
    assert room.rows("skip") == [("skipped", "it was to be skipped on that day")]
    assert room.rows("quiet") == [("skipped", "in its quiet hours")]
    assert room.doer.dues("rests") == [at(10), at(40), at(70)]
    assert room.book.counts(SIX)["skipped"] == 1 + 1 + 4
    assert room.book.untold() == ()
    await room.clock.advance(DAYS)
    assert at(30 + 1440) in room.doer.dues("skip")


async def test_the_stop_holds_and_nothing_held_is_done_later(room: Room) -> None:
    await begin(room, routine("tick", {"every": "10 min"}, created=SIX), routine("bell", {"event": "bell"}))
    room.stopped = "Claw is stopped"
    room.keeper.wake()
    await room.clock.advance(35 * MINUTES)
    room.keeper.fire(firing("bell", room.clock.now()))
    await room.settle()
    room.stopped, told = "", room.told
    room.keeper.wake()
    assert room.told > told, "what could not be told meanwhile is told now"
    await room.clock.advance(6 * MINUTES)
    assert room.doer.did == [("tick", at(40))]
    assert [(each.status, each.times) for each in reversed(room.book.runs("tick"))] == [("held", 3), ("done", 1)]
    assert room.rows("bell") == [("held", "Claw is stopped")]
    assert len(room.book.untold()) == 2


async def test_what_was_missed_or_waits_for_the_house_is_held_where_claw_is_stopped_then(room: Room) -> None:
    await begin(room, routine("blinds", {"at": "07:30"}), routine("lamp", {"at": "08:30"}))
    room.stopped = "Claw is stopped"
    await room.restart(31 * MINUTES)
    room.stopped = ""
    await room.clock.advance(10 * MINUTES)
    room.ready = False
    await room.clock.advance(50 * MINUTES)
    assert room.rows("lamp") == []
    room.stopped = "Claw is stopped"
    room.keeper.wake()
    await room.settle()
    room.stopped, room.ready = "", True
    room.keeper.wake()
    await room.clock.advance(HOURS)
    assert room.doer.did == []
    assert [status for status, _ in room.rows()] == ["held", "held"]


async def test_a_pause_holds_all_but_what_guards_life(room: Room) -> None:
    smoke = routine(
        "safety-smoke",
        {"event": "smoke"},
        kind="safety",
        quiet=["00:00", "23:59"],
        cooldown="1 h",
        skips=frozenset({date(2026, 1, 5)}),
    )
    fake = routine("safe", {"event": "smoke"}, kind="safety")
    await begin(room, smoke, fake)
    room.paused = "Claw is paused"
    for number in range(2):
        for name in ("safety-smoke", "safe"):
            room.keeper.fire(firing(name, SIX, f"smoke {number}"))
        await room.settle()
    assert [status for status, _ in room.rows("safety-smoke")] == ["done", "done"]
    assert room.doer.dues("safe") == []


async def test_the_stop_in_the_middle_of_a_run_is_why_it_did_not_work(room: Room) -> None:
    async def refused() -> Done:
        room.stopped = "Claw is stopped"
        return Done("refused", "stopped")

    await begin(room, routine("lamp", {"at": "07:10"}))
    room.doer.answers = {"lamp": refused}
    await room.clock.advance(HOURS)
    assert room.rows() == [("held", "Claw is stopped")]


# Missed.


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        ("skip", {"missed": 5}),
        ("once", {"missed": 4, "done": 1}),
        ("all", {"missed": 4, "done": 1}),
    ],
)
async def test_what_was_due_while_claw_did_not_run(room: Room, missed: str, expected: dict[str, int]) -> None:
    await begin(room, routine("tick", {"every": "20 min"}, created=SIX, missed=missed))
    await room.restart(105 * MINUTES)
    assert room.book.counts(SIX) == expected
    assert room.doer.dues("tick") == ([] if missed == "skip" else [at(100)])
    late = [reason for status, reason in room.rows() if status == "done"]
    assert late == ([] if missed == "skip" else ["5 min late (Claw was not running)"])
    assert all(reason == "Claw was not running" for status, reason in room.rows() if status == "missed")
    assert len(room.book.untold()) == len(room.rows()), "each reaches the person"


async def test_all_that_is_not_too_old_runs_in_order(room: Room) -> None:
    await begin(room, routine("tick", {"every": "20 min"}, created=SIX, missed="all", grace="1 h"))
    room.doer.lasts_s = 5
    await room.restart(105 * MINUTES)
    await room.clock.advance(60)
    assert room.doer.dues("tick") == [at(60), at(80), at(100)]
    assert room.doer.most == 1
    assert room.book.counts(SIX) == {"missed": 2, "done": 3}


async def test_a_single_moment_that_was_missed_is_over_and_told(room: Room) -> None:
    await begin(room, routine("oven", {"once": "2026-01-05T07:20:00"}), routine("tea", {"once": "2026-01-05T08:50:00"}))
    await room.restart(2 * HOURS)
    assert room.rows("oven") == [("missed", "Claw was not running")]
    assert room.rows("tea") == [("done", "10 min late (Claw was not running)")]
    assert {each.state for each in room.book.all()} == {"over"}


async def test_a_year_away_is_accounted_for_without_holding_up_anything_else(room: Room) -> None:
    await begin(room, routine("tick", {"every": "1 h"}, created=SIX), routine("lamp", {"every": "1 d"}, created=SIX))
    other = routine("other", {"event": "bell"})
    room.book.add(other)
    await room.keeper.close()
    room.clock.jump(365 * DAYS - 60)
    fired = False

    def bell() -> None:
        nonlocal fired
        fired = True
        room.keeper.fire(firing("other", room.clock.now()))

    asyncio.get_running_loop().call_later(0.01, bell)
    await room.restart(60)
    while room.book.accounted("tick") < room.clock.now():
        await asyncio.sleep(0)
        if room.doer.dues("other"):
            break
    assert fired
    assert room.book.accounted("tick") < room.clock.now(), "the bell did not wait for the end of it"
    await until(lambda: room.book.accounted("tick") >= room.clock.now() - timedelta(hours=1))
    await room.settle()
    counts = room.book.counts(SIX)
    assert counts == {"missed": 365 * 24 - 1 + 364, "done": 3}


async def test_the_house_away_is_waited_for_as_long_as_it_is_in_time(room: Room) -> None:
    await begin(
        room,
        routine("soon", {"at": "07:10"}),
        routine("late", {"at": "07:04"}),
        routine("skip", {"at": "07:10"}, missed="skip"),
        routine("words", {"at": "07:10"}, WORDS),
        routine("bell", {"event": "bell"}),
    )
    room.ready = False
    await room.clock.advance(10 * MINUTES)
    room.keeper.fire(firing("bell", room.clock.now()))
    await room.settle()
    assert room.doer.did == [("words", at(10))], "a message needs no house"
    await room.clock.advance(10 * MINUTES)
    assert room.rows("late") == [("missed", "the house was not connected")], "it is told while it is away"
    assert room.rows("skip") == [("missed", "the house was not connected")]
    assert room.rows("bell") == [("missed", "the house was not connected")]
    assert room.rows("soon") == []
    room.ready = True
    await room.clock.advance(5)
    assert room.rows("soon") == [("done", "10 min late (the house was not connected)")]
    await room.clock.advance(DAYS)
    assert room.rows("late")[1:] == [("done", "")]


async def test_much_that_waits_for_the_house_keeps_nobody_busy_and_runs_in_order(room: Room) -> None:
    await begin(room, routine("tick", {"every": "1 min"}, created=SIX, missed="all", grace="2 h", overlap="queue"))
    room.ready = False
    looks = 0
    look = room.keeper._look

    def counted(name: str) -> None:
        nonlocal looks
        looks += 1
        look(name)

    room.keeper._look = counted  # type: ignore[method-assign]
    await room.clock.advance(50 * MINUTES)
    assert looks < 50 * 40, "one look at each notice of the house, and none in between"
    room.ready = True
    await room.clock.advance(30)
    while len(room.doer.did) < 50:
        await room.clock.advance(1)
    assert room.doer.dues("tick") == [at(n) for n in range(1, 51)]


async def test_when_the_house_comes_back_many_that_waited_for_it_leave_the_loop_to_others(room: Room) -> None:
    names = [f"r{number}" for number in range(3 * LOOKS)]
    await begin(room, *(routine(name, {"at": "07:10"}) for name in names))
    room.ready = False
    await room.clock.advance(12 * MINUTES)
    while len(room.keeper._parked) < len(names):
        await room.settle()
    now, asked = room.clock.now, 0

    def passing() -> datetime:
        """Time goes on while the keeper works, as it does outside of tests; a keeper that never rests ends here."""
        nonlocal asked
        asked += 1
        assert asked < 100_000, "the keeper is at work without end"
        return now() + timedelta(microseconds=asked)

    room.clock.now = passing  # type: ignore[method-assign]
    room.ready = True
    await room.clock.advance(5)
    while len(room.doer.did) < len(names):
        await room.clock.advance(1)
    assert sorted({name for name, _ in room.doer.did}) == sorted(names)


async def test_an_event_that_was_seen_late_follows_the_same_rule(room: Room) -> None:
    await begin(room, routine("bell", {"event": "bell"}), routine("skip", {"event": "bell"}, missed="skip"))
    for name in ("bell", "skip"):
        room.keeper.fire(firing(name, SIX - timedelta(minutes=10), "a"))
        room.keeper.fire(firing(name, SIX - timedelta(minutes=20), "b"))
    await room.settle()
    assert room.rows("bell") == [("missed", "Claw was not running"), ("done", "10 min late")]
    assert {status for status, _ in room.rows("skip")} == {"missed"}


# Clocks that are set.


async def test_a_clock_set_forward_runs_what_is_in_time_and_names_the_reason(room: Room) -> None:
    await begin(room, routine("blinds", {"at": "07:30"}), routine("lamp", {"at": "09:55"}))
    room.clock.jump(3 * HOURS)
    await room.clock.advance(61)
    assert room.rows("blinds") == [("missed", "the clock was set forward")]
    assert room.rows("lamp") == [("done", "6 min late (the clock was set forward)")]


async def test_a_clock_set_back_does_nothing_twice(room: Room) -> None:
    await begin(
        room,
        routine("blinds", {"at": "07:30"}),
        routine("tick", {"every": "10 min"}, created=SIX),
        routine("pizza", {"once": "2026-01-05T07:45:00"}, kind="timer"),
    )
    await room.clock.advance(35 * MINUTES)
    assert len(room.doer.did) == 4
    room.clock.jump(-20 * MINUTES)  # 07:15 again
    await room.clock.advance(65 * MINUTES)
    assert room.doer.dues("blinds") == [at(30)]
    assert room.doer.dues("pizza") == [at(25)], "ten minutes were left, and ten minutes passed"
    assert room.doer.dues("tick") == [at(10), at(20), at(30), *(at(20 + 10 * n) for n in range(7))]
    assert {status for status, _ in room.rows()} == {"done"}


async def test_a_clock_set_forward_by_mistake_loses_nothing_when_it_is_put_right(room: Room) -> None:
    await begin(room, routine("blinds", {"at": "08:30"}))
    room.clock.jump(5 * HOURS)
    await room.clock.advance(2 * MINUTES)
    assert room.rows() == [("missed", "the clock was set forward")]
    room.clock.jump(-5 * HOURS)
    await room.clock.advance(2 * HOURS)
    assert room.rows() == [("done", "")]


async def test_a_clock_that_was_years_ahead_does_not_silence_what_follows_it(room: Room) -> None:
    room.clock.jump(400 * DAYS)
    await begin(room, routine("blinds", {"at": "07:30"}), routine("tick", {"every": "1 h"}, created=room.clock.now()))
    await room.clock.advance(DAYS)
    await room.restart(-401 * DAYS)
    before = len(room.doer.did)
    await room.clock.advance(DAYS)
    assert len(room.doer.dues("blinds")) == 2
    assert len(room.doer.did) - before == 25


async def test_a_timer_that_is_set_right_after_the_clock_was_set_back_is_not_taken_for_an_older_one(room: Room) -> None:
    await begin(room, routine("bell", {"event": "bell"}))
    room.clock.jump(-2 * HOURS)
    room.book.add(
        routine("pizza", {"once": "2026-01-05T05:20:00"}, kind="timer", created=room.clock.now()),
    )
    room.book.add(routine("tick", {"every": "45 min"}, created=room.clock.now()))
    await room.clock.advance(HOURS)
    assert room.doer.did == [("pizza", at(-100)), ("tick", at(-75))]


async def test_old_rows_go_by_themselves_and_nothing_waits_for_that(room: Room) -> None:
    await begin(room, *(routine(f"r{n}", {"at": "07:10"}) for n in range(3)))
    await room.clock.advance(HOURS)
    assert len(room.rows()) == 3
    await room.keeper.close()
    room.clock.jump(91 * DAYS)
    with room.db.conn:
        room.db.conn.execute("update routines set state = 'paused'")
    await room.restart()
    await room.clock.advance(DAYS + HOURS)
    assert room.rows() == []


async def test_old_rows_go_once_a_day_and_a_damaged_one_ends_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(room, routine("lamp", {"every": "10 min"}), routine("gone", {"at": "07:10"}))
    room.book.remove("gone", "by hand")
    with room.db.conn:
        room.db.conn.execute("update routines set kept = '{\"removed_at\": \"long ago\"}' where id = 'gone'")
    days: list[float] = []
    tidying = room.book.tidying
    monkeypatch.setattr(room.book, "tidying", lambda: (days.append(room.clock.monotonic()), tidying())[1])
    await room.clock.advance(DAYS + HOURS)
    monkeypatch.setattr(room.book, "tidying", lambda: (days.append(room.clock.monotonic()), 1 / 0)[1])
    await room.clock.advance(DAYS)
    assert len(days) == 2
    assert room.clock.now() - max(room.doer.dues("lamp")) <= timedelta(minutes=10)


async def test_an_hour_that_comes_twice_or_not_at_all_fires_once(room: Room) -> None:
    room.clock.jump((datetime(2026, 3, 28, 12, tzinfo=UTC) - SIX).total_seconds())
    await begin(room, routine("night", {"at": "02:30"}), routine("cron", {"cron": "30 2 * * *"}))
    await room.clock.advance(2 * DAYS)
    room.clock.jump((datetime(2026, 10, 24, 12, tzinfo=UTC) - room.clock.now()).total_seconds())
    await room.keeper.close()
    room.doer.did.clear()
    await room.restart()
    room.doer.did.clear()
    await room.clock.advance(2 * DAYS)
    for name in ("night", "cron"):
        wall = [f"{room.place.wall(due):%d %H:%M}" for due in room.doer.dues(name)]
        assert wall == ["25 02:30", "26 02:30"]


# Overlap.


async def test_a_firing_while_the_run_before_goes_on_follows_its_rule(room: Room) -> None:
    room.doer.lasts_s = 25 * MINUTES
    await begin(
        room,
        *(routine(rule, {"every": "10 min"}, overlap=rule, created=SIX, max_runs=9) for rule in ("queue", "skip")),
        routine("restart", {"every": "10 min"}, overlap="restart", created=SIX),
    )
    await room.clock.advance(69 * MINUTES)
    began = {
        name: [each.began for each in reversed(room.book.runs(name)) if each.began]
        for name in ("queue", "skip", "restart")
    }
    assert began["queue"] == [at(10), at(35), at(60)]
    assert began["skip"] == [at(10), at(40)]
    assert began["restart"] == [at(10 * n) for n in range(1, 7)]
    assert {reason for status, reason in room.rows("skip") if status == "skipped"} == {
        "the run before it was still under way"
    }
    assert room.rows("restart")[0] == ("replaced", "a later firing took its place")
    assert len(room.doer.cancelled) == 5
    assert room.doer.most == 3, "one of each"


async def test_a_queue_has_an_end(room: Room) -> None:
    room.doer.lasts_s = 1000
    await begin(room, routine("bell", {"event": "bell"}))
    for number in range(30):
        room.keeper.fire(firing("bell", SIX, f"bell {number}"))
        await room.settle()
    counts = room.book.counts(SIX - timedelta(days=1))
    assert counts == {"running": 11, "skipped": 19}


async def test_what_waits_in_a_queue_does_not_run_when_its_routine_is_paused_meanwhile(room: Room) -> None:
    room.doer.lasts_s = 100
    await begin(room, routine("bell", {"event": "bell"}))
    for number in range(3):
        room.keeper.fire(firing("bell", SIX, f"bell {number}"))
        await room.settle()
    room.book.change("bell", state="paused")
    await room.clock.advance(500)
    assert room.rows() == [("done", ""), *[("skipped", "it is paused since it was due")] * 2]


# Runs that go wrong.


@pytest.mark.parametrize(
    ("raised", "status", "reason"),
    [
        (Refused("a rule says no"), "refused", "a rule says no"),
        (Unavailable("the house is gone"), "failed", "the house is gone"),
        (ZeroDivisionError("x"), "failed", "an error inside of Claw (ZeroDivisionError)"),
    ],
)
async def test_a_run_that_raises_is_a_row_and_the_next_one_comes(
    room: Room, raised: Exception, status: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    room.doer.answers = {"bad": raised}
    await begin(
        room, routine("bad", {"every": "10 min"}, created=SIX), routine("good", {"every": "10 min"}, created=SIX)
    )
    await room.clock.advance(25 * MINUTES)
    assert room.rows("bad") == [(status, reason)] * 2
    assert room.rows("good") == [("done", "")] * 2
    assert len(room.book.untold()) == 2
    assert room.told > 0


async def test_a_run_that_hangs_is_ended_and_the_next_one_comes(room: Room) -> None:
    async def hangs() -> Done:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if room.clock.now() > SIX + timedelta(days=1):
                    raise

    await begin(room, routine("bad", {"at": "07:10"}), routine("good", {"every": "10 min"}, created=SIX))
    room.doer.answers = {"bad": hangs}
    await room.clock.advance(10 * MINUTES + LONGEST_S + 60)
    assert room.rows("bad") == [("failed", "it did not end within 30 min; what it had begun stands in the log")]
    assert room.doer.cancelled
    assert len(room.rows("good")) == 4
    await room.clock.advance(DAYS)
    await room.keeper.close()


async def test_a_thousand_that_are_due_in_one_second_all_run_and_the_loop_stays_free(room: Room) -> None:
    room.doer.lasts_s = 1
    await begin(room, *(routine(f"r{n}", {"at": "07:10"}) for n in range(1000)))
    await room.clock.advance(10 * MINUTES - 1)
    turns = 0
    going = True

    async def counting() -> None:
        nonlocal turns
        for turns in range(1_000_000):  # noqa: B007  how many it came to
            await asyncio.sleep(0)
            if not going:
                return

    counter = asyncio.get_running_loop().create_task(counting())
    await room.clock.advance(200)
    while room.book.counts(SIX).get("done", 0) < 1000:
        await room.clock.advance(10)
    going = False
    await counter
    assert room.book.counts(SIX) == {"done": 1000}
    assert sorted(room.doer.did) == sorted((f"r{n}", at(10)) for n in range(1000))
    assert room.doer.most == AT_ONCE
    assert turns > 1000, "other work had its turn between any two of them"


async def test_what_guards_life_waits_for_no_other_run(room: Room) -> None:
    room.doer.lasts_s = 1000
    smoke = routine("safety-smoke", {"event": "smoke"}, kind="safety")
    await begin(room, smoke, *(routine(f"r{n}", {"at": "07:10"}) for n in range(AT_ONCE + 5)))
    await room.clock.advance(11 * MINUTES)
    await room.settle()
    assert room.doer.going == AT_ONCE
    room.keeper.fire(firing("safety-smoke", room.clock.now()))
    await room.settle()
    assert room.doer.dues("safety-smoke")


async def test_a_disk_that_takes_nothing_has_nothing_done_but_what_guards_life(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    smoke = routine("safety-smoke", {"event": "smoke"}, kind="safety")
    await begin(room, routine("blinds", {"at": "07:10"}), smoke)
    room.db.conn.execute("pragma query_only=on")
    await room.clock.advance(11 * MINUTES)
    room.keeper.fire(firing("safety-smoke", room.clock.now()))
    await room.settle()
    assert [name for name, _ in room.doer.did] == ["safety-smoke"]
    assert "blinds could not be looked at" in caplog.text
    room.db.conn.execute("pragma query_only=off")
    await room.clock.advance(2 * MINUTES)
    assert [name for name, _ in room.doer.did] == ["safety-smoke", "blinds"], "it is tried again while it is in time"


async def test_a_trigger_that_is_none_stops_its_routine_and_no_other(room: Room) -> None:
    await begin(room, routine("bad", {"cron": "61 7 * * *"}), routine("good", {"at": "07:10"}))
    await room.clock.advance(HOURS)
    bad = room.book.get("bad")
    assert bad is not None
    assert bad.state == "suspended"
    assert "61" in bad.why
    assert room.rows() == [("done", "")]


# A life that ended in the middle.


async def test_a_run_that_was_under_way_is_settled_and_never_done_again(room: Room) -> None:
    room.doer.lasts_s = 1000
    await begin(room, routine("blinds", {"at": "07:10"}))
    await room.clock.advance(10 * MINUTES + 1)
    room.settled.done = Done("unknown", "Claw ended in the middle of it")
    await room.restart(5)
    await room.clock.advance(HOURS)
    assert room.doer.dues("blinds") == [at(10)]
    assert room.rows() == [("unknown", "Claw ended in the middle of it")]
    assert len(room.settled.asked) == 1


@pytest.mark.parametrize(("away", "status"), [(5, "done"), (20 * MINUTES, "missed")])
@pytest.mark.parametrize("when", [{"at": "07:10"}, {"once": "2026-01-05T07:10:00"}])
async def test_a_run_of_which_nothing_was_begun_runs_where_it_is_in_time(
    room: Room, away: float, status: str, when: dict[str, str]
) -> None:
    room.doer.lasts_s = 1000
    await begin(room, routine("blinds", when))
    await room.clock.advance(10 * MINUTES + 1)
    room.doer.lasts_s = 0
    room.ready = False
    await room.restart(away)
    assert [each for each, _ in room.rows()] == ["missed" if status == "missed" else "running"]
    room.ready = True
    await room.clock.advance(10)
    assert [each for each, _ in room.rows()] == [status]
    assert len(room.doer.did) == (2 if status == "done" else 1)


@pytest.mark.parametrize("left", ["paused", "removed", "asked"])
async def test_what_was_not_begun_is_not_done_after_an_end_for_what_fires_no_more_or_whoever_asked_then(
    room: Room, left: str
) -> None:
    await begin(room, routine("blinds", {"event": "bell"}))
    more = {"asked_by": ANNA} if left == "asked" else {}
    assert room.book.claim(firing("blinds", room.clock.now(), "bell 1", **more), begin=False) is not None
    if left == "paused":
        room.book.change("blinds", state="paused")
    if left == "removed":
        room.book.remove("blinds", "by hand")
    await room.restart(5)
    assert room.rows() == [("missed", "Claw ended before it began")]
    assert room.doer.did == []


@pytest.mark.parametrize(("away", "why"), [(5, ""), (300, "5 min late (Claw was not running)")])
async def test_a_run_that_begins_after_an_end_says_why_it_is_late_and_words_need_no_house(
    room: Room, away: float, why: str
) -> None:
    await begin(room, routine("words", {"event": "bell"}, WORDS))
    assert room.book.claim(firing("words", room.clock.now(), "bell 1"), begin=False) is not None
    room.ready = False
    await room.restart(away)
    await room.settle()
    assert room.rows() == [("done", why)]


async def test_what_waited_for_its_turn_is_held_where_claw_is_stopped_at_its_next_start(room: Room) -> None:
    room.doer.lasts_s = 1000
    await begin(room, routine("blinds", {"every": "5 min"}, created=SIX))
    await room.clock.advance(11 * MINUTES)
    room.stopped = "Claw is stopped"
    await room.restart(5)
    assert [status for status, _ in room.rows()] == ["held", "held"]
    assert len(room.doer.did) == 1


async def test_a_settling_that_fails_closes_the_row_all_the_same(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(run: object) -> Done:
        raise ValueError("a bug")

    room.doer.lasts_s = 1000
    await begin(room, routine("blinds", {"at": "07:10"}))
    await room.clock.advance(10 * MINUTES + 1)
    room.settled.of = broken  # type: ignore[method-assign]
    await room.restart(5)
    assert room.rows() == [("unknown", "Claw ended in the middle of it")]


# By hand.


async def test_a_person_has_it_run_whatever_its_own_rules_say(room: Room) -> None:
    blinds = routine("blinds", {"at": "23:30"}, quiet=["00:00", "23:00"], skips=frozenset({date(2026, 1, 5)}))
    await begin(room, blinds)
    room.book.change("blinds", state="paused")
    run = await room.keeper.run_now("blinds", ANNA)
    assert (run.status, run.firing.asked_by) == ("done", ANNA)
    assert room.book.run(run.id) == run
    room.stopped = "Claw is stopped"
    with pytest.raises(Refused, match="stopped"):
        await room.keeper.run_now("blinds", ANNA)


@pytest.mark.parametrize("state", ["waiting", "suspended", "removed"])
async def test_what_may_not_act_does_not_run_by_hand_either(room: Room, state: str) -> None:
    await begin(room, routine("blinds", {"at": "23:30"}, state=state))
    with pytest.raises(Refused, match=state):
        await room.keeper.run_now("blinds", ANNA)
    with pytest.raises(Refused, match="no routine"):
        await room.keeper.run_now("nothing", ANNA)
    assert room.doer.did == []


# The loop itself.


async def test_a_flood_of_events_is_taken_in_part_and_counted_in_whole(room: Room) -> None:
    await begin(room, routine("bell", {"event": "bell"}, cooldown="1 h"))
    for number in range(5000):
        room.keeper.fire(firing("bell", SIX, f"bell {number}"))
    await until(lambda: sum(room.book.counts(SIX - timedelta(days=1)).values()) >= 5000)
    assert room.book.counts(SIX - timedelta(days=1)) == {"done": 1, "skipped": 4999}
    assert len(room.rows()) <= 4


async def test_a_house_with_no_clocks_to_follow_is_never_woken(room: Room) -> None:
    await begin(room, routine("bell", {"event": "bell"}))
    await room.clock.advance(HOURS)
    sleepers = [due for due, _, future in room.clock._sleepers if not future.done()]
    assert len(sleepers) == 1
    assert sleepers[0] >= DAYS


async def test_many_events_leave_nothing_behind_in_what_is_looked_at_later(room: Room) -> None:
    await begin(room, routine("bell", [{"event": "bell"}, {"at": "22:00"}], until="2026-12-01T00:00:00"))
    for number in range(200):
        room.keeper.fire(firing("bell", SIX, f"bell {number}"))
        await room.settle()
    assert len(room.doer.did) == 200
    assert len(room.keeper._looks) <= 3


async def test_a_firing_by_the_clock_carries_its_moment_in_its_name(room: Room) -> None:
    await begin(room, routine("blinds", {"at": "07:30"}))
    await room.clock.advance(HOURS)
    assert [each.firing.key for each in room.book.runs()] == [f"{BY_CLOCK}{at(30).isoformat()}"]


@pytest.mark.parametrize(("zone", "minutes"), [("Europe/London", 180), ("Europe/Helsinki", 60)])
async def test_a_house_that_moves_follows_the_clock_where_it_is(room: Room, zone: str, minutes: float) -> None:
    await begin(room, routine("blinds", {"at": "09:00"}))
    room.place = Place(ZoneInfo(zone))
    room.keeper.wake()
    await room.clock.advance(12 * HOURS)
    assert room.doer.dues("blinds") == [at(minutes)]


async def test_what_was_missed_has_its_row_also_where_the_first_of_it_was_done_before_the_clock_was_set_back(
    room: Room,
) -> None:
    await begin(room, routine("tick", {"cron": "*/30 * * * *"}))
    await room.clock.advance(125 * MINUTES)  # 06:30 to 08:00 are done
    room.clock.jump(-HOURS)
    await room.clock.advance(2 * MINUTES)
    await room.restart(5 * HOURS)  # at 12:07
    done = {at(30 * n) for n in range(1, 5)}
    assert {run.firing.due for run in room.book.runs("tick") if run.status == "done"} == done | {at(360)}
    missed = [run for run in room.book.runs("tick") if run.status == "missed"]
    assert [(run.firing.due, run.until, run.times) for run in missed] == [(at(150), at(330), 7)]
    room.clock.jump(-2 * HOURS)
    await room.clock.advance(2 * MINUTES)
    await room.restart(3 * HOURS)  # what was missed together is not missed once more
    assert sum(run.times for run in room.book.runs("tick") if run.firing.due <= at(360)) == 12


async def test_an_interval_that_is_due_right_after_the_clock_was_set_back_is_not_left_out(room: Room) -> None:
    await begin(room, routine("tick", {"every": "50 min"}, created=room.clock.now()))
    await room.clock.advance(100 * MINUTES - 8)
    room.clock.jump(-HOURS)
    await room.clock.advance(60 * MINUTES)
    assert room.doer.dues("tick") == [at(50), at(40), at(90)], "after each 50 minutes that passed"


async def test_an_interval_that_waits_for_the_house_waits_on_when_the_clock_is_set_back(room: Room) -> None:
    await begin(room, routine("tick", {"every": "1 h"}, grace="2 h", created=room.clock.now()))
    await room.clock.advance(50 * MINUTES)
    room.ready = False
    await room.clock.advance(20 * MINUTES)
    room.ready = True
    room.clock.jump(-150 * MINUTES)
    await room.clock.advance(60 * MINUTES)
    assert room.doer.dues("tick") == [at(60 - 150), at(120 - 150)]
    assert [status for status, _ in room.rows()] == ["done", "done"]


async def test_what_was_held_holds_no_moment_of_an_interval_after_the_clock_was_set_back(room: Room) -> None:
    await begin(room, routine("tick", {"every": "30 min"}, created=room.clock.now()))
    room.stopped = "Claw is stopped"
    await room.clock.advance(100 * MINUTES)
    room.stopped = ""
    room.keeper.wake()
    room.clock.jump(-90 * MINUTES)
    await room.clock.advance(100 * MINUTES)
    assert room.doer.dues("tick") == [at(30), at(60), at(90)]


async def test_what_guards_life_comes_first_and_through_any_flood(room: Room) -> None:
    bell = routine("bell", {"event": "bell"}, cooldown="1 h")
    await begin(room, bell, routine("safety-smoke", {"event": "smoke"}, kind="safety"))
    for number in range(MOST_EVENTS):
        room.keeper.fire(firing("bell", SIX, f"bell {number}"))
    room.keeper.fire(firing("safety-smoke", SIX, "smoke"))
    await room.clock.advance(1)
    assert room.doer.did[0][0] == "safety-smoke"
    assert room.rows("safety-smoke") == [("done", "")]


async def test_who_wants_it_to_run_hears_where_too_many_wait(room: Room) -> None:
    room.doer.lasts_s = 10
    await begin(room, routine("lamp", {"event": "bell"}))
    wanted = [asyncio.ensure_future(room.keeper.run_now("lamp", ANNA)) for _ in range(MOST_QUEUED + 1)]
    await room.settle()
    assert len(room.keeper.under_way()) == MOST_QUEUED + 1
    with pytest.raises(Refused, match="too many"):
        await room.keeper.run_now("lamp", ANNA)
    await room.clock.advance(10 * (MOST_QUEUED + 2))
    assert [(await each).status for each in wanted] == ["done"] * (MOST_QUEUED + 1)


async def test_what_is_over_has_no_next_firing(room: Room) -> None:
    await begin(room, routine("lamp", {"at": "07:30"}))
    assert room.keeper.upcoming("lamp")
    room.book.change("lamp", state="over")
    assert (room.keeper.upcoming("lamp"), room.keeper.upcoming("unknown")) == ((), ())


async def test_what_was_only_counted_is_on_disk_soon_and_an_end_leaves_nothing_going(room: Room) -> None:
    room.doer.lasts_s = 100
    await begin(room, routine("lamp", {"event": "bell"}, overlap="skip"))
    for number in range(4):
        room.keeper.fire(firing("lamp", SIX, f"bell {number}"))
    await room.settle()
    assert sorted((each.status, each.times) for each in Book(room.db, room.clock).runs()) == [
        ("running", 1),
        ("skipped", 3),
    ]
    listeners = len(room.book.changed)
    await room.keeper.close()
    assert (room.doer.going, len(room.book.changed)) == (0, listeners - 1)
    assert [each.status for each in room.book.unfinished()] == ["running"]


async def test_a_start_is_no_setting_of_the_clock(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    await begin(room, routine("lamp", {"at": "07:30"}))
    await room.clock.advance(100)
    assert "The clock was set" not in caplog.text
