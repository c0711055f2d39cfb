"""Which words can be no name of a thing, because the talk itself needs them.

A lamp that is called "stop" would swallow the one word that must always work; one that is called "and" or "turn off"
would cut every sentence that names it.  So a name may be no word to Claw itself in any language, nor resemble one, nor
be a sentence, a kind of thing, a measure or a shorter form of a name that something else has.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from claw.house.mirror import Mirror
from claw.house.text import quoted
from claw.memory.resembling import Names, squeezed
from claw.memory.stop_words import STOP_WORDS
from claw.mind import hygiene
from claw.mind.attempt import Attempt
from claw.mind.intents import Intents
from claw.mind.language import Language
from claw.mind.referring import refer
from claw.mind.tongues import TONGUES
from claw.mind.understood import Unclear

_LETTERS = re.compile(r"[^\W\d_]+")


class TakenWords:
    """Knows the phrases of every language, and what would be understood in this house."""

    def __init__(self, intents: Intents, mirror: Mirror) -> None:
        self._intents = intents
        self._mirror = mirror

    def taken(self, name: str) -> str | None:
        """Return why ``name`` can be no name of a thing, as a whole sentence; None where nothing speaks so.

        Asks the languages that are awake; may take some milliseconds.
        """
        refused = hygiene.refusal(name)
        if refused is not None:
            return refused
        if self._words.resembled(name) is not None or squeezed(name) in self._needed:
            return f"{quoted(name)} is a word that I listen for, or nearly one, so please choose another name."
        words = hygiene.name_text(name).split()
        inside = next((word for word in words if squeezed(word) in self._cutting), None)
        if inside is not None or (words and squeezed(words[0]) in self._verbs):
            return f"{quoted(inside or words[0])} is a word that I listen for, so please choose another name."
        if any(refer(name, language.code) is not None for language in self._intents.known):
            return f"{quoted(name)} says something about what was done before, so please choose another name."
        if self._understood(name):
            return f"{quoted(name)} means something already, so please choose another name."
        return None

    def _understood(self, name: str) -> bool:
        """Return whether ``name`` means something in this house, by itself or where the name of a thing would stand."""
        text, house = hygiene.name_text(name), self._mirror.house()
        for grammar in self._intents.awake:
            if text in grammar.book.things or text in grammar.book.areas or text in grammar.book.floors:
                return True
            for said in (text, *(pattern.replace("{name}", text) for pattern in _patterns(grammar.language))):
                understood = Attempt(grammar, self._intents.readings, house, None, said).understand(said)
                if not isinstance(understood, Unclear) or understood.choices:
                    return True
        return False

    @cached_property
    def _words(self) -> Names:
        """What no name may even resemble: words to Claw itself, kinds of things, and the active languages' verbs."""
        own = [phrase for language in self._active for phrase in _own(language)]
        others = [(said, said) for language in self._active for said in _others(language)]
        return Names([*own, *others, *((said, said) for said in self._stops)])

    @cached_property
    def _needed(self) -> frozenset[str]:
        """Words that stand by themselves in any language, active or not."""
        own = (said for language in self._intents.known for said, _ in _own(language))
        others = (said for language in self._intents.known for said in _others(language))
        return frozenset(map(squeezed, (*own, *others))) - {""}

    @cached_property
    def _cutting(self) -> frozenset[str]:
        """Words that stop everything, cut a sentence or hold it together, wherever they stand."""
        joiners = (word for one in self._intents.known for words in one.joiners.values() for word in words)
        small = (word for one in self._active for word in (*STOP_WORDS.get(one.code, ()), *one.articles))
        return frozenset(squeezed(word) for word in (*self._stops, *joiners, *small)) - {""}

    @cached_property
    def _verbs(self) -> frozenset[str]:
        """The first words of what may be done, in the languages that are active."""
        return frozenset(squeezed(verb.split()[0]) for one in self._active for verb in one.verbs if verb) - {""}

    @cached_property
    def _stops(self) -> tuple[str, ...]:
        """The words that stop everything: they are known in every language, active or not."""
        known = (pair for language in self._intents.known for pair in language.controls.items())
        return tuple(said for said, meant in known if meant == "stop")

    @property
    def _active(self) -> tuple[Language, ...]:
        return tuple(language for language in self._intents.known if language.code in self._intents.languages)


def _patterns(language: Language) -> tuple[str, ...]:
    """Return the sentences of a language in which the name of a thing can stand, each once."""
    examples: Mapping[str, Sequence[str]] = language.raw.get("examples", {})
    known = (pattern for patterns in examples.values() for pattern in patterns if "{name}" in pattern)
    return tuple(dict.fromkeys(known))


def _own(language: Language) -> Iterator[tuple[str, str]]:
    yield from ((said, f"{language.code}:{said}") for said in (*language.controls, *language.address))
    yield from ((said, f"{language.code}:{said}") for said in language.kinds)


def _others(language: Language) -> Iterator[str]:
    yield from language.polite
    yield from (word for tail in language.tails for word in _LETTERS.findall(tail))
    tongue = TONGUES.get(language.code)
    yield from tongue.steps if tongue is not None else ()
    yield from language.verbs
    yield from language.articles
    yield from language.reserved
    yield from (word for words in language.floors.values() for word in words)
    yield from (word for words in language.units.values() for word in words)
