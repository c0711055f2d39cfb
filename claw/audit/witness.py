"""Who keeps the signed heads of the log besides the log, and how they get there.

A witness may be slow, full, gone or hostile, and none of that may hold up an act or another witness.  So each has a
courier of its own with room for one note: what waits is replaced by what is newer, because the newest head vouches for
everything before it.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from claw.audit.note import Note
from claw.base.clock import Clock, Timer, within
from claw.base.errors import ClawError, Unavailable

logger = logging.getLogger(__name__)

KEEP_S = 10.0
"""How long a witness may take for one note."""

RETRY_S = 60.0
"""How long after a failure the same note is brought again."""

T = TypeVar("T")


class Witness(Protocol):
    """A place outside the log that keeps its checkpoints."""

    @property
    def name(self) -> str:
        """How a sentence names it: ``the file /mnt/nas/claw.checkpoints``."""
        ...

    @property
    def writable_by_claw(self) -> bool:
        """Whether anything that Claw may do could change or remove what it keeps."""
        ...

    async def keep(self, note: Note, key: str) -> None:
        """Keep ``note``, signed with the public ``key``; raises Unavailable or Broken when it could not."""
        ...

    def read(self) -> list[str]:
        """Return the texts with notes and keys that it has, oldest first; raises Unavailable or Broken.

        What is asked takes its time; it is called in a thread.
        """
        ...


class Courier:
    """Brings notes to one witness, the newest at last, one at a time."""

    def __init__(self, witness: Witness, clock: Clock, timer: Timer) -> None:
        self.witness = witness
        self.kept: Note | None = None
        self.kept_at: datetime | None = None
        self.problem = ""
        self._clock = clock
        self._timer = timer
        self._waiting: tuple[Note, str] | None = None
        self._failed: tuple[Note, str] | None = None
        self._tried_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._reading = Errand(witness.name)

    async def read(self) -> list[str]:
        """Return what the witness has; raises Unavailable when that takes longer than ten seconds, or Broken."""
        reading = asyncio.ensure_future(self._reading.run(self.witness.read))
        if not await within(self._timer, KEEP_S, reading):
            raise Unavailable(f"{self.witness.name} takes longer than {KEEP_S:g} s to be read")
        return reading.result()

    def hand(self, note: Note, key: str) -> None:
        """Take a note along; returns at once."""
        self._waiting = (note, key)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._deliver(), name=f"witness: {self.witness.name}")

    def retry(self) -> None:
        """Bring the last note again when it was not taken and a minute has passed."""
        late = self._clock.monotonic() - self._tried_at >= RETRY_S
        if late and self._failed is not None and self._waiting is None:
            self.hand(*self._failed)

    async def wait(self, seconds: float) -> None:
        """Return when everything was delivered or refused, at the latest after ``seconds``; give up what is left."""
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await within(self._timer, seconds, self._task)

    async def _deliver(self) -> None:
        while self._waiting is not None:
            brought, self._waiting = self._waiting, None
            self._tried_at = self._clock.monotonic()
            problem = await self._bring(*brought)
            if problem and problem != self.problem:
                logger.warning("A checkpoint of the audit log did not reach %s: %s", self.witness.name, problem)
            self.problem, self._failed = problem, brought if problem else None

    async def _bring(self, note: Note, key: str) -> str:
        try:
            if not await within(self._timer, KEEP_S, self.witness.keep(note, key)):
                return f"it takes longer than {KEEP_S:g} s"
        except ClawError as error:
            return str(error)
        except Exception:
            # The boundary: one witness that breaks must not end the courier for good.
            logger.exception("A witness failed unexpectedly")
            return "it failed unexpectedly; the log of the process says how"
        self.kept, self.kept_at = note, self._clock.now()
        return ""


class Errand:
    """Does blocking work for a witness, one piece at a time, in a thread that never holds up the end of the process."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._busy = False

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns or raise what it raises; raises Unavailable while the last one still hangs."""
        if self._busy:
            raise Unavailable(f"{self._what} still hangs on what it was given before")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(setting: Callable[[], None]) -> None:
            self._busy = False
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(lambda: None if future.done() else setting())

        def run() -> None:
            try:
                done = work()
            except BaseException as error:  # noqa: BLE001  it is raised where the work was asked for
                raised = error
                settle(lambda: future.set_exception(raised))
            else:
                settle(lambda: future.set_result(done))

        self._busy = True
        threading.Thread(target=run, name=self._what, daemon=True).start()
        return await future
