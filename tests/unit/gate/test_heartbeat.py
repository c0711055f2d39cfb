"""A loop that stood still may not act until it has caught up; nothing of it is a stop."""

import asyncio
import time

import pytest

from claw.base.clock import SystemClock
from claw.base.errors import Refused
from claw.gate.heartbeat import BEAT_S, FRESH_BEATS, LATE_S, STALE_S, Heartbeat
from tests.held_clock import HeldClock
from tests.talking import until


class Watched:
    """A heartbeat whose loop and watcher a test drives by hand."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.heart = Heartbeat(self.clock, self.clock)

    async def live(self, seconds: float) -> None:
        """Beat and watch in the normal rhythm."""
        for _ in range(int(seconds / BEAT_S)):
            await self.clock.advance(BEAT_S)
            self.heart.beat()
            self.heart.look()

    async def hang(self, seconds: float, *, watched: bool = True) -> None:
        """Let the loop stand still while the watcher goes on."""
        for _ in range(int(seconds / BEAT_S)):
            await self.clock.advance(BEAT_S)
            if watched:
                self.heart.look()

    def refuses(self) -> bool:
        try:
            self.heart.check()
        except Refused:
            return True
        return False


@pytest.fixture
def watched() -> Watched:
    return Watched()


async def test_a_loop_that_beats_may_act_and_nothing_is_said_of_it(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    assert not watched.refuses()
    await watched.live(60)
    assert not watched.refuses()
    assert caplog.records == []


async def test_a_loop_that_stood_still_may_not_until_it_has_beaten_a_few_times(watched: Watched) -> None:
    await watched.live(5)
    await watched.hang(STALE_S)
    assert watched.refuses()
    for _ in range(FRESH_BEATS):
        watched.heart.beat()  # the first one is late
        assert watched.refuses()
        await watched.clock.advance(BEAT_S)
    watched.heart.beat()
    assert not watched.refuses()
    assert watched.heart.times_stale == 1


async def test_an_act_that_comes_before_the_late_beat_is_refused_too(watched: Watched) -> None:
    await watched.live(5)
    await watched.hang(STALE_S, watched=False)
    assert watched.refuses()


async def test_a_short_hiccup_is_not_one(watched: Watched) -> None:
    await watched.live(5)
    await watched.hang(STALE_S - BEAT_S)
    assert not watched.refuses()


@pytest.mark.parametrize("every_s", [BEAT_S + LATE_S, 3.0])
async def test_beats_that_limp_do_not_count_as_fresh(watched: Watched, every_s: float) -> None:
    await watched.hang(STALE_S)
    for _ in range(FRESH_BEATS + 2):
        watched.heart.beat()
        await watched.clock.advance(every_s)
        watched.heart.look()
    assert watched.refuses()


async def test_without_its_watcher_nothing_moves(watched: Watched) -> None:
    for _ in range(int(2 * STALE_S / BEAT_S)):
        await watched.clock.advance(BEAT_S)
        watched.heart.beat()
    assert watched.refuses()


async def test_the_thread_sees_a_loop_that_is_really_blocked_and_says_where(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("claw.gate.heartbeat.STALE_S", 0.3)
    monkeypatch.setattr("claw.gate.heartbeat.BEAT_S", 0.05)
    monkeypatch.setattr("claw.gate.heartbeat.LATE_S", 0.1)
    clock = SystemClock()
    heart = Heartbeat(clock, clock)
    heart.start()
    try:
        await asyncio.sleep(0.2)
        heart.check()
        time.sleep(0.8)  # noqa: ASYNC251  the very thing: the loop stands still
        assert heart._stale, "seen while the loop stood still, by the thread"
        assert "time.sleep(0.8)" in caplog.text
        with pytest.raises(Refused, match="not responding"):
            heart.check()

        async def again() -> bool:
            return not heart._stale

        await until(again)
        heart.check()
    finally:
        await heart.close()


async def test_a_beat_that_comes_at_the_very_end_of_patience_is_late_though_nobody_looked(watched: Watched) -> None:
    watched.heart.beat()
    await watched.clock.advance(STALE_S)
    watched.heart.beat()
    assert watched.heart.times_stale == 1
    assert watched.refuses()


async def test_who_looks_at_the_very_end_of_patience_sees_it_once(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.heart.beat()
    await watched.clock.advance(STALE_S)
    for _ in range(3):
        watched.heart.look()
    assert watched.heart.times_stale == 1
    said = [one for one in caplog.records if "does not respond" in one.getMessage()]
    assert len(said) == 1


async def test_closing_ends_the_beat_and_the_watch() -> None:
    clock = HeldClock()
    heart = Heartbeat(clock, clock)
    heart.start()
    beating, watching = heart.kept._task, heart._thread
    assert beating is not None
    assert watching is not None
    assert watching.daemon, "a daemon that dies without closing it is not kept alive by it"
    await heart.close()
    assert beating.cancelled()
    assert not watching.is_alive()


async def test_what_never_began_is_closed_like_anything_else() -> None:
    clock = HeldClock()
    await Heartbeat(clock, clock).close()
