"""What was asked and answered well by a program, kept for as long as a second such request may make a skill of it.

Only what the household's grown-ups asked themselves counts, and only where all of it went well: nothing that failed or
was refused, nothing that a stranger's text had a part in, nothing that took a second program, and nothing that somebody
undid or changed by hand within ten minutes.  What was asked is a person's word: it is theirs, and goes when they want.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlite_utils import Database

from claw.base.action import Origin
from claw.base.clock import Clock
from claw.house.model import House
from claw.program.ran import Ran
from claw.skills.model import Trace

KEPT = timedelta(days=60)
STANDS = timedelta(minutes=10)
"""So soon after it an undo, or a hand, says that it was not well done."""

Role = Callable[[str], str | None]
"""The role of a person by id, None for nobody of the household."""


@dataclass(frozen=True, slots=True)
class Done:
    """A request that a program answered, as the planner tells it.

    ``before`` is the house as it stood before the first act (a copy, not the live view); ``entry`` the log's number of
    the model's call; ``programs`` how many programs the answer took, those that could not run included in none.
    """

    said: str
    origin: Origin
    language: str
    source: str
    ran: Ran
    before: House
    model: str = ""
    tokens: int = 0
    entry: int | None = None
    programs: int = 1


class Traces:
    """The requests that count; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock, role: Role) -> None:
        raise NotImplementedError

    def keep(self, done: Done) -> Trace | None:
        """Keep what was done and return it, None where it does not count; raises Broken where the disk fails."""
        raise NotImplementedError

    def get(self, ids: Sequence[int]) -> tuple[Trace, ...]:
        """Return those that are still kept and were let stand, oldest first."""
        raise NotImplementedError

    def alike(self, trace: Trace) -> tuple[Trace, ...]:
        """Return what the same person had done with the same calls and was let stand, oldest first, itself included."""
        raise NotImplementedError

    def last(self, origin: Origin) -> Trace | None:
        """Return the last of this conversation and person within the hour, None where there is none."""
        raise NotImplementedError

    def undone(self, trace: int) -> str:
        """Note that it was taken back and counts no more; return the skill that was made of it, empty for none."""
        raise NotImplementedError

    def made(self, ids: Sequence[int], skill: str) -> None:
        """Note what skill was made of these."""
        raise NotImplementedError

    def expire(self) -> int:
        """Drop what is older than 60 days; return how many."""
        raise NotImplementedError
