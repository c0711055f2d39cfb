"""One run of a skill in a house that is thrown away: gate, log, rules and people as in a daemon, built for this run.

Nothing is left over from one run to the next, so that no case depends on the one before it: neither what was counted
nor what was asked, nor how long a device took.  Shared are only the processes of the sandbox, which forget by
themselves, and the rules, which nobody changes.
"""

import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Action, Message, Origin, Outcome
from claw.base.permit import PermitDesk
from claw.daemon.jumping import JumpingClock
from claw.gate.cause import Causes
from claw.gate.confirm import Questions
from claw.gate.deeds import Deeds
from claw.gate.follow import Follower
from claw.gate.judge import Judge
from claw.gate.messages import Messages
from claw.gate.perform import Door, Gate
from claw.gate.refusals import Refusals
from claw.gate.stop import Stop
from claw.gate.undoing import Undoing
from claw.gate.verify import Verifier
from claw.house.backend import HouseBackend
from claw.house.chronicle import Chronicle
from claw.house.fields import Service
from claw.house.mirror import Mirror
from claw.house.model import House, State
from claw.mind.harmless import Harmless
from claw.mind.replies import message_text, question_text
from claw.mind.skill_telling import SkillTelling
from claw.mind.telling import Telling
from claw.policy.decide import Policy
from claw.policy.people import People
from claw.program.api import offered
from claw.program.events import Answer, Event
from claw.program.journal import Journal
from claw.program.looks import Remembered
from claw.program.run import Programs
from claw.program.sandbox import Sandbox
from claw.program.sealed import Sealed
from claw.program.segment import Segments, World
from claw.program.session import Session
from claw.program.taint import Marks
from claw.skills.proving_ground import Fault, Setting

KEY = b"a key of a house that is thrown away"
PORTS = frozenset({"history"})
"""What a program of a skill may look at besides the house; nobody's memory and nobody's text is in a proof."""


class ProvedHouse(HouseBackend, Protocol):
    """A house in memory that can be looked at."""


MakeHouse = Callable[[House, PermitDesk, JumpingClock, Mapping[str, Fault], Mapping[str, Service]], ProvedHouse]


@dataclass(frozen=True)
class Rules:
    """By whose rules a run is judged, and who lives there."""

    policy: Policy
    people: People
    services: Mapping[str, Service]
    risky: frozenset[str] = frozenset()
    language: str = "en"


@dataclass(frozen=True)
class Ground:
    """What all runs of one proof share; ``template`` is an empty database of the daemon's shape."""

    folder: Path
    template: Database
    sandbox: Sandbox
    make_house: MakeHouse
    harmless: Harmless


@dataclass(frozen=True)
class Rig:
    """A house with everything that a run goes through."""

    clock: JumpingClock
    gate: Gate
    judge: Judge
    mirror: Mirror
    programs: Programs
    undoing: Undoing
    people: People
    telling: SkillTelling
    said: list[Message]


@asynccontextmanager
async def rig(ground: Ground, setting: Setting, rules: Rules) -> AsyncGenerator[Rig]:
    """Give a house in ``setting``; everything of it is gone afterwards."""
    async with AsyncExitStack() as rooms:
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=ground.folder))
        rooms.callback(shutil.rmtree, folder, ignore_errors=True)
        clock = JumpingClock(setting.now)
        audit = AuditLog.open(folder / "audit.db", clock)
        rooms.push_async_callback(audit.close)
        db = Database(memory=True, execute_plugins=False)
        rooms.callback(db.close)
        ground.template.conn.backup(db.conn)
        stop, permits, mirror = Stop(folder, clock), PermitDesk(clock), Mirror(clock)
        house = ground.make_house(setting.house, permits, clock, setting.faults, rules.services)
        rooms.push_async_callback(house.close)
        judge = Judge(mirror, rules.policy, clock, rules.services, rules.risky)
        audit.versions = judge.versions
        verifier = Verifier(mirror, clock, clock, db)
        wording = _Wording(rules.language)
        follower = Follower(verifier, audit, lambda outcome, language: wording.late(outcome, mirror.house(), language))
        rooms.push_async_callback(follower.close)
        said: list[Message] = []
        messages = Messages(permits)
        messages.listeners.append(said.append)
        gate = Gate(
            stop=stop,
            judge=judge,
            questions=Questions(db, audit, rules.people, clock),
            audit=audit,
            door=Door(permits, house, {"claw": messages}),
            verifier=verifier,
            wording=wording,
            follower=follower,
            refusals=Refusals(audit, clock),
        )
        follower.tell = gate.tell
        chronicle = Chronicle(mirror, clock)
        await house.connect(mirror)
        deeds = Deeds(audit, follower)
        causes = Causes(chronicle, mirror, deeds, rules.people)
        undoing = Undoing(
            gate=gate, judge=judge, deeds=deeds, causes=causes, mirror=mirror, people=rules.people, clock=clock
        )
        world = World(
            gate=gate,
            mirror=mirror,
            sandbox=Worked(ground.sandbox, clock),
            reads=_Outside(house),
            extract=None,
            services=rules.services,
            functions=offered(PORTS),
            sources=(),
            people=tuple(person.id for person in rules.people),
            harmless=ground.harmless.text,
            versions=judge.versions,
            journal=Journal(audit, judge.versions),
            clock=clock,
            timer=clock,
        )
        programs = Programs(Segments(world), Sealed(db, lambda: KEY, clock), Marks())
        rooms.push_async_callback(programs.close)
        gate.questions.voided.append(programs.void)
        telling = SkillTelling(Telling(mirror, ground.harmless), mirror, ground.harmless)
        yield Rig(clock, gate, judge, mirror, programs, undoing, rules.people, telling, said)


class _Wording:
    """The gate's sentences; they are the daemon's own."""

    def __init__(self, language: str) -> None:
        self._language = language

    def question(self, actions: Sequence[Action], house: House, language: str | None) -> str:
        return question_text(actions, house, language or self._language)

    def late(self, outcome: Outcome, house: House, language: str | None) -> str:
        return message_text(outcome, house, language or self._language)


class _Outside:
    """What a program sees besides the house as it is: its past, and nothing of the household's memory."""

    def __init__(self, house: ProvedHouse) -> None:
        self._house = house

    def by(self, origin: Origin) -> "_Outside":
        del origin
        return self

    def search(self, words: str) -> Sequence[str]:
        """Return nothing: what words mean is the room's that knows names, and a skill has its parameters."""
        del words
        return ()

    async def history(self, entity_id: str, start: datetime, end: datetime) -> Sequence[State]:
        return await self._house.history(entity_id, start, end)

    async def text(self, source: str) -> str:
        del source
        return ""

    async def recall(self, words: str) -> Sequence[Remembered]:
        del words
        return ()


class Worked:
    """The sandbox, in whose processes time passes for nobody: the clock of the house stands still meanwhile."""

    def __init__(self, sandbox: Sandbox, clock: JumpingClock) -> None:
        self._sandbox = sandbox
        self._clock = clock

    @asynccontextmanager
    async def session(self, stubs: str, now: datetime, seed: int, *, typed: bool = True) -> AsyncGenerator["_Working"]:
        """Give a process to one program; as ``Sandbox.session``."""
        async with AsyncExitStack() as stack:
            async with self._clock.working():
                session = await stack.enter_async_context(self._sandbox.session(stubs, now, seed, typed=typed))
            yield _Working(session, self._clock)

    async def warm(self, stubs: str, now: datetime) -> None:
        """Do nothing: a proof does not wait for a person."""
        del stubs, now

    def stay_ready(self, now: datetime) -> None:
        """Do nothing, as ``warm``."""
        del now


class _Working:
    """One program, while which works no time passes."""

    def __init__(self, session: Session, clock: JumpingClock) -> None:
        self._session = session
        self._clock = clock

    @property
    def timeless(self) -> bool:
        """Whether the program has asked for neither time nor chance."""
        return self._session.timeless

    async def start(self, source: str) -> Event:
        """Begin a program; as ``Session.start``."""
        async with self._clock.working():
            return await self._session.start(source)

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        """Go on; as ``Session.resume``."""
        async with self._clock.working():
            return await self._session.resume(answers)

    def dump(self) -> bytes:
        """Return the program as it waits."""
        return self._session.dump()

    async def load(self, data: bytes) -> Event:
        """Take up a program; as ``Session.load``."""
        async with self._clock.working():
            return await self._session.load(data)
