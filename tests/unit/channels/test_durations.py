import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.channels.durations import GROWTH, SPANS, Durations


@given(st.lists(st.floats(0.02, 1e6), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_right_to_a_tenth_and_never_above_the_longest(taken: list[float], share: float) -> None:
    durations = Durations()
    for ms in taken:
        durations.add(ms)
    true = sorted(taken)[max(0, math.ceil(share * len(taken)) - 1)]
    found = durations.percentile(share)
    assert true / GROWTH - 0.001 <= found <= max(taken) + 0.001
    assert found <= true * GROWTH + 0.001


@pytest.mark.parametrize("ms", [float("nan"), float("inf"), -1.0])
def test_what_is_no_time_is_left_out(ms: float) -> None:
    durations = Durations()
    durations.add(ms)
    assert durations.as_json() == {"count": 0, "p50": 0.0, "p95": 0.0, "p99": 0.0, "max": 0.0}


def test_it_takes_no_more_room_however_much_is_counted() -> None:
    durations = Durations()
    for ms in (0.0, 1e300, *(float(n) for n in range(1000))):
        durations.add(ms)
    assert (len(durations._counts), durations.count) == (SPANS, 1002)
