"""Traces: what belongs together has one id, what comes later points back, and nobody pays where nobody looks."""

import asyncio
from datetime import datetime, timedelta

import pytest

from claw.base.tracing import MOST_LINKS, MOST_SPANS, UNTRACED, Mark, Span, Tracing, follow_up, point_to, span
from tests.held_clock import HeldClock


@pytest.fixture
def told() -> list[Span]:
    return []


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def tracing(told: list[Span], clock: HeldClock) -> Tracing:
    return Tracing(clock, told.append)


async def test_parts_of_a_request_have_its_id_and_lie_below_it(
    tracing: Tracing, told: list[Span], clock: HeldClock
) -> None:
    with tracing.trace("request") as request:
        request.note(channel="web")
        with span("decide"):
            await clock.advance(0.25)
            with span("disk") as disk:
                disk.note(entry=7)
        with tracing.trace("routine"):
            await clock.advance(1)
    disk_, decide, routine, first = told
    assert [one.name for one in told] == ["disk", "decide", "routine", "request"]
    assert len({one.trace for one in told}) == 1
    assert (len(first.trace), len(first.span), first.parent) == (16, 8, b"")
    assert [decide.parent, disk_.parent, routine.parent] == [first.span, decide.span, first.span]
    assert (decide.ended - decide.began, first.ended - first.began) == (250_000_000, 1_250_000_000)
    assert (first.attributes, disk_.attributes) == ({"channel": "web"}, {"entry": 7})
    assert abs(first.began / 1e9 - clock.now().timestamp() + 1.25) < 1e-3
    assert not any(one.failed for one in told)


def test_an_error_goes_on_and_is_told_of_each_part_that_it_went_through(tracing: Tracing, told: list[Span]) -> None:
    with pytest.raises(ValueError, match="no"), tracing.trace("request"), span("device"):
        raise ValueError("no")
    assert [one.failed for one in told] == [True, True]
    with tracing.trace("request"):
        pass
    assert not told[-1].failed


async def test_tasks_belong_to_the_request_that_began_them_and_point_back_once_it_is_over(
    tracing: Tracing, told: list[Span]
) -> None:
    over = asyncio.Event()

    async def work() -> None:
        with span("model"):
            pass
        await over.wait()
        with span("disk"):
            pass

    with tracing.trace("request"):
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
    over.set()
    await task
    model, request, disk = told
    assert (model.trace, model.parent) == (request.trace, request.span)
    assert (disk.trace == request.trace, disk.parent, disk.links) == (False, b"", [request.mark])


def test_a_follow_up_is_a_trace_of_its_own_that_points_back(tracing: Tracing, told: list[Span]) -> None:
    with tracing.trace("request"):
        late = follow_up("late")
    with late, span("verify"):
        pass
    request, verify, late_ = told
    assert late_.trace == verify.trace != request.trace
    assert late_.links == [request.mark]


def test_what_is_ended_by_hand_is_ended_once(tracing: Tracing, told: list[Span]) -> None:
    with tracing.trace("request"):
        waits = span("ask")
    waits.end()
    waits.end()
    assert [one.name for one in told] == ["request", "ask"]


class _SetBack(HeldClock):
    """A wall clock that is an hour earlier with each look."""

    def now(self) -> datetime:
        self._start -= timedelta(hours=1)
        return super().now()


async def test_a_clock_that_is_set_back_changes_no_part(told: list[Span]) -> None:
    clock = _SetBack()
    with Tracing(clock, told.append).trace("request"):
        clock.now()
        await clock.advance(1)
    assert told[0].ended - told[0].began == 10**9


def test_a_trace_has_an_end(tracing: Tracing, told: list[Span]) -> None:
    with tracing.trace("request") as request:
        for number in range(MOST_SPANS + 50):
            with span("disk"):
                pass
            request.link(Mark(b"t" * 16, number.to_bytes(8)))
    assert len(told) == MOST_SPANS + 1
    assert len(told[-1].links) == MOST_LINKS


def test_only_some_are_chosen(told: list[Span]) -> None:
    chosen = iter([False, True])
    tracing = Tracing(HeldClock(), told.append, lambda: next(chosen))
    for _ in range(2):
        with tracing.trace("request"), span("decide"):
            pass
    assert [one.name for one in told] == ["decide", "request"]


def test_where_nobody_looks_everything_is_the_same_nothing() -> None:
    with UNTRACED.trace("request") as request:
        request.note(status="done")
        request.link(Mark(b"", b""))
        request.fail()
        with span("decide") as decide:
            assert decide is request
        assert follow_up("late") is request
        point_to(Mark(b"", b""))
        request.end()
        assert request.mark is None
