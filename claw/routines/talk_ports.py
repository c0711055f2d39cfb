"""What talk about routines asks of others."""

from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Origin
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
