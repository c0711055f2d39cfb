"""What the Wyoming server counts, and the little that it says of it in the log of the process.

Whoever may connect can be wrong a thousand times a second; a log takes one line of that a minute for each machine.  No
line holds a word that anybody said.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Literal, get_args

from claw.base.clock import Clock

logger = logging.getLogger(__name__)

Counted = Literal[
    "connections",
    "refused",
    "crowded_out",
    "idle",
    "turns",
    "not_handled",
    "turned_away",
    "transcripts",
    "no_transcript",
    "bad_sound",
    "bad_frame",
    "too_large",
    "not_wyoming",
    "truncated",
    "unread",
    "unknown",
    "errors",
]
ALL: tuple[Counted, ...] = get_args(Counted)

EVERY_S = 60.0
MOST_PEERS = 256


class Tally:
    """Counts since the start, and the turns that are under way now; one for the server."""

    def __init__(self, clock: Clock) -> None:
        self.under_way = 0
        """What is asked of Claw and not answered yet, by all clients."""
        self._clock = clock
        self._counts = Counter[Counted]()
        self._told: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, what: Counted) -> None:
        """Count one."""
        self._counts[what] += 1

    def complain(self, peer: str, what: Counted, why: str) -> None:
        """Count one, and say so in the log unless something was said of this machine within the minute.

        ``why`` is a sentence of our own, never the peer's words.
        """
        self.count(what)
        now = self._clock.monotonic()
        last, silent = self._told.get(peer, (now - EVERY_S, 0))
        if now - last < EVERY_S:
            self._told[peer] = (last, silent + 1)
            return
        logger.warning("Wyoming client %s: %s%s", peer, why, f" (and {silent} times more before)" if silent else "")
        self._told[peer] = (now, 0)
        self._told.move_to_end(peer)
        while len(self._told) > MOST_PEERS:
            self._told.popitem(last=False)

    def counts(self) -> Mapping[str, int]:
        """Return every count by its name, those that never happened too."""
        return {name: self._counts[name] for name in ALL}
