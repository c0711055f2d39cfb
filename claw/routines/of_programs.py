"""What a program wants done later, as the act that makes a routine of it: checked while the program is rehearsed.

Whoever wrote the program hears at once what is wrong with it, and what could never be allowed is no part of any plan.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from claw.base.action import Action, Origin, Outcome
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.routines.acts import SCHEDULE
from claw.routines.making import Shelf, written
from claw.routines.spec import Act, Acts, Says, Spec, Step
from claw.routines.telling import back
from claw.routines.when import triggers_of
from claw.routines.wording_do import deed

if TYPE_CHECKING:
    from claw.program.later import Later

_LONGEST_NAME = 60


class Checks(Protocol):
    """Whether somebody may have a routine (``claw/routines/making.py``)."""

    def check(self, spec: Spec, origin: Origin) -> tuple[str, ...]:
        """Return what stands in the way of it, a sentence each."""
        ...


class OfPrograms:
    """Makes the acts by which programs have something done later, and reads back what was made.

    ``upcoming`` gives the next firings of a routine by its id.
    """

    def __init__(
        self, making: Checks, mirror: Mirror, book: Shelf, upcoming: Callable[[str], Sequence[datetime]], clock: Clock
    ) -> None:
        self._making = making
        self._mirror = mirror
        self._book = book
        self._upcoming = upcoming
        self._clock = clock

    def scheduled(self, later: "Later", origin: Origin) -> Action:
        """Return the act that makes the routine; raises Refused, saying what is wrong, for one that cannot be made."""
        if origin.routine or origin.channel == "routine":
            raise Refused("a routine makes no routines")
        try:
            when = triggers_of(later.when, later.now)
        except ValueError as error:
            raise Refused(f"schedule(): when: {error}") from error
        acts = tuple(Act(action=one.name, entities=one.entities, data=one.data) for one in later.actions)
        steps: tuple[Step, ...] = (Acts(actions=acts),) if acts else ()
        steps += (Says(say=later.say),) if later.say else ()
        name = later.name or deed(steps, self._mirror.house())[:_LONGEST_NAME].strip()
        spec = Spec(name=name, when=when, do=steps)
        spec = spec.model_copy(update={"max_runs": 1}) if later.once else spec
        wrong = self._making.check(spec, origin)
        if wrong:
            raise Refused(f"schedule(): {' '.join(wrong)}".rstrip("."))
        return Action(SCHEDULE, (), {"spec": written(spec)})

    def read_back(self, outcome: Outcome) -> str:
        """Return all that a routine which an act just made will do; empty for any other act."""
        if outcome.action.name != SCHEDULE or outcome.status not in {"sent", "done"}:
            return ""
        made = next((one for one in self._book.all() if one.entry == outcome.audit), None)
        if made is None:
            return ""
        return back(made, self._upcoming(made.id), self._clock.now(), self._mirror.house())
