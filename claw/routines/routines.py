"""Routines as the rooms above ask for them: whatever is said, typed or clicked about one comes through here.

What changes one is an act, judged, logged and stopped like a lamp; what only reads one asks who may know.  Talk, the
page and the command line get the same sentences from here, and refusals are sentences too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from claw.base.action import Origin
from claw.gate.perform import Performed
from claw.routines.model import Done, Routine, Run
from claw.routines.spec import Spec


@dataclass(frozen=True, slots=True)
class Told:
    """What came of asking for something: one sentence, and the routine as it stands where it was done.

    ``performed`` holds the question that somebody must answer first, or the outcome that says why not; where nothing
    came to the gate because it was found wrong before, it is empty and ``routine`` is None.  ``warnings`` are
    sentences about what would not work as things are now.
    """

    text: str
    performed: Performed
    routine: Routine | None = None
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.routine is not None


class Routines:
    """What talk, the page, the command line and programs call."""

    def get(self, routine: str, origin: Origin) -> Routine | None:
        """Return the routine with this id as ``origin`` may see it, None where there is none for them."""
        raise NotImplementedError

    def list(self, origin: Origin, *, over: bool = False) -> tuple[Routine, ...]:
        """Return the routines that ``origin`` may know of, oldest first; ``over``: also those that are over or removed.

        What is nobody else's business (a reminder that somebody else made for themselves) has no words in it.
        """
        raise NotImplementedError

    def named(self, words: str, origin: Origin) -> tuple[Routine, ...]:
        """Return those that ``words`` mean, by id or by name; more than one where they fit several, best first."""
        raise NotImplementedError

    def next(self, routine: Routine, most: int = 3) -> tuple[datetime, ...]:
        """Return the next firings by the clock (UTC), without those that are skipped; none where only events set it off."""
        raise NotImplementedError

    def history(
        self, origin: Origin, routine: str | None = None, *, limit: int = 50, before: datetime | None = None
    ) -> tuple[Run, ...]:
        """Return what came of the last firings of those ``origin`` may know of, latest first."""
        raise NotImplementedError

    async def check(self, spec: Spec, origin: Origin) -> tuple[str, ...]:
        """Return what stands in the way of ``spec`` as ``origin``'s, a sentence each; nothing where it may be made."""
        raise NotImplementedError

    async def add(self, spec: Spec, origin: Origin, *, said: str = "") -> Told:
        """Have a routine made for ``origin``; ``said`` is the sentence that led to it, for the log."""
        raise NotImplementedError

    async def change(self, routine: str, spec: Spec, origin: Origin, *, said: str = "") -> Told:
        """Put ``spec`` in the place of what the routine is now; who makes it anew is ``origin``."""
        raise NotImplementedError

    async def pause(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Let it rest until somebody resumes it."""
        raise NotImplementedError

    async def resume(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Let it fire again."""
        raise NotImplementedError

    async def skip(self, routine: str, origin: Origin, *, days: Sequence[date] = (), said: str = "") -> Told:
        """Let it not fire on these local days; on the day of its next firing where none is named."""
        raise NotImplementedError

    async def remove(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Take it away; its history stays."""
        raise NotImplementedError

    async def adopt(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Make it ``origin``'s own: it acts for them from now on, does not expire and waits for nobody's yes."""
        raise NotImplementedError

    async def run(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        """Have it run now, once, whatever its triggers say; its row in the history names who asked."""
        raise NotImplementedError

    async def dry_run(self, routine: str | Spec, origin: Origin) -> Done:
        """Return what it would do now, and do nothing; raises Refused where there is no such routine for ``origin``."""
        raise NotImplementedError
