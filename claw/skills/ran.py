"""What came of a run of a skill, as far as it has come, or why there was none."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from claw.base.action import Action, Origin
from claw.skills.model import Arguments, Skill

if TYPE_CHECKING:  # most houses run no program for most of a day, and a start does not pay for what runs them
    from claw.program.ran import Ran

How = Literal["done", "started", "asked", "refused", "failed"]
"""How a run stands.

``done``: all that it called worked and what must be so is so; ``started``: something is still on its way; ``asked``: a
person is asked; ``refused``: the rules or its rights said no; ``failed``: something did not work, or is not so now.
"""


@dataclass(frozen=True, slots=True)
class SkillRan:
    """What came of one run, as far as it has come.

    ``ran`` is the program's side.  ``held`` is whether the wishes of ``after`` were so, None where that is not known
    (yet); ``unheld`` are the sentences of those that were not.  ``task`` is the name of the run, ``ms`` how long it
    took in all.
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
        return self.ran.ended and (self.held is not None or self.how != "started")

    @property
    def calls(self) -> tuple[Action, ...]:
        """What it did, or was refused, in order."""
        return tuple(outcome.action for outcome in self.ran.outcomes)

    @property
    def how(self) -> How:
        """How it stands."""
        ran = self.ran
        if ran.pending is not None or ran.question is not None:
            return "asked"
        statuses = {outcome.status for outcome in ran.outcomes}
        if (ran.problem is not None and ran.problem.kind == "denied") or "refused" in statuses:
            return "refused"
        if ran.problem is not None or not statuses.isdisjoint({"failed", "unknown"}) or self.held is False:
            return "failed"
        return "started" if ran.waiting or ("started" in statuses and self.held is None) else "done"


@dataclass(frozen=True, slots=True)
class NotNow:
    """Why a skill does not run now, in a sentence for a person, who knows the names of things.

    ``elsewhere``: the ordinary way may do it instead; ``values``: it is the values of the run that do not fit.
    """

    why: str
    elsewhere: bool = True
    values: bool = False
