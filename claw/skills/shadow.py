"""Dry runs beside the ordinary way: what a skill would have done, held against what was really done and not regretted.

Only what counts as somebody's own wish is compared: proven, grown up, untainted, and of those whose skill it is.
"""

from collections.abc import Sequence

from claw.base.action import Action, Origin, Outcome
from claw.house.mirror import Mirror
from claw.skills.model import Arguments, Skill


def alike(dry: Sequence[Action], done: Sequence[Outcome]) -> bool:
    """Return whether the calls of a dry run are those that really changed something, whatever their order."""
    raise NotImplementedError


class Shadow:
    """Keeps dry runs until the ordinary way has answered the same words; used from the event loop only."""

    def __init__(self, life: "object", mirror: Mirror) -> None:
        """``life`` is told what agreed and what did not."""

    def begin(self, skill: Skill, arguments: Arguments, calls: Sequence[Action], origin: Origin, said: str) -> None:
        """Keep what ``skill`` would do for ``said`` in the house as it is now, before the ordinary way does anything.

        ``calls`` are those of ``Runner.dry``.
        """
        raise NotImplementedError

    async def finished(self, origin: Origin, said: str, outcomes: Sequence[Outcome]) -> None:
        """Compare what the ordinary way did for ``said`` with the dry runs that were begun for it."""
        raise NotImplementedError
