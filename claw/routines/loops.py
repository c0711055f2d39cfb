"""The loop guard: a routine that is set off by its own effect stops, is paused, and its person hears why.

Two routines that answer each other would run all night, and each run looks like a wish.  Who moved a thing is told
by the house with the context of the change; what Claw's routines did lately is remembered here by that context, so a
firing is followed back from what set it off to what set that off.  Where a device answers in no context of ours, the
thing itself says it: what fires again and again on what it has just moved itself is taken for a loop, too.
"""

from collections.abc import Callable

from claw.base.action import Origin, Outcome
from claw.base.clock import Clock
from claw.gate.follow import Follower
from claw.house.chronicle import Chronicle
from claw.routines.model import Done, Routine, Run

Pause = Callable[[str, str], object]
"""Pauses a routine by its id, with the reason."""


class Loops:
    """Follows firings back to what set them off; used from the event loop only.

    ``follower.noted.append(loops.note)`` is what lets it see.
    """

    def __init__(self, follower: Follower, chronicle: Chronicle, clock: Clock, pause: Pause) -> None:
        raise NotImplementedError

    def note(self, outcome: Outcome, origin: Origin) -> None:
        """Remember in which context a routine moved something, and what."""
        raise NotImplementedError

    def began(self, routine: Routine, run: Run) -> None:
        """Remember what set off the run that begins, for what its acts will set off."""
        raise NotImplementedError

    def why(self, routine: Routine, run: Run) -> str:
        """Return why this run would be a loop, in a sentence; empty where it is none."""
        raise NotImplementedError


class Guarded:
    """What does the runs of routines, behind the loop guard: give the keeper this, made of ``Doing``."""

    def __init__(self, does: object, loops: Loops) -> None:
        raise NotImplementedError

    async def do(self, routine: Routine, run: Run) -> Done:
        """Do a run, or hold it back as a loop and pause its routine."""
        raise NotImplementedError

    def cancel(self, run: Run) -> None:
        """End a run that is under way."""
        raise NotImplementedError
