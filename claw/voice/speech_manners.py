"""When Claw keeps quiet though it has something to say: at night, and where it has talked a lot already.

This is for what nobody asked for and what is not urgent.  What is held back here is not lost: the message counts as not
delivered, and whoever sent it does with that what they always do.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from claw.base.clock import Clock
from claw.base.config_voice import SpeechConfig

HOUR_S = 3600.0
URGENT_IS = "what is urgent is said all the same"
"""What whoever is held back may want to know."""


class Manners:
    """Knows the quiet hours and how often each room was talked to; used from the event loop only."""

    def __init__(self, config: SpeechConfig, clock: Clock, local: Callable[[], datetime | None]) -> None:
        """``local`` returns the time that the clocks in the house show, None where that is not known."""
        self._quiet = config.quiet
        self._most = config.most_per_hour
        self._clock = clock
        self._local = local
        self._said: dict[str, deque[float]] = {}

    @property
    def night(self) -> bool:
        """Whether it is one of the quiet hours; where the house's time is not known it is taken for one."""
        if self._quiet is None:
            return False
        now = self._local()
        if now is None:
            return True
        start, end, at = self._quiet.start, self._quiet.end, f"{now:%H:%M}"
        return start <= at < end if start <= end else at >= start or at < end

    def may(self, room: str) -> bool:
        """Return whether something that is not urgent may be said in ``room`` now."""
        return not self.why_not(room)

    def why_not(self, room: str) -> str:
        """Return why nothing that is not urgent may be said in ``room`` now; empty where it may."""
        if self.night and self._quiet is not None:
            known = self._local() is not None
            return (
                f"it is quiet there until {self._quiet.end}" if known else "nobody knows what time it is in the house"
            )
        since = self._clock.monotonic() - HOUR_S
        if sum(at > since for at in self._said.get(room, ())) < self._most:
            return ""
        return "I have said enough there this hour" if self._most else "nothing is said there unasked"

    def count(self, room: str) -> None:
        """Note that something was said in ``room`` that nobody had asked for."""
        self._said.setdefault(room, deque(maxlen=max(1, self._most))).append(self._clock.monotonic())
