"""What one language brings to talk about later: its templates, its expressions for times, and what Claw says.

The file of a language is read when somebody first speaks of something later in it; a house that never does pays
nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from claw.base.errors import Broken
from claw.mind.language import SHIPPED, Language
from claw.mind.memos_days import Words, words_of
from claw.mind.memos_templates import Templates
from claw.skills.phrases import folded


@dataclass(frozen=True)
class Tongue:
    """One language; ``raw`` is its file, ``language`` what the sentences about devices know of it."""

    code: str
    raw: Mapping[str, Any]
    language: Language

    @property
    def spaceless(self) -> bool:
        """Whether words stand without spaces between them."""
        return self.language.spaceless

    @cached_property
    def days(self) -> Words:
        """The words for days and dates."""
        return words_of(self.code, self.language.raw["memos"]["days"], spaceless=self.spaceless)

    @cached_property
    def weekdays(self) -> tuple[str, ...]:
        """The names of the days of the week, Monday first, in lower case."""
        return tuple(name.lower() for name in self.days.calendar.weekdays)

    @cached_property
    def events(self) -> Templates:
        """What may happen, and what may be so."""
        return Templates(self.raw["events"])

    @cached_property
    def orders(self) -> Templates:
        """What is to be done where it is no command to the house."""
        return Templates(self.raw["orders"])

    @cached_property
    def bare(self) -> Templates:
        """What is asked for without saying when, or of what."""
        return Templates(self.raw["bare"])

    @cached_property
    def timers(self) -> Templates:
        """Timers: set, asked about, made longer."""
        return Templates(self.raw["timers"])

    @cached_property
    def manage(self) -> Templates:
        """What is asked of routines that exist."""
        return Templates(self.raw["manage"])

    @cached_property
    def again(self) -> Templates:
        """What makes something that counts once count each time."""
        return Templates(self.raw.get("ask_again", {}))

    @cached_property
    def opens(self) -> tuple[str, ...]:
        """What a command begins with, longest first."""
        words = (*self.language.verbs, *self.texts("opens"))
        return tuple(sorted((word.lower() for word in words), key=len, reverse=True))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of the file, empty where there is none."""
        return tuple(str(one) for one in self.raw.get(key, ()))

    def kind_of(self, words: str) -> tuple[str, str]:
        """Return the kind that a name ends or begins with ("timer"), and the name without it; "" for no kind."""
        text = self.bare_name(words)
        low = text.lower()
        for kind, forms in self.raw["kinds"].items():
            for form in sorted(forms, key=len, reverse=True):
                if low == form:
                    return kind, ""
                gap = "" if self.spaceless else " "
                if low.endswith(gap + form):
                    return kind, text[: -len(form)].strip()
                if low.startswith(form + gap):
                    return kind, self._about(text[len(form) :].strip())
        return "", text

    def _about(self, words: str) -> str:
        """Return what something is about, without the word that says so: "for the eggs"."""
        for word in self.texts("abouts"):
            if words.lower().startswith(f"{word} "):
                words = words[len(word) :].strip()
        return self.bare_name(words)

    def bare_name(self, words: str) -> str:
        """Return a name without what stands before it ("the", "my")."""
        text = " ".join(words.split()).strip(" ,.\"“”„«»'")
        for article in sorted(self.texts("articles"), key=len, reverse=True):
            start = article if self.spaceless or article.endswith("'") else f"{article} "
            if text.lower().startswith(start) and len(text) > len(start):
                return text[len(start) :].strip()
        return text

    def number(self, words: str) -> int | None:
        """Return the place in a list that ``words`` name ("the second one"), counted from 1, -1 for the last."""
        text = self.bare_name(words).lower()
        known = {str(form): int(place) for place, forms in self.raw["which_ordinals"].items() for form in forms}
        pieces = [text] if self.spaceless else text.split()
        filler = set(self.texts("ordinal_filler"))
        if self.spaceless:
            for word in sorted(filler, key=len, reverse=True):
                pieces = [piece.replace(word, "") for piece in pieces]
        found = [known[piece] for piece in pieces if piece in known and (piece not in filler or len(pieces) == 1)]
        if len(found) != 1 or any(piece not in known and piece not in filler for piece in pieces):
            return None
        return found[0]

    def asks(self, text: str) -> bool:
        """Return whether a text asks something: "what time it is" is no text to be told later."""
        low = text.lower()
        return any(low.startswith(word if self.spaceless else f"{word} ") for word in self.texts("interrogatives"))

    def of_devices(self, text: str) -> bool:
        """Return whether a sentence with "it" is about a device: "turn it off", "pause it"."""
        low = text.lower()
        return any(low.startswith(word) for word in self.texts("of_devices"))

    def is_it(self, words: str) -> bool:
        """Return whether ``words`` mean what was spoken of last."""
        return " ".join(words.lower().split()) in self.texts("it")

    def plain(self, text: str) -> str:
        """Return a text as it is compared: lower case, without marks."""
        return folded(text)


def tidy(text: str, tongue: Tongue) -> str:
    """Return what is left of a sentence without the joining words at its ends."""
    rest = ("" if tongue.spaceless else " ").join(text.split()).strip(" ,")
    fillers = sorted(tongue.texts("filler"), key=len, reverse=True)
    changed = True
    while changed and rest:
        changed = False
        for word in fillers:
            low, gap = rest.lower(), "" if tongue.spaceless else " "
            if low.startswith((word + gap, f"{word},")) and len(rest) > len(word) + len(gap):
                rest, changed = rest[len(word) :].strip(" ,"), True
                low = rest.lower()
            if low.endswith(gap + word) and len(rest) > len(word) + len(gap) and not _needed(word):
                rest, changed = rest[: -len(word)].strip(" ,"), True
    return rest


def _needed(word: str) -> bool:
    """Return whether a word may be the end of a command: "turn the light on"."""
    return word in {"on", "an", "aan"}


def alternatives(words: Iterable[str]) -> str:
    """Return an expression for one of ``words``, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"


def tongue_of(language: Language) -> Tongue:
    """Return what a language brings; raises Broken where its file is missing or no mapping."""
    return Tongue(language.code, _read(language.code), language)


@lru_cache(maxsize=len(SHIPPED))
def _read(code: str) -> Mapping[str, Any]:
    text = files("claw.routines").joinpath("sentences", f"{code}.yaml").read_text(encoding="utf-8")
    raw = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe loaders; the C one is ten times faster
    if not isinstance(raw, dict):
        raise Broken(f"routines/sentences/{code}.yaml does not hold a mapping")
    return raw
