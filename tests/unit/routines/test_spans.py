"""Spans run out at their moment, whatever begins and ends meanwhile, and many of them cost little."""

import asyncio
from collections.abc import Hashable
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from claw.routines.spans import Spans
from tests.held_clock import HeldClock


class Running:
    """Spans that a test begins and ends."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.up: list[tuple[float, Hashable]] = []
        self.minutes: list[datetime] = []
        self.spans = Spans(self.clock, self.clock, self._up, lambda: self.minutes.append(self.clock.now()))
        self.task = asyncio.ensure_future(self.spans.run())

    def _up(self, key: Hashable) -> None:
        self.up.append((self.clock.monotonic(), key))

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([None, 1, 5, 5, 30, 90]), st.sampled_from([0, 1, 4, 29, 61])),
    max_size=25,
)


@given(steps)
def test_each_span_that_is_not_ended_is_up_at_its_moment_and_once(moves: list[tuple[str, int | None, int]]) -> None:
    async def run() -> None:
        one = Running()
        wanted: list[tuple[float, str]] = []
        due: dict[str, float] = {}
        for key, seconds, pause in moves:
            if seconds is None:
                one.spans.end(key)
                due.pop(key, None)
            else:
                one.spans.begin(key, seconds)
                due[key] = one.clock.monotonic() + seconds
            assert one.spans.runs(key) is (key in due)
            await one.clock.advance(pause)
            passed = [found for found in due if due[found] <= one.clock.monotonic()]
            wanted += sorted((due.pop(found), found) for found in passed)
        assert sorted(one.up) == sorted(wanted)
        await one.close()

    asyncio.run(run())


async def test_a_span_that_begins_again_and_again_takes_one_place() -> None:
    one = Running()
    for _ in range(10_000):
        one.spans.begin("door", 120)
        one.spans.end("door")
    one.spans.begin("door", 120)
    assert (len(one.spans._heap), len(one.spans._due)) == (1, 1)
    await one.clock.advance(121)
    assert len(one.up) == 1
    await one.close()


async def test_minutes_are_told_where_somebody_looks_at_them() -> None:
    one = Running()
    await one.clock.advance(30)
    assert one.minutes == []
    one.spans.every_minute = True
    one.spans.wake()
    await one.clock.advance(120)
    assert [(at.minute, at.second) for at in one.minutes] == [(1, 0), (2, 0)]
    await one.close()
