"""What can be heard in this house: every word that means something here, and every name by its sound.

A word that stands in no sentence, no name and no list of a language was either misheard or is about something else.
For one that was misheard this says which names of the house, and which plain words without a direction, sound like it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hassil.expression import TextChunk
from hassil.intents import TextSlotList

from claw.mind.grammar import Grammar
from claw.mind.language import Language, load, written
from claw.voice.sounds import apart, bound, sound_of, words

_REFERENCES = re.compile(r"\{[^}]*\}|<[^>]*>")
_LONGEST = 4
"""Words of a name that may have been heard as others."""
_MOST = 4
"""Names that are proposed for the same words."""
_SHORT = 3
"""Sounds of a word that may be one apart, where the words around it are right."""
_ALIKE = 12
"""Sounds that share most with what was heard, and are compared with it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Words ``start`` to ``end`` may have been ``name``; ``cost`` is how far the sounds are apart, 0 to a quarter.

    ``verb``: it is no name, but a word of what to do.
    """

    start: int
    end: int
    name: str
    cost: float
    verb: bool = False


class Hearable:
    """The words and names of one house in one language; made once for each registry, in some milliseconds."""

    def __init__(self, grammar: Grammar) -> None:
        """Read the names of ``grammar``."""
        language = grammar.language
        self.code = language.code
        self.polar = _polar(language)
        lists = (grammar.book.things, grammar.book.areas, grammar.book.floors, language.kinds)
        names = {text for known in lists for text in known if text}
        self._words = _spoken(language.code) | {word for name in names for word in words(name)}
        self._exact = {words(name) for name in names}
        self._names: dict[str, list[str]] = {}
        self._by_triple: dict[str, list[str]] = {}
        for name in sorted(names):
            self._add(name)
        self._neutral = [(word, sound_of([word], self.code)) for word in language.spoken.get("neutral", ())]

    def unknown(self, said: Sequence[str]) -> frozenset[int]:
        """Return the places of the words that mean nothing here."""
        return frozenset(at for at, word in enumerate(said) if word not in self._words and not word.isdigit())

    def proposals(self, said: Sequence[str], place: int) -> tuple[Proposal, ...]:
        """Return what the unknown word at ``place`` may have been, perhaps with the words around it, nearest first."""
        found = [
            proposal
            for start in range(max(0, place - _LONGEST + 1), place + 1)
            for end in range(place + 1, min(len(said), start + _LONGEST) + 1)
            for proposal in self._near(said, start, end)
        ]
        found += [
            Proposal(place, place + 1, word, far / len(sound), verb=True)
            for word, sound in self._neutral
            if (far := _far(sound_of([said[place]], self.code), sound)) is not None
        ]
        return tuple(sorted(found, key=lambda one: (one.cost, one.start - one.end, one.name))[:_MOST])

    def directions(self, said: Iterable[str]) -> tuple[str, ...]:
        """Return the words of ``said`` that would mean the opposite as another word, and the figures, in order."""
        return tuple(word for word in said if word in self.polar or word.isdigit())

    def _add(self, name: str) -> None:
        sound = sound_of(words(name), self.code)
        if sound not in self._names:
            for triple in _triples(sound):
                self._by_triple.setdefault(f"{triple}{len(sound)}", []).append(sound)
        self._names.setdefault(sound, []).append(name)

    def _near(self, said: Sequence[str], start: int, end: int) -> Iterator[Proposal]:
        heard = said[start:end]
        kept = [part for part in _parts(heard) if part in self._exact]
        sound, directions = sound_of(heard, self.code), self.directions(heard)
        shorter = [sound_of(part, self.code) for part in (heard[1:], heard[:-1])]
        for known in self._alike(sound):
            far = _far(sound, known)
            # What is nearer without its first or last word does not explain that word.
            if far is None or any((less := _far(part, known)) is not None and less < far for part in shorter):
                continue
            for name in self._names[known]:
                meant = words(name)
                # What was heard right stays: a hall is no wall, though the lamp in it was misheard.
                if not self._words_alike(heard, meant):
                    continue
                if self.directions(meant) == directions and all(part in _parts(meant) for part in kept):
                    yield Proposal(start, end, name, far / len(known))

    def _words_alike(self, heard: Sequence[str], meant: Sequence[str]) -> bool:
        """Return whether what is left without the words that sound the same is alike too: one word is not another."""
        one, other = ([sound_of([word], self.code) for word in some] for some in (heard, meant))
        while one and other and one[0] == other[0]:
            one, other = one[1:], other[1:]
        while one and other and one[-1] == other[-1]:
            one, other = one[:-1], other[:-1]
        left, its = "".join(one), "".join(other)
        size = min(len(left), len(its))
        return apart(left, its, max(bound(size), int(size >= _SHORT))) is not None

    def _alike(self, sound: str) -> list[str]:
        shared: dict[str, int] = defaultdict(int)
        most = bound(len(sound))
        for triple in _triples(sound):
            for length in range(len(sound) - most, len(sound) + most + 1):
                for known in self._by_triple.get(f"{triple}{length}", ()):
                    shared[known] += 1
        return sorted(shared, key=lambda known: (-shared[known], abs(len(known) - len(sound)), known))[:_ALIKE]


def _far(sound: str, known: str) -> int | None:
    return apart(sound, known, bound(min(len(sound), len(known)))) if sound and known else None


def _triples(sound: str) -> set[str]:
    padded = f"^{sound}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _parts(heard: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(heard[at:to]) for at in range(len(heard)) for to in range(at + 1, len(heard) + 1)}


def _polar(language: Language) -> frozenset[str]:
    return frozenset(word for phrase in language.spoken.get("polar", ()) for word in words(phrase))


@cache
def _spoken(code: str) -> frozenset[str]:
    """Return every word that stands in a sentence or list of a language, of whatever house."""
    language = load(code)
    compiled = language.compiled
    texts = [text for template in compiled.templates for text in template.data.sentence_texts]
    texts += [rule.text for rule in compiled.hassil.expansion_rules.values() if rule.text]
    for known in compiled.hassil.slot_lists.values():
        if isinstance(known, TextSlotList):
            texts += [value.text_in.text for value in known.values if isinstance(value.text_in, TextChunk)]
    texts += _strings(written(code))
    return frozenset(word for text in texts for word in words(_REFERENCES.sub(" ", text)))


def _strings(raw: Any) -> Iterator[str]:
    """Yield every text in a file of sentences but those of its replies, which Claw says and nobody else."""
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, Mapping):
        for key, value in raw.items():  # pyright: ignore[reportUnknownVariableType]  whatever the file holds
            if key != "replies":
                yield from _strings(value)
    elif isinstance(raw, list):
        for value in raw:  # pyright: ignore[reportUnknownVariableType]  whatever the file holds
            yield from _strings(value)
