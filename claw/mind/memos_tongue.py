"""What one language brings to talk about memory: its templates, its words, and when two sentences speak of the same.

Two sentences are compared by the words that carry meaning.  Endings differ ("changed", "change", "allergic",
"allergy"), so words count as equal that begin alike; in a language without spaces every character is a word.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from claw.memory.model import folded
from claw.mind import hygiene
from claw.mind.language import Language, load
from claw.mind.memos_days import Words, words_of
from claw.mind.memos_templates import Templates

_BEGIN = 4
"""Letters that two words must share at the start, where they are longer."""
_ENDING = 3
"""Letters by which the lengths of two such words may differ."""
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")

_IRREGULAR = {
    "bought": "buy", "did": "do", "done": "do", "got": "get", "gave": "give", "given": "give", "sold": "sell",
    "went": "go", "goes": "go", "gone": "go", "saw": "see", "seen": "see", "paid": "pay", "built": "build",
    "swept": "sweep",
    "fed": "feed", "left": "leave", "came": "come", "made": "make", "brought": "bring", "lost": "lose",
    "broke": "break", "broken": "break", "found": "find", "sent": "send", "hung": "hang", "took": "take",
    "taken": "take", "ate": "eat", "drank": "drink", "met": "meet", "wore": "wear", "flew": "fly", "rang": "ring",
    "hid": "hide", "hidden": "hide", "ran": "run", "wrote": "write", "written": "write", "drove": "drive",
    "driven": "drive", "grew": "grow", "grown": "grow", "threw": "throw", "thrown": "throw", "spent": "spend",
    "slept": "sleep", "kept": "keep", "told": "tell", "held": "hold", "lent": "lend", "won": "win", "stole": "steal",
    "stolen": "steal", "began": "begin", "begun": "begin", "caught": "catch", "taught": "teach", "thought": "think",
    "fell": "fall", "fallen": "fall", "knew": "know", "known": "know", "rode": "ride", "sang": "sing", "dug": "dig",
}  # fmt: skip


@dataclass(frozen=True)
class Tongue:
    """The section ``memos:`` of one language's file."""

    code: str
    asks: Templates
    facts: Templates
    parts: Templates
    says: dict[str, str]
    polite: tuple[str, ...]
    me: frozenset[str]
    mine: frozenset[str]
    us: frozenset[str]
    articles: tuple[str, ...]
    stop: frozenset[str]
    past: frozenset[str]
    to_do: tuple[str, ...]
    opinion: tuple[str, ...]
    days: Words
    spaceless: bool

    def bare(self, words: str) -> str:
        """Return a name without the article or "my" before it."""
        text = " ".join(words.split()).strip(" ,.")
        for article in self.articles:
            if text.casefold().startswith(f"{article} ") and len(text) > len(article) + 1:
                return text[len(article) + 1 :].strip()
        return text

    def content(self, text: str) -> frozenset[str]:
        """Return the words of ``text`` that carry meaning, as they are compared."""
        words = folded(_WIDE.sub(lambda char: f" {char[0]} ", text)).split()
        return frozenset(_IRREGULAR.get(word, word) for word in words if word not in self.stop and not _bit(word))

    def covers(self, asked: Iterable[str], told: frozenset[str]) -> bool:
        """Return whether each of the words that were ``asked`` for is among those that were ``told``."""
        return all(word in told or any(_alike(word, other) for other in told) for word in asked)

    def is_opinion(self, text: str) -> bool:
        """Return whether "it's ..." says what somebody thinks of something rather than what it is: "too bright"."""
        folded = text.casefold()
        return any(folded == word or folded.startswith(word if self.spaceless else f"{word} ") for word in self.opinion)

    def is_past(self, text: str) -> bool:
        """Return whether a sentence tells of what is over."""
        if self.spaceless:
            return any(word in text for word in self.past)
        words = text.casefold().split()
        return any(word in self.past or (self.code == "en" and (word in _IRREGULAR or _ended(word))) for word in words)


def clean(text: str) -> str:
    """Return what was said on one line, without marks, as it is read and kept."""
    return hygiene.clean(text).strip(" ,;")


def addressed(said: str, polite: Iterable[str], language: Language) -> str:
    """Return a sentence without "claw," before it or "please" around it."""
    text = said
    for word in (*language.address, *polite):
        folded = text.casefold()
        if folded.startswith((f"{word} ", f"{word},")) or (language.spaceless and folded.startswith(word)):
            text = text[len(word) :].lstrip(" ,")
        if folded.endswith((f" {word}", f",{word}")) and len(text) > len(word) + 1:
            text = text[: -len(word)].rstrip(" ,")
    return text


@lru_cache(maxsize=8)
def tongue(code: str) -> Tongue:
    """Return what the language ``code`` (one that ships) brings; raises Broken where its file cannot be read."""
    return tongue_of(load(code))


def tongue_of(language: Language) -> Tongue:
    """Return what a language brings that was read already."""
    raw: dict[str, Any] = language.raw["memos"]
    words: dict[str, list[str]] = raw["words"]
    return Tongue(
        code=language.code,
        asks=Templates(raw["asks"]),
        facts=Templates(raw["facts"]),
        parts=Templates(raw["parts"]),
        says=dict(raw.get("says", {})),
        polite=tuple(raw["polite"]),
        me=frozenset(words["me"]),
        mine=frozenset(words["mine"]),
        us=frozenset(words["us"]),
        articles=tuple(words["articles"]),
        stop=frozenset(folded(word) for word in words["stop"]),
        past=frozenset(words["past"]),
        to_do=tuple(words.get("to_do", ())),
        opinion=tuple(words["opinion"]),
        days=words_of(language.code, raw["days"], spaceless=language.spaceless),
        spaceless=language.spaceless,
    )


def _bit(word: str) -> bool:
    """Return whether a word is what an apostrophe left of one: the "s" of "Sam's"."""
    return len(word) == 1 and word.isascii() and word.isalpha()


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) == _BEGIN - 1 and short.isalpha():  # "fix" and "fixed", "mow" and "mowing"
        return long in {short + ending for ending in ("s", "es", "ed", "d", "ing")}
    if len(short) < _BEGIN or len(long) - len(short) > _ENDING or short.isdigit():
        return False
    kept = max(_BEGIN, len(short) - 1) if len(long) > _BEGIN else _BEGIN
    return short[:kept] == long[:kept]


def _ended(word: str) -> bool:
    return len(word) > _BEGIN and word.endswith("ed") and word not in {"need", "feed", "indeed"}
