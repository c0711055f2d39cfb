"""Spoken turns under way: each has a deadline by which something is said, and can be cut short by a bare "stop".

What is cut short stops where it is: what was done stays done and is said, what was not begun is not begun, and an act
on its way is followed to its end by the gate, which tells of it.  A turn whose listener went away goes on: a lamp that
was asked for comes on, whoever hangs up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from claw.base.action import Origin, Outcome, Reply
from claw.base.clock import Timer
from claw.base.errors import Unavailable
from claw.voice.twins import Key

ANSWER_S = 3.5
"""So long somebody waits for an answer; what takes longer is told afterwards, where it was asked.

A little more than the gate waits to see a device move (``claw/gate/verify.py``): then there is something to say.
"""

ENDING_S = 2.0
"""So long is waited for a turn that was cut to come to its end."""

AT_ONCE = 8
"""Turns of one satellite at the same time; more is no person speaking."""

MOST_OUTCOMES = 100


@dataclass(frozen=True, slots=True)
class Cut:
    """A turn that was cut short."""


@dataclass(frozen=True, slots=True)
class Late:
    """A turn that goes on after its deadline; ``task`` gives its reply, and is cancelled where it was cut."""

    task: asyncio.Task[Reply]


@dataclass(eq=False)
class _Turn:
    """One turn under way, and what came of its acts so far."""

    conversation: str
    task: asyncio.Task[Reply]
    outcomes: list[Outcome] = field(default_factory=list[Outcome])


class Turns:
    """The turns under way, by satellite; one for the daemon."""

    def __init__(self, say: Callable[[str, Origin], Awaitable[Reply]], timer: Timer) -> None:
        """``say`` answers a sentence."""
        self._say = say
        self._timer = timer
        self._under_way: dict[Key, list[_Turn]] = {}
        self._closed = False

    async def take(self, text: str, origin: Origin, key: Key) -> Reply | Late | Cut:
        """Answer one sentence; raises Unavailable when too many of this satellite are under way, and after the end.

        What the answering raises is raised here, unless it comes after the deadline.
        """
        if self._closed or len(self._under_way.get(key, ())) >= AT_ONCE:
            raise Unavailable("too much is said there at once")
        task = asyncio.get_running_loop().create_task(_answered(self._say, text, origin))
        turn = _Turn(origin.conversation, task)
        self._under_way.setdefault(key, []).append(turn)
        task.add_done_callback(lambda _task: self._over(key, turn))
        await self._wait([task], ANSWER_S)
        if not task.done():
            return Late(task)
        return Cut() if task.cancelled() else task.result()

    async def cancel(self, key: Key) -> tuple[Outcome, ...] | None:
        """Cut short what a satellite has under way; return what was done of it, None where nothing was under way."""
        turns = tuple(self._under_way.get(key, ()))
        if not turns:
            return None
        for turn in turns:
            turn.task.cancel()
        await self._wait([turn.task for turn in turns], ENDING_S)
        return tuple(one for turn in turns for one in turn.outcomes if _did(one))

    def noted(self, outcome: Outcome, origin: Origin) -> None:
        """Take what came of an act of a turn that may be under way."""
        for turn in self._all():
            if turn.conversation == origin.conversation and len(turn.outcomes) < MOST_OUTCOMES:
                turn.outcomes.append(outcome)

    async def close(self) -> None:
        """End every turn and wait for that; none begins any more."""
        self._closed = True
        tasks = [turn.task for turn in self._all()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, tasks: list[asyncio.Task[Reply]], seconds: float) -> None:
        """Return when all of ``tasks`` have ended, or after ``seconds``; ends none of them."""
        work = asyncio.ensure_future(asyncio.wait(tasks))
        alarm = asyncio.ensure_future(self._timer.sleep(seconds))
        try:
            await asyncio.wait({work, alarm}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
            alarm.cancel()
            await asyncio.gather(work, alarm, return_exceptions=True)

    def _all(self) -> Iterator[_Turn]:
        return (turn for turns in tuple(self._under_way.values()) for turn in tuple(turns))

    def _over(self, key: Key, turn: _Turn) -> None:
        turns = self._under_way[key]
        turns.remove(turn)
        if not turns:
            del self._under_way[key]
        if not turn.task.cancelled():
            turn.task.exception()  # looked at: whoever waits for it, also later, takes it


async def _answered(say: Callable[[str, Origin], Awaitable[Reply]], text: str, origin: Origin) -> Reply:
    return await say(text, origin)  # only now: a turn may be cut before it begins


def _did(outcome: Outcome) -> bool:
    """Return whether something was done that somebody wants to hear of; that a model was asked is no such thing."""
    return outcome.status in {"done", "started"} or (outcome.status == "sent" and bool(outcome.action.entities))
