"""Routines put together: their book and the acts on it stand behind the gate, everything else in front of it.

Nothing is due and nothing is watched before ``start``.  What only some routines need (a model, programs, cron) is made
when the first of them asks for it.
"""

import logging
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claw.base.action import Message
from claw.base.config import Config
from claw.base.errors import ClawError
from claw.channels.routined import Rooms as AskedRooms
from claw.channels.routined import Routined
from claw.daemon.declared import services_of
from claw.daemon.programming import Programming
from claw.daemon.remembering import Ground, Remembered
from claw.daemon.skilled import Skills, telling
from claw.daemon.stopping import Stopping
from claw.gate.cause import Causes
from claw.gate.follow import Follower
from claw.gate.judge import Judge
from claw.gate.messages import Messages
from claw.gate.perform import Gate
from claw.gate.stop import Stop
from claw.house.backend import HouseBackend
from claw.llm.model import Model
from claw.mind.intents import Intents
from claw.routines.alarms import Alarms
from claw.routines.book import Book
from claw.routines.conditions import Conditions
from claw.routines.deeds import Deeds
from claw.routines.doing import Doing
from claw.routines.doing_rooms import Minds
from claw.routines.doing_rooms import Rooms as DoingRooms
from claw.routines.effector import RoutineEffector
from claw.routines.erasing import RoutineEraser
from claw.routines.habits import HabitRoutines
from claw.routines.hands import Hands
from claw.routines.keeper import Around as KeeperAround
from claw.routines.keeper import Keeper
from claw.routines.loops import Guarded, Loops
from claw.routines.making import Household, Making
from claw.routines.model import OF_SKILL
from claw.routines.needs import SkillNeeds, gate_problem
from claw.routines.of_programs import OfPrograms
from claw.routines.of_skills import OfSkills
from claw.routines.place import place_of
from claw.routines.reports import Reports
from claw.routines.rights import RoutineRights, address
from claw.routines.routines import Rooms, Routines
from claw.routines.safety import Safety
from claw.routines.safety_doing import Either, SafetyDoing
from claw.routines.selftest import SelfTest
from claw.routines.settle import Settle
from claw.routines.talk import RoutineTalk
from claw.routines.talk_ports import TalkRooms
from claw.routines.talk_skills import SkillPhrases
from claw.routines.things import Things
from claw.routines.trail import Trail
from claw.routines.watching import Watching

if TYPE_CHECKING:
    from claw.mind.planner import Planner
    from claw.skills.ran import SkillRan

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shelf:
    """The book of routines and the effector of what is decided about them: all that the gate needs to know of."""

    ground: Ground
    book: Book
    effector: RoutineEffector


def shelf(ground: Ground) -> Shelf:
    """Return the routines of one state directory as they were left."""
    return Shelf(ground, Book(ground.db, ground.clock), RoutineEffector(ground.permits, ground.audit, ground.role))


@dataclass(frozen=True)
class Around:
    """What routines are built on, besides their shelf."""

    config: Config
    judge: Judge
    gate: Gate
    stop: Stop
    stopping: Stopping
    follower: Follower
    backend: HouseBackend
    intents: Intents
    causes: Causes
    memory: Remembered
    programming: Programming
    skills: Skills
    messages: Messages
    model: Model | None
    planner: "Planner | None" = None


@dataclass(frozen=True)
class Background:
    """All of routines that the rooms above them ask."""

    book: Book
    rights: RoutineRights
    hands: Hands
    doing: Doing
    keeper: Keeper
    watching: Watching
    reports: Reports
    safety: Safety
    alarms: Alarms
    of_skills: OfSkills
    routines: Routines
    talk: RoutineTalk
    asked: Routined

    def start(self) -> None:
        """Settle what an earlier daemon left, and begin; raises Broken where what is known of it cannot be written."""
        self.safety.renew()
        self.book.derive(OF_SKILL, self.of_skills.all())
        self.rights.look()
        self.rights.unread(self.book.damaged)
        self.doing.settle()
        self.keeper.start()
        self.watching.start()
        self.alarms.start()
        self.reports.wake()

    def renew(self) -> None:
        """Look anew at what the house and the policy are now."""
        try:
            self.safety.renew()
            self.book.derive(OF_SKILL, self.of_skills.all())
            self.rights.look()
        except ClawError:
            logger.exception("Routines cannot be brought up to date with the house and its rules")

    async def look(self) -> None:
        """See once in a while who is of the household still."""
        self.rights.look()


def routined(on: Shelf, around: Around, rooms: AsyncExitStack) -> Background:
    """Return routines as they are used; ``rooms`` closes what runs by itself."""
    ground, book = on.ground, on.book
    mirror, clock, follower = ground.mirror, ground.clock, around.follower
    reports = Reports(book, around.gate.tell, clock, clock, lambda: place_of(mirror.registry))
    rooms.push_async_callback(reports.close)
    rights = RoutineRights(book, ground.people, around.judge, clock, reports.tell)
    around.judge.makers = rights
    book.changed += [rights.changed, Trail(book, ground.audit).changed]
    hands = _hands(on, around, rooms)
    hands.by_request = rights.by_request
    hands.made = lambda name: found.created if (found := book.get(name)) is not None else None
    things = Things(mirror, book)
    conditions = Conditions(mirror, ground.people, clock, things)
    settle = Settle(ground.audit, mirror, book.get)
    doing = Doing(
        DoingRooms(
            around.gate,
            around.judge,
            rights,
            book,
            conditions,
            things,
            hands,
            _minds(around),
            clock,
            clock,
            reports.tell,
            reports.wake,
            settle.of,
        )
    )
    rooms.push_async_callback(doing.close)
    around.skills.runner.ran.append(doing.skill_ran)
    follower.ended.append(doing.landed)
    if around.planner is not None:
        around.planner.finished.append(doing.thought)
    keeper = _keeper(on, around, doing, reports)
    rooms.push_async_callback(keeper.close)
    watching = Watching(
        mirror,
        around.backend,
        book,
        keeper.fire,
        (clock, clock),
        (ground.people, conditions, things),
        lambda routine, text: reports.tell(Message(address(routine), text, "late")),
    )
    rooms.push_async_callback(watching.close)
    making = Making(book, _household(on, around))
    on.effector.deeds = Deeds(book, making, ground.role, lambda: ground.at_home(clock.now()).date())
    on.effector.runs = keeper
    _programs(around, OfPrograms(making, mirror, book, keeper.upcoming, clock))
    rooms.push_async_callback(on.effector.close)
    routines = Routines(Rooms(around.gate, on.effector, making, book, keeper, doing, mirror, ground.role, clock, clock))
    skills = around.skills
    phrases = SkillPhrases(lambda: skills.skilled.phrases, skills.library, skills.lives.life, mirror)
    talk = RoutineTalk(
        TalkRooms(routines, ground.people, phrases, around.planner is not None), around.intents, mirror, clock
    )
    asked = Routined(
        AskedRooms(routines, talk.answer, book.would, ground.role, ground.people, mirror, clock, watching.problem)
    )
    around.memory.offers.carries = HabitRoutines(routines, mirror)
    # Last, as the reports let go of what waits to be told.
    around.memory.forgets_in(on.effector, hands, talk, reports, RoutineEraser(ground.db, book.reload, reports.tell))
    safety = Safety(book, mirror, lambda: around.judge.policy, clock)
    alarms = Alarms(book, mirror, clock, clock, keeper.fire)
    rooms.push_async_callback(alarms.close)
    of_skills = OfSkills(around.skills.library, around.skills.lives.standings, mirror)
    background = Background(
        book, rights, hands, doing, keeper, watching, reports, safety, alarms, of_skills, routines, talk, asked
    )

    def registered(*_: object) -> None:
        background.renew()

    mirror.on_registry(registered)
    of_skills.changed.append(registered)
    return background


def _programs(around: Around, later: OfPrograms) -> None:
    around.programming.schedules = later.scheduled
    around.programming.when_made(lambda made: setattr(made.telling, "reads_back", later.read_back))


def _hands(on: Shelf, around: Around, rooms: AsyncExitStack) -> Hands:
    ground, config = on.ground, around.config.routines
    mirror, clock = ground.mirror, ground.clock
    hands = Hands(ground.db, mirror, around.causes, ground.people, clock, clock, config.hand_s)
    mirror.watch(hands.take)
    mirror.on_registry(hands.renamed)
    around.follower.noted.append(hands.noted)
    around.judge.hand = hands
    rooms.push_async_callback(hands.close)
    return hands


def _keeper(on: Shelf, around: Around, doing: Doing, reports: Reports) -> Keeper:
    ground, book = on.ground, on.book
    mirror, clock, stop, pause = ground.mirror, ground.clock, around.stop, around.stopping.pause

    def halt(routine: str, why: str) -> None:
        book.change(routine, state="paused", why=why)

    loops = Loops(around.follower, around.causes.chronicle, clock, halt)
    around.follower.noted.append(loops.note)
    alarm = Message("everyone", "test", "alarm", "high")
    tests = SelfTest(around.gate, around.judge, mirror, ground.people, lambda: around.messages.reaches(alarm))
    safety = SafetyDoing(around.gate, mirror, clock, around.config.languages[0], tests)

    def held(guards: bool) -> str:  # noqa: FBT001  the keeper's own port
        if stop.engaged:
            return "Claw is stopped"
        return "Claw is paused" if pause.state().paused and not guards else ""

    keeper = Keeper(
        book,
        Guarded(Either(safety, doing), loops),
        Settle(ground.audit, mirror, book.get),
        KeeperAround(clock, clock, lambda: place_of(mirror.registry), lambda: mirror.ready, held, reports.wake),
    )

    def wake(*_: object) -> None:
        keeper.wake()

    stop.told.append(wake)
    pause.told.append(wake)
    mirror.on_link(wake)
    mirror.on_registry(wake)
    return keeper


def _minds(around: Around) -> Minds:
    programming, skills, model = around.programming, around.skills, around.model

    def capped(routine: str, tokens: int) -> AbstractContextManager[None]:
        return nullcontext() if model is None else model.capped(routine, tokens)

    def tells(found: "SkillRan", language: str) -> str:
        return telling(programming, around.judge.mirror).ran(found, language).text

    return Minds(skills.library, skills.runner, lambda: programming().programs, lambda: around.planner, capped, tells)


def _household(on: Shelf, around: Around) -> Household:
    ground, skills = on.ground, around.skills
    needs = SkillNeeds(skills.library, skills.lives.life.may_run, ground.mirror)
    return Household(
        ground.mirror,
        lambda: around.judge.policy,
        ground.people,
        ground.clock,
        services_of(around.config),
        needs.why_not,
        gate_problem if around.planner is not None else None,
    )
