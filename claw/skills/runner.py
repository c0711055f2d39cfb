"""One run of a skill: looked at again byte by byte, judged as a plan, done, and read back.

It is a program like any other: rehearsed on the twin, one plan for the gate, then done step by step.  What is
different is that nobody writes it anew, that the gate holds its manifest against each act, and that it was said
beforehand how one sees whether it worked.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from claw.base.action import NO_DATA, Action, Origin, Outcome, Pending
from claw.base.clock import Clock, Stopwatch, Timer
from claw.base.erasure import Erasure
from claw.base.errors import ClawError, Refused
from claw.gate.run import Run
from claw.house.mirror import Mirror
from claw.house.services import expectation
from claw.house.text import quoted
from claw.policy.words import seconds
from claw.skills.binding import Asker, checked, header
from claw.skills.conditions import unmet
from claw.skills.model import Arguments, Skill
from claw.skills.ran import NotNow, SkillRan
from claw.skills.rights import SkillRights, is_of, task_of
from claw.skills.within import meant

if TYPE_CHECKING:  # most houses run no program for most of a day, and a start does not pay for what runs them
    from claw.program.ran import Question, Ran, Written
    from claw.program.rehearse import Rehearsal

logger = logging.getLogger(__name__)

GRACE_S = 1.5
"""How long a house may take to show what must be so, after every device said that it is done."""
MOST_PATIENCE_S = 300.0
HOUR_S = 3600.0

SYSTEM = Origin(channel="system")


class Programs(Protocol):
    """Who runs programs (``claw/program/run.py``); the daemon makes it when the first one runs."""

    async def run(self, source: str, origin: Origin, said: str, written: "Written", *, name: str = "") -> "Ran":
        """Rehearse, judge and run a program whose run is called ``name``."""
        ...

    async def dry(self, source: str, origin: Origin) -> "Rehearsal":
        """Return what a program would do as the house is now; nothing is judged and nothing is done."""
        ...

    async def resume(self, pending: Pending, run: Run) -> "Ran":
        """Go on with the program that asked for a yes, which has been given."""
        ...

    async def answered(self, question: str, text: str, origin: Origin | None = None) -> "Ran":
        """Go on with the program that asked a person; raises Refused where it asks no more."""
        ...

    def void(self, pending: Pending, why: str) -> None:
        """Let go of the program that waits for an answer to ``pending``."""
        ...


class Books(Protocol):
    """The library (``claw/skills/library.py``), as far as a run needs it."""

    def whole(self, name: str) -> Skill:
        """Return the skill, its bytes hashed again now; raises Refused with why it is not what it was."""
        ...


@dataclass(frozen=True)
class Room:
    """What runs stand on.

    ``programs`` is asked for when the first run begins; ``last`` gives when a skill ran last, before this process did.
    """

    library: Books
    rights: SkillRights
    mirror: Mirror
    programs: Callable[[], Programs]
    clock: Clock
    timer: Timer
    last: Callable[[str], datetime | None] = lambda _: None


@dataclass
class _Open:
    """A run that has begun and is not over; ``watch`` goes on while nobody is waited for."""

    skill: Skill
    arguments: Arguments
    origin: Origin
    said: str
    task: str
    watch: Stopwatch


class Runner:
    """Runs skills; one for the whole daemon.

    ``ran`` are told every run once it is over, ``late`` what whoever asked was not told with the answer.
    """

    def __init__(self, room: Room) -> None:
        self.ran: list[Callable[[SkillRan], Awaitable[object]]] = []
        self.late: list[Callable[[SkillRan], object]] = []
        self._room = room
        self._open: dict[str, _Open] = {}
        self._asked: dict[str, tuple[Question, _Open]] = {}
        self._times: dict[str, deque[float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(
        self, skill: Skill, arguments: Arguments, origin: Origin, said: str, *, remembered: bool = False
    ) -> SkillRan | NotNow:
        """Run ``skill`` with these values for whoever ``origin`` is; says so where it cannot run as things are.

        Its bytes are hashed again.  Whether it is trusted, and theirs to run, the gate asks for every act of it.
        ``remembered``: something that was once said had a part in this, so nothing risky goes without a question.
        """
        room, watch = self._room, Stopwatch()
        house = room.mirror.house()
        try:
            skill = room.library.whole(skill.name)
        except ClawError as error:
            return NotNow(str(error))
        try:
            arguments = checked(skill.manifest, arguments, house, Asker(origin.place, origin.language or "en"))
        except Refused as error:
            return NotNow(str(error), values=True)
        if skill.manifest.kind != "program":
            return NotNow(f"{quoted(skill.name, 64)} is a guide: it is read, and does nothing")
        why = unmet(skill.manifest.before, house, arguments, skill.manifest)
        if why:
            return NotNow("; ".join(why))
        resting = self._rests(skill)
        if resting:
            return NotNow(resting, elsewhere=False)
        from claw.program.ran import Written  # noqa: PLC0415  see above

        one = _Open(skill, arguments, replace(origin, skill=skill.name), said, task_of(skill), watch)
        self._open[one.task] = one
        room.rights.began(one.task, skill, arguments)
        written = Written(remembered=remembered, skill=skill.name, version=skill.version, hash=skill.hash)
        try:
            ran = await room.programs().run(source(skill, arguments), one.origin, said, written, name=one.task)
        except BaseException:
            self._let_go(one.task)
            raise
        return await self._came(one, ran)

    async def dry(self, skill: Skill, arguments: Arguments = NO_DATA, origin: Origin = SYSTEM) -> tuple[Action, ...]:
        """Return what a run would do now; nothing is judged and nothing is done.

        Raises Refused where it cannot run, does not come to its end, or waits for something; Unavailable.
        """
        house = self._room.mirror.house()
        arguments = checked(skill.manifest, arguments, house, Asker(origin.place, origin.language or "en"))
        why = unmet(skill.manifest.before, house, arguments, skill.manifest)
        if why:
            raise Refused("; ".join(why))
        found = await self._room.programs().dry(source(skill, arguments), replace(origin, skill=skill.name))
        if found.ended is None:
            raise Refused(f"{quoted(skill.name, 64)} does not come to its end on the twin")
        return tuple(found.actions)

    async def resumed(self, pending: Pending, run: Run) -> SkillRan:
        """Go on with the run that asked for a yes, which has been given; raises Refused where its skill is gone."""
        one = self._known(pending.run, pending.origin)
        self._room.rights.goes_on(one.task)
        return await self._came(one, await self._room.programs().resume(pending, run))

    async def answered(self, question: str, text: str, origin: Origin) -> SkillRan | None:
        """Go on with the run that asked a person; None where it is no run of this process, Refused where it is over."""
        known = self._asked.get(question)
        if known is None:
            return None
        one = known[1]
        self._room.rights.goes_on(one.task)
        ran = await self._room.programs().answered(question, text, origin)
        self._asked.pop(question, None)
        return await self._came(one, ran)

    def asked_in(self, conversation: str) -> "Question | None":
        """Return what a run asks the person of this conversation and waits for."""
        self._give_up()
        found = [
            asked for asked, one in self._asked.values() if conversation and one.origin.conversation == conversation
        ]
        return found[-1] if found else None

    def voided(self, pending: Pending, why: str) -> None:
        """Let go of the run behind a question that was answered with no, voided, or is too old."""
        if pending.origin.skill and pending.run:
            self._room.programs().void(pending, why)
            self._let_go(pending.run)

    def went_on(self, origin: Origin, said: str, ran: "Ran") -> None:
        """Take the end of a run that nobody waited for any more (``Programs.late``); others than skills' are left."""
        if origin.skill:
            self._begin(self._over_late(origin, said, ran))

    async def close(self) -> None:
        """End what is still being looked at."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _rests(self, skill: Skill) -> str:
        """Return why the skill may not run so soon again; where it may, it counts as run now."""
        limits, now, called = skill.manifest.limits, self._room.clock.monotonic(), quoted(skill.name, 64)
        times = self._times.setdefault(skill.name, deque())
        while times and now - times[0] > HOUR_S:
            times.popleft()
        rest = seconds(limits.cooldown) if limits.cooldown is not None else 0.0
        before = self._room.last(skill.name) if not times else None
        since = now - times[-1] if times else HOUR_S * 24
        if before is not None:
            since = (self._room.clock.now() - before).total_seconds()
        if since < rest:
            return f"{called} has just run and rests for {limits.cooldown}"
        if len(times) >= limits.per_hour:
            return f"{called} has run {limits.per_hour} times within the hour, and that is the most"
        times.append(now)
        return ""

    def _known(self, task: str, origin: Origin) -> _Open:
        """Return a run; of one that an earlier process began only its skill is known."""
        one = self._open.get(task)
        if one is None:
            skill = self._room.library.whole(origin.skill)
            if not is_of(task, skill):
                raise Refused(f"{quoted(skill.name, 64)} is not the version any more that began this")
            one = _Open(skill, NO_DATA, origin, "", task, Stopwatch())
        return one

    async def _came(self, one: _Open, ran: "Ran") -> SkillRan:
        """Return what came of a run so far; where it is over, what must be so is looked at."""
        found = SkillRan(one.skill, one.arguments, one.origin, one.said, one.task, ran, ms=one.watch.total())
        if not ran.ended:
            if ran.question is not None:
                self._give_up(one.origin.conversation)  # of two questions in one talk the last one is heard
                self._asked[ran.question.id] = (ran.question, one)
            if ran.question is not None or ran.pending is not None:
                self._room.rights.waits(one.task)
            return found
        known = self._open.pop(one.task, None) is not None
        self._room.rights.ended(one.task)
        if not known or ran.problem is not None:
            await self._tell(found)
            return found
        started = [outcome for outcome in ran.outcomes if outcome.status == "started"]
        if started:
            self._begin(self._settled(found, self._patience(started)))
            return found
        found = await self._read_back(found, GRACE_S)
        await self._tell(found)
        return found

    async def _read_back(self, found: SkillRan, patience: float) -> SkillRan:
        """Return it with whether what must be so is so, within ``patience`` seconds."""
        manifest, mirror = found.skill.manifest, self._room.mirror
        silent = {
            entity
            for outcome in found.ran.outcomes
            for entity, status in (outcome.entities or dict.fromkeys(outcome.action.entities, outcome.status)).items()
            if status == "sent"
        }

        def missing() -> tuple[str, ...]:
            return unmet(manifest.after, mirror.house(), found.arguments, manifest, silent)

        if not manifest.after:
            return replace(found, held=True)
        unheld = missing()
        if unheld:
            looked = {
                one for wish in manifest.after for one in meant(wish.of, mirror.house(), found.arguments, manifest)
            }
            await self._until(lambda: not missing(), looked, patience)
            unheld = missing()
        return replace(found, held=not unheld, unheld=unheld)

    async def _until(self, so: Callable[[], bool], entities: Iterable[str], patience: float) -> None:
        """Wait until it is so, or for ``patience`` seconds."""
        changed = asyncio.Event()
        unwatch = self._room.mirror.watch(lambda _: changed.set(), entities)
        alarm = asyncio.ensure_future(self._room.timer.sleep(patience))
        try:
            while not so() and not alarm.done():
                changed.clear()
                waiting = asyncio.ensure_future(changed.wait())
                try:
                    await asyncio.wait({waiting, alarm}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiting.cancel()
        finally:
            alarm.cancel()
            unwatch()

    async def _settled(self, found: SkillRan, patience: float) -> None:
        """Look at a house in which something was still on its way; what did not come about is told late."""
        found = await self._read_back(found, patience)
        await self._tell(found)
        if not found.held:
            self._say(found)

    async def _over_late(self, origin: Origin, said: str, ran: "Ran") -> None:
        try:
            one = self._known(ran.id, origin)
        except ClawError as error:
            logger.warning("What came of a skill that is not there any more: %s", error)
            return
        self._say(await self._came(replace(one, said=one.said or said), ran))

    def _patience(self, started: Iterable[Outcome]) -> float:
        house = self._room.mirror.house()
        found = [
            expectation(house, outcome.action, entity).patience_s
            for outcome in started
            for entity in outcome.action.entities or ("",)
        ]
        return min(MOST_PATIENCE_S, max(found, default=0.0)) + GRACE_S

    async def _tell(self, found: SkillRan) -> None:
        for told in tuple(self.ran):
            await told(found)

    def _say(self, found: SkillRan) -> None:
        for told in tuple(self.late):
            told(found)

    def _begin(self, work: Awaitable[None]) -> None:
        async def on() -> None:
            await work

        task = asyncio.get_running_loop().create_task(on(), name="skill")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("What came of a skill could not be looked at", exc_info=task.exception())

    def erase(self, erasure: Erasure) -> int:
        """Let go of the words that runs under way were asked with; they go on without."""
        meant = [
            one
            for one in self._open.values()
            if erasure.means(one.said, conversation=one.origin.conversation, person=one.origin.person or "")
        ]
        for one in meant:
            one.said = ""
        return len(meant)

    def _give_up(self, talk: str = "") -> None:
        """Let go of runs whose question is too old, and of those that asked in this talk."""
        now = self._room.clock.now()
        for name, (asked, one) in tuple(self._asked.items()):
            if asked.expires <= now or (talk and one.origin.conversation == talk):
                del self._asked[name]
                self._let_go(one.task)

    def _let_go(self, task: str) -> None:
        self._open.pop(task, None)
        self._room.rights.ended(task)


def source(skill: Skill, arguments: Arguments) -> str:
    """Return the program of one run: the line that gives it its values, and the skill's own text."""
    return f"{header(arguments)}\n{skill.program}" if arguments else skill.program
