"""One run of a skill: looked at again byte by byte, judged as a plan, done, and read back.

It is a program like any other: rehearsed on the twin, one plan for the gate, then done step by step.  What is
different is that nobody writes it anew, that the gate holds its manifest against each act, and that it was said
beforehand how one sees whether it worked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from claw.base.action import NO_DATA, Action, Origin, Pending
from claw.gate.run import Run
from claw.house.mirror import Mirror
from claw.skills.model import Arguments, Skill
from claw.skills.rights import SkillRights

if TYPE_CHECKING:  # most houses run no program for most of a day, and a start does not pay for what runs them
    from claw.program.ran import Ran, Written


class Programs(Protocol):
    """Who runs programs (``claw/program/run.py``); the daemon makes it when the first one runs."""

    async def run(self, source: str, origin: Origin, said: str, written: "Written", *, name: str = "") -> "Ran":
        """Rehearse, judge and run a program whose run is called ``name``."""
        ...

    async def dry(self, source: str, origin: Origin) -> "tuple[Action, ...]":
        """Return what a program would do as the house is now; nothing is judged and nothing is done."""
        ...

    async def resume(self, pending: Pending, run: Run) -> "Ran":
        """Go on with the program that asked for a yes, which has been given."""
        ...

    async def answered(self, question: str, text: str, origin: Origin) -> "Ran":
        """Go on with the program that asked a person; raises Refused where it asks no more."""
        ...


@dataclass(frozen=True, slots=True)
class SkillRan:
    """What came of one run, as far as it has come.

    ``ran`` is the program's side.  ``held`` is whether the wishes of ``after`` were so, None where that was not looked
    at (nothing ran, or not to its end); ``unheld`` are the sentences of those that were not.  ``task`` is the name of
    the run, ``ms`` how long it took before anything was sent to a device.
    """

    skill: Skill
    arguments: Arguments
    origin: Origin
    said: str
    task: str
    ran: "Ran"
    held: bool | None = None
    unheld: tuple[str, ...] = ()
    ms: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether nothing of it is still to come."""
        return self.ran.ended

    @property
    def calls(self) -> tuple[Action, ...]:
        """What it did, or was refused, in order."""
        return tuple(outcome.action for outcome in self.ran.outcomes)


@dataclass(frozen=True, slots=True)
class NotNow:
    """Why a skill does not run now: a sentence for a person, and whether a model may try instead (``elsewhere``)."""

    why: str
    elsewhere: bool = True


@dataclass
class Room:
    """What a run stands on; ``programs`` is asked for when the first one runs."""

    rights: SkillRights
    mirror: Mirror
    programs: "Sequence[Programs]" = field(default_factory=list["Programs"])


class Runner:
    """Runs skills; one for the whole daemon."""

    async def run(
        self, skill: Skill, arguments: Arguments, origin: Origin, said: str, *, language: str = "en"
    ) -> SkillRan | NotNow:
        """Run ``skill`` with checked ``arguments`` for whoever ``origin`` is; says so where it may not, or not now.

        Whether it is trusted and is this person's to run is asked of Life by the gate, for every act of it.
        """
        raise NotImplementedError

    async def dry(
        self, skill: Skill, arguments: Arguments = NO_DATA, origin: Origin | None = None
    ) -> tuple[Action, ...]:
        """Return what a run would do now; nothing is judged, nothing is done; raises Refused where it cannot run."""
        raise NotImplementedError
