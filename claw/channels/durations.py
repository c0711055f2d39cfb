"""How long things take, in so little room that it can be kept for ever: counts in spans that grow by a tenth.

A percentile read from it is right to a tenth, which is finer than anybody sees in a picture of milliseconds.
"""

import math

from claw.base.action import Json

SHORTEST_MS = 0.01
GROWTH = 1.1
SPANS = 200
"""From a hundredth of a millisecond to half an hour; what takes longer counts as that."""


class Durations:
    """Counts of one stage."""

    def __init__(self) -> None:
        self._counts = [0] * SPANS
        self.count = 0
        self.longest = 0.0

    def add(self, ms: float) -> None:
        """Count one; what is no time at all, or none that can be, is left out."""
        if not math.isfinite(ms) or ms < 0:
            return
        at = 0 if ms <= SHORTEST_MS else math.ceil(math.log(ms / SHORTEST_MS, GROWTH))
        self._counts[min(at, SPANS - 1)] += 1
        self.count += 1
        self.longest = max(self.longest, ms)

    def percentile(self, share: float) -> float:
        """Return the milliseconds within which this share (0 to 1) was done; 0 where there is nothing."""
        wanted, seen = max(1, math.ceil(share * self.count)), 0
        for at, count in enumerate(self._counts):
            seen += count
            if seen >= wanted:
                return round(min(SHORTEST_MS * GROWTH**at, self.longest), 3)
        return 0.0

    def as_json(self) -> dict[str, Json]:
        """Return the figures as a picture needs them, in ms."""
        figures = {f"p{name}": self.percentile(share) for name, share in (("50", 0.5), ("95", 0.95), ("99", 0.99))}
        return {"count": self.count, **figures, "max": round(self.longest, 3)}
