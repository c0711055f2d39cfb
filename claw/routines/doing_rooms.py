"""What carrying out routines stands on: the rooms it asks and the ports that others fill, in one place."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from claw.base.action import Action, Json, Message, Origin, Reply
from claw.base.clock import Clock, Timer
from claw.gate.judge import Judge
from claw.gate.perform import Gate
from claw.house.model import House
from claw.routines.model import Done, Routine, Run
from claw.routines.rights import RoutineRights
from claw.routines.spec import Spec
from claw.skills.model import Skill
from claw.skills.runner import Programs, Runner

if TYPE_CHECKING:
    from claw.skills.ran import SkillRan


class Answers(Protocol):
    """Who answers by programs that a model writes (``claw/mind/planner.py``)."""

    async def answer(self, said: str, origin: Origin, language: str) -> Reply:
        """Return the reply to a request; raises Broken where the log fails."""
        ...


class Conditions(Protocol):
    """Who knows whether conditions hold (``claw/routines/conditions.py``)."""

    def unmet(self, routine: Routine) -> str:
        """Return what of ``only_if`` is lacking, in a few words; empty where all of it holds or there is none."""
        ...


class Things(Protocol):
    """Who follows things through renames (``claw/routines/things.py``)."""

    def spec(self, routine: Routine) -> Spec:
        """Return what ``routine`` does with present ids."""
        ...


class Left(Protocol):
    """What is left to do once what people have just changed is taken out."""

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return what may be done."""
        ...

    @property
    def left(self) -> Sequence[object]:
        """Return what is left alone."""
        ...


class Hands(Protocol):
    """Who knows what people changed by hand (``claw/routines/hands.py``)."""

    def spare(self, actions: Sequence[Action], house: House, routine: str = "") -> Left:
        """Return ``actions`` without what people have just changed, since ``routine`` was set up."""
        ...

    def said(self, left: Sequence[Any]) -> str:
        """Return in a sentence what was left alone, and since when; empty for nothing."""
        ...

    def first_time(self, routine: str, left: Iterable[Any]) -> bool:
        """Return whether this routine leaves one alone for the first time since it was touched: then it is said."""
        ...


class Books(Protocol):
    """The library of skills (``claw/skills/library.py``)."""

    def whole(self, name: str) -> Skill:
        """Return the skill, its bytes hashed again now; raises Refused with why it is not what it was."""
        ...


class Rows(Protocol):
    """The book (``claw/routines/book.py``), as far as runs need it."""

    def close(self, run: Run, done: Done, *, tell: bool = False) -> Run | None:
        """Write down what came of a run that waited for somebody's yes; ``tell``: also of what is no trouble."""
        ...

    def amend(self, number: int, done: Done) -> bool:
        """Write down that a run which looked done ended otherwise after all."""
        ...

    def run(self, number: int) -> Run | None:
        """Return one row."""
        ...

    def change(self, routine: str, **fields: object) -> Routine:
        """Put other values into some fields of a routine as it stands now; raises Refused where there is none."""
        ...

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id."""
        ...

    def runs(self, routine: str | None = None, *, limit: int = 50, before: datetime | None = None) -> Sequence[Run]:
        """Return the rows due before ``before``, latest first."""
        ...

    def kept(self, routine: str) -> Mapping[str, Json]:
        """Return what is kept for a routine, empty where nothing is."""
        ...

    def keep(self, routine: str, kept: Mapping[str, Json]) -> None:
        """Put these keys into what is kept for it, and leave the others; None takes a key out."""
        ...


Capped = Callable[[str, int], AbstractContextManager[None]]
"""Lets a routine, by its id, ask the model for so many tokens while the context is open (``Model.capped``)."""


@dataclass(frozen=True)
class Minds:
    """What only some steps need: skills, programs and the model, each made when it is first asked for.

    ``planner`` gives None in a house without a model.  ``tells`` gives what a run of a skill found, in a language, as a
    person may hear it.
    """

    library: Books
    runner: Runner
    programs: Callable[[], Programs]
    planner: Callable[[], Answers | None]
    capped: Capped
    tells: "Callable[[SkillRan, str], str] | None" = None


async def _nothing(run: Run) -> Done | None:
    del run
    return None


@dataclass(frozen=True)
class Rooms:
    """What runs stand on; ``tell`` sends a message without waiting for it, ``told`` that a row has news for people.

    ``left`` says what became of a run that an earlier daemon left (``claw/routines/settle.py``).
    """

    gate: Gate
    judge: Judge
    rights: RoutineRights
    rows: Rows
    conditions: Conditions
    things: Things
    hands: Hands
    minds: Minds
    clock: Clock
    timer: Timer
    tell: Callable[[Message], object]
    told: Callable[[], object] = lambda: None
    left: Callable[[Run], Awaitable[Done | None]] = _nothing
