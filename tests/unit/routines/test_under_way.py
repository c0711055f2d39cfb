"""Runs under way: claimed first, one after another, and closed whatever they do."""

import asyncio
from datetime import timedelta

import pytest

from claw.base.action import Action, Outcome
from claw.base.errors import Broken
from claw.routines.model import Done, Firing
from claw.routines.under_way import AT_ONCE, MOST_QUEUED, UnderWay
from tests.keeper_room import ANNA, Room, firing, routine


class Rig:
    def __init__(self) -> None:
        self.room = Room()
        self.ended: list[str] = []
        self.ways = UnderWay(
            self.room.book,
            self.room.doer,
            (self.room.clock, self.room.clock),
            lambda safety: self.room.stopped or ("" if safety else self.room.paused),
            self.ended.append,
        )

    def fire(self, number: int = 0, name: str = "x", **more: object) -> Firing:
        return firing(name, self.room.clock.now(), f"bell {number}", **more)


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_the_row_is_there_before_anything_is_done(rig: Rig) -> None:
    seen: list[str] = []

    async def look() -> Done:
        seen.extend(each.status for each in rig.room.book.runs())
        return Done("done")

    rig.room.book.add(made := routine("x", {"event": "bell"}))
    rig.room.doer.answers = {"x": look}
    job = rig.ways.start(made, rig.fire())
    assert job is not None
    assert [each.status for each in rig.room.book.runs()] == ["running"], "claimed before the task took a step"
    assert (await job.closed).status == "done"
    assert seen == ["running"]
    assert rig.ended == ["x"]
    assert rig.ways.start(made, rig.fire()) is None


async def test_a_stop_while_it_waits_for_its_turn_holds_it(rig: Rig) -> None:
    rig.room.doer.lasts_s = 10
    rig.room.book.add(made := routine("x", {"event": "bell"}))
    for number in range(3):
        rig.ways.start(made, rig.fire(number))
    await rig.room.clock.advance(5)
    rig.room.stopped = "Claw is stopped"
    await rig.room.clock.advance(30)
    assert rig.room.rows() == [("done", ""), *[("held", "Claw is stopped")] * 2]
    assert len(rig.room.doer.did) == 1


async def test_what_was_refused_by_the_stop_but_had_moved_something_stays_what_it_is(rig: Rig) -> None:
    done = Outcome(Action("light.turn_on", ("light.a",)), "done", audit=4)

    async def half() -> Done:
        rig.room.stopped = "Claw is stopped"
        return Done("failed", "1 of 2 acts done", (done,))

    rig.room.book.add(made := routine("x", {"event": "bell"}))
    rig.room.doer.answers = {"x": half}
    rig.ways.start(made, rig.fire())
    await rig.room.settle()
    assert rig.room.rows() == [("failed", "1 of 2 acts done")]


async def test_restart_takes_the_place_of_all_that_goes_on_and_waits(rig: Rig) -> None:
    rig.room.doer.lasts_s = 10
    rig.room.book.add(queued := routine("x", {"event": "bell"}))
    rig.ways.start(queued, rig.fire(0))
    rig.ways.start(queued, rig.fire(1))
    rig.room.book.put(restarted := routine("x", {"event": "bell"}, overlap="restart"))
    rig.ways.start(restarted, rig.fire(2))
    await rig.room.clock.advance(11)
    assert [status for status, _ in rig.room.rows()] == ["replaced", "replaced", "done"]
    assert rig.room.doer.most == 1, "the new run began when the old one had ended"


async def test_a_run_that_was_replaced_before_its_first_step_is_closed(rig: Rig) -> None:
    rig.room.book.add(made := routine("x", {"event": "bell"}, overlap="restart"))
    rig.ways.start(made, rig.fire(0))
    rig.ways.start(made, rig.fire(1))
    await rig.room.settle()
    assert [status for status, _ in rig.room.rows()] == ["replaced", "done"]
    assert len(rig.room.doer.did) == 1


async def test_what_guards_life_and_what_a_person_asked_for_replaces_nothing(rig: Rig) -> None:
    rig.room.doer.lasts_s = 10
    smoke = routine("safety-smoke", {"event": "smoke"}, kind="safety", overlap="restart")
    rig.room.book.add(smoke)
    rig.room.book.add(made := routine("x", {"event": "bell"}, overlap="restart"))
    for number in range(2):
        rig.ways.start(smoke, rig.fire(number, "safety-smoke"))
        rig.ways.start(made, rig.fire(number, "x", asked_by=ANNA))
    await rig.room.clock.advance(25)
    assert {status for status, _ in rig.room.rows()} == {"done"}
    assert rig.room.doer.cancelled == []


async def test_the_end_of_the_daemon_leaves_rows_open_and_nothing_running(rig: Rig) -> None:
    rig.room.doer.lasts_s = 10
    rig.room.book.add(made := routine("x", {"event": "bell"}))
    for number in range(3):
        rig.ways.start(made, rig.fire(number))
    await rig.room.settle()
    await rig.ways.close()
    assert rig.room.doer.going == 0
    left = rig.room.book.unfinished()
    assert [each.began is None for each in left] == [False, True, True]
    assert rig.ways.runs() == ()


async def test_how_many_go_on_is_known_and_bounded(rig: Rig) -> None:
    rig.room.doer.lasts_s = 10
    for number in range(AT_ONCE + 3):
        rig.room.book.add(made := routine(f"r{number}", {"event": "bell"}))
        rig.ways.start(made, rig.fire(0, f"r{number}"))
    await rig.room.settle()
    assert rig.room.doer.going == AT_ONCE
    assert len(rig.ways.runs()) == AT_ONCE + 3
    assert rig.ways.count("r0") == 1
    assert rig.ways.count("nothing") == 0
    waiting = [each for each in rig.room.book.unfinished() if each.began is None]
    assert len(waiting) == 3, "what waits for a place is claimed and not begun"
    await rig.room.clock.advance(25)
    assert rig.ways.runs() == ()


async def test_a_row_that_cannot_be_closed_is_settled_at_the_next_start(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise Broken("the disk is full")

    rig.room.book.add(made := routine("x", {"event": "bell"}))
    monkeypatch.setattr(rig.room.book, "close", full)
    job = rig.ways.start(made, rig.fire())
    assert job is not None
    assert (await job.closed).status == "running"
    assert "cannot be written down" in caplog.text
    assert len(rig.room.book.unfinished()) == 1


async def test_a_lateness_stands_before_what_came_of_it(rig: Rig) -> None:
    rig.room.book.add(made := routine("x", {"event": "bell"}))
    rig.room.doer.answers = {"x": Done("failed", "the lamp did not answer")}
    late = firing("x", rig.room.clock.now() - timedelta(minutes=12))
    rig.ways.start(made, late, "12 min late (Claw was busy)")
    await rig.room.settle()
    assert rig.room.rows() == [("failed", "12 min late (Claw was busy): the lamp did not answer")]
    await asyncio.sleep(0)


async def test_what_waits_for_its_turn_is_a_run_too_until_so_many_wait(rig: Rig) -> None:
    rig.room.doer.lasts_s = 10
    rig.room.book.add(made := routine("x", {"event": "bell"}))
    jobs = [rig.ways.start(made, rig.fire(number)) for number in range(MOST_QUEUED)]
    assert all(job is not None for job in jobs)
    assert not rig.ways.full("x")
    assert rig.ways.start(made, rig.fire(MOST_QUEUED)) is not None
    assert rig.ways.full("x")
    assert rig.ways.start(made, rig.fire(MOST_QUEUED + 1)) is None
    await rig.ways.close()


async def test_what_is_replaced_may_end_before_the_next_begins_beside_it(rig: Rig) -> None:
    going: list[int] = []

    async def tidies_up() -> Done:
        going.append(1)
        try:
            await rig.room.clock.sleep(100)
        except asyncio.CancelledError:
            await rig.room.clock.sleep(2)
            raise
        finally:
            going.pop()
        return Done("done")

    rig.room.book.add(made := routine("x", {"event": "bell"}, overlap="restart"))
    rig.room.doer.answers = {"x": tidies_up}
    rig.ways.start(made, rig.fire(0))
    await rig.room.settle()
    rig.ways.start(made, rig.fire(1))
    await rig.room.clock.advance(1)
    assert (len(going), len(rig.room.doer.runs)) == (1, 1)
    await rig.room.clock.advance(2)
    assert (len(going), len(rig.room.doer.runs)) == (1, 2)
    await rig.room.clock.advance(100)
    assert rig.room.rows() == [("replaced", "a later firing took its place"), ("done", "")]
