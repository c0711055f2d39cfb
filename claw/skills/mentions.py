"""What somebody named when they asked: rooms, things, figures and "in here", with the words that did it.

A value that was named is the request's own; one that was not is the way it is done.  Names are compared word by word
as a phrase of a skill is (``claw/skills/phrases.py``), in scripts without spaces character by character; the longest
name wins, so that in "kitchen ceiling lamp" no kitchen is named.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from claw.house.model import Registry
from claw.skills.numerals import Figures
from claw.skills.phrases import folded

LARGEST = 1_000_000
LONGEST = 300
"""Characters of a request that are looked at."""

_WORD = re.compile(
    r"[\u3400-\u9fff]|[0-9]+(?:[.,:][0-9]+)*|[^\W\d_\u3400-\u9fff]+(?:['\u2019][^\W\d_\u3400-\u9fff]+)*|[%°]"
)
_MOST_WORDS = 6
"""Words of one figure: "a hundred per cent"."""

_HERE: Mapping[str, tuple[str, ...]] = {
    "en": ("in here", "here", "in this room", "this room"),
    "de": ("hier drin", "hier", "in diesem zimmer", "in diesem raum"),
    "fr": ("ici", "dans cette piece", "dans cette chambre"),
    "nl": ("hierbinnen", "hier", "in deze kamer"),
    "zh": ("这里", "这儿", "这个房间", "这间房"),
}
"""How a language says the asker's own room, the longest way first where one holds another."""

_NO_FIGURE = frozenset({"a", "an", "one", "half", "ein", "eine", "einer", "einen", "halb", "un", "une", "demi", "een"})
"""Words that are a figure only with a unit."""

Kind = Literal["area", "entity", "figure", "here", "word"]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a request: how it is compared, and where it stands in the text."""

    plain: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that was named: ``ids`` are the rooms or things it can be, ``figure`` the number; where it stands."""

    kind: Kind
    start: int
    end: int
    ids: tuple[str, ...] = ()
    figure: float | None = None


@dataclass(frozen=True)
class Names:
    """What everything in a house is called, by the first word of the name."""

    by_word: Mapping[str, tuple[tuple[tuple[str, ...], Kind, str], ...]]


def plain(text: str) -> str:
    """Return ``text`` as it is compared: one width, lower case, no marks."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", "".join(char for char in spread if not unicodedata.combining(char)))


def words(text: str) -> tuple[Word, ...]:
    """Return the words of ``text``; a character of Chinese is a word."""
    return tuple(Word(plain(one[0]), one.start(), one.end()) for one in _WORD.finditer(text[:LONGEST]))


def names_of(registry: Registry) -> Names:
    """Return the names of the rooms and of the things for daily use."""
    found: dict[str, list[tuple[tuple[str, ...], Kind, str]]] = defaultdict(list)

    def add(called: Iterable[str], kind: Kind, thing: str) -> None:
        for name in called:
            said = [word.plain for word in words(name)]
            if said and (len(said) > 1 or len(said[0]) > 1):
                found[said[0]].append((tuple(said), kind, thing))

    for area in registry.areas.values():
        add((area.name, *area.aliases), "area", area.id)
    for entity in registry.entities.values():
        if not entity.hidden and entity.category is None:
            add(entity.names, "entity", entity.entity_id)
    return Names({word: tuple(ones) for word, ones in found.items()})


def mentions(said: str, names: Names, language: str, further: Sequence[str] = ()) -> tuple[Mention, ...]:
    """Return what ``said`` names, in order and without overlap; ``further`` are words looked for besides."""
    heard = words(said)
    found = [
        *_named(heard, names),
        *_here(heard, language),
        *_figures(said, heard, language),
        *_further(heard, further),
    ]
    taken: list[Mention] = []
    for one in sorted(found, key=lambda each: (each.start - each.end, each.kind == "word", each.start)):
        if all(one.end <= other.start or one.start >= other.end for other in taken):
            taken.append(one)
    return tuple(sorted(taken, key=lambda each: each.start))


def _named(heard: Sequence[Word], names: Names) -> Iterator[Mention]:
    for at, word in enumerate(heard):
        spans: dict[tuple[Kind, int], dict[str, None]] = defaultdict(dict)
        for said, kind, thing in names.by_word.get(word.plain, ()):
            if tuple(one.plain for one in heard[at : at + len(said)]) == said:
                spans[kind, len(said)][thing] = None
        for (kind, length), ids in spans.items():
            # A room and a thing of one name: a room is what people mean who name it in a request about many things.
            if kind == "entity" and ("area", length) in spans:
                continue
            yield Mention(kind, word.start, heard[at + length - 1].end, tuple(ids))


def _here(heard: Sequence[Word], language: str) -> Iterator[Mention]:
    for phrase in _HERE.get(language, ()):
        wanted = tuple(word.plain for word in words(phrase))
        for at in range(len(heard) - len(wanted) + 1):
            if tuple(one.plain for one in heard[at : at + len(wanted)]) == wanted:
                yield Mention("here", heard[at].start, heard[at + len(wanted) - 1].end)


def _figures(said: str, heard: Sequence[Word], language: str) -> Iterator[Mention]:
    figures = Figures()
    for at, word in enumerate(heard):
        if at and word.plain.isdigit() and heard[at - 1].end == word.start - 1 and said[word.start - 1] in ":.,-":
            continue  # the second half of a time or a date
        for end in range(min(len(heard), at + _MOST_WORDS), at, -1):
            text = folded(said[word.start : heard[end - 1].end])
            value = figures.number(text, language)
            if value is not None and text not in _NO_FIGURE and 0 <= value <= LARGEST:
                yield Mention("figure", word.start, heard[end - 1].end, (), value)
                break


def _further(heard: Sequence[Word], further: Sequence[str]) -> Iterator[Mention]:
    for text in dict.fromkeys(further):
        wanted = tuple(word.plain for word in words(text.replace("_", " ")))
        for at in range(len(heard) - len(wanted) + 1):
            if wanted and tuple(one.plain for one in heard[at : at + len(wanted)]) == wanted:
                yield Mention("word", heard[at].start, heard[at + len(wanted) - 1].end, (text,))
