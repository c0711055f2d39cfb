"""When something is learned: after the second similar request that went well, or when a person says so."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from claw.base.action import Origin
from claw.house.mirror import Mirror
from claw.skills.model import Draft, Trace
from claw.skills.traces import Done, Traces

Propose = Callable[[Draft, Origin], Awaitable[str]]
"""Takes a new skill for somebody and returns what to tell them (``Life.propose``)."""

Taken = Callable[[], Collection[str]]
"""The names of the skills that there are."""

Withdraw = Callable[[str, str], Awaitable[None]]
"""Takes the offer of a skill (by name) back, with the reason: what it was made of was undone."""


class Stood(Protocol):
    """Who sees whether what was done is let stand (``claw/skills/let_stand.py``)."""

    def watch(self, entities: Collection[str], entries: Collection[int], undone: Callable[[str], None]) -> None:
        """Call ``undone`` with the reason, at most once, where a person takes it back or changes it by hand soon."""
        ...


class Learning:
    """Makes skills of what was done; used from the event loop only."""

    def __init__(
        self, traces: Traces, mirror: Mirror, taken: Taken, propose: Propose, withdraw: Withdraw, stood: Stood
    ) -> None:
        raise NotImplementedError

    def finished(self, done: Done) -> None:
        """Take note of an answered request (``Planner.finished``); the second similar one is made a skill, beside."""
        raise NotImplementedError

    def similar(self, trace: Trace) -> tuple[Trace, ...]:
        """Return the requests that are cases of one thing with ``trace``, itself included, oldest first."""
        raise NotImplementedError

    async def make(self, origin: Origin, called: str = "") -> Draft | str:
        """Return a skill made of the last request of this conversation, or one sentence why there is none."""
        raise NotImplementedError

    async def close(self) -> None:
        """End what is being made."""
        raise NotImplementedError
