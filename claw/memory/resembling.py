"""When one name could be taken for another: by an eye that skims, by an ear, by what listens to a room.

A command is meant by names, so two that are nearly alike are a way to have the wrong thing moved, by accident or by
somebody who can name things.  Being too strict costs a person another try; being too lax could open a door.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from claw.memory.model import folded

_SHORT = 3
"""Names up to this long resemble only what they are, or begin."""
_LONG = 8
"""From this length on two letters may differ."""
_SOUNDS = 4
"""Consonants that two names must share before sounding alike means anything."""

_ALIKE = (("ph", "f"), ("ck", "k"), ("qu", "k"), ("sch", "s"), ("sh", "s"), ("th", "t"), ("gh", "g"), ("wh", "w"))
_CLASS = str.maketrans("cqzxdgvb", "kksstkfp")
_UNSPACED = re.compile(r"[\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")
"""Scripts that are written without spaces, so that the name of a thing may stand in any longer one."""
_THING = re.compile(r"(?!person)[a-z_]+\.")
"""How the id of a thing begins: the name of a room or a person may well stand in that of a lamp."""
_VOWELS = re.compile(r"[aeiouyhw]")
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(20_000)
def squeezed(name: str) -> str:
    """Return a name as it is compared: folded, without gaps or the plural's "s"."""
    text = folded(name).replace(" ", "")
    return text[:-1] if len(text) > _SHORT and text.endswith("s") and not text.endswith("ss") else text


def sound(name: str) -> str:
    """Return the first letter and the consonants of a name, roughly as they sound in the languages Claw speaks."""
    text = folded(name).replace(" ", "")
    for written, heard in _ALIKE:
        text = text.replace(written, heard)
    text = text.translate(_CLASS)
    return _REPEATED.sub(r"\1", text[:1] + _VOWELS.sub("", text[1:]))


class Names:
    """Names that are given already, each with what it is; found by what resembles them."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Take pairs of a name and whose it is (any text; what is the same thing has the same)."""
        self._by_text: dict[str, set[str]] = defaultdict(set)
        self._by_sound: dict[str, set[str]] = defaultdict(set)
        self._name: dict[str, str] = {}
        for name, whose in names:
            text = squeezed(name)
            if text:
                self._by_text[text].add(whose)
                self._by_sound[sound(name)].add(text)
                self._name.setdefault(text, name)
        self._unspaced = [
            text
            for text, whose in self._by_text.items()
            if len(text) > 1 and _UNSPACED.search(text) and any(_THING.match(one) for one in whose)
        ]
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for text in self._by_text:
            self._by_length[len(text)].append(text)

    def resembled(self, name: str, but: str = "") -> str | None:
        """Return a name that ``name`` is or resembles, of anything else than ``but``; None where there is none."""
        text = squeezed(name)
        candidates = chain(self._inside(name), self._near(text, sound(name)))
        near = next((one for one in candidates if self._by_text[one] - {but}), None)
        return None if near is None else self._name[near]

    def _inside(self, name: str) -> Iterator[str]:
        """Give the names of several words that stand in ``name``: who hears its end as something else hears them."""
        words = folded(name).split()
        if _UNSPACED.search(name):
            text = squeezed(name)
            yield from (one for one in self._unspaced if one != text and one in text)
        for start in range(len(words) - 1):
            for end in range(start + 2, len(words) + 1):
                if (part := squeezed(" ".join(words[start:end]))) in self._by_text:
                    yield part

    def _near(self, text: str, heard: str) -> Iterable[str]:
        if text in self._by_text:
            yield text
        if len(text) >= _SHORT:
            yield from (known for known in self._by_text if known.startswith(text))
        if len(text) <= _SHORT:
            return
        if len(heard) >= _SOUNDS:
            yield from (known for known in sorted(self._by_sound.get(heard, ())) if within(text, known, len(text) // 2))
        apart = 2 if len(text) >= _LONG else 1
        for length in range(len(text) - apart, len(text) + apart + 1):
            allowed = apart if length >= _LONG else 1
            if length > _SHORT and abs(length - len(text)) <= allowed:
                yield from (known for known in self._by_length.get(length, ()) if within(text, known, allowed))


def within(one: str, other: str, most: int) -> bool:
    """Return whether at most ``most`` letters make the difference: put in, left out, exchanged, or two swapped."""
    if abs(len(one) - len(other)) > most:
        return False
    one, other = _apart(one, other)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, 1):
        before, last, row = row, before, [at]
        for to, mate in enumerate(other, 1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (char != mate))
            if last and to > 1 and char == other[to - 2] and one[at - 2] == mate:
                cost = min(cost, last[to - 2] + 1)
            row.append(cost)
        if min(row) > most and min(before) > most:
            return False
    return row[-1] <= most


def _apart(one: str, other: str) -> tuple[str, str]:
    """Return both without what they begin and end with alike: of most names of a house little is left."""
    start, shorter = 0, min(len(one), len(other))
    while start < shorter and one[start] == other[start]:
        start += 1
    end = 0
    while end < shorter - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[start : len(one) - end], other[start : len(other) - end]
