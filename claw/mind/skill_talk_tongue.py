"""What one language brings to talk about skills: its templates, and how people say which of some values they mean.

"1 and 3", "the brightness", "the brightness of 2" and "the floor lamp" all say which; a word that is none of these
leaves it open, for a value that may change by mistake is one that somebody else can set.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from claw.mind.hygiene import name_text
from claw.mind.language import Language
from claw.mind.memos_templates import Templates

KINDS: Mapping[str, frozenset[str]] = {
    "brightness": frozenset({"brightness", "brightness_pct"}),
    "warmth": frozenset({"color_temp_kelvin"}),
    "temperature": frozenset({"temperature", "target_temp_low", "target_temp_high"}),
    "volume": frozenset({"volume_level"}),
    "speed": frozenset({"percentage", "fan_speed"}),
    "position": frozenset({"position"}),
    "tilt": frozenset({"tilt_position"}),
    "source": frozenset({"source"}),
    "mode": frozenset(
        {"mode", "hvac_mode", "preset_mode", "fan_mode", "swing_mode", "operation_mode", "sound_mode", "option"}
    ),
    "effect": frozenset({"effect"}),
    "humidity": frozenset({"humidity"}),
    "figure": frozenset(),
    "room": frozenset({""}),
}
"""By the kind that a word names, the keys of an act's data; the empty key stands for the things themselves."""

_PIECES = re.compile(r"\d+|[^\W\d_]+(?:['\u2019-][^\W\d_]+)*", re.UNICODE)
_SIGNS = re.compile(r"\d+|\w", re.UNICODE)
_LONGEST = 6
_MOST = 200


@dataclass(frozen=True, slots=True)
class Which:
    """Some of the values that were listed: those with these keys (none: all figures) of these lines (none: of all)."""

    lines: frozenset[int] = frozenset()
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tongue:
    """The section ``skills:`` of one language's file."""

    code: str
    asks: Templates
    shown: Templates
    polite: tuple[str, ...]
    articles: tuple[str, ...]
    values: Mapping[str, str]
    ordinals: Mapping[str, int]
    filler: frozenset[str]
    joiners: tuple[str, ...]
    spaceless: bool

    def bare(self, words: str) -> str:
        """Return a name without the article before it."""
        text = " ".join(words.split()).strip(" ,.\"“”„«»'")
        for article in self.articles:
            if text.casefold().startswith(f"{article} ") and len(text) > len(article) + 1:
                return text[len(article) + 1 :].strip()
        return text

    def which(self, said: str, names: Mapping[str, int]) -> tuple[Which, ...] | None:
        """Return which values ``said`` names, None where a word of it names none.

        ``names`` are those of the things by their folded text, with the number of their line (from 0).
        """
        found: list[Which] = []
        for part in self._parts(said[:_MOST]):
            one = self._one(part, names)
            if one is None:
                return None
            if found and one.lines and not one.keys and found[-1].lines and found[-1].keys:
                one = replace(one, keys=found[-1].keys)  # "the brightness of 1 and 3"
            found.append(one)
        return tuple(found) or None

    def _parts(self, said: str) -> Iterable[list[str]]:
        pieces = (_SIGNS if self.spaceless else _PIECES).findall(said.casefold().replace(",", f" {self.joiners[0]} "))
        part: list[str] = []
        for piece in pieces:
            if piece in self.joiners:
                if part:
                    yield part
                part = []
            else:
                part.append(piece)
        if part:
            yield part

    def _one(self, part: list[str], names: Mapping[str, int]) -> Which | None:
        """Return what one part names, its longest known words first; None where one is not known."""
        lines: list[tuple[int, bool]] = []
        keys: frozenset[str] = frozenset()
        named = False
        while part:
            for length in range(min(_LONGEST, len(part)), 0, -1):
                words = ("" if self.spaceless else " ").join(part[:length])
                if words in self.values:
                    keys |= KINDS[self.values[words]]
                    named = True
                elif (number := self._number(words, names)) is not None:
                    lines.append((number, words in self.filler))
                elif words not in self.filler:
                    continue
                part = part[length:]
                break
            else:
                return None
        sure = [number for number, maybe in lines if not maybe]  # "the first one": "one" counts nothing there
        numbers = frozenset(sure or [number for number, _ in lines])
        return Which(numbers, keys) if numbers or named else None

    def _number(self, words: str, names: Mapping[str, int]) -> int | None:
        if words.isdecimal():
            return int(words) - 1
        if words in self.ordinals:
            return self.ordinals[words] - 1
        return names.get(words)


def tongue_of(language: Language) -> Tongue:
    """Return what a language brings that was read already."""
    raw: dict[str, Any] = language.raw["skills"]
    values: dict[str, list[str]] = raw["values"]
    ordinals: dict[int, list[str]] = raw["ordinals"]
    return Tongue(
        code=language.code,
        asks=Templates(raw["asks"]),
        shown=Templates(raw["shown"]),
        polite=tuple(raw["polite"]),
        articles=tuple(raw["articles"]),
        values={str(word): kind for kind, words in values.items() for word in words},
        ordinals={str(word): int(number) for number, words in ordinals.items() for word in words},
        filler=frozenset(map(str, raw["filler"])),
        joiners=tuple(raw["joiners"]),
        spaceless=language.spaceless,
    )


def folded(name: str) -> str:
    """Return a name as it is found again in what is said."""
    return " ".join(_PIECES.findall(name_text(name)))
