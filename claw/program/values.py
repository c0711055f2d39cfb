"""What crosses between the sandbox and Claw: strict JSON out, cleaned JSON and cleaned words in.

The sandbox hands over whatever a program made, and what has no plain form arrives as a text that looks like one: a
lambda as ``<function ...>``.  So nothing that comes out is believed before it has been through ``outward``.  The other
way an error's text can carry what no program may know (a token in an address, a path): ``cleaned`` takes that out.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import cast

from claw.base.action import Json
from claw.base.errors import Refused

MOST_DEPTH = 20
MOST_ITEMS = 5_000
"""Values in one value, those inside it counted."""
MOST_TEXT = 20_000
"""Characters of one text, and of all texts of a value together."""
MOST_INT = 2**53
"""What JSON carries everywhere without loss."""
MOST_WORDS = 300
"""Characters of an error's text, either way."""
MOST_IN = 500_000
"""Values of one answer that goes in: the history of a long day is large, and no more than this."""

_STANDS_FOR = re.compile(r"<(function|bound method|class|coroutine|generator|module|built-in|[\w.]+ object)\b")
_RANGE = re.compile(r"range\(-?\d+, -?\d+(, -?\d+)?\)")
_SHOWN_ONLY = frozenset({"[...]", "{...}", "<deeply nested>"})
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are not seen or turn the direction of writing."""
_SEEN = frozenset("\n\t")
_JOINS = "\u200d"
"""Holds an emoji of several people together; between letters it hides."""

_SECRETS = (
    re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE),
    re.compile(r"(?i)\b(bearer|basic)\s+[^\s,;]+"),
    re.compile(
        r"(?i)[\w-]*(token|passw(or)?d|passphrase|secret|api[_-]?key|authorization|pin|code)\b[\"']?\s*[:=]\s*\S+"
    ),
    re.compile(r"\b(sk|pk|ghp|gho|xox[a-z])[-_][\w-]{8,}"),
    re.compile(r"(?<![\w/])(/[\w.@+-]+){2,}/?"),
    re.compile(r"\b[0-9a-fA-F]{24,}\b"),
    re.compile(r"(?<![\w.])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*[a-z])(?=[\w+/=-]*\d)[\w+/=-]{20,}(\.[\w+/=-]{8,})*"),
    re.compile(r"\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b"),
)


class Unfit(Refused):
    """A value of a program that is not strict JSON; the sentence says what it is, for the program's writer."""


def _none(_value: object) -> str | None:
    return None


def outward(value: object, handle: Callable[[object], str | None] = _none) -> Json:
    """Return a value that came out of the sandbox as JSON; raises Unfit.

    ``handle`` tells the id of what is a handle of ours; in the JSON stands ``{"handle": id}`` for it.

    Tuples become lists.  Refused are sets, bytes, times, objects of classes, functions; numbers that are not finite or
    do not fit JSON; hidden and direction-turning characters; what is too deep, too long or too much.
    """
    return _Outward(handle).take(value, 0)


class _Outward:
    def __init__(self, handle: Callable[[object], str | None]) -> None:
        self._handle = handle
        self._items = 0
        self._text = 0

    def take(self, value: object, depth: int) -> Json:
        self._items += 1
        if self._items > MOST_ITEMS:
            raise Unfit(f"a value of more than {MOST_ITEMS} parts")
        if depth > MOST_DEPTH:
            raise Unfit(f"a value nested deeper than {MOST_DEPTH}")
        # Exact types: what is only derived from one of these may show one thing here and another in the house.
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is int or kind is float:
            return _number(cast("float", value))
        if kind is str:
            return self._words(cast("str", value))
        if kind is list or kind is tuple:
            return [self.take(one, depth + 1) for one in cast("list[object]", value)]
        if kind is dict:
            return {
                self._key(key): self.take(one, depth + 1) for key, one in cast("dict[object, object]", value).items()
            }
        known = self._handle(value)
        if known is not None:
            return {"handle": known}
        raise Unfit(
            f"a {_named(value)} is not plain data: use text, numbers, True, False, None, lists and dicts of them"
        )

    def _key(self, key: object) -> str:
        if type(key) is not str:
            raise Unfit(f"a dict with a {_named(key)} as its key: keys are text")
        return self._words(key)

    def _words(self, text: str) -> str:
        self._text += len(text)
        if self._text > MOST_TEXT:
            raise Unfit(f"a value with more than {MOST_TEXT} characters of text")
        if _STANDS_FOR.match(text) or _RANGE.fullmatch(text) or text in _SHOWN_ONLY:
            raise Unfit(f"a text that stands for something else: {text[:40]}")
        if not text.isascii() or not text.isprintable():
            for at, character in enumerate(text):
                if unicodedata.category(character) in _HIDDEN and character not in _SEEN and not _joins(text, at):
                    raise Unfit(f"a text with a hidden character, U+{ord(character):04X}")
        return text


def _number(value: float) -> float:
    if not math.isfinite(value) if isinstance(value, float) else abs(value) > MOST_INT:
        raise Unfit("a number that is too large" if isinstance(value, int) else "a number that is not finite")
    return value


def _joins(text: str, at: int) -> bool:
    """Return whether the joiner at this place stands between two pictures, as in a family of emoji."""
    around = text[at - 1 : at] + text[at + 1 : at + 2]
    return text[at] == _JOINS and len(around) == len("ab") and not any(one.isalnum() or one.isspace() for one in around)


def _named(value: object) -> str:
    name = re.sub(r"\W", "", type(value).__name__)[:40]
    return "object" if name.startswith("Monty") else name


def inward(value: Json) -> Json:
    """Return an answer of Claw's own as plain JSON for a program; raises TypeError where it is none.

    Texts lose what cannot be encoded; nothing else is changed, for it is the program that has to live with the house.
    """
    return _inward(value, 0, [0])


def _inward(value: object, depth: int, count: list[int]) -> Json:
    count[0] += 1
    if depth > 2 * MOST_DEPTH or count[0] > MOST_IN:
        raise TypeError("an answer too large for a program")
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return {_inward(str(key), depth + 1, count): _inward(one, depth + 1, count) for key, one in pairs}
    if isinstance(value, (list, tuple)):
        return [_inward(one, depth + 1, count) for one in cast("list[object]", value)]
    raise TypeError(f"a {type(value).__name__} cannot be handed to a program")


def cleaned(words: str) -> str:
    """Return an error's words without what could be a secret, an address or a path: one line, cut at a limit."""
    words = seen(words[: 4 * MOST_WORDS]).replace("\n", " ").replace("\t", " ")
    for secret in _SECRETS:
        words = secret.sub("…", words)
    return _cut(words.strip(), MOST_WORDS)


def seen(words: str, most: int = MOST_TEXT) -> str:
    """Return text that a program made with every hidden character replaced, cut at ``most`` characters."""
    words = words[: most + 1]
    if not words.isascii() or not words.isprintable():
        words = "".join("�" if unicodedata.category(one) in _HIDDEN and one not in _SEEN else one for one in words)
    return _cut(words, most)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
