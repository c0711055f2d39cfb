"""Talk about skills: "watch me", "that's it", "make that a skill", "what skills do you have", "turn that skill off".

A sentence comes here after those about memory and before those about devices, and goes on as if nothing had been where
it is none about skills.  Nothing here gives a skill any trust: what changes one is an act, and the gate judges it.
"""

from claw.base.action import Origin, Reply
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.house.mirror import Mirror
from claw.mind.intents import Intents
from claw.mind.skill_talk_rooms import Rooms
from claw.mind.understood import Control


class SkillTalk:
    """Answers what is said about skills; one for all channels."""

    def __init__(self, rooms: Rooms, intents: Intents, mirror: Mirror, clock: Clock) -> None:
        raise NotImplementedError

    async def answer(self, text: str, origin: Origin) -> Reply | None:
        """Return the reply to a sentence about skills, None where it is none; raises nothing a person can cause."""
        raise NotImplementedError

    def control(self, control: Control, origin: Origin) -> Reply | None:
        """Take a word to Claw itself where it answers this person's demonstration ("never mind"), else None."""
        raise NotImplementedError

    def erase(self, erasure: Erasure) -> int:
        """Let go of what is kept of the talk."""
        raise NotImplementedError
