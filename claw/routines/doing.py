"""One run of a routine: its steps in order, through the one door, and the truth about what came of them.

Nothing here decides what may be done: the gate does, and asks for whom the routine acts.  What ran dry is judged and
rehearsed and moves nothing.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Message, Origin, Reply
from claw.base.clock import Clock, Timer
from claw.gate.judge import Judge
from claw.gate.perform import Gate
from claw.routines.conditions import Conditions
from claw.routines.hands import Hands
from claw.routines.model import Done, Routine, Run
from claw.routines.rights import RoutineRights
from claw.routines.spec import Spec
from claw.routines.things import Things
from claw.skills.library import Library
from claw.skills.runner import Programs, Runner


class Answers(Protocol):
    """Who answers by programs that a model writes (``claw/mind/planner.py``)."""

    async def answer(self, said: str, origin: Origin, language: str) -> Reply:
        """Return the reply to a request; raises Broken where the log fails."""
        ...


class Rows(Protocol):
    """The history (``claw/routines/book.py``), as far as runs need it."""

    def close(self, run: Run, done: Done) -> Run | None:
        """Write down what came of a run that waited for somebody's yes; None where it was closed."""
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


Capped = Callable[[str, int], AbstractContextManager[None]]
"""Lets a routine, by its id, ask the model for so many tokens while the context is open (``Model.capped``)."""


@dataclass(frozen=True)
class Minds:
    """What only some steps need: skills, programs and the model, each made when it is first asked for.

    ``planner`` gives None in a house without a model.
    """

    library: Library
    runner: Runner
    programs: Callable[[], Programs]
    planner: Callable[[], Answers | None]
    capped: Capped


@dataclass(frozen=True)
class Rooms:
    """What runs stand on; ``tell`` sends a message without waiting for it."""

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


class Doing:
    """Carries runs out; one for the whole daemon."""

    def __init__(self, rooms: Rooms) -> None:
        raise NotImplementedError

    async def do(self, routine: Routine, run: Run) -> Done:
        """Carry out one run and return what came of it; raises Broken only where the log cannot be written."""
        raise NotImplementedError

    def cancel(self, run: Run) -> None:
        """End a run that is under way: what is not begun is not begun."""
        raise NotImplementedError

    async def dry(self, routine: Routine) -> Done:
        """Return what a run would do now (``would``) and what would be refused; nothing is done or asked."""
        raise NotImplementedError

    async def rehearse(self, spec: Spec, origin: Origin) -> Done:
        """Return the same for a routine that is not made yet, as ``origin``'s."""
        raise NotImplementedError

    def settle(self) -> None:
        """Take up the questions of earlier runs that still stand, and close the rows of those that do not."""
        raise NotImplementedError

    async def close(self) -> None:
        """End everything that is on its way."""
        raise NotImplementedError
