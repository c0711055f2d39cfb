"""Tells people what did not go as they had it set up: nothing that was missed, late or failed stays silent.

A row that is to be told says so on disk until it was, whatever becomes of the daemon.  One routine is told of soon and
then at most once an hour, the same of it once a day; many at the same time are one message.  What guards life is told
at once, to everyone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from claw.base.action import Message
from claw.base.clock import Clock, Timer, within
from claw.base.erasure import Erasure
from claw.base.errors import ClawError
from claw.routines.book import Book
from claw.routines.model import Routine, Run, RunStatus
from claw.routines.place import Place
from claw.routines.rights import address

logger = logging.getLogger(__name__)

Send = Callable[[Message], Awaitable[bool]]
"""Sends one message through the gate and returns whether it went."""

GATHER_S = 20.0
"""So long the first of several waits for the others."""
AGAIN_S = 3600.0
SAME_S = 86_400.0
RETRY_S = 300.0
TOO_OLD = timedelta(days=7)
"""What nobody could be told of for so long, nobody is told of any more."""
MOST_NAMED = 5
MOST_SAID = 100
LONGEST = 1500
MINUTE = timedelta(minutes=1)

_SAYS: dict[RunStatus, str] = {
    "failed": "did not work",
    "refused": "was not allowed",
    "missed": "did not run",
    "held": "was held back",
    "unknown": "was cut short",
    "asked": "needs a yes",
}


@dataclass(frozen=True, slots=True)
class _Item:
    """One row to tell, with the routine as it stands or stood."""

    run: Run
    routine: Routine

    @property
    def same(self) -> tuple[str, ...]:
        """Return what makes it the same as another: a lateness is told by its figure, and is the same all the same."""
        return self.run.routine, self.run.status, "" if self.run.status == "done" else self.run.reason


class Reports:
    """Sends what the book has untold; used from the event loop only."""

    def __init__(self, book: Book, send: Send, clock: Clock, timer: Timer, place: Callable[[], Place]) -> None:
        self._book = book
        self._send = send
        self._clock = clock
        self._timer = timer
        self._place = place
        self._told: dict[tuple[str, ...], float] = {}
        self._woken = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._sayings: dict[Message, float] = {}
        self._failed = 0
        self._closed = False

    def wake(self) -> None:
        """Look for what is untold soon: many that come together are told together."""
        self._woken.set()
        if not self._closed and (self._worker is None or self._worker.done()):
            self._worker = asyncio.get_running_loop().create_task(self._work(), name="reports of routines")

    def tell(self, message: Message) -> None:
        """Send one message, and again until it went; a question only once, because it would be over."""
        if message not in self._sayings and len(self._sayings) < MOST_SAID:
            self._sayings[message] = self._clock.monotonic()
        self.wake()

    def erase(self, erasure: Erasure) -> int:
        """Let go of sentences that were not told yet and that ``erasure`` means; return how many."""
        # Whose a routine is does not stand in what is said of it.
        gone = [message for message in self._sayings if erasure.means(message.text) or erasure.person is not None]
        for message in gone:
            del self._sayings[message]
        self._told.clear()
        return len(gone)

    async def close(self) -> None:
        """Stop telling; what is untold stays so for the next daemon."""
        self._closed = True  # the house says good-bye after this, and that wakes
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            try:
                waits = await self._round()
            except ClawError as error:
                logger.error("What came of routines cannot be told now: %s", error)  # noqa: TRY400  a disk, no bug
                waits = self._later()
            if waits is None and not self._woken.is_set():
                return
            if waits is not None:
                await within(self._timer, waits, self._woken.wait())

    async def _round(self) -> float | None:
        """Tell what may be told; return after how many seconds there may be more, None where nothing is left."""
        self._woken.clear()
        said = await self._say()
        ready, rests = self._sorted()
        if not ready:
            return rests if said else min(self._later(), rests or AGAIN_S)
        until = self._clock.monotonic() + GATHER_S
        while not any(item.routine.safety for item in ready) and self._clock.monotonic() < until:
            await within(self._timer, until - self._clock.monotonic(), self._woken.wait())
            self._woken.clear()
            said = await self._say()
            ready, rests = self._sorted()
        urgent = [item for item in ready if item.routine.safety]
        if not await self._tell(urgent or ready):
            return self._later()
        if said:
            self._failed = 0
        rests = 0.0 if urgent else self._sorted()[1]
        return rests if said else min(self._later(), AGAIN_S if rests is None else rests)

    async def _say(self) -> bool:
        """Send what is to be told besides the rows; return whether all of it went.

        One that does not go keeps none of the others, and is let go of in the end; a question is tried once.
        """
        now = self._clock.monotonic()
        for message, since in tuple(self._sayings.items()):
            went = await self._sent(message)
            if went or message.kind == "question" or now - since > TOO_OLD.total_seconds():
                self._sayings.pop(message, None)
        return not self._sayings

    async def _sent(self, message: Message) -> bool:
        try:
            return await self._send(message)
        except ClawError as error:
            logger.warning("What came of routines cannot be told now: %s", error)
            return False

    def _later(self) -> float:
        self._failed += 1
        return min(AGAIN_S, RETRY_S * 2 ** min(self._failed - 1, 10))

    def _sorted(self) -> tuple[list[_Item], float | None]:
        """Return what may be told now, and in how many seconds the next may be that has to rest.

        What was told today already, and what has nobody to hear it, is let go of.
        """
        now, gone = self._clock.monotonic(), list[int]()
        ready, rests = list[_Item](), list[float]()
        self._told = {key: at for key, at in self._told.items() if now - at < SAME_S}
        for run in self._book.untold():
            routine = self._book.get(run.routine)
            item = None if routine is None else _Item(run, routine)
            last = self._told.get((run.routine,))
            old = self._clock.now() - (run.ended or run.firing.due) > TOO_OLD
            if item is None or old or (item.same in self._told and not item.routine.safety):
                gone.append(run.id)
            elif last is not None and now - last < AGAIN_S and not item.routine.safety:
                rests.append(last + AGAIN_S - now)
            else:
                ready.append(item)
        if gone:
            self._book.told(gone)
        return ready, min(rests, default=None)

    async def _tell(self, items: Sequence[_Item]) -> bool:
        """Send one message to each who is to hear something; return whether all of them went."""
        heard: dict[str, list[_Item]] = {}
        for item in items:
            heard.setdefault(address(item.routine), []).append(item)
        went = True
        for to, theirs in heard.items():
            urgent = any(item.routine.safety for item in theirs)
            text = wording([(item.run, item.routine) for item in theirs], self._clock.now(), self._place())
            if not await self._sent(Message(to, text, "alarm" if urgent else "late", "high" if urgent else "normal")):
                went = False
                continue
            now = self._clock.monotonic()
            self._told |= {key: now for item in theirs for key in ((item.run.routine,), item.same)}
            self._book.told(item.run.id for item in theirs)
        return went


def wording(rows: Sequence[tuple[Run, Routine]], now: datetime, place: Place) -> str:
    """Return what came of some firings, as one text: those that say the same in one sentence."""
    alike: dict[tuple[RunStatus, str], list[tuple[Run, Routine]]] = {}
    for run, routine in rows:
        alike.setdefault((run.status, run.reason), []).append((run, routine))
    sentences = [_sentence(status, reason, each, now, place) for (status, reason), each in alike.items()]
    text = " ".join(sentences)
    if len(text) <= LONGEST:
        return text
    return f"{sentences[0][:LONGEST]} That is not all: {len(rows)} rows of the history say more."


def _sentence(status: RunStatus, reason: str, rows: Sequence[tuple[Run, Routine]], now: datetime, place: Place) -> str:
    names = list(dict.fromkeys(routine.spec.name for _, routine in rows))
    times = sum(run.times for run, _ in rows)
    first = min(run.firing.due for run, _ in rows)
    last = max(run.until or run.firing.due for run, _ in rows)
    when = f"at {_at(first, now, place)}"
    if last - first >= MINUTE:
        when = f"between {_at(first, now, place)} and {_at(last, now, place)}"
    says = _SAYS.get(status, "ran")
    if len(names) == 1:
        often = f" {times} times" if times > 1 else ""
        return _ended(f"{names[0]} {says}{often} {when}", reason)
    named = ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
    says = says.replace("was ", "were ") if says.startswith("was ") else says.replace("needs", "need")
    return _ended(f"{len(names)} routines {says} {when}", f"{reason} ({named})" if reason else named)


def _ended(start: str, reason: str) -> str:
    said = f"{start}: {reason}" if reason else start
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _at(moment: datetime, now: datetime, place: Place) -> str:
    wall, today = place.wall(moment), place.wall(now)
    return f"{wall:%H:%M}" if wall.date() == today.date() else f"{wall:%H:%M} on {wall:%A} {wall.day} {wall:%B}"
