"""For whom a routine acts, asked by the judge itself: never for more than that person may at this moment.

The gate knows nothing of routines but the name in ``Origin.routine``.  Whoever fills this port says who made it; an act
of a routine is judged twice, as what it is and as that person through their own channel, and the stricter counts.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from claw.base.action import Action, Decision, Origin
from claw.base.errors import Refused
from claw.policy.verdicts import strictest

NO_NAME = "a routine that has no name does nothing"
"""Why an act is not done that comes through the channel of routines in the name of none."""


class Makers(Protocol):
    """Who knows the routines (``claw/routines/rights.py``)."""

    def maker(self, origin: Origin) -> Origin | None:
        """Return whoever the routine ``origin.routine`` acts for as they would ask themselves now.

        None where it acts for the house alone (a safety routine).  Raises Refused where there is no such routine, it
        may not act now, or its person is not of the household any more.
        """
        ...

    def bound(self, actions: Sequence[Action], origin: Origin) -> None:
        """Raise Refused where the routine may not do one of ``actions``, whoever made it."""
        ...

    def charged(self, action: Action, origin: Origin) -> None:
        """Raise Refused where ``action`` may be judged but not be done now: the routine runs dry."""
        ...


class NoRoutines:
    """Where there are no routines, nothing is done in the name of one."""

    def maker(self, origin: Origin) -> Origin | None:
        """Raise Refused."""
        raise Refused(f"there is no routine {origin.routine} here")

    def bound(self, actions: Sequence[Action], origin: Origin) -> None:
        """Raise Refused."""
        del actions
        raise Refused(f"there is no routine {origin.routine} here")

    def charged(self, action: Action, origin: Origin) -> None:
        """Raise Refused."""
        self.bound((action,), origin)


def as_asked(maker: Origin, origin: Origin) -> Origin:
    """Return ``maker`` as they would ask for what a routine asks for now: with its skill, its run and its taint."""
    taint = tuple(dict.fromkeys((*maker.taint, *origin.taint)))
    return replace(maker, routine="", skill=origin.skill, task=origin.task, taint=taint)


def stricter(one: Decision, other: Decision) -> Decision:
    """Return the decision that satisfies both; whoever either of them tells is told."""
    found = strictest((one, other))
    told = tuple(dict.fromkeys((*one.notify, *other.notify)))
    grant = None if found.effect == "deny" else found.grant or one.grant or other.grant
    return found if (told, grant) == (found.notify, found.grant) else replace(found, notify=told, grant=grant)
