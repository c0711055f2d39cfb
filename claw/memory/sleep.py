"""What memory does at night: lets old talk go, looks for habits, puts duplicates together, lets unused guesses fade.

Every stage is one transaction with the note that it is done, so a crash leaves it done or not begun and the next start
goes on from there.  The night can be shown before it happens and taken back once afterwards.  What is written down of
it holds numbers only, no words.  No model decides anything here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from claw.base.action import Origin
from claw.memory.model import Audience

Deed = Literal["expire", "merge", "fade", "archive", "end", "find", "drop", "tidy"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that a night does: ``deed`` to the row ``id`` of ``table``; ``before`` is what brings it back."""

    deed: Deed
    table: str
    id: int
    before: tuple[tuple[str, str | float | int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Night:
    """One night: ``day`` is the local day it belongs to, ``stage`` the last that was done, ``counts`` edits by deed.

    ``ended`` is None while it is not over, ``broken`` True where it was cut short and taken up again.  ``lines`` say
    in sentences what was done, or would be.
    """

    id: int
    day: str
    started: datetime
    stage: str
    ended: datetime | None
    edits: tuple[Edit, ...] = ()
    lines: tuple[str, ...] = ()
    undone: datetime | None = None
    broken: bool = False


class Sleep:
    """Does the nightly work; used from the event loop only."""

    async def look(self) -> Night | None:
        """Do what is due: a night that was cut short, or the one of today after 03:30 local; called once a minute."""
        raise NotImplementedError

    async def run(self) -> Night:
        """Do the night's work now, once a day; raises Refused while Claw is stopped."""
        raise NotImplementedError

    async def rehearse(self) -> Night:
        """Return what the night would do if it were now, and do nothing."""
        raise NotImplementedError

    async def undo(self, origin: Origin) -> Night:
        """Take back what the last night changed in memory, once; raises Refused where nothing can be taken back."""
        raise NotImplementedError

    def last(self) -> Night | None:
        """Return the last night, None where there was none."""
        raise NotImplementedError

    def summary(self, audience: Audience) -> str:
        """Return what was learned last night, in one to three sentences, as far as this audience may hear it."""
        raise NotImplementedError
