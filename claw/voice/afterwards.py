"""What is still to be said when an answer has gone: slow turns, questions put aloud, and what needs no words after all.

It is said as a message, through the gate, addressed to the talk that it belongs to: whoever knows where that talk is
held says it there (``claw/voice/speech_messages.py``), and nobody anywhere else.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, Literal, Protocol

from claw.base.action import Message, Origin, Outcome, Pending, Reply
from claw.base.clock import Clock, Timer
from claw.base.erasure import Erasure
from claw.mind.replies import reply_text
from claw.voice.brief import Brief
from claw.voice.model import Answer, Satellite
from claw.voice.turns import Late

logger = logging.getLogger(__name__)

ASK_AFTER_S = 1.0
"""A satellite ends its own turn before it can ask something."""

NOT_ASKED_S = 3.0
"""A question that came back sooner was not put: to say it alone takes longer."""

SHOWN_S = 5.0
"""The message about what everybody can see comes right after it was seen."""

MOST_SHOWN = 32


class Asks(Protocol):
    """Who asks aloud (``claw/voice/asking.py``)."""

    def can(self, pending: Pending, satellite: Satellite, origin: Origin) -> bool:
        """Return whether a satellite can ask this of whoever spoke there."""
        ...

    async def put(self, pending: Pending, satellite: Satellite, origin: Origin) -> Reply | None:
        """Ask it there and return what came of it; None where nothing did."""
        ...


class Afterwards:
    """Says what is left to say, in tasks of its own; one for the daemon."""

    def __init__(
        self,
        tell: Callable[[Message], Awaitable[bool]],
        asking: Asks | None,
        brief: Brief,
        language: str,
        clock: Clock,
        timer: Timer,
    ) -> None:
        """``tell`` sends a message through the gate; ``language`` is the house's own."""
        self._send = tell
        self._asking = asking
        self._brief = brief
        self._language = language
        self._clock = clock
        self._timer = timer
        self._tasks: set[asyncio.Task[None]] = set()
        self._shown: deque[tuple[Message, float]] = deque(maxlen=MOST_SHOWN)

    def late(self, late: Late, satellite: Satellite, origin: Origin) -> None:
        """Tell where it was asked what comes of a turn that takes longer than somebody waits."""
        self._spawn(self._late(late, satellite, origin))

    def put(self, pending: Pending, satellite: Satellite, origin: Origin, text: str) -> bool:
        """Ask a question by a satellite that then listens for the answer; return whether it can, and so will.

        Where it was not put after all, ``text`` is said there.
        """
        asking = self._asking
        if asking is None or not asking.can(pending, satellite, origin):
            return False
        self._spawn(self._put(asking, pending, satellite, origin, text))
        return True

    def unheard(self, work: asyncio.Task[Answer]) -> None:
        """Tell an answer whose listener hung up, where it is more than a sound."""
        if work.cancelled() or work.exception() is not None:
            return
        answer = work.result()
        if answer.reply is not None and answer.origin is not None and answer.cue != "done":
            self._spawn(self._tell(answer.origin, answer.text, "late"))

    def ended(self, outcome: Outcome, satellite: Satellite | None, origin: Origin) -> None:
        """Take how an act of a talk ended after its reply: what is plain to see at ``satellite`` is not told there."""
        if satellite is not None and outcome.status == "done" and self._brief.seen((outcome,), satellite):
            message = self._brief.message(outcome, replace(origin, language=origin.language or self._language))
            self._shown.append((message, self._clock.monotonic() + SHOWN_S))

    def needless(self, message: Message) -> bool:
        """Return whether a message says what everybody can see who is where it would be said."""
        now = self._clock.monotonic()
        while self._shown and self._shown[0][1] <= now:
            self._shown.popleft()
        return any(shown == message for shown, _ in self._shown)

    def erase(self, erasure: Erasure) -> int:
        """Let go of what need not be said; it would be gone in seconds."""
        del erasure
        gone = len(self._shown)
        self._shown.clear()
        return gone

    async def close(self) -> None:
        """Say no more."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _late(self, late: Late, satellite: Satellite, origin: Origin) -> None:
        await asyncio.wait([late.task])
        if late.task.cancelled():
            return
        if (error := late.task.exception()) is not None:
            logger.error("A spoken turn broke: %s", type(error).__name__)
            text = reply_text("failed", origin.language or self._language)
        else:
            text = self._brief.of(late.task.result(), satellite, told=True).text
        await self._tell(origin, text, "late")

    async def _put(self, asking: Asks, pending: Pending, satellite: Satellite, origin: Origin, text: str) -> None:
        await self._timer.sleep(ASK_AFTER_S)
        began = self._clock.monotonic()
        answered = await asking.put(pending, satellite, origin)
        if answered is None and self._clock.monotonic() - began < NOT_ASKED_S:
            await self._tell(origin, text, "question")

    async def _tell(self, origin: Origin, text: str, kind: Literal["late", "question"]) -> None:
        if text:
            await self._send(Message(f"conversation:{origin.conversation}", text, kind))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # Nobody waits for it, and a traceback may hold words.
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("What was left to say could not be said: %s", type(error).__name__)
