"""Where skills come into a turn: talk about them, a yes to what was offered, their phrases, and what runs beside.

The order is the turn's own (``claw/mind/turn.py``): words to Claw itself come before all of this, and whatever the
sentences about the house understand comes before any phrase.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from claw.base.action import Origin, Outcome, Pending, Reply
from claw.base.errors import Refused
from claw.base.tracing import span
from claw.gate.run import Run
from claw.mind.turn_replies import plain_reply
from claw.mind.understood import Control

if TYPE_CHECKING:  # it comes with what runs programs
    from claw.program.ran import Question


class Talks(Protocol):
    """Talk about skills (``claw/mind/skill_talk.py``)."""

    async def answer(self, text: str, origin: Origin) -> Reply | None:
        """Return the reply to a sentence about skills, None where it is none."""
        ...

    def control(self, control: Control, origin: Origin) -> Reply | None:
        """Take a word to Claw itself where it answers a demonstration, else None."""
        ...


class Runs(Protocol):
    """Phrases and what they run (``claw/mind/skilled.py``)."""

    async def answer(self, text: str, origin: Origin, language: str) -> Reply | None:
        """Return the reply where ``text`` is a phrase of a skill that runs here and now, None where it is not."""
        ...

    def knows(self, text: str, language: str) -> bool:
        """Return whether ``text`` is a phrase of any skill."""
        ...

    async def resumed(self, pending: Pending, run: Run, language: str) -> Reply:
        """Return the reply to a yes: the skill that asked for it goes on."""
        ...

    def rejected(self, pending: Pending) -> None:
        """Let go of the run that asked, which was told no."""
        ...

    def asked(self, conversation: str) -> "Question | None":
        """Return what a skill asked in this talk and still waits for."""
        ...

    async def replied(self, said: str, origin: Origin, language: str) -> Reply | None:
        """Return the reply to what answers a skill's question in this talk, None where ``said`` answers none."""
        ...


class Offer(Protocol):
    """A skill that somebody was asked about."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


class Offers(Protocol):
    """What a bare yes may mean (``claw/skills/offers.py``)."""

    def waiting(self, origin: Origin) -> Offer | None:
        """Return the offer that a bare yes or no of ``origin`` is about; None where there is none."""
        ...

    async def answer(self, name: str, origin: Origin, *, yes: bool, said: str = "") -> str:
        """Take the answer to an offer and return a sentence; raises Refused where it is not theirs to answer."""
        ...


class Shadows(Protocol):
    """Who compares what ran dry with what was done (``claw/skills/shadow.py``)."""

    async def finished(self, origin: Origin, said: str, outcomes: Sequence[Outcome], taint: Iterable[str] = ()) -> None:
        """Compare what the ordinary way did for ``said`` with the dry runs that were begun for it."""
        ...


@dataclass(frozen=True)
class SkillTurn:
    """What a turn asks about skills."""

    talk: Talks
    runs: Runs
    offers: Offers
    shadow: Shadows
    marked: Callable[[str], bool] = lambda _: False
    """Whether a program in that talk looked into what a stranger wrote: what was done there is no agreement."""

    async def said(self, text: str, origin: Origin, control: Control | None) -> Reply | None:
        """Return the reply to what is said about skills, None where it is not; ``control`` is a word to Claw itself."""
        return await self.talk.answer(text, origin) if control is None else self.talk.control(control, origin)

    async def offered(self, origin: Origin, language: str, *, yes: bool) -> Reply | None:
        """Return the reply to a bare yes or no about a skill that was offered, None where none was."""
        offer = self.offers.waiting(origin)
        if offer is None:
            return None
        try:
            told = await self.offers.answer(offer.name, origin, yes=yes, said="yes" if yes else "no")
        except Refused as refusal:
            return plain_reply("refused", "refused", language, why=str(refusal))
        return Reply(told, "answered", language=language)

    async def otherwise(
        self, text: str, origin: Origin, language: str, ordinary: Callable[[], Awaitable[Reply]]
    ) -> Reply:
        """Return the reply of the skill whose phrase ``text`` is, else the ``ordinary`` one.

        What ran dry for it is held against what the ordinary way did.
        """
        with span("skill") as looking:
            reply = await self.runs.answer(text, replace(origin, language=language), language)
            looking.note(found=reply is not None)
        if reply is not None:
            return reply
        reply = await ordinary()
        # Of a request outside any talk nobody knows what had a part in it.
        taint = ("this talk",) if not origin.conversation or self.marked(origin.conversation) else ()
        await self.shadow.finished(origin, text, reply.outcomes, taint)
        return reply
