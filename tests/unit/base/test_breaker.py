"""Nobody waits again and again for what is down, and nothing is asked only to find out."""

import pytest

from claw.base.breaker import LONGEST_REST_S, MOST_FAILURES, REST_S, TRIAL_S, Breaker
from claw.base.errors import Unavailable
from tests.held_clock import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


def down(clock: HeldClock) -> Breaker:
    breaker = Breaker(clock, "the model")
    for _ in range(MOST_FAILURES):
        breaker.check()
        breaker.failed("it cannot be reached.")
    return breaker


def test_a_few_failures_are_nothing(clock: HeldClock) -> None:
    breaker = Breaker(clock, "the model")
    for _ in range(MOST_FAILURES - 1):
        breaker.failed("why")
    breaker.check()
    breaker.worked()
    for _ in range(MOST_FAILURES - 1):
        breaker.failed("why")
    breaker.check()
    assert breaker.problem == ""


def test_after_so_many_in_a_row_everybody_is_told_at_once(clock: HeldClock) -> None:
    breaker = down(clock)
    for _ in range(10):
        with pytest.raises(Unavailable, match=r"the model does not answer: it cannot be reached$"):
            breaker.check()


async def test_after_a_pause_one_is_let_through_and_all_are_once_it_works(clock: HeldClock) -> None:
    breaker = down(clock)
    await clock.advance(REST_S)
    breaker.check()
    with pytest.raises(Unavailable):
        breaker.check()
    breaker.worked()
    breaker.check()
    breaker.check()
    assert breaker.problem == ""


async def test_a_trial_that_fails_closes_it_for_longer(clock: HeldClock) -> None:
    breaker = down(clock)
    await clock.advance(REST_S)
    breaker.check()
    breaker.failed("again")
    await clock.advance(REST_S)
    with pytest.raises(Unavailable, match="again"):
        breaker.check()
    await clock.advance(REST_S)
    breaker.check()
    for _ in range(50):
        breaker.failed("again")
    await clock.advance(LONGEST_REST_S)
    breaker.check()


async def test_whoever_left_keeps_nobody_out(clock: HeldClock) -> None:
    breaker = down(clock)
    await clock.advance(REST_S)
    breaker.check()
    breaker.left()
    breaker.check()
    await clock.advance(TRIAL_S)
    breaker.check()
