"""The words that Claw answers with, by language.

They live under ``replies:`` in ``sentences/<language>.yaml`` so that a person who knows a language but no Python can
mend them.  What a language lacks is said in English rather than not at all.  Values are put into a sentence once and
never read as a template again, so a device named ``{0}`` stays a name.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from claw.base.action import Json
from claw.house.fields import finite
from claw.house.text import plain

LANGUAGES = ("en", "de", "fr", "nl", "zh")


class Calendar(BaseModel):
    """How a date is said; weekdays start on Monday."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]


class Phrases(BaseModel):
    """All reply sentences of one language; the sections of ``replies:``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    marks: Mapping[str, str]
    groups: Mapping[str, str]
    states: Mapping[str, str]
    reasons: Mapping[str, str]
    figures: Mapping[str, str]
    verbs: Mapping[str, str]
    acts: Mapping[str, str]
    sentences: Mapping[str, str]
    fixed: Mapping[str, str | tuple[str, ...]]
    answers: Mapping[str, str]
    likings: Mapping[str, str]
    memos: Mapping[str, str]
    skills: Mapping[str, str]
    calendar: Calendar
    things: frozenset[str] = frozenset()
    plurals: frozenset[str] = frozenset()
    qualifiers: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()

    def sentence(self, key: str, *, many: bool = False, **values: str) -> str:
        """Return a sentence with ``values`` in it; ``many`` picks the plural form where there is one."""
        return fill(_form(self.sentences, key, many=many), **values)

    def answer(self, key: str, *, many: bool = False, **values: str) -> str:
        """Return a sentence that answers a question, like ``sentence``."""
        return fill(_form(self.answers, key, many=many), **values)

    def join(self, parts: list[str]) -> str:
        """Return ``parts`` as a spoken list: "a, b and c"."""
        if len(parts) < 2:  # noqa: PLR2004  one needs no "and"
            return "".join(parts)
        return self.marks["comma"].join(parts[:-1]) + self.marks["and"] + parts[-1]

    def quote(self, text: str, limit: int = 60) -> str:
        """Return untrusted ``text`` in quotation marks that it cannot close itself, on one line, cut at ``limit``."""
        left, right = self.marks["left"], self.marks["right"]
        inner = plain(text, limit)
        for mark in {left.strip(), right.strip(), '"', "“", "”", "„", "«", "»"}:
            inner = inner.replace(mark, "'")
        return f"{left}{inner}{right}"

    def number(self, value: float, digits: int = 1) -> str:
        """Return ``value`` as this language writes it, at most ``digits`` decimals, none where they are zero."""
        text = f"{value:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return ("0" if text == "-0" else text).replace(".", self.marks["decimal"])

    def day(self, day: date) -> str:
        """Return a date in words."""
        return fill(
            self.calendar.order,
            weekday=self.calendar.weekdays[day.weekday()],
            day=str(day.day),
            month=self.calendar.months[day.month - 1],
            year=str(day.year),
        )


@lru_cache(maxsize=64)
def phrases(language: str | None) -> Phrases:
    """Return the phrases of ``language`` ("de", "de-CH"); English where there are none of it."""
    short = (language or "en")[:32].replace("_", "-").partition("-")[0].lower()
    if short not in LANGUAGES:
        short = "en"
    return _load(short)


def fill(template: str, **values: str) -> str:
    """Return ``template`` with ``values`` in place; a sentence that then begins with a plain word gets a capital."""
    text = template.format_map(values)
    return capital(text) if template[-1:] in _ENDS else text


def capital(text: str) -> str:
    """Return ``text`` with a capital first letter where it begins with a plain word ("iPhone" and ids stay)."""
    first = text.split(" ", 1)[0].rstrip(".,:;?!")
    return text[0].upper() + text[1:] if first.isalpha() and first.islower() else text


def figure(value: Json) -> float | None:
    """Return ``value`` as a finite number, None where it is none; Home Assistant writes numbers as text too."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value if not isinstance(value, str) else value[:32])
    except (ValueError, OverflowError):
        return None
    return finite(number)


_ENDS = frozenset(".?!\u3002\uff1f\uff01")


def _form(section: Mapping[str, str], key: str, *, many: bool) -> str:
    return section.get(f"{key}.many", section[key]) if many else section[key]


@lru_cache(maxsize=len(LANGUAGES))
def _load(language: str) -> Phrases:
    own = read(language)
    if language == "en":
        return Phrases.model_validate(own)
    merged = {key: value for key, value in read("en").items() if key not in _ENGLISH_ONLY}
    for key, value in own.items():
        merged[key] = {**merged[key], **value} if isinstance(value, dict) else value
    return Phrases.model_validate(merged)


_ENGLISH_ONLY = frozenset({"things", "plurals", "qualifiers", "alone"})
"""What describes English grammar and would be wrong anywhere else."""


def read(language: str) -> dict[str, Json]:
    """Return the ``replies:`` of one language file as they are written, without the English fall-back."""
    text = (files("claw.mind") / "sentences" / f"{language}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader)["replies"]
