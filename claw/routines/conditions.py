"""Whether a condition of a routine holds now, by the policy's own reading of it; what is not known is not met.

``When`` is the policy's word for hours, sun, states and presence, and is read here exactly as there: one language for
conditions, one meaning.
"""

from claw.base.clock import Clock
from claw.house.mirror import Mirror
from claw.policy.people import People
from claw.policy.rules import When
from claw.routines.model import Routine
from claw.routines.things import Things


class Conditions:
    """Asks the house and the clock; used from the event loop only."""

    def __init__(self, mirror: Mirror, people: People, clock: Clock, things: Things) -> None:
        raise NotImplementedError

    def unmet(self, routine: Routine) -> str:
        """Return what of ``only_if`` is lacking, in a few words; empty where all of it holds or there is none."""
        raise NotImplementedError

    def holds(self, routine: Routine, when: When) -> bool | None:
        """Return whether all of ``when`` holds now; None where that is not known."""
        raise NotImplementedError

    def entities(self, routine: Routine, when: When) -> frozenset[str]:
        """Return the present ids of everything in the house that ``when`` looks at."""
        raise NotImplementedError
