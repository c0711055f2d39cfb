"""Carries firings out: each claimed first, so many at once, each routine one run after another, none for ever.

Whatever a run does - it raises, hangs, is replaced, meets a stop - its row is closed with what came of it, and the next
one has its turn.  Only the end of the daemon leaves rows open; those are settled at the next start.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from claw.base.clock import Clock, Timer
from claw.base.errors import Broken, ClawError, Refused
from claw.routines.book import Book
from claw.routines.model import Done, Firing, Routine, Run

logger = logging.getLogger(__name__)

AT_ONCE = 16
"""Runs of different routines that go on at the same time; what guards life is not counted."""
MOST_QUEUED = 10
"""Firings of one routine that wait for the run before them; more are skipped."""
LONGEST_S = 1800.0
"""A run that takes longer is ended."""
LET_GO_S = 5.0
"""So long a run that was ended may take to end."""

_NOTHING_DONE = frozenset({"failed", "refused"})


class Does(Protocol):
    """Who carries a run out."""

    async def do(self, routine: Routine, run: Run) -> Done:
        """Carry out one run and return what came of it; what it raises is a failed run."""
        ...

    def cancel(self, run: Run) -> None:
        """End a run that is under way: its task is cancelled right after this."""
        ...


class Disk:
    """Lets one commit after another happen, and whatever else goes on have its turn between any two of them."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> None:
        await self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().call_soon(self._lock.release)


@dataclass(eq=False)
class Job:
    """One claimed firing on its way.

    ``late`` is why it begins later than it was due, empty where it does not; ``done`` what came of it, as soon as that
    is known.
    """

    run: Run
    late: str = ""
    replaced: bool = False
    done: Done | None = None
    task: asyncio.Task[None] | None = None
    closed: asyncio.Future[Run] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass
class _Lane:
    """What goes on of one routine, and what waits for it."""

    going: Job | None = None
    waiting: deque[Job] = field(default_factory=deque[Job])


class UnderWay:
    """All runs of one book; used from the event loop only.

    ``held`` says why nothing may be done now, empty where it may, given whether the routine guards life; ``ended`` is
    called with the id of a routine whose run was closed.
    """

    def __init__(
        self,
        book: Book,
        does: Does,
        times: tuple[Clock, Timer],
        held: Callable[[bool], str],
        ended: Callable[[str], None],
    ) -> None:
        self._book = book
        self._does = does
        self._clock, self._timer = times
        self._held = held
        self._ended = ended
        self.disk = Disk()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._lanes: dict[str, _Lane] = {}
        self._hanging: set[asyncio.Task[Done]] = set()

    def start(self, routine: Routine, firing: Firing, late: str = "", *, accounted: bool = False) -> Job | None:
        """Claim ``firing`` and carry it out when its turn comes; None where it is not carried out, which has its row.

        ``accounted``: with it every firing by the clock up to then has its row.  Raises Broken where the claim cannot
        be written, except for what guards life: that goes on without a row.
        """
        moment = firing.due if accounted else None
        lane = self._lanes.setdefault(routine.id, _Lane())
        overlap = "queue" if routine.safety or firing.asked_by is not None else routine.spec.overlap
        if lane.going is not None and (why := _crowded(lane, overlap)):
            self._book.note(firing, "skipped", why, accounted=moment)
            return None
        try:
            at_once = lane.going is None and sum(each.going is not None for each in self._lanes.values()) < AT_ONCE
            run = self._book.claim(firing, begin=at_once, accounted=moment)
        except Broken:
            if not routine.safety:
                raise
            logger.exception("A run of %s has no row in the history: the disk does not take it", routine.id)
            run = Run(0, routine.id, firing, "running", began=self._clock.now())
        if run is None:
            self._tidy(routine.id)
            return None
        return self._enter(lane, Job(run, late), overlap)

    def again(self, run: Run, late: str) -> Job:
        """Carry out a run that was claimed before and never begun."""
        return self._enter(self._lanes.setdefault(run.routine, _Lane()), Job(run, late), "queue")

    def runs(self) -> tuple[Run, ...]:
        """Return what goes on or waits for its turn."""
        jobs = [job for lane in self._lanes.values() for job in (lane.going, *lane.waiting) if job is not None]
        return tuple(job.run for job in jobs)

    def count(self, routine: str) -> int:
        """Return how many runs of one routine go on or wait."""
        lane = self._lanes.get(routine)
        return 0 if lane is None else len(lane.waiting) + (lane.going is not None)

    def full(self, routine: str) -> bool:
        """Return whether as many firings of one routine wait as may."""
        return self.count(routine) > MOST_QUEUED

    async def close(self) -> None:
        """End everything; the rows stay open."""
        tasks = [lane.going.task for lane in self._lanes.values() if lane.going is not None and lane.going.task]
        self._lanes.clear()
        for task in [*tasks, *self._hanging]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _enter(self, lane: _Lane, job: Job, overlap: str) -> Job:
        if lane.going is None:
            self._launch(lane, job)
            return job
        if overlap == "restart":
            for waiting in lane.waiting:
                self._finish(waiting, Done("replaced", "a later firing took its place"))
            lane.waiting.clear()
            self._replace(lane.going)
        lane.waiting.append(job)
        return job

    def _replace(self, job: Job) -> None:
        job.replaced = True
        self._does.cancel(job.run)
        if job.task is not None:
            job.task.cancel()

    def _launch(self, lane: _Lane, job: Job) -> None:
        lane.going = job
        job.task = asyncio.get_running_loop().create_task(self._carry(job), name=f"routine {job.run.routine}")
        job.task.add_done_callback(lambda _task: self._next(job))

    def _next(self, job: Job) -> None:
        """Let the next firing of the routine have its turn; nothing where everything was ended."""
        lane = self._lanes.get(job.run.routine)
        if lane is None or lane.going is not job:
            return
        if job.replaced and not job.closed.done():  # cancelled before its first step, or while its row was written
            self._finish(job, job.done or Done("replaced", "a later firing took its place"))
        lane.going = None
        if lane.waiting:
            self._launch(lane, lane.waiting.popleft())
        self._tidy(job.run.routine)

    def _tidy(self, routine: str) -> None:
        lane = self._lanes.get(routine)
        if lane is not None and lane.going is None:
            del self._lanes[routine]

    async def _carry(self, job: Job) -> None:
        routine = self._book.get(job.run.routine)
        slot = contextlib.nullcontext() if routine is not None and routine.safety else self._slots
        try:
            async with slot:
                job.done = await self._turn(job)
        except asyncio.CancelledError:
            if not job.replaced:
                raise
            job.done = Done("replaced", "a later firing took its place")
        async with self.disk:
            self._finish(job, job.done)

    async def _turn(self, job: Job) -> Done:
        """Have a run done, where it still may be now that its turn has come."""
        routine = self._book.get(job.run.routine)
        if routine is None or (not routine.fires and job.run.firing.asked_by is None):
            return Done("skipped", f"it is {routine.state if routine else 'gone'} since it was due")
        if why := self._held(routine.safety):
            return Done("held", why)
        try:
            if job.run.began is None:
                async with self.disk:
                    job.run = self._book.begin(job.run)
            done = await self._limited(routine, job.run)
        except Refused as error:
            done = Done("refused", str(error))
        except ClawError as error:
            done = Done("failed", str(error))
        except Exception as error:  # a run of one routine ends here, whatever it raises
            logger.exception("A run of %s failed", routine.id)
            done = Done("failed", f"an error inside of Claw ({type(error).__name__})")
        if done.status in _NOTHING_DONE and not _moved(done) and (why := self._held(routine.safety)):
            return Done("held", why, done.outcomes, done.would)
        return done

    async def _limited(self, routine: Routine, run: Run) -> Done:
        """Do a run, for no longer than it may take; one that does not even end then is left behind."""
        loop = asyncio.get_running_loop()
        work = loop.create_task(self._does.do(routine, run))
        alarm = loop.create_task(self._timer.sleep(LONGEST_S))
        self._hanging.add(work)
        work.add_done_callback(self._hanging.discard)
        try:
            await asyncio.wait({work, alarm}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return await work
            self._does.cancel(run)
            return Done(
                "failed", f"it did not end within {LONGEST_S / 60:.0f} min; what it had begun stands in the log"
            )
        finally:
            alarm.cancel()
            if not work.done():
                await self._let_go(work)

    async def _let_go(self, work: asyncio.Task[Done]) -> None:
        """Cancel what a run does and wait a moment for its end, so that the next one does not begin beside it."""
        work.cancel()
        work.add_done_callback(_heard)
        alarm = asyncio.get_running_loop().create_task(self._timer.sleep(LET_GO_S))
        await asyncio.wait({work, alarm}, return_when=asyncio.FIRST_COMPLETED)
        alarm.cancel()

    def _finish(self, job: Job, done: Done) -> None:
        reason = ": ".join(part for part in (job.late, done.reason) if part)
        run = None
        try:
            if job.run.id:
                run = self._book.close(
                    job.run, Done(done.status, reason, done.outcomes, done.would), tell=bool(job.late)
                )
        except Broken:
            logger.exception("What came of a run of %s cannot be written down", job.run.routine)
        if not job.closed.done():
            job.closed.set_result(run or job.run)
        self._ended(job.run.routine)


def _crowded(lane: _Lane, overlap: str) -> str:
    if overlap == "skip":
        return "the run before it was still under way"
    if overlap == "queue" and len(lane.waiting) >= MOST_QUEUED:
        return f"{MOST_QUEUED} firings wait for the run before them already"
    return ""


def _moved(done: Done) -> bool:
    return any(outcome.status not in {"refused", "failed"} for outcome in done.outcomes)


def _heard(task: asyncio.Task[Done]) -> None:
    """Hear what a run that was left behind raises, so that nobody else has to."""
    if not task.cancelled():
        task.exception()
