"""What people do to what Claw did, in the ten minutes after: somebody who puts a lamp back did not want it.

Watched are the things that an act really moved.  A change by a person, at the device or by asking Claw, counts; what a
device, an automation or the same skill does next does not.  One act is told of once.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from claw.base.action import Outcome
from claw.base.clock import Clock
from claw.gate.cause import Causes
from claw.house.mirror import Mirror

LATELY = timedelta(minutes=10)
"""How long a change by hand means that what was done was wrong."""

Told = Callable[[str], None]
"""Called once, with why: ``undone`` or who changed which thing."""


class Aftermath:
    """Follows what was done for a while; used from the event loop only."""

    def __init__(self, mirror: Mirror, causes: Causes, clock: Clock) -> None:
        """Watch nothing until there is something to follow."""

    def follow(self, outcomes: Sequence[Outcome], told: Told) -> None:
        """Call ``told`` once where a person takes back, or changes, what these outcomes did."""
        raise NotImplementedError
