"""Durations in fixed spans: each is counted once, in the first span that holds it."""

from itertools import pairwise

import pytest

from claw.base.spread import BOUNDS_S, Spread


@pytest.mark.parametrize(("seconds", "at"), [(0.0, 0), (0.001, 0), (0.0011, 1), (30.0, 13), (30.1, 14), (1e9, 14)])
def test_a_duration_is_in_the_first_span_that_holds_it(seconds: float, at: int) -> None:
    spread = Spread()
    spread.add(seconds)
    assert spread.counts[at] == spread.count == 1
    assert spread.total_s == seconds


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_what_is_no_duration_is_left_out(seconds: float) -> None:
    spread = Spread()
    spread.add(seconds)
    assert (spread.count, spread.total_s) == (0, 0.0)


def test_the_spans_grow() -> None:
    assert all(one < other for one, other in pairwise(BOUNDS_S))
    assert len(Spread().counts) == len(BOUNDS_S) + 1
