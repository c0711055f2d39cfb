"""Bounds on what strangers can make Claw do: how often they may fail, and how much of it reaches the log.

Refused requests are the one thing an unauthenticated peer can produce at will.  Each costs a token of its peer's
bucket, and at an empty bucket the answer is a bare 429.  What is refused is counted here and handed on as one line per
source and minute.  Both tables are bounded: beyond that, strangers share one row.
"""

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable

from claw.base.clock import Clock

BURST = 30
"""Refusals a peer has at once: a page with a stale cookie makes a handful."""

REFILL_PER_S = 0.5
PEERS = 256
"""Buckets that are remembered; the one unused longest makes room, as it is the fullest."""

SOURCES = 32
"""Sources that get a row of their own in a minute; the rest share ``OTHERS``."""

KINDS = 8
OTHERS = "others"


class Strikes:
    """A bucket of allowed failures for each peer: ``burst`` at once, then ``refill_per_s``."""

    def __init__(self, clock: Clock, burst: int = BURST, refill_per_s: float = REFILL_PER_S) -> None:
        self._clock = clock
        self._burst = float(burst)
        self._refill_per_s = refill_per_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, peer: str) -> float:
        """Return the seconds until ``peer`` may fail again, zero when it may now."""
        return max(0.0, (1.0 - self._level(peer)) / self._refill_per_s)

    def strike(self, peer: str) -> None:
        """Count one failure of ``peer``."""
        self._buckets[peer] = (max(0.0, self._level(peer) - 1.0), self._clock.monotonic())
        self._buckets.move_to_end(peer)
        while len(self._buckets) > PEERS:
            self._buckets.popitem(last=False)

    def forgive(self, peer: str) -> None:
        """Give one failure of ``peer`` back: it was none."""
        if peer in self._buckets:
            self._buckets[peer] = (min(self._burst, self._level(peer) + 1.0), self._clock.monotonic())

    def _level(self, peer: str) -> float:
        level, seen = self._buckets.get(peer, (self._burst, self._clock.monotonic()))
        return min(self._burst, level + (self._clock.monotonic() - seen) * self._refill_per_s)


class Fold:
    """Counts refusals and tells of them once per source and minute."""

    def __init__(self, tell: Callable[[str, str, int], Awaitable[None]]) -> None:
        self._tell = tell
        self._counts: dict[str, Counter[str]] = {}

    def add(self, source: str, what: str) -> None:
        """Count one refusal; ``what`` is one of our own words, never the peer's."""
        if source not in self._counts and len(self._counts) >= SOURCES:
            source = OTHERS
        kinds = self._counts.setdefault(source, Counter())
        kinds[what if what in kinds or len(kinds) < KINDS else OTHERS] += 1

    async def flush(self) -> None:
        """Tell what was counted since the last flush, one line for each source."""
        counts, self._counts = self._counts, {}
        for source, kinds in counts.items():
            listed = ", ".join(f"{count} x {what}" for what, count in kinds.most_common())
            await self._tell(source, listed, kinds.total())
