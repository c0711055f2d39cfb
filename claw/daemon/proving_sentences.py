"""Who else understands a sentence: words to Claw itself, talk about memory and skills, sentences of the house, skills.

A phrase of a skill comes after all of them, so one that another room understands would never be heard; and one that
sounds like "stop" would be said for it.  In a proof each phrase is said to all of them, and nothing is done.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping

from claw.base.action import Origin
from claw.house.model import House
from claw.memory.resembling import Names
from claw.mind.intents import Intents
from claw.mind.memos_tongue import addressed, clean
from claw.mind.memos_tongue import tongue_of as memory_of
from claw.mind.skill_talk_tongue import tongue_of as skills_of
from claw.mind.understood import Unclear
from claw.skills.manifest import Manifest
from claw.skills.phrases import Phrases

_GUARDED = frozenset({"stop", "undo", "yes", "no", "nevermind"})
"""Words to Claw itself that nothing may be taken for."""
_ANYWHERE = "stop"
"""The word that is listened for inside of a sentence too; of the others a whole sentence is one, or none."""
_YIELDING = frozenset({"ask", "ask_who", "ask_me"})
"""Questions that memory answers only where it knows something of just that, and leaves to others where not."""

Skills = tuple[tuple[str, Manifest], ...]
Others = Callable[[], Iterable[tuple[str, Manifest]]]


class Heard:
    """Fills ``Sentences`` from the rooms that listen."""

    def __init__(self, intents: Intents, house: Callable[[], House], others: Others) -> None:
        """``house`` is the one that ``intents`` knows; ``others`` are the skills that are heard there, by name."""
        self._intents = intents
        self._house = house
        self._others = others
        self._names: Mapping[str, Names] = {}
        self._known: tuple[Skills, Phrases] | None = None

    async def taken(self, text: str, language: str, skill: str) -> str:
        """Return what ``text`` means to Claw already, apart from ``skill``, in a few words; empty where nothing."""
        origin = Origin("web", language=language)
        control = self._intents.control(text, origin)
        if control is not None:
            return f"the word {control.word!r} to Claw itself"
        if language in self._intents.languages:
            about = await asyncio.to_thread(self._talk, text, language)  # a language is read when it is first spoken
            if about:
                return about
        found = next((one for one in self._phrases().match(text, [language]) if one.skill != skill), None)
        if found is not None:
            return f"a phrase of {found.skill}"
        if language not in self._intents.languages:
            return ""
        understood = await self._intents.listen(text, self._house(), origin)
        return "" if isinstance(understood, Unclear) else "a sentence about the house"

    def resembles(self, text: str, language: str) -> str:
        """Return the word to Claw itself that ``text`` may be taken for, in any language; empty where none."""
        del language
        if not self._names:
            self._names = {word: Names((one, word) for one in said) for word, said in self._controls()}
        for word, names in self._names.items():
            found = names.resembled(text)
            if found is not None and (word == _ANYWHERE or _as_long(text, found)):
                return found
        return ""

    def _phrases(self) -> Phrases:
        """Return the phrases of all skills; made anew when one of them is another than before."""
        others = tuple(self._others())
        if self._known is None or self._known[0] != others:
            self._known = (others, Phrases(others))
        return self._known[1]

    def _talk(self, text: str, language: str) -> str:
        """Return what kind of talk ``text`` is, about memory or about skills; empty where it is none."""
        known = self._intents.language(language)
        memory, skills = memory_of(known), skills_of(known)
        for name, asks, polite in (("memory", memory.asks, memory.polite), ("skills", skills.asks, skills.polite)):
            matches = asks.matches(addressed(clean(text), polite, known))
            if any(match.means not in _YIELDING for match in matches):
                return f"talk about {name}"
        return ""

    def _controls(self) -> Iterator[tuple[str, list[str]]]:
        for word in sorted(_GUARDED):
            yield word, [said for known in self._intents.known for said, one in known.controls.items() if one == word]


def _as_long(text: str, word: str) -> bool:
    """Return whether ``text`` has no more words than ``word``, give or take one."""
    return len(text.split()) <= len(word.split()) + 1
