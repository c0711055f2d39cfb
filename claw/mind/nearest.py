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

_ENOUGH = 0.3
_CLOSE = 0.4
_MOST_SAMPLES = 6000
_MOST_WORDS = 24


class Samples:
    """Sentences that are understood in one house and language."""

    def __init__(self, book: NameBook, language: Language) -> None:
        self._texts: list[str] = []
        self._sizes: list[float] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_triple: dict[str, set[str]] = defaultdict(set)
        for text in _samples(book, language):
            if len(self._texts) >= _MOST_SAMPLES:
                break
            self._add(text, language)
        self._weight = {word: 1.0 / (1.0 + len(rows) ** 0.5) for word, rows in self._by_word.items()}
        self._sizes = [sum(self._weight[word] for word in _words(text, language)) for text in self._texts]
        self._language = language

    def nearest(self, text: str) -> str | None:
        """Return the sample most like ``text``, None where none is like it at all."""
        return next(iter(self.near(text, 1)), None)

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


def _samples(book: NameBook, language: Language) -> Iterator[str]:
    patterns: dict[str, list[str]] = language.raw.get("examples", {})
    yield from patterns.get("house", ())
    rooms = sorted({entity.area for entity in book.by_domain.get("light", ()) if entity.area})
    for area in rooms:
        yield from _filled(patterns.get("room", ()), book.registry.areas[area].name)
    for domain, entities in book.by_domain.items():
        for entity in entities:
            yield from _filled(patterns.get(domain, ()), entity.name)


def _filled(patterns: Iterable[str], name: str) -> Iterator[str]:
    said = plain(name, 40)
    yield from (pattern.replace("{name}", said) for pattern in patterns)
