"""From a sentence to everything it may mean in one language: hassil over the few templates that can match at all.

hassil tries every template in Python.  Here each sentence first rules out, by one bit each, all templates whose
required words or names do not occur; what is left goes to hassil, and *all* it finds is ranked: its first
match is often the wrong one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hassil import Intents as Compiled
from hassil import recognize_all
from hassil.intents import Intent, RangeSlotList, SlotList, TextSlotList, WildcardSlotList
from hassil.recognize import RecognizeResult

from claw.mind.kinds import KINDS, REACH
from claw.mind.language import Language
from claw.mind.names import NameBook
from claw.mind.reading import HERE, Reading, reading_of

_WORD_STARTS = re.compile(r"\w+")
_ALL_CONTEXT = {"area": {"value": HERE, "text": ""}}


@dataclass(frozen=True, slots=True)
class _Found:
    """The names that occur in a sentence, and the domains and kinds they bring."""

    lists: frozenset[str]
    domains: frozenset[str]


class Grammar:
    """One language over one house."""

    def __init__(self, language: Language, book: NameBook) -> None:
        self.language = language
        self.book = book
        sentences = language.compiled
        self._hassil = sentences.hassil
        self._templates = sentences.templates
        self._lists: dict[str, SlotList] = {**sentences.hassil.slot_lists, **book.lists}
        self._by_data = {id(template.data): template for template in self._templates}
        self._index = sentences.index
        self._words = _first_words(self._lists, language)
        self._joining = frozenset(language.joiners.get("and", ()))

    def readings(self, text: str) -> tuple[Reading, ...]:
        """Return what ``text`` (cleaned, see hygiene) may mean, the likeliest first, without doubles."""
        candidates = self._candidates(text)
        if not candidates:
            return ()
        single = self._single(text)
        compiled = Compiled(
            language=self._hassil.language,
            intents={"": Intent("", candidates)},
            slot_lists=self._lists,
            expansion_rules=self._hassil.expansion_rules,
            skip_words=self._hassil.skip_words,
            settings=self._hassil.settings,
        )
        found = [
            _worded(reading, single)
            for result in recognize_all(text, compiled, intent_context=_ALL_CONTEXT)
            if (reading := self._reading(result)) is not None
        ]
        found.sort(key=lambda reading: reading.rank)
        return tuple(dict.fromkeys(found))

    def _reading(self, result: RecognizeResult) -> Reading | None:
        return reading_of(result, self._by_data[id(result.intent_data)], self.book, self._joining)

    def _single(self, text: str) -> dict[str, str]:
        """Return the word that means one thing of a kind, by that kind; none where a word for several is said too."""
        words = () if self.language.spaceless else _WORD_STARTS.findall(text.casefold())
        meant = [(word, *self.language.kinds.get(word, "").partition("/")[::2]) for word in words]
        several = {kind for _, kind, number in meant if number == "many"}
        return {kind: word for word, kind, number in meant if number == "one" and kind not in several}

    def _candidates(self, text: str) -> list[Any]:
        haystack = text.casefold()
        if self.language.spaceless:
            haystack = f"{haystack}\n{haystack.replace(' ', '')}"
        present = self._occurring(haystack)
        index = self._index
        met = {place for literal, places in index.literals if literal in haystack for place in places}
        met.update(place for slot, places in index.slots if self._may_fill(slot, present) for place in places)
        ruled_out = 0
        for place, needing in enumerate(index.clauses):
            if place not in met:
                ruled_out |= needing
        left = ((1 << len(self._templates)) - 1) & ~ruled_out
        chosen: list[Any] = []
        while left:
            lowest = left & -left
            chosen.append(self._templates[lowest.bit_length() - 1].data)
            left ^= lowest
        return chosen

    def _may_fill(self, slot: str, present: _Found) -> bool:
        name, _, verb = slot[1:-1].partition("|")
        if name in {"thing", "name", "kind"} and verb:
            if name == "kind":
                return any(_reaches(kind, verb) for kind in present.lists if kind.startswith("kind="))
            return not present.domains.isdisjoint(REACH[verb])
        known = self._lists.get(name)
        if isinstance(known, TextSlotList) and name in self._words.indexed:
            return name in present.lists
        return True

    def _occurring(self, haystack: str) -> _Found:
        lists: set[str] = set()
        domains: set[str] = set()
        for name, value in self._words.occurring(haystack):
            lists.add(name)
            if name == "thing":
                domains.update(bearer.domain for bearer in self.book.things[value])
            elif name == "kind":
                lists.add(f"kind={value.partition('/')[0]}")
        return _Found(frozenset(lists), frozenset(domains))


def _worded(reading: Reading, single: Mapping[str, str]) -> Reading:
    """Return the reading with the very word that was said for its kind: a "lamp" is not any light."""
    word = single.get(str(reading.get("kind", "")).partition("/")[0])
    return reading if word is None else reading.but(word=word)


def _reaches(listed: str, verb: str) -> bool:
    kind = listed.removeprefix("kind=")
    if kind == "everything" or verb.startswith("q_"):
        return True
    known = KINDS.get(kind)
    return known is not None and not known.domains.isdisjoint(REACH[verb])


@dataclass(frozen=True, slots=True)
class _Words:
    """Every plain value of the lists by its first word; ``glued`` languages join words, so look everywhere."""

    indexed: frozenset[str]
    by_word: Mapping[str, tuple[tuple[str, str, str], ...]]
    glued: bool

    def occurring(self, haystack: str) -> Iterator[tuple[str, str]]:
        """Yield (list, value) for everything that occurs in the folded text, perhaps more than once."""
        if self.glued:
            for entries in self.by_word.values():
                yield from ((name, value) for text, name, value in entries if text in haystack)
            return
        spoken = haystack.replace("-", " ").replace("_", " ")
        for found in _WORD_STARTS.finditer(spoken):
            for text, name, value in self.by_word.get(found.group(), ()):
                if spoken.startswith(text, found.start()):
                    yield name, value


def _first_words(lists: Mapping[str, SlotList], language: Language) -> _Words:
    by_word: dict[str, list[tuple[str, str, str]]] = {}
    indexed: set[str] = set()
    for name, slot_list in lists.items():
        if name == "name" or isinstance(slot_list, (RangeSlotList, WildcardSlotList)):
            continue
        rows = _plain_values(slot_list)
        if rows is None:
            continue
        indexed.add(name)
        for text, value in rows:
            first = _WORD_STARTS.search(text)
            by_word.setdefault(first.group() if first else "", []).append((text, name, value))
    glued = language.code in {"de", "nl", "zh"}
    return _Words(frozenset(indexed), {word: tuple(rows) for word, rows in by_word.items()}, glued)


def _plain_values(slot_list: SlotList) -> list[tuple[str, str]] | None:
    """Return text and value of a list's entries, None where one of them is a template or starts with no word."""
    rows: list[tuple[str, str]] = []
    if not isinstance(slot_list, TextSlotList):
        return None
    for entry in slot_list.values:
        text = getattr(entry.text_in, "text", None)
        if not isinstance(text, str) or not (folded := text.strip().casefold()) or not _WORD_STARTS.match(folded):
            return None
        rows.append((folded, str(entry.value_out)))
    return rows
