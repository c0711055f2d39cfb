"""Skills put together: the library and its rights stand before the gate, who runs, proves and learns behind it.

Nothing of it runs by itself; the daemon's chores call what is due.  What proves a skill, and what makes one of
requests, is imported when that is done for the first time: most starts do neither.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from claw.base.action import Json, Origin
from claw.base.config import Config
from claw.channels.skilful import Rooms as AskedRooms
from claw.channels.skilful import Skilful
from claw.daemon.declared import risky_of
from claw.daemon.programming import Programming
from claw.daemon.remembering import Ground, Remembered
from claw.daemon.stopping import Stopping
from claw.gate.cause import Causes
from claw.gate.follow import Follower
from claw.gate.judge import Judge
from claw.gate.perform import Gate
from claw.gate.stop import Stop
from claw.house.mirror import Mirror
from claw.mind.intents import Intents
from claw.mind.skill_talk import SkillTalk
from claw.mind.skill_talk_rooms import Rooms as TalkRooms
from claw.mind.skill_turn import SkillTurn
from claw.mind.skilled import Parts, Skilled
from claw.skills import places
from claw.skills.demonstration import Demonstrations
from claw.skills.demonstration import Household as Shown
from claw.skills.effector import SkillEffector
from claw.skills.library import Library
from claw.skills.model import Report, Skill, Trace
from claw.skills.rights import SkillRights
from claw.skills.runner import Room, Runner
from claw.skills.skilfulness import Around as LifeAround
from claw.skills.skilfulness import Skilfulness, skilfulness

if TYPE_CHECKING:
    from claw.daemon.proving import Proofs
    from claw.daemon.proving_rig import MakeHouse
    from claw.mind.planner import Planner
    from claw.mind.skill_telling import SkillTelling
    from claw.skills.learning import Learning


@dataclass
class Shelf:
    """The library and the effector of what is decided about it: all that the gate needs to know of.

    ``lives`` says who may run what; until there is one nothing runs.
    """

    ground: Ground
    library: Library
    effector: SkillEffector
    rights: SkillRights
    lives: Skilfulness | None = None


def shelf(ground: Ground, judge: Judge) -> Shelf:
    """Return the library of one state directory; from here on the judge holds each act of a skill to its manifest."""
    library = Library(places.shipped(), places.own(ground.path.parent), ground.db, ground.clock)
    library.load()
    effector = SkillEffector(ground.permits, ground.audit, ground.role)

    def may_run(skill: Skill, origin: Origin) -> str | None:
        return "nothing runs yet" if found.lives is None else found.lives.life.may_run(skill, origin)

    rights = SkillRights(library.whole, may_run, ground.clock)
    found = Shelf(ground, library, effector, rights)
    judge.rights = rights
    return found


class Proving:
    """Who proves skills, made when the first one is: what a proof needs is 2 MB of code."""

    def __init__(self, make: "Callable[[], Proofs]") -> None:
        self._make = make
        self._made: Proofs | None = None

    async def prove(self, skill: Skill, traces: Sequence[Trace] = ()) -> Report:
        """Try a skill on the simulated house; raises Unavailable where nothing can be proved now."""
        self._made = self._made or self._make()
        return await self._made.prove(skill, traces)


@dataclass(frozen=True)
class Around:
    """What skills are built on, besides their shelf."""

    config: Config
    judge: Judge
    gate: Gate
    stop: Stop
    stopping: Stopping
    follower: Follower
    intents: Intents
    causes: Causes
    memory: Remembered
    programming: Programming
    policy: Callable[[], str]
    make_house: "MakeHouse"
    planner: "Planner | None" = None


@dataclass(frozen=True)
class Skills:
    """All of skills that the rooms above them ask."""

    library: Library
    lives: Skilfulness
    rights: SkillRights
    runner: Runner
    skilled: Skilled
    demonstrations: Demonstrations
    turn: SkillTurn
    asked: Skilful
    learning: "Learning | None"

    def start(self) -> None:
        """Hold what stands against the library; before it nothing runs.  Raises Broken where it cannot be written."""
        self.lives.life.reconcile()

    @property
    def chores(self) -> tuple[tuple[str, Callable[[], Awaitable[object]]], ...]:
        """What is to be looked at once a minute, each with what it is for the log."""
        kept = () if self.learning is None else (("requests kept for learning", self.learning.traces.look),)
        return (*self.lives.chores, ("a demonstration", self.demonstrations.look), *kept)


def skilled(on: Shelf, around: Around, rooms: AsyncExitStack) -> Skills:
    """Return skills as they are used; they begin to watch the house.  ``rooms`` closes what runs by itself."""
    library, learning = on.library, _Late()
    lives = on.lives = _lives(on, around, learning, rooms)
    runner = _runner(on, around, lives, rooms)
    answering = _answering(on, around, lives, runner)
    library.changed.append(answering.changed)
    learning.made = _learning(on, lives, around.planner, answering)
    if learning.made is not None:
        rooms.push_async_callback(learning.made.close)
    demonstrations = _demonstrations(on.ground, around)
    talk = _talk(on, around, lives, (learning.made, demonstrations, answering))
    turn = SkillTurn(talk, answering, lives.offers, lives.shadow)
    if around.planner is not None:
        turn = replace(turn, marked=around.planner.marked)
    hearing, people, mirror = around.memory.store.hearing.of, on.ground.people, on.ground.mirror
    shown = AskedRooms(library, lives.standings, lives.runs, lives.deciding, hearing, people, mirror, lives.life.prove)
    around.gate.questions.voided.append(runner.voided)
    around.stop.hooks += [demonstrations.abandon, lives.life.stop]
    around.memory.forgets_in(*lives.erasers, answering, demonstrations, talk)
    if around.planner is not None:
        around.memory.forgets_in(around.planner)
    return Skills(library, lives, on.rights, runner, answering, demonstrations, turn, Skilful(shown), learning.made)


def _lives(on: Shelf, around: Around, learning: "_Late", rooms: AsyncExitStack) -> Skilfulness:
    """Return how far each skill is trusted, and what changes that."""
    ground = on.ground
    lives = skilfulness(
        LifeAround(
            ground.db,
            ground.audit,
            ground.clock,
            ground.clock,
            ground.mirror,
            around.causes,
            ground.people,
            lambda: around.judge.policy,
            on.library,
            Proving(lambda: _proofs(on, around)),
            around.gate,
            on.effector,
            ground.role,
            ground.zone,
            around.gate.tell,
            learning.traces,
            risky_of(around.config),
            around.config.languages[0],
        )
    )
    rooms.push_async_callback(lives.close)
    return lives


def _runner(on: Shelf, around: Around, lives: Skilfulness, rooms: AsyncExitStack) -> Runner:
    clock, programming = on.ground.clock, around.programming
    room = Room(on.library, on.rights, on.ground.mirror, lambda: programming().programs, clock, clock, _last(lives))
    runner = Runner(room)
    rooms.push_async_callback(runner.close)
    runner.ran.append(lives.life.ran)
    programming.when_made(lambda made: made.programs.late.append(runner.went_on))
    return runner


def _answering(on: Shelf, around: Around, lives: Skilfulness, runner: Runner) -> Skilled:
    mirror, programming = on.ground.mirror, around.programming
    return Skilled(
        Parts(
            on.library,
            lives.life,
            lives.standings.of,
            runner,
            lives.shadow,
            mirror,
            lambda: telling(programming, mirror),
            around.follower.send,
            [around.intents.language(code) for code in around.intents.languages],
            on.ground.clock,
            around.planner is None,
        )
    )


def _talk(
    on: Shelf, around: Around, lives: Skilfulness, of: "tuple[Learning | None, Demonstrations, Skilled]"
) -> SkillTalk:
    learning, demonstrations, answering = of
    talk_rooms = TalkRooms(
        on.library,
        lives.standings,
        learning,
        lives.life,
        lives.deciding,
        demonstrations,
        around.memory.store.hearing.of,
        on.ground.role,
        around.gate.tell,
        answering.knows,
    )
    return SkillTalk(talk_rooms, around.intents, on.ground.mirror, on.ground.clock)


@dataclass
class _Late:
    """Learning is put together after the life of skills, which asks it for the requests that a skill was made of."""

    made: "Learning | None" = None

    def traces(self, name: str) -> Sequence[Trace]:
        """Return the requests that a skill was made of."""
        return self.made.traces.of(name) if self.made is not None else ()


def _learning(on: Shelf, lives: Skilfulness, planner: "Planner | None", skills: Skilled) -> "Learning | None":
    """Return what makes skills of requests: without a model there are none to learn from."""
    if planner is None:
        return None
    from claw.skills.learning import Learning  # noqa: PLC0415  a house without a model does not pay for it
    from claw.skills.traces import Traces  # noqa: PLC0415  as above

    async def withdraw(name: str, why: str) -> None:
        lives.offers.withdraw(name)
        await lives.life.doubt(name, why)

    ground = on.ground
    traces = Traces(ground.db, ground.clock, ground.role)
    taken = lambda: [skill.name for skill in on.library.all()]  # noqa: E731  a port in one line
    propose = partial(lives.life.propose, asked=False)
    learning = Learning(traces, ground.mirror, taken, propose, withdraw, lives.aftermath)
    planner.finished.append(learning.finished)
    planner.skills = skills
    return learning


def _demonstrations(ground: Ground, around: Around) -> Demonstrations:
    audit = ground.audit

    def note(kind: str, payload: dict[str, Json], origin: Origin) -> None:
        audit.note(kind, payload, origin=origin)

    shown = Shown(ground.role, ground.name, lambda: around.stop.engaged, note)
    demonstrations = Demonstrations(ground.db, ground.clock, ground.mirror, around.causes, shown)
    ground.mirror.watch(demonstrations.take)
    return demonstrations


def _proofs(on: Shelf, around: Around) -> "Proofs":
    from claw.daemon.proving import Household, Proofs, rules_of  # noqa: PLC0415  see Proving
    from claw.daemon.proving_sentences import Heard  # noqa: PLC0415  see Proving

    mirror = on.ground.mirror
    house = mirror.house
    household = Household(house, lambda: rules_of(around.config, house(), around.policy()))
    library = on.library
    heard = Heard(
        around.intents, house, lambda: [(one.name, one.manifest) for one in library.all() if not one.problems]
    )
    stop = around.stop
    return Proofs(household, heard, around.make_house, around.stopping.children, lambda: stop.engaged)


def telling(programming: Programming, mirror: Mirror) -> "SkillTelling":
    """Return what words a run of a skill for a person; it comes with what runs programs."""
    from claw.mind.skill_telling import SkillTelling  # noqa: PLC0415  it comes with what runs programs

    made = programming()
    return SkillTelling(made.telling, mirror, made.harmless)


def _last(lives: Skilfulness) -> Callable[[str], datetime | None]:
    def last(name: str) -> datetime | None:
        standing = lives.standings.of(name)
        return standing.last_run if standing is not None else None

    return last
