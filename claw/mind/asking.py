"""Requests whose program waits for somebody's yes: what was said stays known until it is done, to be learned from.

The program itself lies under its seal (``claw/program/sealed.py``).  What is here is in memory only: after a restart a
yes still does what was asked, and nobody learns from it.
"""

from collections import OrderedDict
from dataclasses import replace

from claw.base.action import Pending
from claw.base.erasure import Erasure
from claw.program.ran import Ran
from claw.skills.traces import Done

MOST = 50


class Asking:
    """The requests that wait, by the question that they wait for."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Done] = OrderedDict()

    def put(self, done: Done) -> None:
        """Keep a request whose program asked for a yes; of too many the oldest goes."""
        if done.ran.pending is not None:
            self._waiting[done.ran.pending.id] = done
        while len(self._waiting) > MOST:
            self._waiting.popitem(last=False)

    def resumed(self, pending: Pending, ran: Ran) -> Done | None:
        """Return the request that went on with ``ran`` after a yes, None where it is not known any more."""
        done = self._waiting.pop(pending.id, None)
        return None if done is None else replace(done, ran=ran)

    def drop(self, pending: Pending) -> None:
        """Let go of the request whose question was answered with no."""
        self._waiting.pop(pending.id, None)

    def erase(self, erasure: Erasure) -> int:
        """Let go of what is to be forgotten; return how many."""
        gone = [
            name
            for name, done in self._waiting.items()
            if erasure.since is not None
            or erasure.means(done.said, conversation=done.origin.conversation, person=done.origin.person or "")
        ]
        for name in gone:
            del self._waiting[name]
        return len(gone)
