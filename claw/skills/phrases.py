"""Which skill a sentence means: phrases with optional words and slots, matched without a model.

A phrase is words, ``[optional words]`` and ``{slots}``.  Both sides are folded the same way (case, marks, width), so
what is compared is what was heard and not how it was written.  An index by words leaves a handful of phrases to look
at, however many there are.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from claw.base.action import NO_DATA
from claw.skills.manifest import SLOT, Manifest

LONGEST_SAID = 300
"""Characters; nobody says a phrase in more, and the rest of a long text would only cost time."""
MOST_IN_SLOT = 6
"""Words of one slot; a script without spaces has as many characters as ``MOST_SIGNS``."""
MOST_SIGNS = 12
MOST_FORMS = 32
"""Forms of one phrase by its optional words: what has more says too little."""
MOST_WAYS = 8
"""Ways in which the slots of one form may lie in one sentence."""
MOST_STEPS = 2_000
"""Steps in which one form is held against one sentence, and ``MOST_STEPS_ALL`` all forms: slots side by side, or one of
them named twice, could lie in more ways than anybody waits for."""
MOST_STEPS_ALL = 20_000
NEAR = 0.5
"""The share of a phrase's words, by how rare they are, that makes it a near miss."""

_TOKEN = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff]|(?:(?<!\w)-)?\d+(?:[.,:]\d+)*(?:\s?(?:%|\u00b0[cf]?))?"
    r"|[^\W\d_]+(?:['\u2019][^\W\d_]+)*"
)
_PIECE = re.compile(r"\{[a-z][a-z0-9_]{0,30}\}|[\[\]]|[^\[\]{}]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff]")


@dataclass(frozen=True, slots=True)
class Match:
    """A sentence that is a phrase of ``skill``; ``slots`` are the words that stand in its places, folded."""

    skill: str
    language: str
    phrase: str
    slots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Form:
    """A phrase with some of its optional words; a part in braces is a slot."""

    skill: str
    language: str
    phrase: str
    parts: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(part for part in self.parts if part[0] != "{")


class Phrases:
    """The phrases of some skills; made anew when one changes."""

    def __init__(
        self, skills: Iterable[tuple[str, Manifest]], courtesies: Mapping[str, Sequence[str]] = NO_DATA
    ) -> None:
        """Take skills by name, the ones that may be meant; ``courtesies`` are words by language that say nothing.

        They may stand before and after a phrase ("please", "claw").
        """
        forms = [form for name, manifest in skills for form in _forms(name, manifest)]
        count = Counter(word for form in forms for word in set(form.words))
        self._exact: dict[tuple[str, ...], list[_Form]] = defaultdict(list)
        self._by_word: dict[str, list[_Form]] = defaultdict(list)
        self._near: dict[str, list[_Form]] = defaultdict(list)
        self._rarity = {word: math.log((len(forms) + 1) / rows) + 0.1 for word, rows in count.items()}
        for form in forms:
            if len(form.words) == len(form.parts):
                self._exact[form.parts].append(form)
            else:
                self._by_word[min(form.words, key=lambda word: (count[word], -len(word), word))].append(form)
            for word in set(form.words):
                self._near[word].append(form)
        self._courtesies = tuple(
            dict.fromkeys(tokens for words in courtesies.values() for one in words if (tokens := _tokens(one)))
        )

    def match(self, text: str, languages: Sequence[str]) -> tuple[Match, ...]:
        """Return what ``text`` is, the likeliest first: most fixed words, then the order of ``languages``."""
        if len(text) > LONGEST_SAID:
            return ()
        whole = _tokens(text)
        said = self._bare(whole)
        found = [*self._found(said), *(self._found(whole) if said != whole else ())]
        order = {code: at for at, code in enumerate(languages)}
        found.sort(key=lambda one: (-len(one[0].words), order.get(one[0].language, len(order)), one[0].skill))
        matches: dict[tuple[str, tuple[tuple[str, str], ...]], Match] = {}
        for form, slots in found:
            same = (form.skill, tuple(sorted(slots.items())))
            matches.setdefault(same, Match(form.skill, form.language, form.phrase, slots))
        return tuple(matches.values())

    def near(self, text: str, languages: Sequence[str]) -> tuple[str, ...]:
        """Return the skills whose phrases share most words with ``text`` without being it, the nearest first."""
        said = set(_tokens(text[:LONGEST_SAID]))
        shared: dict[_Form, float] = defaultdict(float)
        for word in said:
            for form in self._near.get(word, ()):
                if form.language in languages:
                    shared[form] += self._rarity[word]
        best: dict[str, float] = {}
        for form, score in shared.items():
            share = score / sum(self._rarity[word] for word in set(form.words))
            if share >= NEAR:
                best[form.skill] = max(best.get(form.skill, 0.0), share)
        return tuple(sorted(best, key=lambda name: (-best[name], name)))

    def _found(self, said: tuple[str, ...]) -> Iterator[tuple[_Form, Mapping[str, str]]]:
        for form in self._exact.get(said, ()):
            yield form, NO_DATA
        looked, left = set[int](), MOST_STEPS_ALL
        for word in dict.fromkeys(said):
            for form in self._by_word.get(word, ()):
                if id(form) not in looked and left > 0:
                    looked.add(id(form))
                    ways = _Ways(form.parts, said, min(MOST_STEPS, left))
                    yield from ((form, slots) for _, slots in zip(range(MOST_WAYS), ways.of(), strict=False))
                    left -= ways.steps

    def _bare(self, said: tuple[str, ...]) -> tuple[str, ...]:
        """Return what is left of a sentence without the courtesies around it."""
        changed = True
        while changed and said:
            changed = False
            for words in self._courtesies:
                size = len(words)
                if len(said) > size and said[:size] == words:
                    said, changed = said[size:], True
                if len(said) > size and said[-size:] == words:
                    said, changed = said[:-size], True
        return said


def folded(text: str) -> str:
    """Return ``text`` as it is compared: lower case, no marks, one space between words."""
    return _joined(_tokens(text))


def forms(phrase: str) -> tuple[str, ...]:
    """Return a phrase in all its forms, folded, with and without each of its optional words; slots stay in braces."""
    return tuple(_joined(parts) for parts in _expanded(phrase))


def _forms(name: str, manifest: Manifest) -> Iterator[_Form]:
    said = manifest.triggers.phrases if manifest.triggers else None
    for language, phrases in (said or {}).items():
        for phrase in phrases:
            for parts in _expanded(phrase):
                form = _Form(name, language, phrase, parts)
                if form.words:  # a slot alone would take every sentence there is
                    yield form


def _expanded(phrase: str) -> list[tuple[str, ...]]:
    """Return a phrase in all its forms; brackets may lie in brackets, and one that is not closed ends with it."""
    pieces = iter(_PIECE.findall(phrase))
    return list(dict.fromkeys(one for one in _sequence(pieces) if one))


def _sequence(pieces: Iterator[str]) -> list[tuple[str, ...]]:
    """Return the forms of the pieces up to the bracket that closes them."""
    found: list[tuple[str, ...]] = [()]
    for piece in pieces:
        if piece == "]":
            break
        if piece == "[":
            ways = [(), *(one for one in _sequence(pieces) if one)]
        elif SLOT.fullmatch(piece):
            ways = [(piece[:-1],)]
        else:
            ways = [_tokens(piece)]
        found = [(*before, *way) for before in found for way in ways][:MOST_FORMS]
    return found


class _Ways:
    """The ways in which what was said is one form, looked for in a limited number of steps."""

    def __init__(self, parts: Sequence[str], said: Sequence[str], most: int) -> None:
        self.steps = 0
        self._parts = parts
        self._said = said
        self._most = most
        self._dead: set[tuple[int, int]] = set()
        """Where a part and a word stood from which nothing came: what follows does not depend on what went before."""

    def of(self, part: int = 0, word: int = 0) -> Iterator[Mapping[str, str]]:
        """Give every way from here on: what stands in each slot, the shortest first."""
        if part == len(self._parts):
            if word == len(self._said):
                yield {}
            return
        came = (part, word) in self._dead
        for size in () if came else self._sizes(part, word):
            for found in self._and_before(part, word, size):
                came = True
                yield found
            if self.steps > self._most:
                return
        if not came:
            self._dead.add((part, word))

    def _and_before(self, part: int, word: int, size: int) -> Iterator[Mapping[str, str]]:
        """Give every way from here on in which this part is so many words long."""
        head, words = self._parts[part], _joined(self._said[word : word + size])
        self.steps += 1
        for found in self.of(part + 1, word + size):
            self.steps += 1
            if self.steps > self._most:
                return
            if head[0] != "{":
                yield found
            elif found.get(head[1:], words) == words:
                yield {**found, head[1:]: words}

    def _sizes(self, part: int, word: int) -> Iterable[int]:
        """Return how many words may stand at a part."""
        head, said = self._parts[part], self._said
        left = len(said) - word
        if head[0] != "{":
            return (1,) if left and said[word] == head else ()
        most = MOST_SIGNS if left and _HAN.match(said[word]) else MOST_IN_SLOT
        return range(1, min(most, left - (len(self._parts) - part - 1)) + 1)


def _tokens(text: str) -> tuple[str, ...]:
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.replace("\u2019", "'"))
        text = unicodedata.normalize("NFC", "".join(one for one in text if not unicodedata.combining(one)))
    return tuple(one.replace(" ", "") for one in _TOKEN.findall(text.casefold()))


def _joined(tokens: Iterable[str]) -> str:
    """Return words as one text; the characters of a script without spaces stand together, slots get their braces."""
    text = ""
    for one in tokens:
        apart = text and not (_HAN.match(text[-1]) and _HAN.match(one))
        text += (" " if apart else "") + (one + "}" if one[0] == "{" else one)
    return text
