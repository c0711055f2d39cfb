"""Puts a learned skill to whoever asked for it twice: one question, at most one a day; a no holds for ninety days.

It is asked once its proof is green.  An owner's yes takes the manifest for everybody; anybody else's is passed on to
the owners.  Silence is no, and changes nothing: a skill that agrees three times still runs for those who made it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from claw.base.action import Message, Origin
from claw.base.clock import Clock
from claw.policy.people import People
from claw.skills.deciding import Deciding
from claw.skills.model import Draft, Skill

OfferState = Literal["waiting", "offered", "owner", "accepted", "declined"]


@dataclass(frozen=True, slots=True)
class Offer:
    """One question about one skill: to whom, in which conversation, how far it is.

    ``owner``: whoever asked said yes, and an owner is asked.
    """

    name: str
    hash: str
    at: datetime
    person: str
    conversation: str
    state: OfferState
    until: datetime | None = None


class Offers:
    """The table ``skill_offers``; used from the event loop only."""

    def __init__(
        self, db: Database, deciding: Deciding, tell: Callable[[Message], Awaitable[bool]], people: People, clock: Clock
    ) -> None:
        """``tell`` sends a message through the gate and returns whether it went out."""

    async def offer(self, skill: Skill, draft: Draft, origin: Origin) -> bool:
        """Ask whoever ``origin`` is about ``skill``, today or on one of the next days; return whether it was asked."""
        raise NotImplementedError

    async def look(self) -> None:
        """Ask what waits to be asked, and take long silence as no; called once a minute."""
        raise NotImplementedError

    def waiting(self, origin: Origin) -> Offer | None:
        """Return the offer that a bare yes or no of ``origin`` is about; None where there is none."""
        raise NotImplementedError

    async def answer(self, name: str, origin: Origin, *, yes: bool, said: str = "") -> str:
        """Take the answer to an offer and return a sentence; raises Refused where it is not theirs to answer."""
        raise NotImplementedError
