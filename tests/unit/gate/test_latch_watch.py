"""While nobody looks whether somebody stopped it, nothing is begun."""

import pytest

from claw.base.errors import Refused
from claw.base.supervised import Supervised
from claw.gate.latch_watch import BLIND_S, LOOK_S, LatchWatch
from tests.held_clock import HeldClock


async def test_it_looks_once_a_second() -> None:
    clock, seen = HeldClock(), list[str]()
    watch = LatchWatch(lambda: seen.append("latch"), clock, clock)
    kept = Supervised("latch", watch.run, clock, clock, guards=True)
    watch.check()  # not begun: whoever builds a daemon by parts has none
    kept.start()
    await clock.advance(3 * LOOK_S)
    assert seen == ["latch"] * 3
    watch.check()
    await kept.close()


async def test_a_look_that_fails_refuses_everything_until_it_works_again() -> None:
    clock, broken = HeldClock(), True

    def look() -> None:
        if broken:
            raise OSError("the disk is gone")

    watch = LatchWatch(look, clock, clock)
    kept = Supervised("latch", watch.run, clock, clock, guards=True, jitter=lambda: 1.0)
    kept.start()
    await clock.advance(BLIND_S - 1)
    watch.check()
    await clock.advance(1)
    with pytest.raises(Refused, match="not watched"):
        watch.check()
    broken = False
    await clock.advance(2 * LOOK_S + 2)
    watch.check()
    await kept.close()
    await clock.advance(BLIND_S)
    with pytest.raises(Refused, match="not watched"):
        watch.check()
