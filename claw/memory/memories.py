"""Memory as the rooms above it write it: each write an action through the gate, what came of it or one reason back."""

from dataclasses import dataclass
from typing import Literal

from claw.base.action import Origin
from claw.gate.perform import Performed
from claw.memory.facts import Kept
from claw.memory.model import Fact
from claw.memory.residents import Consent

By = Literal["words", "program", "habit"]
"""Whose sentence it is: a person's own words, a program's, or what was seen of a habit and offered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking the gate for a write.

    ``kept`` is there once it was done; where it is None, ``performed`` holds the question that somebody must answer
    first (``performed.pending``), or the outcome that says why not (``performed.outcomes[0].detail``).
    """

    performed: Performed
    kept: Kept | None = None
    consent: Consent | None = None


class Memories:
    """What talk, the page, the command line, programs and habits call to have something remembered.

    All of it raises Refused, with a whole sentence for a person, where it may not be kept whoever asks for it: before
    anything about it is in the log.
    """

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: By = "words") -> Answer:
        """Keep ``fact`` as told by ``origin``; ``said`` is the sentence it was said in, as the person said it.

        In force at once is only what an authenticated owner, adult or child said themselves: of a program's, what is
        word by word in what they said while nothing foreign had a part; of a habit's, what they said yes to.  The rest
        becomes a candidate.
        """
        raise NotImplementedError

    async def correct(self, number: int, fact: Fact, origin: Origin, *, said: str = "") -> Answer:
        """Keep ``fact`` in the place of memory ``number``, which was never so."""
        raise NotImplementedError

    async def settle(self, number: int, origin: Origin, *, yes: bool, said: str = "") -> Answer:
        """Take somebody's yes or no to a candidate."""
        raise NotImplementedError

    async def pin(self, number: int, origin: Origin, *, pinned: bool = True) -> Answer:
        """Keep a memory from fading with time, or no more."""
        raise NotImplementedError

    async def consent(
        self, person: str, origin: Origin, *, habits: bool | None = None, talks: bool | None = None, said: str = ""
    ) -> Answer:
        """Keep what ``person`` agrees to; only they themselves can say it."""
        raise NotImplementedError
