"""What a program wants done later, or again and again: put into an act by whoever keeps routines, a room above."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from claw.base.action import Action, Origin


@dataclass(frozen=True, slots=True)
class Later:
    """One call of ``schedule``: when in words, the acts with their groups resolved, a message, what to call it.

    ``once``: after the first time it is over.  ``now`` (with the zone of the house) is when the program began, so that
    "in 20 min" is the same moment in the rehearsal and in the run.
    """

    when: str
    actions: tuple[Action, ...]
    say: str
    name: str
    once: bool
    now: datetime


Schedules = Callable[[Later, Origin], Action]
"""Makes the act that schedules something for whoever the program runs for; raises Refused, saying what to write."""
