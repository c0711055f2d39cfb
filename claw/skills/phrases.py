"""Which skill a sentence means: phrases with optional words and slots, matched without a model.

A phrase is words, ``[optional words]`` and ``{slots}``.  Both sides are folded the same way (case, marks, width), so
what is compared is what was heard and not how it was written.  An index by words leaves a handful of phrases to look
at, however many there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claw.skills.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Match:
    """A sentence that is a phrase of ``skill``; ``slots`` are the words that stand in its places, folded."""

    skill: str
    language: str
    phrase: str
    slots: Mapping[str, str]


class Phrases:
    """The phrases of all skills that are heard; made anew when one changes."""

    def __init__(self, skills: Iterable[tuple[str, Manifest]]) -> None:
        """Take skills by name, the ones that may be meant."""
        raise NotImplementedError

    def match(self, text: str, languages: Sequence[str]) -> tuple[Match, ...]:
        """Return what ``text`` is, the likeliest first: most fixed words, then the order of ``languages``."""
        raise NotImplementedError

    def near(self, text: str, languages: Sequence[str]) -> tuple[str, ...]:
        """Return the skills whose phrases share most words with ``text`` without being it, the nearest first."""
        raise NotImplementedError


def folded(text: str) -> str:
    """Return ``text`` as it is compared: lower case, no marks, one space between words."""
    raise NotImplementedError
