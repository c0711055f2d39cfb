"""Which words can be no name of a thing, because the talk itself needs them.

A lamp that is called "stop" would swallow the one word that must always work; one that is called "and" or "turn off"
would cut every sentence that names it.  So a name may be no word to Claw itself in any language, nor resemble one, nor
be a sentence, a kind of thing, a measure or a shorter form of a name that something else has.
"""

from collections.abc import Iterator
from functools import cached_property

from claw.house.mirror import Mirror
from claw.house.text import quoted
from claw.memory.resembling import Names, squeezed
from claw.mind import hygiene
from claw.mind.attempt import Attempt
from claw.mind.intents import Intents
from claw.mind.language import Language
from claw.mind.understood import Unclear


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
        if self._understood(name):
            return f"{quoted(name)} means something already, so please choose another name."
        return None

    def _understood(self, name: str) -> bool:
        text, house = hygiene.name_text(name), self._mirror.house()
        for grammar in self._intents.awake:
            if text in grammar.book.things or text in grammar.book.areas or text in grammar.book.floors:
                return True
            attempt = Attempt(grammar, self._intents.readings, house, None, text)
            if not isinstance(attempt.understand(text), Unclear):
                return True
        return False

    @cached_property
    def _words(self) -> Names:
        """The words to Claw itself and the kinds of things, which no name may even resemble."""
        return Names(phrase for language in self._intents.known for phrase in _own(language))

    @cached_property
    def _needed(self) -> frozenset[str]:
        """The other words of the languages that stand by themselves."""
        return frozenset(squeezed(word) for language in self._intents.known for word in _others(language)) - {""}

    @cached_property
    def _cutting(self) -> frozenset[str]:
        """Words that stop everything or cut a sentence wherever they stand."""
        return frozenset(
            squeezed(word)
            for language in self._intents.known
            for word in (
                *(said for said, meant in language.controls.items() if meant == "stop"),
                *(joiner for joiners in language.joiners.values() for joiner in joiners),
            )
        ) - {""}

    @cached_property
    def _verbs(self) -> frozenset[str]:
        """The first words of what may be done, in the languages that are active."""
        active = (language for language in self._intents.known if language.code in self._intents.languages)
        return frozenset(squeezed(verb.split()[0]) for language in active for verb in language.verbs if verb) - {""}


def _own(language: Language) -> Iterator[tuple[str, str]]:
    yield from ((said, f"{language.code}:{said}") for said in (*language.controls, *language.address))
    yield from ((said, f"{language.code}:{said}") for said in language.kinds)


def _others(language: Language) -> Iterator[str]:
    yield from language.polite
    yield from language.verbs
    yield from language.articles
    yield from language.reserved
    yield from (word for words in language.floors.values() for word in words)
    yield from (word for words in language.units.values() for word in words)
