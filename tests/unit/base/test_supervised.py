"""Work that goes on: begun again ever later, left alone for long, and never anybody else's trouble."""

import asyncio
from collections.abc import Callable

import pytest

from claw.base.errors import Unavailable
from claw.base.supervised import (
    FIRST_PAUSE_S,
    LONGEST_GUARD_PAUSE_S,
    LONGEST_PAUSE_S,
    MOST_FAILURES,
    REST_S,
    WELL_S,
    Supervised,
)
from tests.held_clock import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


class Work:
    """Fails as often as it is told to, then goes on."""

    def __init__(
        self, clock: HeldClock, fails: int, error: Callable[[], BaseException] = lambda: ValueError("x")
    ) -> None:
        self.clock = clock
        self.fails = fails
        self.error = error
        self.begun: list[float] = []
        self.going = False

    async def __call__(self) -> None:
        self.begun.append(self.clock.monotonic())
        if len(self.begun) <= self.fails:
            raise self.error()
        self.going = True
        try:
            await asyncio.Event().wait()
        finally:
            self.going = False


def supervised(clock: HeldClock, work: Work, **how: bool) -> Supervised:
    return Supervised("the part", work, clock, clock, jitter=lambda: 1.0, **how)


async def test_what_goes_on_has_no_problem_and_ends_with_close(clock: HeldClock) -> None:
    work = Work(clock, 0)
    one = supervised(clock, work)
    one.start()
    one.start()
    await clock.settle()
    assert (work.begun, work.going, one.problem) == ([0.0], True, "")
    await one.close()
    assert not work.going
    await clock.advance(1000)
    assert len(work.begun) == 1, "what was closed is not begun again"


async def test_what_fails_is_begun_again_with_pauses_that_grow(clock: HeldClock) -> None:
    work = Work(clock, 4)
    one = supervised(clock, work)
    one.start()
    await clock.advance(1 + 2 + 4 + 8)
    assert work.begun == [0, 1, 3, 7, 15]
    assert one.problem == "it failed (ValueError)", "and no word of the error, which may be anybody's"
    await clock.advance(WELL_S)
    assert (work.going, one.problem, one.failures) == (True, "", 4)
    await one.close()


async def test_the_pauses_are_spread_and_bounded(clock: HeldClock) -> None:
    work = Work(clock, 3)
    one = Supervised("the part", work, clock, clock, jitter=lambda: 0.0)
    one.start()
    await clock.advance(FIRST_PAUSE_S / 2)
    assert work.begun == [0, FIRST_PAUSE_S / 2]
    assert all(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**many) <= LONGEST_PAUSE_S for many in range(100))
    await one.close()


async def test_what_fails_too_often_is_left_alone_for_long_and_then_tried_once(
    clock: HeldClock, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(clock, MOST_FAILURES + 1)
    one = supervised(clock, work)
    one.start()
    await clock.advance(1 + 2 + 4 + 8)
    assert len(work.begun) == MOST_FAILURES
    assert one.resting
    assert "tried again in 10 minutes" in one.problem
    assert caplog.messages[-1].count("tried again") == 1
    await clock.advance(REST_S - 1)
    assert len(work.begun) == MOST_FAILURES
    await clock.advance(1)
    assert len(work.begun) == MOST_FAILURES + 1
    await clock.advance(REST_S - 1)
    assert len(work.begun) == MOST_FAILURES + 1, "half open: one that fails closes it again at once"
    await clock.advance(1 + WELL_S)
    assert (work.going, one.resting, one.problem) == (True, False, "")
    await one.close()


async def test_a_guard_is_tried_soon_and_without_end(clock: HeldClock) -> None:
    work = Work(clock, 20)
    one = supervised(clock, work, guards=True)
    one.start()
    await clock.advance(20 * LONGEST_GUARD_PAUSE_S)
    assert work.going
    assert not one.resting
    await one.close()


async def test_coming_to_an_end_is_a_failure_but_where_it_may(clock: HeldClock) -> None:
    async def ends() -> None:
        begun.append(clock.monotonic())

    begun: list[float] = []
    one = Supervised("the part", ends, clock, clock, jitter=lambda: 1.0)
    one.start()
    await clock.advance(1)
    assert (begun, one.problem) == ([0, 1], "it ended")
    await one.close()
    begun.clear()
    two = Supervised("the part", ends, clock, clock, ends=True)
    two.start()
    await two.ended()
    await clock.advance(100)
    assert (len(begun), two.problem) == (1, "")


async def test_a_sentence_of_ours_is_the_problem(clock: HeldClock) -> None:
    one = supervised(clock, Work(clock, 1, lambda: Unavailable("the broker is away")))
    one.start()
    await clock.settle()
    assert one.problem == "the broker is away"
    await one.close()


async def test_what_was_cancelled_inside_is_begun_again(clock: HeldClock) -> None:
    work = Work(clock, 1, asyncio.CancelledError)
    one = supervised(clock, work)
    one.start()
    await clock.advance(1)
    assert work.going
    await one.close()


async def test_a_try_that_failed_before_it_is_waited_for_as_any_other(clock: HeldClock) -> None:
    work = Work(clock, 0)
    one = supervised(clock, work, ends=True)
    one.start(Unavailable("the port is taken"))
    await clock.settle()
    assert (work.begun, one.problem) == ([], "the port is taken")
    await clock.advance(1)
    assert work.begun == [1]
    await one.close()


async def test_what_fails_at_its_first_look_each_time_does_not_work_again_before_it_has_looked(
    clock: HeldClock,
) -> None:
    fails = True

    async def looks() -> None:
        while True:
            await clock.sleep(60)
            if fails:
                raise ValueError

    one = Supervised("the part", looks, clock, clock, jitter=lambda: 1.0)
    one.start()
    await clock.advance(60)
    for _ in range(100):
        assert one.problem
        await clock.advance(1)
    fails = False
    await clock.advance(200)
    assert not one.problem
    await one.close()


async def test_whoever_stops_waiting_for_the_end_ends_nothing(clock: HeldClock) -> None:
    work = Work(clock, 0)
    one = supervised(clock, work)
    one.start()
    waiting = asyncio.ensure_future(one.ended())
    await clock.settle()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert work.going
    await one.close()


async def test_a_bug_is_logged_with_its_traceback_and_a_sentence_once(
    clock: HeldClock, caplog: pytest.LogCaptureFixture
) -> None:
    one = supervised(clock, Work(clock, 2, lambda: Unavailable("the broker is away")))
    one.start()
    await clock.advance(1)
    assert caplog.text.count("the broker is away") == 1
    assert "Traceback" not in caplog.text
    await one.close()
    two = supervised(clock, Work(clock, 2))
    two.start()
    await clock.advance(1)
    assert caplog.text.count("Traceback") == 2
    await two.close()
