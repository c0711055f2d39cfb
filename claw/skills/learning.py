"""When something is learned: after the second similar request that went well, or when a person says so.

The second one is looked at beside whatever else goes on.  What comes of it is a draft and nothing more: it is proved,
runs dry, and waits for agreement or an owner's yes.  Where what it was made of is undone or changed by hand within ten
minutes, its offer is taken back.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Protocol

from claw.base.action import Origin, Outcome
from claw.base.errors import ClawError, Refused
from claw.house.mirror import Mirror
from claw.house.model import House, Registry
from claw.skills.distil import distil
from claw.skills.mentions import mentions, names_of
from claw.skills.model import Draft, Trace
from claw.skills.skeleton import ALIKE, likeness
from claw.skills.traces import Done, Traces

logger = logging.getLogger(__name__)

ENOUGH = 2
"""Similar requests after which a skill is made of them."""
MOST_TOGETHER = 5
"""Of similar requests the last are taken: what somebody wanted long ago they may want otherwise now."""
MOST_AT_ONCE = 4

NOTHING = "nothing was done lately in this talk that could be made a skill"
KNOWN = "that is a skill already"

Propose = Callable[[Draft, Origin], Awaitable[object]]
"""Takes a new skill for somebody (``Life.propose``)."""

Taken = Callable[[], Collection[str]]
"""The names of the skills that there are."""

Withdraw = Callable[[str, str], Awaitable[None]]
"""Takes the offer of a skill (by name) back, with the reason: what it was made of was undone."""


class Aftermath(Protocol):
    """Who sees whether what was done is let stand (``claw/skills/aftermath.py``)."""

    def follow(self, outcomes: Sequence[Outcome], told: Callable[[str], None]) -> None:
        """Call ``told`` with the reason, at most once, where a person takes it back or changes it soon."""
        ...


class Learning:
    """Makes skills of what was done; used from the event loop only."""

    def __init__(
        self, traces: Traces, mirror: Mirror, taken: Taken, propose: Propose, withdraw: Withdraw, aftermath: Aftermath
    ) -> None:
        """``propose`` is what takes a draft into the library, ``withdraw`` what takes its offer back."""
        self.traces = traces
        self._mirror = mirror
        self._taken = taken
        self._propose = propose
        self._withdraw = withdraw
        self._aftermath = aftermath
        self._tasks: set[asyncio.Task[None]] = set()

    def finished(self, done: Done) -> None:
        """Take note of an answered request (``Planner.finished``); the second similar one is made a skill, beside.

        Raises nothing: an answer must not fail because it could not be learned from.
        """
        try:
            trace = self.traces.keep(done)
        except ClawError as error:
            logger.warning("A request cannot be kept for learning: %s", error)
            return
        if trace is None:
            return
        self._aftermath.follow(done.ran.outcomes, lambda why: self._undone(trace.id, why))
        if len(self._tasks) < MOST_AT_ONCE:
            self._beside(partial(self._learn, trace, done.origin), f"learning from request {trace.id}")

    def similar(self, trace: Trace) -> tuple[Trace, ...]:
        """Return the requests that are cases of one thing with ``trace``, itself included, oldest first.

        They called the same, and were said in much the same words or did the very same.
        """
        return _together(trace, self.traces.alike(trace), self._mirror.registry)

    async def make(self, origin: Origin, called: str = "") -> Draft | str:
        """Return a skill made of the last request of this conversation, or one sentence why there is none."""
        trace = self.traces.last(origin)
        if trace is None:
            return NOTHING
        if trace.skill and trace.skill in self._taken():
            return KNOWN
        candidates = self.traces.alike(trace)
        try:
            draft = await asyncio.to_thread(_draft, trace, candidates, self._mirror.twin(), self._taken(), called)
        except Refused as refusal:
            return str(refusal)
        self.traces.made(draft.traces, draft.name)  # nobody is offered by and by what they have just asked for
        return draft

    async def close(self) -> None:
        """End what is being made."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ------------------------------------------------------------------ beside

    async def _learn(self, trace: Trace, origin: Origin) -> None:
        candidates, taken = self.traces.alike(trace), self._taken()
        if len(candidates) < ENOUGH:
            return
        try:
            # Beside the loop: the names of a large house are looked through.
            draft = await asyncio.to_thread(_draft, trace, candidates, self._mirror.twin(), taken, least=ENOUGH)
        except Refused as refusal:
            logger.info("Nothing is learned from request %d: %s", trace.id, refusal)
            return
        still = self.traces.get(draft.traces)
        taken = self._taken()
        if len(still) < len(draft.traces) or draft.name in taken or any(one.skill in taken for one in still):
            return  # undone meanwhile, or learned by the one before
        await self._propose(draft, origin)
        self.traces.made(draft.traces, draft.name)

    def _undone(self, trace: int, why: str) -> None:
        try:
            skill = self.traces.undone(trace)
        except ClawError as error:
            logger.warning("That a request was taken back cannot be kept: %s", error)
            return
        if skill:
            self._beside(partial(self._withdraw, skill, why), f"taking back the offer of {skill}")

    def _beside(self, work: Callable[[], Awaitable[object]], name: str) -> None:
        async def run() -> None:
            try:
                await work()
            except ClawError as error:
                logger.warning("%s failed: %s", name, error)

        task = asyncio.get_running_loop().create_task(run(), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _together(trace: Trace, candidates: Sequence[Trace], registry: Registry) -> tuple[Trace, ...]:
    """Return those of ``candidates`` that are cases of one thing with ``trace``, the last of them at most."""
    names = names_of(registry)
    mine = mentions(trace.said, names, trace.language)

    def alike(other: Trace) -> bool:
        if other.id == trace.id or other.calls == trace.calls:
            return True
        theirs = mentions(other.said, names, other.language)
        return other.language == trace.language and likeness(trace.said, mine, other.said, theirs) >= ALIKE

    return tuple(one for one in candidates if alike(one))[-MOST_TOGETHER:]


def _draft(
    trace: Trace, candidates: Sequence[Trace], house: House, taken: Collection[str], called: str = "", least: int = 1
) -> Draft:
    """Return the skill of ``trace`` and those like it; of as many of the last as are cases of one thing.

    Raises Refused, also where fewer than ``least`` are: once is no habit.
    """
    together = _together(trace, candidates, house.registry)
    if least > 1 and any(one.skill in taken for one in together if one.skill):
        raise Refused(KNOWN)
    for first in range(len(together) - least + 1):
        try:
            return distil(together[first:], house, called=called, taken=taken)
        except Refused as refusal:
            if first == len(together) - 1:
                raise
            logger.debug("%d requests are no one thing: %s", len(together) - first, refusal)
    raise Refused("these requests are no cases of one thing")
