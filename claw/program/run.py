"""The real run of a program, segment by segment: rehearsed, judged as a whole, then done step by step.

A segment ends where nobody can know what comes next: at a question to a person, at a wait, at what a stranger's text
says.  What follows is a plan of its own, rehearsed from where the program stands and judged when it is reached.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from claw.base.action import Origin, Pending
from claw.base.erasure import Erasure
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.gate.run import Run
from claw.house.services import validate
from claw.program.events import ASK_STANDS, GONE, Mistyped, Value
from claw.program.foreseen import Record
from claw.program.job import Job
from claw.program.looks import Shown
from claw.program.over import over, ran_of
from claw.program.ran import BY_HAND, Problem, ProblemKind, Question, Ran, Written
from claw.program.rehearse import Rehearsal
from claw.program.sealed import ANSWER, UNDER_WAY, YES, Sealed
from claw.program.segment import Barrier, Segments
from claw.program.taint import Marks, joined
from claw.program.waits import answer_of

__all__ = ["GONE", "Problem", "ProblemKind", "Programs", "Question", "Ran", "Shown"]

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 8
"""Programs of one source that run or wait for the house: nobody's flood keeps anybody else out."""
MOST_IN_ALL = 64
PATIENCE_S = 2.0
"""How long a person who asked waits for a program that waits; then it goes on by itself and tells the end of it."""
FRESH = timedelta(minutes=10)
"""A program that was under way when Claw ended goes on only so soon after it was asked for."""

STOPPED = "stopped"
CHANGED = "the house or its rules have changed since this was asked; ask again"
OLD = "this question is too old; ask again"
RESTARTED = "there was a restart while this was under way; the rest is left undone"
Late = Callable[[Origin, str, Ran], None]
"""Is told the end of a program that nobody waits for any more: for whom, what was said, and what came of it."""


@dataclass
class _Live:
    """A program on its way in this process.

    ``waits`` is set while it waits for the house, ``text`` says for what; ``kept``: it is stored as under way.  Of the
    segment that was rehearsed last, ``more`` is whether another follows it, ``record`` how it went.
    """

    waits: asyncio.Event = field(default_factory=asyncio.Event)
    text: str = ""
    kept: bool = False
    source: str = ""
    more: bool = True
    record: Record | None = None


class Programs:
    """Runs the programs of one daemon; used from the event loop only.

    ``marks`` are the untrusted sources of each conversation, ``late`` is told what nobody waits for any more.
    """

    def __init__(self, segments: Segments, sealed: Sealed, marks: Marks) -> None:
        self.marks = marks
        self.late: list[Late] = []
        self.segments = segments
        self._sealed = sealed
        self._world = segments.world
        self._stops = 0
        self._live: dict[str, _Live] = {}
        self._waits: set[asyncio.Task[object]] = set()
        self._tasks: set[asyncio.Task[Ran]] = set()
        self._asked: dict[str, tuple[Question, Origin]] = {}

    async def run(self, source: str, origin: Origin, said: str, written: Written = BY_HAND, *, name: str = "") -> Ran:
        """Check, rehearse, judge and run a program as far as it gets; ``written`` says by whom, for the log.

        ``name`` is that of the run, which nothing else may have; one is made where it is empty.  Raises nothing that a
        program can bring about; Broken when the log cannot be written.
        """
        name = name or secrets.token_hex(8)
        taint = joined(origin.taint, self.marks.of(origin.conversation))
        origin = replace(origin, task=name, taint=taint, skill=written.skill or origin.skill)
        now, seed = self._world.now(), secrets.randbits(32)
        job = Job(name, source, origin, said, now, seed, remembered=written.remembered)
        job.entry = await self._world.journal.begins(job, written)
        return await self._attend(job)

    async def dry(self, source: str, origin: Origin) -> Rehearsal:
        """Return what a program would do as the house is now; nothing is judged, nothing done, nothing written down.

        Raises Mistyped where it does not fit this house, Unavailable where nothing can be run now.
        """
        job = Job(secrets.token_hex(8), source, origin, "", self._world.now(), secrets.randbits(32))
        return await self.segments.rehearse(job)

    async def resume(self, pending: Pending, run: Run) -> Ran:
        """Go on with the program that asked for a yes, which has been given: ``run`` is its plan.

        Where rules or house have changed it is rehearsed anew, and goes on only if it would still do just this.
        """
        try:
            job = self._sealed.take(pending.id, YES)
        except Broken as error:
            return Ran(pending.run, problem=Problem("halted", str(error)))
        if job is None:
            return Ran(pending.run, problem=Problem("halted", GONE))
        try:
            if job.versions != self.segments.versions() and not await self._still(job, pending):
                return self._ended(job, Problem("halted", CHANGED))
        except ClawError as error:
            return self._ended(job, Problem("halted", str(error)))
        return await self._attend(job, run)

    async def answered(self, question: str, text: str, origin: Origin | None = None) -> Ran:
        """Go on with the program that asked a person; ``text`` is the answer, and never a yes to anything.

        Raises Refused where there is no such question, or it is not that of ``origin``, or it is too old.
        """
        known = self._asked.get(question)
        if known is None:
            raise Refused("there is no such question")
        whom = (known[1].conversation, known[1].person)
        if origin is not None and (origin.conversation, origin.person) != whom:
            raise Refused("this question was asked in another conversation, or of somebody else")
        del self._asked[question]
        job = self._sealed.take(question, ANSWER)
        if job is None or job.ask is None or job.expires is None or job.expires <= self._world.clock.now():
            raise Refused(OLD)
        number, _, options = job.ask
        job.answers[number] = Value(answer_of(text, options))
        job.ask = job.expires = None
        return await self._attend(job)

    async def warm(self) -> None:
        """Have a process ready that knows this house, while a program is still being written; never raises."""
        try:
            await self._world.sandbox.warm(self.segments.stubs(), self._world.now())
        except ClawError as error:
            logger.info("No process could be made ready for a program: %s", error)

    def asked_in(self, conversation: str) -> Question | None:
        """Return the question of a program that stands in a conversation."""
        found = (one for one, origin in self._asked.values() if conversation and origin.conversation == conversation)
        return next((one for one in found if one.expires > self._world.clock.now()), None)

    def void(self, pending: Pending, why: str) -> None:
        """Let go of the program behind a question of the gate that was voided, rejected or is too old."""
        del why
        if pending.run:
            self._sealed.drop(pending.id)

    def erase(self, erasure: Erasure) -> int:
        """Let go of what was put aside and is to be forgotten, with what it asks; return how many programs went."""
        self.segments.forget()
        gone, left = self._sealed.erase(erasure), self._sealed.names(ANSWER)
        self._asked = {name: one for name, one in self._asked.items() if name in left}
        return gone

    def cut(self) -> None:
        """End all waiting: a hook of the stop, which ends the sandbox's processes itself."""
        self._stops += 1
        self._asked.clear()
        for task in tuple(self._waits):
            task.cancel()

    def stopped(self, _state: object = None) -> None:
        """Let go of everything that was put aside: nothing that waited at a stop goes on after it."""
        self._asked.clear()
        self._sealed.clear()

    async def close(self) -> None:
        """End everything that is on its way; what was put aside stays."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ------------------------------------------------------------------ one program

    async def _attend(self, job: Job, run: Run | None = None, barrier: Barrier | None = None) -> Ran:
        """Drive a program and wait for it, but not for what it waits for in the house."""
        source = f"{job.origin.channel} {job.origin.source}"
        own = sum(one.source == source for one in self._live.values())
        if run is None and (own >= MOST_AT_ONCE or len(self._live) >= MOST_IN_ALL):  # a yes that was given is not lost
            return self._ended(job, Problem("unavailable", "too many programs run already; try again"))
        live = self._live[job.id] = _Live(source=source)
        task = asyncio.get_running_loop().create_task(self._drive(job, live, run, barrier), name=f"program {job.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        impatient = asyncio.ensure_future(self._impatient(live))
        try:
            await asyncio.wait({task, impatient}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            task.cancel()  # whoever asked has gone; nothing of it is done behind anybody's back
            raise
        finally:
            impatient.cancel()
        if task.done():
            return task.result()
        task.add_done_callback(lambda done: self._tell(job, done))
        return ran_of(job, waiting=live.text)

    async def _impatient(self, live: _Live) -> None:
        await live.waits.wait()
        await self._world.timer.sleep(PATIENCE_S)

    def _tell(self, job: Job, done: "asyncio.Task[Ran]") -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            logger.error("A program that went on by itself broke off", exc_info=error)
            return
        for told in self.late:
            told(job.origin, job.said, done.result())

    async def _drive(self, job: Job, live: _Live, run: Run | None, barrier: Barrier | None) -> Ran:
        stops = self._stops
        try:
            ran = await self._segments_of(job, live, run, barrier)
        except Mistyped as error:
            ran = ran_of(job, problem=Problem("mistyped", error.diagnostics))
        except Unavailable as error:
            ran = ran_of(job, problem=Problem("unavailable", str(error)))
        except Refused as refusal:
            ran = ran_of(job, problem=Problem("limit", str(refusal)))
        finally:
            self._live.pop(job.id, None)
            self.marks.add(job.origin.conversation, job.origin.taint)
        if ran.problem is not None and self._stops != stops:  # and nobody writes it anew: that was before the stop
            ran = self._halted(job)
        if live.kept:  # but not where Claw is ending: then it goes on at the next start
            self._sealed.drop(job.id)
        if ran.ended:
            self._world.journal.ended(job, ran.problem)
        return ran

    async def _segments_of(self, job: Job, live: _Live, run: Run | None, barrier: Barrier | None) -> Ran:
        stops = self._stops

        def keep() -> None:
            live.kept = True
            self._sealed.put(job.id, UNDER_WAY, job)

        while True:
            if barrier is not None:
                job.answers = dict(barrier.acts)
                keep()
                if not await self._settled(job, live, barrier):
                    return self._halted(job)
            if job.ask is not None:
                return self._ask(job, *job.ask[1:])
            if run is None:
                found = await self._planned(job, live)
                if isinstance(found, Ran):
                    return found
                run = found
            if self._stops != stops:
                return self._halted(job)
            # A program of one wave has nothing to go on with after a restart: its acts are in the log.
            came = await self.segments.run(job, run, keep, always=live.kept or live.more, record=live.record)
            run = live.record = None
            if not isinstance(came, Barrier):
                return self._halted(job) if self._stops != stops else over(job, came)
            job.tape.turn()
            barrier = came

    async def _planned(self, job: Job, live: _Live) -> Run | Ran:
        """Rehearse the next segment and let the gate judge it; where it does not go on, what came of it."""
        rehearsal = await self.segments.rehearse(job)
        if rehearsal.failed is not None:
            return over(job, rehearsal.failed)
        live.more, live.record = rehearsal.barrier is not None, rehearsal.record
        performed = await self.segments.begin(job, rehearsal)
        if performed.run is not None:
            return performed.run
        if performed.pending is not None:
            self._sealed.put(performed.pending.id, YES, job)
            return ran_of(job, pending=performed.pending)
        job.outcomes.extend(performed.outcomes)
        why = performed.outcomes[0].detail if performed.outcomes else STOPPED
        return ran_of(job, problem=Problem("halted" if why == STOPPED else "denied", why))

    async def _settled(self, job: Job, live: _Live, barrier: Barrier) -> bool:
        """Wait for what a barrier waits for and take its answers; return False when it was cut by the stop."""
        live.text = barrier.told
        if live.text:
            live.waits.set()
        task: asyncio.Task[object] = asyncio.ensure_future(self.segments.settle(job, barrier))
        self._waits.add(task)
        stops = self._stops
        try:
            found = await task
        except asyncio.CancelledError:
            if self._stops == stops:
                task.cancel()
                raise
            return False
        finally:
            self._waits.discard(task)
            live.waits.clear()
        job.answers.update(found)
        return self._stops == stops

    def _ask(self, job: Job, text: str, options: tuple[str, ...]) -> Ran:
        now, talk = self._world.clock.now(), job.origin.conversation
        for name, (one, origin) in tuple(self._asked.items()):
            if one.expires <= now or (talk and origin.conversation == talk):  # of two questions the last one is heard
                del self._asked[name]
                self._sealed.drop(name)
        job.expires = now + ASK_STANDS
        asked = Question(secrets.token_hex(4), text, options, job.expires)
        self._sealed.put(asked.id, ANSWER, job)
        self._asked[asked.id] = (asked, job.origin)
        return ran_of(job, question=asked)

    async def _still(self, job: Job, pending: Pending) -> bool:
        """Return whether a program would still do exactly what was agreed to."""
        rehearsal = await self.segments.rehearse(job)
        house = self._world.mirror.house()
        found = tuple(validate(house, action, self._world.services) for action in rehearsal.actions)
        return rehearsal.failed is None and found == pending.actions

    def _halted(self, job: Job) -> Ran:
        return ran_of(job, problem=Problem("halted", STOPPED))

    def _ended(self, job: Job, problem: Problem) -> Ran:
        self._world.journal.ended(job, problem)
        return ran_of(job, problem=problem)

    # ------------------------------------------------------------------ after a restart

    def recover(self) -> None:
        """Take up what was put aside when Claw ended; called once the house is there, and while nothing is stopped."""
        now = self._world.clock.now()
        for name in self._sealed.names(ANSWER):
            with suppress(Broken):
                job = self._sealed.look(name, ANSWER)
                if job is not None and job.ask is not None and job.expires is not None and job.expires > now:
                    question = Question(name, job.ask[1], job.ask[2], job.expires)
                    self._asked[name] = (question, job.origin)
        for name in self._sealed.names(UNDER_WAY):
            with suppress(Broken):
                job = self._sealed.look(name, UNDER_WAY)
                if job is not None:
                    self._take_up(job, fresh=now - job.now <= FRESH)

    def _take_up(self, job: Job, *, fresh: bool) -> None:
        task = asyncio.get_running_loop().create_task(self._caught_up(job, fresh=fresh), name=f"program {job.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: self._tell(job, done))

    async def _caught_up(self, job: Job, *, fresh: bool) -> Ran:
        if not fresh:
            self._sealed.drop(job.id)
            return self._ended(job, Problem("halted", RESTARTED))
        try:
            barrier = await self.segments.caught_up(job)
        except ClawError as error:
            self._sealed.drop(job.id)
            return self._ended(job, Problem("halted", f"{RESTARTED}: {error}"))
        live = self._live[job.id] = _Live(kept=True)
        return await self._drive(job, live, None, barrier)
