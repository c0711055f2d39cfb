"""How long people take to answer, for who looks at where a request spends its time (``claw/base/tracing.py``).

The wait belongs to the request that asked; the request that brings the answer points back to it.  Nothing is decided
here, and nothing is kept where nobody looks.
"""

from collections.abc import Container

from claw.base.tracing import Timed, point_to, span

MOST = 200
"""Questions at once; a house has a few."""


class Waits:
    """The waits for an answer that are under way, by question."""

    def __init__(self) -> None:
        self._waits: dict[str, Timed] = {}

    def begin(self, question: str, standing: Container[str]) -> None:
        """Begin to wait for the answer to ``question``; those that do not stand any more are over."""
        for lapsed in [one for one in self._waits if one not in standing]:
            self._waits.pop(lapsed).end()
        wait = span("ask")
        if wait.mark is not None and len(self._waits) < MOST:
            self._waits[question] = wait

    def end(self, question: str, answer: str) -> None:
        """End the wait: ``answer`` is a word of ours, ``yes``, ``no`` or ``void``."""
        wait = self._waits.pop(question, None)
        if wait is not None:
            wait.note(answer=answer)
            wait.end()
            point_to(wait.mark)
