"""Whether it is any use to ask somebody who did not answer lately: nobody waits again and again for what is down.

After so many failures in a row whoever asks is told so at once.  After a pause one who really wants something is let
through to find out; nothing is ever asked only to find out.
"""

from claw.base.clock import Clock
from claw.base.errors import Unavailable

MOST_FAILURES = 3
REST_S = 20.0
LONGEST_REST_S = 300.0
TRIAL_S = 120.0
"""Whoever was let through and never said what came of it keeps the next one out no longer than this."""


class Breaker:
    """Counts failures in a row; closed while all is well, then open, then half open for one."""

    def __init__(self, clock: Clock, what: str) -> None:
        """``what`` does not answer, as it is said: "the model"."""
        self._clock = clock
        self._what = what
        self._failures = 0
        self._until = 0.0
        self._trial: float | None = None
        self._why = ""

    @property
    def problem(self) -> str:
        """Why it is of no use to ask, in a sentence; empty while it is worth a try."""
        if self._failures < MOST_FAILURES:
            return ""
        return f"{self._what} does not answer: {self._why}" if self._why else f"{self._what} does not answer"

    def check(self) -> None:
        """Let whoever asks through; raises Unavailable, at once, while that is of no use."""
        if self._failures < MOST_FAILURES:
            return
        now = self._clock.monotonic()
        trying = self._trial is not None and now - self._trial < TRIAL_S
        if now < self._until or trying:
            raise Unavailable(self.problem)
        self._trial = now

    def failed(self, why: str) -> None:
        """Take note that it did not answer, and in a sentence why."""
        self._failures += 1
        self._why, self._trial = why.rstrip("."), None
        if self._failures >= MOST_FAILURES:
            rest_s = min(LONGEST_REST_S, REST_S * 2 ** min(self._failures - MOST_FAILURES, 10))
            self._until = self._clock.monotonic() + rest_s

    def left(self) -> None:
        """Take note that whoever asked stopped waiting: that says nothing about who was asked."""
        self._trial = None

    def worked(self) -> None:
        """Take note that it answered."""
        self._failures, self._until, self._trial, self._why = 0, 0.0, None, ""
