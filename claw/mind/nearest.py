"""The nearest sentence that would be understood: sample sentences for this house, compared by words and by letters.

Cheap by construction: a word leads to the samples that hold it, an unknown word first to the known one that shares
most of its letter triples.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from heapq import nlargest

from claw.house.text import plain
from claw.mind.hygiene import name_text
from claw.mind.language import Language
from claw.mind.names import NameBook
from claw.policy.risky import risky_actions

_ENOUGH = 0.3
_CLOSE = 0.4
_MOST_SAMPLES = 6000
_MOST_TRIED = 8
_MOST_WORDS = 24


class Samples:
    """Sentences that are understood in one house and language."""

    def __init__(self, book: NameBook, language: Language) -> None:
        self._texts: list[str] = []
        self._names: dict[str, str] = {}
        self._sizes: list[float] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_triple: dict[str, set[str]] = defaultdict(set)
        self._guarded: set[str] = set()
        for text, name, guards in _samples(book, language):
            if len(self._texts) >= _MOST_SAMPLES:
                break
            if name:
                self._names[text] = name
            if guards:
                self._guarded.add(text)
            self._add(text, language)
        self._weight = {word: 1.0 / (1.0 + len(rows) ** 0.5) for word, rows in self._by_word.items()}
        self._sizes = [sum(self._weight[word] for word in _words(text, language)) for text in self._texts]
        self._language = language
        self._polar = {word for one in language.spoken.get("polar", ()) for word in _words(one, language)}

    def nearest(self, text: str) -> str | None:
        """Return the sample most like ``text``, None where none may have been meant.

        What shares only "turn on the" with it is no help, "boil water" did not mean the water main, and nobody who says
        "on" means "off", who says "never open" means "open", or who asks whether the door is unlocked means "unlock".
        """
        return next((sample for sample in self.near(text, _MOST_TRIED) if self._meant(sample, text)), None)

    def _meant(self, sample: str, text: str) -> bool:
        said = _words(text, self._language)[:_MOST_WORDS]
        words = _words(sample, self._language)
        if not self._polar.intersection(said) <= set(words):
            return False
        if self._language.spaceless:
            return True
        heard = [self._known(one)[0] for one in said]
        known = {word for word in heard if word is not None}
        shared = known.intersection(words)
        name = _words(self._names.get(sample, ""), self._language)
        # What guards the house is not offered for its name alone, nor for half a word of a sentence on something else.
        if sample in self._guarded and not set(words) <= {*(said if None in heard else known), *name}:
            return False
        if known & self._polar and not self._polar.intersection(words) <= known.union(name):
            return False
        if len(shared) == len(said):
            return True
        named = not name or not shared.isdisjoint(set(name) - self._polar or name)
        return named and 2 * len(shared) > min(len(said), len(words))

    def near(self, text: str, most: int) -> tuple[str, ...]:
        """Return up to ``most`` samples that are like ``text``, the likest first."""
        scores: Counter[int] = Counter()
        size = 0.0
        for word in _words(text, self._language)[:_MOST_WORDS]:
            known, likeness = self._known(word)
            if known is None:
                size += 0.3
                continue
            size += self._weight[known]
            for row in self._by_word[known]:
                scores[row] += self._weight[known] * likeness  # pyright: ignore[reportArgumentType]  floats count as well

        def like(row: int) -> tuple[float, int]:
            return 2 * scores[row] / (size + self._sizes[row]), -row

        return tuple(self._texts[row] for row in nlargest(most, scores, key=like) if like(row)[0] >= _ENOUGH)

    def _add(self, text: str, language: Language) -> None:
        row = len(self._texts)
        self._texts.append(text)
        for word in _words(text, language):
            self._by_word[word].append(row)
            for triple in _triples(word):
                self._by_triple[triple].add(word)

    def _known(self, word: str) -> tuple[str | None, float]:
        if word in self._by_word:
            return word, 1.0
        own = _triples(word)
        shared: Counter[str] = Counter()
        for triple in own:
            shared.update(self._by_triple.get(triple, ()))
        if not shared:
            return None, 0.0
        best = max(shared, key=lambda known: (shared[known] / len(own | _triples(known)), known))
        likeness = shared[best] / len(own | _triples(best))
        return (best, likeness) if likeness >= _CLOSE else (None, 0.0)


def _words(text: str, language: Language) -> list[str]:
    folded = name_text(text)
    return list(dict.fromkeys(folded.replace(" ", "") if language.spaceless else folded.split()))


def _triples(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[at : at + 3] for at in range(max(1, len(padded) - 2))}


def _samples(book: NameBook, language: Language) -> Iterator[tuple[str, str, bool]]:
    """Give each sample with the name in it and whether what it is about guards the house."""
    patterns: dict[str, list[str]] = language.raw.get("examples", {})
    yield from ((text, "", False) for text in patterns.get("house", ()))
    rooms = sorted({entity.area for entity in book.by_domain.get("light", ()) if entity.area})
    for area in rooms:
        yield from _filled(patterns.get("room", ()), book.registry.areas[area].name)
    for domain, entities in book.by_domain.items():
        for entity in entities:
            yield from _filled(patterns.get(domain, ()), entity.name, guards=bool(risky_actions(entity)))


def _filled(patterns: Iterable[str], name: str, *, guards: bool = False) -> Iterator[tuple[str, str, bool]]:
    said = plain(name, 40)
    yield from ((pattern.replace("{name}", said), said, guards) for pattern in patterns)
