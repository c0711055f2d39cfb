"""Talk about memory: what is to be remembered, what is known and why, what was so when, and what is to be forgotten.

A sentence comes here after the words to Claw itself and before those about devices, and goes on as if nothing had been
where it is none about memory.  What is written or forgotten goes through the gate; what is told was filtered for
whoever hears it, and is always quoted: words that somebody once said are never Claw's own.
"""

from claw.base.action import Origin, Reply
from claw.base.clock import Clock
from claw.house.mirror import Mirror
from claw.memory.model import Fact
from claw.mind.intents import Intents
from claw.mind.memos_rooms import Rooms
from claw.policy.people import People


class Memos:
    """Answers what is said about memory; one for all channels."""

    def __init__(self, rooms: Rooms, intents: Intents, mirror: Mirror, people: People, clock: Clock) -> None:
        self._in = rooms
        self._intents = intents
        self._mirror = mirror
        self._people = people
        self._clock = clock

    async def offered(self, origin: Origin, language: str, *, yes: bool) -> Reply | None:
        """Take a bare yes or no for what this person was offered; None where nothing was."""
        del origin, language, yes
        return None

    async def answer(self, text: str, origin: Origin) -> Reply | None:
        """Return the reply to a sentence about memory, None where it is none; raises nothing a person can cause."""
        del text, origin
        return None

    def understand(self, text: str, origin: Origin) -> Fact:
        """Return the fact that a plain sentence states ("Sam is allergic to nuts"); raises Refused with a sentence."""
        del text, origin
        raise NotImplementedError
