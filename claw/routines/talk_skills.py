"""Which skill a sentence asks for later: the phrase that would run it now, with the values that were said.

Values are bound when it is asked for, as they would be now; a value that is missing is not asked for here, so such a
sentence is no order for later.
"""

from collections.abc import Callable
from typing import Protocol

from claw.base.action import Origin
from claw.house.mirror import Mirror
from claw.routines.spec import Runs
from claw.skills.binding import Asker, Missing, bind
from claw.skills.model import Skill
from claw.skills.phrases import Phrases


class Books(Protocol):
    """The library of skills, as far as sentences need it."""

    def get(self, name: str) -> Skill | None:
        """Return the skill as it was last read."""
        ...


class Lives(Protocol):
    """Who says which skill may run for whom (``claw/skills/life.py``)."""

    def may_run(self, skill: Skill, origin: Origin) -> str | None:
        """Return why the skill does not run for ``origin``; None where it does."""
        ...


class SkillPhrases:
    """Finds the skill that a sentence is a phrase of; ``phrases`` gives those of all skills."""

    def __init__(self, phrases: Callable[[], Phrases], library: Books, lives: Lives, mirror: Mirror) -> None:
        self._phrases = phrases
        self._library = library
        self._lives = lives
        self._mirror = mirror

    def meant(self, text: str, origin: Origin, language: str) -> Runs | None:
        """Return the skill that runs for ``origin`` and whose phrase ``text`` is, with its values; None where none."""
        for match in self._phrases().match(text, [language]):
            skill = self._library.get(match.skill)
            if skill is None or skill.manifest.kind != "program" or self._lives.may_run(skill, origin) is not None:
                continue
            found = bind(skill.manifest, match.slots, self._mirror.house(), Asker(origin.place, match.language))
            if isinstance(found, Missing) or not all(isinstance(one, str | int | float) for one in found.values()):
                continue
            return Runs(skill=skill.name, arguments=found)
        return None
