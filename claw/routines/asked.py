"""Who decides about a routine, as the log has it."""

from dataclasses import dataclass

from claw.base.action import Origin
from claw.policy.people import Role
from claw.routines.whose import Asker


@dataclass(frozen=True, slots=True)
class Asked:
    """Who decides, as the log has it: ``entry`` is the number of the intent.

    ``accepted``: an owner was shown all of it and said yes; ``program``: a program put it together, not a person.
    """

    origin: Origin
    role: Role | None
    entry: int
    accepted: bool = False
    program: bool = False

    @property
    def asker(self) -> Asker:
        """The same as whose routines are is told by."""
        return Asker(self.origin, self.role)

    @property
    def in_background(self) -> bool:
        """Whether a routine asks, and nobody now."""
        return bool(self.origin.routine) or self.origin.channel == "routine"
