"""The times and events that stand in skills' manifests, as routines: never a copy, always what the library says now.

They are there only while the skill runs and an owner accepted it, and act for that owner.  Nothing of them is stored but
what befalls them: a day that is skipped, a pause.
"""

from collections.abc import Callable

from claw.house.mirror import Mirror
from claw.routines.model import Routine
from claw.skills.library import Library
from claw.skills.standings import Standings


class OfSkills:
    """Gives the routines of skills; used from the event loop only.

    ``changed`` are called with the id of each routine that came, went or is another than before.
    """

    def __init__(self, library: Library, standings: Standings, mirror: Mirror) -> None:  # noqa: ARG002  until it is filled in
        self.changed: list[Callable[[str], None]] = []
        raise NotImplementedError

    def all(self) -> tuple[Routine, ...]:
        """Return them all, ids ``skill-<name>-<n>``, in order."""
        raise NotImplementedError

    def get(self, routine: str) -> Routine | None:
        """Return the one with this id, None where there is none."""
        raise NotImplementedError
