"""How long something takes, counted in a few fixed spans: what a monitoring program draws percentiles from.

It grows by nothing, so that it can be kept for ever, and it says how often and how long, never what.
"""

import math
from bisect import bisect_left

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The ends of the spans in seconds: from the write of a row to an answer that nobody waits for any more."""


class Spread:
    """Counts of one kind of duration; used by one thread at a time."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one; what is no duration is left out."""
        if math.isfinite(seconds) and seconds >= 0:
            self.counts[bisect_left(BOUNDS_S, seconds)] += 1
            self.total_s += seconds

    @property
    def count(self) -> int:
        """How many were counted."""
        return sum(self.counts)
