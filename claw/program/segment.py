"""One segment of a program: rehearsed, judged as a whole, then run, up to what only the world can answer.

Both passes begin at the same place, from the same bytes, with the same clock and chance; only the second one moves
anything, and only through the run that the gate gave for exactly the plan that the first one showed.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from claw.base.action import Action, Origin, canonical
from claw.base.clock import Clock, Timer
from claw.base.errors import Broken, Refused, Unavailable
from claw.base.tracing import span
from claw.gate.doing import tell
from claw.gate.perform import Gate, Performed
from claw.gate.run import Run
from claw.house.fields import Service
from claw.house.mirror import Mirror
from claw.house.model import House, Registry
from claw.house.services import expectation, validate
from claw.policy.windows import local
from claw.program.acts import Acts
from claw.program.api import FUNCTIONS, Function, check_ids, methods, stubs
from claw.program.arguments import Arguments, AskArguments, ExtractArguments, ShowArguments, WaitArguments
from claw.program.events import Answer, Call, Ended, Event, Failed, Trouble, Value, Wave
from claw.program.foreseen import Foreseen, Record, Records
from claw.program.job import Job
from claw.program.journal import Journal, Step
from claw.program.later import Schedules
from claw.program.looks import Looks, Reads
from claw.program.rehearse import Begun, Rehearsal, Rehearser, Session, Twin, all_looks, arguments
from claw.program.taint import joined
from claw.program.tooling import UNHEARD, Answers, Tooled, kind_of, no_answers, show, told, tool_of
from claw.program.waits import Extract, check_wait, extracted, question, until, wanted


class Sessions(Protocol):
    """The sandbox (``claw/program/sandbox.py``)."""

    def session(
        self, stubs: str, now: datetime, seed: int, *, typed: bool = True
    ) -> AbstractAsyncContextManager[Session]:
        """Give a process to one program; raises Unavailable, and Broken where there is no sandbox."""
        ...

    async def warm(self, stubs: str, now: datetime) -> None:
        """Keep a process ready that knows ``stubs``; raises as ``session``."""
        ...

    def stay_ready(self, now: datetime) -> None:
        """Keep a process ready from here on for programs whose types are known to fit."""
        ...


class ReadsFor(Protocol):
    """Where looks lead besides the mirror, for whoever looks; filled by ``daemon/build.py``."""

    def by(self, origin: Origin) -> Reads:
        """Return the looks of ``origin``."""
        ...


@dataclass(frozen=True)
class World:
    """Everything that a program touches, by way of whoever drives it.

    ``keeps`` makes the action by which a sentence is remembered, ``schedules`` the one by which something is done
    later; None where nothing is.
    """

    gate: Gate
    mirror: Mirror
    sandbox: Sessions
    reads: ReadsFor
    extract: Extract | None
    services: Mapping[str, Service]
    functions: Sequence[Function]
    sources: Sequence[str]
    people: Sequence[str]
    harmless: Callable[[str], str]
    versions: Callable[[], Mapping[str, str]]
    journal: Journal
    clock: Clock
    timer: Timer
    keeps: Callable[[str, Origin], Action] | None = None
    schedules: Schedules | None = None
    answers: Answers = no_answers

    def now(self) -> datetime:
        """Return the time that the clocks in the house show."""
        now = self.clock.now()
        return local(self.mirror.registry, now) or now


@dataclass
class Barrier:
    """Where a segment ended that is not the end: the calls that wait, and what is known of their answers.

    ``acts`` holds the answers to what else was called at the same time.
    """

    wave: Wave
    acts: dict[int, Answer]

    @property
    def told(self) -> str:
        """What it waits for in the house, empty where for nothing."""
        found: list[str] = []
        for call in self.wave.calls:
            with suppress(Refused):
                asked = arguments(call)
                if isinstance(asked, WaitArguments):
                    sides = (("above", asked.above), ("below", asked.below))
                    bounds = [f"{side} {bound:g}" for side, bound in sides if bound is not None]
                    found.append(f"{asked.entity} to be {asked.state or ' and '.join(bounds)}")
        return ", ".join(found)


class Segments:
    """Rehearses and runs segments in one house."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._stubs: tuple[Registry, tuple[str, ...], str] | None = None
        self._house: tuple[Registry, str] | None = None
        self._records = Records()
        # Where no types are checked the ids of a house say nothing, and thousands of them take a while to write out.
        self._functions = stubs(House(Registry(), {}), world.functions, {}, world.sources)

    def stubs(self) -> str:
        """Return what the type checker knows of the house as it is now."""
        world = self.world
        registry = world.mirror.registry
        known = tuple(world.services)  # tools of other servers come and go
        if self._stubs is None or self._stubs[0] is not registry or self._stubs[1] != known:
            text = stubs(world.mirror.house(), world.functions, world.services, world.sources)
            self._stubs = (registry, known, text)
        return self._stubs[2]

    def versions(self) -> str:
        """Return what a plan was judged and rehearsed by: the hashes of the rules in force and of the house."""
        registry = self.world.mirror.registry
        if self._house is None or self._house[0] is not registry:
            things = sorted(
                (one.entity_id, one.registry_id or "", one.area or "") for one in registry.entities.values()
            )
            self._house = (registry, hashlib.sha256(canonical([list(one) for one in things])).hexdigest())
        return canonical({**self.world.versions(), "house": self._house[1]}).decode()

    def forget(self) -> None:
        """Let go of what programs did before: their texts may hold words of people."""
        self._records = Records()

    async def rehearse(self, job: Job) -> Rehearsal:
        """Return what the job's next segment would do; raises Mistyped where it does not fit this house."""
        world = self.world
        skilled = bool(job.origin.skill)
        tell(job.origin, "rehearses")
        if skilled:
            world.sandbox.stay_ready(job.now)
        if job.dump is None and not skilled:
            check_ids(job.source, world.mirror.house(), world.services, world.sources)
        job.versions = self.versions()
        twin = Twin(world.mirror.twin(), world.services, lambda: job.now)
        looks = self._looks(job, lambda: twin.house)
        async with AsyncExitStack() as stack:
            stack.enter_context(span("rehearse"))
            record = self._records.of(job.source) if skilled and job.dump is None else None
            session, event = await self._entered(job, stack, record, typed=job.dump is None and not skilled)
            rehearser = Rehearser(session, twin, looks, self._acts(job), self._check_wait)
            rehearsal = await rehearser.rehearse(event)
        if record is not None and rehearsal.ended is not None:
            rehearsal.record = record
        return rehearsal

    async def begin(self, job: Job, rehearsal: Rehearsal) -> Performed:
        """Let the gate judge what was rehearsed, with every mark that the program has at its end."""
        # Kept also where it is refused: what was denied because of a letter stays what a letter asked for.
        job.origin = self.origin(job, rehearsal.taint)
        job.remembered = job.remembered or rehearsal.remembered
        self.world.journal.rehearsed(job, rehearsal)
        return await self.world.gate.begin(
            rehearsal.actions,
            job.origin,
            said=job.said,
            run=job.id,
            first=job.first,
            program=job.entry,
            wary=job.remembered,
        )

    @staticmethod
    def origin(job: Job, taint: Sequence[str] = ()) -> Origin:
        """Return for whom the job runs, with its marks and further ones."""
        return replace(job.origin, taint=joined(job.origin.taint, taint))

    async def run(
        self,
        job: Job,
        run: Run,
        keep: Callable[[], None],
        *,
        always: bool = True,
        record: Record | None = None,
    ) -> Ended | Failed | Barrier:
        """Run the segment and return how it ends; ``keep`` is called before each wave that does anything.

        Where not ``always``, it is not called for a plan that is one wave, nor for one whose ``record`` is known: a
        skill without a wait is said again rather than taken up again.

        The job is brought up to date as it goes: outcomes, calls, marks, and the dump at a barrier.
        """
        looks = self._looks(job, self.world.mirror.house)
        acts, before, entries = self._acts(job), len(job.calls), dict[int, Sequence[int]]()
        outcomes, shown, first = list(job.outcomes), list(job.shown), job.first

        def note() -> None:
            """Bring the job up to date: what is kept of it must not have forgotten a mark, nor an act."""
            job.origin = self.origin(job, (*looks.taint, *looks.heard))
            job.outcomes = [*outcomes, *run.outcomes]
            job.shown = [*shown, *looks.shown]
            job.first = first or run.first
            job.remembered, job.private = job.remembered or looks.remembered, looks.private

        try:
            async with AsyncExitStack() as stack:
                session, event = await self._entered(job, stack, record, typed=False)
                while isinstance(event, Wave):
                    job.calls.extend(event.calls)
                    made = sum(map(_is_act, event.calls))
                    always = always or (record is None and made < len(run.left))
                    if made and always:
                        job.dump, job.answers = session.dump(), {}
                        note()
                        keep()
                    answers, barred = await self._answers(event, run, looks, acts, entries)
                    if barred:
                        job.dump = session.dump()
                        return Barrier(event, answers)
                    event = await session.resume(answers)
                return event
        finally:
            note()
            self.world.journal.called(job, (Step(call, entries.get(call.id, ())) for call in job.calls[before:]))

    async def _answers(
        self, wave: Wave, run: Run, looks: Looks, acts: Acts, entries: dict[int, Sequence[int]]
    ) -> tuple[dict[int, Answer], bool]:
        """Return the answers to a wave's looks and acts, and whether it holds anything that is neither.

        ``entries`` is told, by the id of the call, which entries of the log each act led to.
        """
        answers, looked = dict[int, Answer](), list[tuple[Call, Arguments]]()
        made: list[tuple[Call, list[Action]]] = []
        tooled, barred = Tooled(looks, self.world.answers), False
        for call in wave.calls:
            try:
                asked = arguments(call)
                match kind_of(call, looks):
                    case "act":
                        made.append((call, acts.actions(call, asked, looks)))
                        tooled.note(*made[-1])
                    case "look":
                        looked.append((call, asked))
                    case "wait":
                        barred = True
            except Refused as refusal:
                answers[call.id] = Trouble("ValueError", str(refusal))
        for (call, _), answer in zip(looked, await all_looks(looks, looked), strict=True):
            answers[call.id] = answer
        run.mark(looks.taint)
        done = await run.step([action for _, actions in made for action in actions])
        at = 0
        for call, actions in made:
            came = done[at : at + len(actions)]
            answers[call.id] = tooled.heard(call, came, told(came))
            entries[call.id] = [one.audit for one in came if one.audit is not None]
            at += len(actions)
        return answers, barred

    async def _entered(
        self, job: Job, stack: AsyncExitStack, record: Record | None, *, typed: bool
    ) -> tuple[Begun, Event]:
        """Return a session in which the segment has begun: in no process, as long as it goes as the record says."""
        if record is None:
            return await self._begun(job, stack, typed=typed)
        session = Foreseen(record, lambda: self._begun(job, stack, typed=False))
        return session, await session.begin()

    async def _begun(self, job: Job, stack: AsyncExitStack, *, typed: bool) -> tuple[Session, Event]:
        """Return a session in which the job's segment has begun; raises Unavailable where there is none."""
        known = self.stubs() if typed else self._functions
        try:
            session = await stack.enter_async_context(self.world.sandbox.session(known, job.now, job.seed, typed=typed))
            if job.dump is None:
                return session, await session.start(job.source)
            event = await session.load(job.dump)
            return session, await session.resume(job.answers) if isinstance(event, Wave) else event
        except Broken as error:
            raise Unavailable(str(error)) from error

    async def settle(self, job: Job, barrier: Barrier) -> dict[int, Answer]:
        """Return the answers to the waits of a barrier, but for a question to a person; takes as long as it takes."""
        tell(job.origin, "waits")
        waits = [call for call in barrier.wave.calls if call.id not in barrier.acts]
        answers = await asyncio.gather(*(self._wait(job, call) for call in waits))
        return {call.id: answer for call, answer in zip(waits, answers, strict=True) if answer is not None}

    async def _wait(self, job: Job, call: Call) -> Answer | None:
        world = self.world
        try:
            asked = arguments(call)
            if isinstance(asked, WaitArguments):
                return await until(world.mirror, world.timer, asked)
            if isinstance(asked, ExtractArguments) and world.extract is not None:
                text = job.tape.text(call.on)
                job.origin = self.origin(job, (text.source,))
                return await extracted(world.extract, text.text, wanted(asked), job.origin)
            if isinstance(asked, ShowArguments):
                return show(job, call.on)
            if isinstance(asked, AskArguments):
                return self._ask(job, call, asked)
        except Refused as refusal:
            return Trouble("ValueError", str(refusal))
        return Trouble("NameError", f"there is no {call.name}() here")

    async def caught_up(self, job: Job) -> Barrier:
        """Return the wave at which a job stood when Claw ended, as a barrier.

        What of it was being done then is not done again: the house says whether it was.
        """
        looks = self._looks(job, self.world.mirror.house)
        acts = self._acts(job)
        answers = dict(job.answers)
        async with self.world.sandbox.session(self._functions, job.now, job.seed, typed=False) as session:
            event = await session.load(job.dump or b"")
        if not isinstance(event, Wave):
            raise Broken("a program that was put aside does not wait")
        for call in event.calls:
            if call.id in answers:
                continue
            try:
                asked = arguments(call)
                match FUNCTIONS[call.name].kind:
                    case "act":
                        actions = acts.actions(call, asked, looks)
                        answers[call.id] = UNHEARD if tool_of(actions) else Value(all(map(self._is_done, actions)))
                    case "look":
                        answers[call.id] = await looks.answer(call, asked)
                    case "wait":
                        pass
            except Refused as refusal:
                answers[call.id] = Trouble("ValueError", str(refusal))
        job.origin = self.origin(job, looks.taint)
        job.remembered, job.private = job.remembered or looks.remembered, looks.private
        return Barrier(event, answers)

    def _is_done(self, action: Action) -> bool:
        """Return whether the house is as this act would have it; what shows in no state counts as done."""
        house = self.world.mirror.house()
        try:
            valid = validate(house, action, self.world.services)
        except Refused:
            return False
        wishes = [(expectation(house, valid, entity), house.states[entity]) for entity in valid.entities]
        return all(not wish.reports or wish.reached(state) for wish, state in wishes)

    def _ask(self, job: Job, call: Call, asked: AskArguments) -> Answer | None:
        text, options = question(asked, self.world.harmless)
        if job.ask is not None:
            return Trouble("RuntimeError", "one question at a time")
        job.ask = (call.id, text, options)
        return None

    def _check_wait(self, asked: Arguments, house: object) -> None:
        del house
        check_wait(asked, self.world.mirror.house(), self.world.harmless)

    def _looks(self, job: Job, house: Callable[[], House]) -> Looks:
        looks = Looks(house, self.world.reads.by(job.origin), job.tape, job.now, methods(self.world.functions))
        looks.private = job.private
        return looks

    def _acts(self, job: Job) -> Acts:
        world = self.world
        schedules = None if world.schedules is None else (world.schedules, job.now)
        return Acts(job.origin, world.people, world.harmless, world.keeps, schedules)


def _is_act(call: Call) -> bool:
    return call.name in FUNCTIONS and FUNCTIONS[call.name].kind == "act"
