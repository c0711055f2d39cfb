"""Routines that act through a real gate, in a house of their own; skills, programs and the model are as a test says."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from claw.base.action import Action, Json, Message, Origin, Pending, Reply
from claw.base.clock import SystemClock
from claw.base.errors import Refused
from claw.gate.run import Run as GateRun
from claw.house.model import House
from claw.policy.people import People
from claw.program.events import Ended
from claw.program.ran import Ran, Written
from claw.program.rehearse import Rehearsal
from claw.routines.book import Book
from claw.routines.doing import Doing, Minds, Rooms
from claw.routines.effector import SERVICES
from claw.routines.model import Done, Firing, Routine, Run
from claw.routines.rights import RoutineRights
from claw.routines.spec import Spec
from claw.skills.runner import Runner
from tests.gate_room import OWNER, PEOPLE, POLICY, Room, gate_room
from tests.held_clock import HeldClock

LAMP = {"action": "light.turn_on", "entities": ["light.lamp"]}
DARK = {"action": "light.turn_off", "entities": ["light.lamp"]}
UNLOCK = {"action": "lock.unlock", "entities": ["lock.door"]}


def acts(*actions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step of actions."""
    return {"actions": list(actions)}


def spec(do: Any, **more: Any) -> Spec:
    """Return a routine as it is written, every day at seven."""
    return Spec.model_validate({"name": "Evening", "when": {"at": "07:00"}, "do": do, **more})


@dataclass
class Left:
    """What is left to do, and what is left alone."""

    actions: tuple[Action, ...]
    left: Sequence[str]


@dataclass
class Handled:
    """Knows what was changed by hand: what a test puts into it."""

    touched: set[str] = field(default_factory=set[str])
    told: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def spare(self, actions: Sequence[Action], house: House, routine: str = "") -> Left:
        del house, routine
        rest = [replace(one, entities=tuple(e for e in one.entities if e not in self.touched)) for one in actions]
        left = sorted({e for one in actions for e in one.entities} & self.touched)
        return Left(tuple(one for one in rest if one.entities), left)

    def said(self, left: Sequence[Any]) -> str:
        return f"left as it is: {', '.join(left)}"

    def first_time(self, routine: str, left: Iterable[Any]) -> bool:
        news = {(routine, one) for one in left} - self.told
        self.told |= news
        return bool(news)


@dataclass
class Thoughts:
    """Programs, skills and the model, as far as a test has them: what they answer, and what they were asked."""

    gate: object = True
    looked_at: tuple[str, ...] = ()
    wanted: tuple[Action, ...] = ()
    problem: Exception | None = None
    reply: Reply = field(default_factory=lambda: Reply("It rains.", "answered"))
    asked: list[tuple[str, Origin]] = field(default_factory=list[tuple[str, Origin]])
    caps: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    model: bool = True

    async def dry(self, source: str, origin: Origin) -> Rehearsal:
        del source, origin
        if self.problem is not None:
            raise self.problem
        return Rehearsal(list(self.wanted), ended=Ended(cast("Json", self.gate), ""), taint=self.looked_at)

    async def run(self, source: str, origin: Origin, said: str, written: Written, *, name: str = "") -> Ran:
        raise NotImplementedError

    async def resume(self, pending: Pending, run: GateRun) -> Ran:
        raise NotImplementedError

    async def answered(self, question: str, text: str, origin: Origin | None = None) -> Ran:
        raise NotImplementedError

    def void(self, pending: Pending, why: str) -> None:
        """Keep nothing."""

    async def answer(self, said: str, origin: Origin, language: str) -> Reply:
        del language
        self.asked.append((said, origin))
        return self.reply

    @contextmanager
    def capped(self, routine: str, tokens: int) -> Generator[None]:
        self.caps.append((routine, tokens))
        yield


class NoBooks:
    """A library without a skill."""

    def whole(self, name: str) -> Any:
        raise Refused(f"there is no skill {name}")


class Always:
    """Conditions as a test says, and things that keep their names."""

    def __init__(self) -> None:
        self.why = ""

    def unmet(self, routine: Routine) -> str:
        del routine
        return self.why

    def spec(self, routine: Routine) -> Spec:
        return routine.spec


@dataclass
class Acting:
    """Everything by which routines act in one gate room."""

    room: Room
    clock: HeldClock
    people: People = PEOPLE

    def __post_init__(self) -> None:
        self.book = Book(self.room.db, cast("SystemClock", self.clock))
        self.told: list[Message] = []
        self.rights = RoutineRights(self.book, self.people, self.room.judge, self.clock, self.told.append)
        self.room.judge.makers = self.rights
        self.room.services |= SERVICES
        self.book.changed.append(self.rights.changed)
        self.hands, self.thoughts, self.always = Handled(), Thoughts(), Always()
        self.doing = self.made()

    def made(self, left: Callable[[Run], Awaitable[Done | None]] | None = None) -> Doing:
        """Return what carries runs out, made anew; ``left`` says what became of runs of the Claw before."""
        thoughts = self.thoughts
        planner = lambda: thoughts if thoughts.model else None  # noqa: E731  a port in one line
        runner = cast("Runner", None)  # only for skills, of which there are none here
        minds = Minds(NoBooks(), runner, lambda: thoughts, planner, thoughts.capped)
        gate, judge, clock = self.room.gate, self.room.judge, self.clock
        always, told = self.always, self.told.append
        rooms = Rooms(gate, judge, self.rights, self.book, always, always, self.hands, minds, clock, clock, told)
        return Doing(rooms if left is None else replace(rooms, left=left))

    def routine(self, do: Any, by: Origin = OWNER, ident: str = "evening", **more: Any) -> Routine:
        """Return a routine that is in the book; what a row has besides its spec is told apart by name."""
        row = {key: more.pop(key) for key in ("state", "expires", "adopted_by", "shadow_left") if key in more}
        made = Routine(ident, spec(do, **more), by, self.clock.now(), **row)
        self.book.put(made)
        return made

    def firing(self, routine: Routine, by: Origin | None = None) -> Firing:
        """Return one more firing."""
        rows = len(self.book.runs(routine.id))
        return Firing(routine.id, 0, self.clock.now(), f"at {self.clock.now()} {rows}", asked_by=by)

    async def do(self, routine: Routine, by: Origin | None = None) -> tuple[Run, Done]:
        """Have a routine run as the keeper does: claimed, done and closed."""
        run = self.book.claim(self.firing(routine, by))
        assert run is not None
        done = await self.doing.do(self.book.get(routine.id) or routine, run)
        self.book.close(run, done)
        return run, done

    def row(self, run: Run) -> tuple[str, str]:
        """Return status and reason of a row as it stands."""
        found = self.book.run(run.id)
        assert found is not None
        return found.status, found.reason


@asynccontextmanager
async def acting(folder: Path, policy: str = POLICY, people: People = PEOPLE) -> AsyncGenerator[Acting]:
    """Give a gate room in which routines act, and close it."""
    clock = HeldClock()
    async with gate_room(folder, policy, cast("SystemClock", clock)) as room:
        found = Acting(room, clock, people)
        try:
            yield found
        finally:
            await found.doing.close()


__all__ = ["DARK", "LAMP", "UNLOCK", "Acting", "acting", "acts", "spec"]
