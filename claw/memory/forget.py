"""Forgetting, for good: every row, every copy and every byte of it, and a proof afterwards that none is left."""

from dataclasses import dataclass

from claw.base.action import Acknowledgement, Action, Origin, Permit
from claw.gate.perform import Performed
from claw.memory.erasing import Scope

FORGET = "claw.forget"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What came of it.

    ``rows`` are those that went in the database and ``entries`` those of the log whose content went; ``verified`` is
    True when a search of the bytes on disk found none of the words, ``found`` how many places it found.  ``tombstone``
    is the number of the note that something was forgotten.  ``told`` says all of it in one to three sentences;
    ``performed`` holds the gate's word: a question that must be answered first, or why it was refused.
    """

    rows: int = 0
    entries: int = 0
    verified: bool = False
    found: int = 0
    tombstone: int | None = None
    told: str = ""
    performed: Performed | None = None


class Forgetting:
    """Asks the gate for a forgetting; what talk, the page and the command line call."""

    async def forget(self, scope: Scope, origin: Origin, said: str = "") -> Forgotten:
        """Forget what ``scope`` means, for ``origin``.

        ``said`` never gets into the log.  Raises Refused, with a sentence, when there is nothing like that or it is not
        this person's to forget, whether it exists or not; Broken when a file does not take it.
        """
        raise NotImplementedError


class Forgetter:
    """The effector of ``claw.forget``."""

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Forget; raises Refused on a bad permit or for what is not the asker's to forget."""
        raise NotImplementedError

    async def finish(self) -> list[str]:
        """Finish what a crash cut short; return a sentence for each, called at the start of the daemon."""
        raise NotImplementedError
