"""What becomes of an act after its reply: slow devices are followed to their end, lost calls are settled by state.

A reply is due in three seconds; a garage door needs twenty.  The person was told "opening"; this is who tells the rest,
above all when it went wrong, unasked.  A call whose connection broke is never repeated: the state of the device, once
the house is back, says what became of it.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Literal

from claw.audit.log import AuditLog
from claw.base.action import NO_DATA, Acknowledgement, Json, Message, Origin, Outcome, OutcomeStatus
from claw.base.erasure import Erasure
from claw.base.errors import ClawError
from claw.base.tracing import Timed, follow_up
from claw.gate.verify import Seen, Verifier, Watched

logger = logging.getLogger(__name__)

SETTLE_S = 300.0
"""How long a lost call waits for the house to come back before it stays unknown."""

RECENT = 500
"""So many outcomes are remembered for who asks before they are on disk."""

OWN = "claw"
"""The domain of Claw's own acts: no state of the house could settle one that was lost."""

Tell = Callable[[Message], Awaitable[object]]
Late = Callable[[Outcome, str | None], str]
Noted = Callable[[Outcome, Origin], None]


def settled(outcome: Outcome, seen: Seen) -> Outcome:
    """Return ``outcome`` with what was seen: its status is the worst of its entities'."""
    if not seen.statuses:
        return replace(outcome, status="sent")
    order: tuple[OutcomeStatus, ...] = ("failed", "started", "sent", "done", "unchanged")
    found = set(seen.statuses.values())
    status = next(candidate for candidate in order if candidate in found)
    return replace(outcome, status=status, after=seen.after, entities=seen.statuses)


class Follower:
    """Writes every outcome to the log and follows the open ones in tasks of its own.

    ``noted`` are told every outcome as it is first known, ``ended`` how those ended that were open then, ``responded``
    what the house answered to an act, which is kept nowhere.
    """

    def __init__(self, verifier: Verifier, audit: AuditLog, late: Late) -> None:
        self._verifier = verifier
        self._audit = audit
        self._late = late
        self._tasks: set[asyncio.Task[None]] = set()
        self.tell: Tell | None = None
        self.noted: list[Noted] = []
        self.ended: list[Noted] = []
        self.responded: list[Callable[[Outcome, Json], None]] = []
        self.recent: OrderedDict[int, tuple[Outcome, str | None]] = OrderedDict()

    def take(
        self,
        outcome: Outcome,
        watched: Watched,
        ack: Acknowledgement,
        origin: Origin,
        seen: Seen | None,
        timings: Mapping[str, float] = NO_DATA,
    ) -> None:
        """Record ``outcome`` and, where it is still open, follow it; never waits and never raises.

        ``timings`` are the milliseconds by stage so far, those of the acts of the same plan before it included.
        """
        self._record(outcome, ack, seen, timings)
        for told in self.noted:
            told(outcome, origin)
        if ack.response is not None:
            for heard in self.responded:
                heard(outcome, ack.response)
        if outcome.status not in {"started", "unknown"} or outcome.action.domain == OWN:
            watched.close()
            return
        late = follow_up("late")
        task = asyncio.get_running_loop().create_task(self._follow(outcome, watched, ack, origin, late))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def words(self, outcome: Outcome) -> str:
        """Return what became of an act in a sentence, in the household's language."""
        return self._late(outcome, None)

    def send(self, message: Message) -> None:
        """Send a message without waiting for it; one that is on its way when the switch engages is not sent."""
        if self.tell is None:
            return
        task = asyncio.get_running_loop().create_task(self._tell(self.tell, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def erase(self, erasure: Erasure) -> int:
        """Let go of the outcomes whose entries are to be forgotten; return how many went."""
        gone = [seq for seq in self.recent if erasure.everything or seq in erasure.entries]
        for seq in gone:
            del self.recent[seq]
        return len(gone)

    def cut(self) -> None:
        """Stop following: called when the switch engages."""
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """End every task; what is still open is reported at the next start."""
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(
        self, outcome: Outcome, watched: Watched, ack: Acknowledgement, origin: Origin, late: Timed
    ) -> None:
        try:
            with late:
                await self._to_its_end(outcome, watched, ack, origin, late)
        except ClawError:
            logger.exception("A late outcome could not be told")
        finally:
            watched.close()

    async def _to_its_end(
        self, outcome: Outcome, watched: Watched, ack: Acknowledgement, origin: Origin, late: Timed
    ) -> None:
        if outcome.status == "unknown":
            if not await self._verifier.back(SETTLE_S):
                return
            self._verifier.wait_anew(watched)
        seen = await self._verifier.settle(watched, ack, self._verifier.patience_left(watched))
        final = settled(outcome, seen)
        late.note(status=final.status, domain=final.action.domain)
        self._record(final, ack, seen, {"late": self._verifier.took(watched) * 1000})
        if final.status == "done":
            self._verifier.learn(watched)
        for told in self.ended:
            told(final, origin)
        await self._say(final, origin)

    @staticmethod
    async def _tell(tell: Tell, message: Message) -> None:
        try:
            await tell(message)
        except ClawError:
            logger.exception("A message could not be told")

    async def _say(self, outcome: Outcome, origin: Origin) -> None:
        to = address(origin)
        if self.tell is None or origin.channel == "system":
            return
        if origin.routine and outcome.status == "done" and to != "everyone":
            return  # what somebody's routine does every morning is in its history, and no news
        urgency: Literal["normal", "high"] = "normal" if outcome.status == "done" else "high"
        await self.tell(Message(to, self._late(outcome, origin.language), "late", urgency))

    def _record(self, outcome: Outcome, ack: Acknowledgement, seen: Seen | None, timings: Mapping[str, float]) -> None:
        if outcome.audit is not None:
            self.recent[outcome.audit] = (outcome, ack.context_id)
            self.recent.move_to_end(outcome.audit)
            while len(self.recent) > RECENT:
                self.recent.popitem(last=False)
        # What a house answers may be anything, and long; what Claw's own acts answer are figures.
        own = {"response": ack.response} if outcome.action.domain == OWN and ack.response is not None else {}
        self._audit.note(
            "outcome",
            {
                **own,
                "status": outcome.status,
                "detail": outcome.detail,
                "entities": dict(outcome.entities),
                "after": dict(outcome.after),
                "context": ack.context_id,
                "ours": list(seen.ours) if seen else [],
                "attributes": seen.attributes if seen else {},
                "timings": {stage: round(ms, 2) for stage, ms in timings.items()},
            },
            parent=outcome.audit,
        )


def address(origin: Origin) -> str:
    """Return where a message about what ``origin`` asked goes."""
    if origin.conversation:
        return f"conversation:{origin.conversation}"
    if origin.person:
        return f"person:{origin.person}"
    return f"place:{origin.place}" if origin.place else "everyone"
