"""What is said of a run of a skill: from outcomes and from what was read back; its own words last, and as names.

A skill that is trusted was proved to say what is so, so its words are said plainly.  But only where all that it did was
seen to work: what is still on its way the outcomes say, and its words are only quoted; and where anything failed it
does not speak at all.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from claw.base.action import Json, Reply, ReplyStatus
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.mind.harmless import Harmless
from claw.mind.phrases import phrases
from claw.mind.replies import outcome_text, reply_text
from claw.mind.statuses import status
from claw.mind.telling import Telling
from claw.skills.ran import SkillRan

LONGEST = 600
_ID = re.compile(r"\b[a-z][a-z0-9_]{1,40}\.[a-z0-9_]{1,120}\b")
_WELL = frozenset({"done", "unchanged", "sent"})
_UNDER_WAY = _WELL | {"started"}


class SkillTelling:
    """Writes the replies about skills."""

    def __init__(self, telling: Telling, mirror: Mirror, harmless: Harmless) -> None:
        self._telling = telling
        self._mirror = mirror
        self._harmless = harmless

    def ran(self, found: SkillRan, language: str) -> Reply:
        """Return the reply about a run, as far as it has come."""
        ran = found.ran
        if not ran.ended or ran.problem is not None:
            return replace(self._telling.ran(ran, found.said, language), path="skill")
        words, outcomes = self._words(ran.value, ran.printed, language), ran.outcomes
        well = all(one.status in _WELL for one in outcomes) and not found.unheld
        seen = bool(found.skill.manifest.after) and found.held is True
        parts: list[str] = []
        if outcomes and not (well and seen and words):
            parts.append(outcome_text(outcomes, self._mirror.house(), language))
        if found.unheld:
            why = self._harmless.text("; ".join(found.unheld), LONGEST)
            parts.append(reply_text("skill_unheld", language, why=why))
        elif words and well:
            parts.append(words)
        elif words and all(one.status in _UNDER_WAY for one in outcomes):
            parts.append(reply_text("program_says", language, text=words))  # it speaks of an end that is not seen yet
        if not parts:
            parts.append(reply_text("nothing_changed", language))
        return Reply(" ".join(parts), self._status(found, words), outcomes, path="skill", language=language)

    def unheld(self, found: SkillRan, language: str) -> str:
        """Return what is told later of a run after which not everything is as it must be."""
        if found.unheld:
            return reply_text("skill_unheld", language, why=self._harmless.text("; ".join(found.unheld), LONGEST))
        return self.ran(found, language).text

    @staticmethod
    def _status(found: SkillRan, words: str) -> ReplyStatus:
        how: ReplyStatus = status(found.ran.outcomes) if found.ran.outcomes else "answered" if words else "done"
        if found.unheld:
            return "partial" if found.ran.moved else "failed"
        return how

    def _words(self, value: Json, printed: str, language: str) -> str:
        """Return what a skill returned as a person may hear it: ids are the names of their things."""
        if isinstance(value, (list, tuple)):
            named: Sequence[str] = [self._name(one) for one in value if isinstance(one, str)]
            return self._harmless.text(phrases(language).join(list(named)), LONGEST) if named else ""
        text = value if isinstance(value, str) else printed.strip()
        return self._harmless.text(_ID.sub(lambda found: self._name(found[0]), text), LONGEST)

    def _name(self, text: str) -> str:
        """Return the name of a thing for its id, any other text as it is."""
        registry = self._mirror.registry
        entity = registry.entities.get(text)
        if entity is not None:
            return plain(entity.name, 60) or text
        area = registry.areas.get(text)
        return plain(area.name, 60) if area is not None else text
