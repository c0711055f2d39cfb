"""How long an answer took belongs to the request that asked; the one that brings it points there."""

from claw.base.tracing import Span, Tracing
from claw.gate.waits import MOST, Waits
from tests.held_clock import HeldClock


async def test_a_wait_ends_with_its_answer_and_the_answer_points_to_it() -> None:
    clock, told, waits = HeldClock(), list[Span](), Waits()
    tracing = Tracing(clock, told.append)
    with tracing.trace("request"):
        waits.begin("q", {"q"})
    await clock.advance(40)
    with tracing.trace("request"):
        waits.end("q", "yes")
        waits.end("q", "yes")
    asked, wait, answered = told
    assert (wait.name, wait.trace, wait.parent) == ("ask", asked.trace, asked.span)
    assert (wait.ended - wait.began) // 10**9 == 40
    assert wait.attributes == {"answer": "yes"}
    assert answered.trace != asked.trace
    assert answered.links == [wait.mark]


def test_what_stands_no_more_is_over_and_no_flood_is_kept() -> None:
    told, waits = list[Span](), Waits()
    with Tracing(HeldClock(), told.append).trace("request"):
        for number in range(MOST + 5):
            waits.begin(str(number), {str(one) for one in range(number)})
        waits.begin("last", {"last"})
    assert [one.name for one in told] == [*["ask"] * MOST, "request"]


def test_nothing_is_kept_where_nobody_looks() -> None:
    waits = Waits()
    waits.begin("q", {"q"})
    assert not waits._waits
