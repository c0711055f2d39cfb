"""Words as the index knows them, and what of a question is worth looking for.

Both sides of a search have to cut text alike, so both are here.  Chinese and Japanese are written without spaces: each
of their characters is indexed as a word of its own and looked for in pairs.  What a question is made of ("what", "did",
"about") stands in every talk and is not looked for, nor is the name of the person it is about: that person's passages
are preferred instead.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from claw.memory.model import folded
from claw.memory.stop_words import DAYS, MONTHS, STOP_WORDS, UNSPACED_STOP

MOST_TERMS = 32
LONGEST_QUESTION = 2_000
"""Characters of a question that are looked at."""

_GAP = "\u200b"
"""Shows nothing, and separates words for the index."""

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN = re.compile(f"(?<=[{_UNSPACED}])(?=[{_UNSPACED}])")
_RUN = re.compile(f"[{_UNSPACED}]+")
_WORD = re.compile(r"[^\W_]+")
_EAST_MONTH = re.compile(r"(?<!\d)(1[0-2]|[1-9])\s*月")
_EAST_DAY = re.compile(r"(?:星期|周|礼拜|曜日)([一二三四五六日天])")
_EAST_DAYS = "一二三四五六日"


def spaced(text: str) -> str:
    """Return ``text`` with an invisible gap between characters that are written without spaces; see ``plain``."""
    return _BETWEEN.sub(_GAP, unicodedata.normalize("NFC", text).replace(_GAP, ""))


def plain(text: str) -> str:
    """Return what ``spaced`` was given."""
    return text.replace(_GAP, "")


def day_words(moment: datetime) -> str:
    """Return the words by which people name a day: ``8 May 2026 Friday``."""
    return f"{moment.day} {MONTHS['en'][moment.month - 1]} {moment.year} {DAYS['en'][moment.weekday()]}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: ``terms`` as phrases of the index, and the one person that the question names, if any."""

    terms: tuple[str, ...]
    about: str = ""


def wanted(question: str, names: Collection[str]) -> Wanted:
    """Return what of ``question`` is worth looking for; a name of ``names`` is, only where nothing else is there."""
    text = unicodedata.normalize("NFC", question[:LONGEST_QUESTION]).casefold().replace(_GAP, "")
    said, rest = _named(text, names)
    terms = _terms(rest) or [_phrase(_WORD.findall(spaced(name.casefold()))) for name in said]
    return Wanted(tuple(terms[:MOST_TERMS]), folded(said[0]) if len(said) == 1 else "")


def matching(terms: Iterable[str]) -> str:
    """Return ``terms`` as a question to the index: any of them."""
    return " OR ".join(terms)


def _named(text: str, names: Collection[str]) -> tuple[list[str], str]:
    """Return the names that are said in ``text`` (the longest first), and ``text`` without them."""
    said: list[str] = []
    for name in sorted({name.strip() for name in names} - {""}, key=lambda one: (-len(one), one)):
        words = [re.escape(word) for word in _WORD.findall(unicodedata.normalize("NFC", name).casefold())]
        if not words:
            continue
        pattern = r"[\W_]+".join(words)
        if not _RUN.search(name):
            pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
        without = re.sub(pattern, " ", text)
        if without != text:
            said.append(name)
            text = without
    return said, text


def _terms(text: str) -> list[str]:
    """Return the phrases that ``text`` is looked for by, each once, in its order."""
    words = _WORD.findall(_RUN.sub(" ", text))
    language = _language(words)
    stop = STOP_WORDS[language]
    terms = [_phrase([word]) for word in words if word not in stop]
    terms += [_phrase([day]) for word in words for day in _calendar(word, language)]
    for run in _RUN.findall(UNSPACED_STOP.sub(" ", text)):
        terms += [_phrase(run[at : at + 2]) for at in range(max(1, len(run) - 1))]
    terms += [_phrase([MONTHS["en"][int(month) - 1]]) for month in _EAST_MONTH.findall(text)]
    terms += [_phrase([DAYS["en"][_EAST_DAYS.index(day.replace("天", "日"))]]) for day in _EAST_DAY.findall(text)]
    return list(dict.fromkeys(terms))


def _language(words: Sequence[str]) -> str:
    """Return the language that most of ``words`` are small words of; English where it cannot be told."""
    return max(STOP_WORDS, key=lambda language: sum(word in STOP_WORDS[language] for word in words))


def _calendar(word: str, language: str) -> list[str]:
    """Return the English name of a month or a day of the week in another language: days are indexed in English."""
    if language == "en":
        return []
    found = [MONTHS["en"][at] for at, month in enumerate(MONTHS[language]) if month == word]
    return found + [DAYS["en"][at] for at, day in enumerate(DAYS[language]) if day == word]


def _phrase(words: Iterable[str]) -> str:
    """Return ``words`` in a row as the index is asked for them: quoted, so that nothing in them is a command."""
    return '"' + " ".join(words).replace('"', "") + '"'
