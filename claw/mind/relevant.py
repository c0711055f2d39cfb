"""Which things of the house a request is about: what a prompt shows, found without a model.

A prompt that lists three thousand entities costs more than the answer.  So every entity is found by the words people
have for it: its names, its room's and floor's, what it is called by kind in each language, its device class and its id.
A rare word says more than a common one.  What the words do not reach is filled up with what is in the asker's room.

This only chooses what is *shown*; what may be acted upon is another question, and names that nobody has approved still
find their thing here without being shown (``claw/mind/approved.py``).
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from claw.house.model import Entity, Registry
from claw.mind.hygiene import name_text
from claw.mind.kinds import ANY, EVERYTHING, KINDS, UNCLASSED, Kind
from claw.mind.language import Language

MOST = 40
"""Entities that are shown at most."""
FEW = 12
"""Fewer than this are filled up with what is in the asker's room."""
LONGEST_NAME = 120
MOST_WORDS = 60
"""Words of a request that are looked at: what comes after is rarely about another thing."""

_NAME, _PLACE, _KIND, _ID = 4.0, 2.0, 2.0, 1.0
_KINDS: Mapping[str, Kind] = {**KINDS, "everything": Kind(EVERYTHING)}
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DAILY = ("light", "climate", "cover", "media_player", "lock", "switch", "fan", "vacuum", "sensor", "binary_sensor")
"""What a person in a room most likely means, in that order, when the words say nothing."""


class Relevant:
    """The index of one registry; made once per registry, asked once per request."""

    def __init__(self, registry: Registry, languages: Sequence[Language]) -> None:
        """Take the entities for daily use; ``languages`` bring their words for kinds of things."""
        self._entities = sorted(
            (entity for entity in registry.entities.values() if not entity.hidden and entity.category is None),
            key=lambda entity: entity.entity_id,
        )
        self._by_word: dict[str, dict[int, float]] = defaultdict(dict)
        by_kind: dict[Kind, list[list[str]]] = defaultdict(list)
        for phrase, kind in _phrases(languages):
            if kind in _KINDS:
                by_kind[_KINDS[kind]].append(words_of(phrase))
        places = _places(registry)
        for at, entity in enumerate(self._entities):
            for name in entity.names:
                self._add(at, words_of(name), _NAME)
            self._add(at, places.get(entity.area or "", ()), _PLACE)
            self._add(at, words_of_id(entity.entity_id), _ID)
            self._add(at, words_of_id(entity.device_class or ""), _KIND)
            for kind, phrases in by_kind.items():
                if _is(entity, kind):
                    for words in phrases:
                        self._add(at, words, _KIND)
        count = len(self._entities) + 1
        self._rarity = {word: math.log(count / len(rows)) + 0.1 for word, rows in self._by_word.items()}
        self._near = _by_area(self._entities)

    def find(self, text: str, place: str | None = None, most: int = MOST) -> tuple[str, ...]:
        """Return the ids of at most ``most`` entities that ``text`` may be about, the likeliest first.

        ``place`` is the area id the asker stands in: its things come after those that the words reach.
        """
        found = dict.fromkeys(self._ranked(text, place)[:most])
        if len(found) < FEW:
            found |= dict.fromkeys(self._fallback(place, min(most, FEW)))
        return tuple(self._entities[at].entity_id for at in found)[:most]

    def named(self, text: str, most: int = MOST) -> tuple[str, ...]:
        """Return the ids of at most ``most`` entities that the words of ``text`` reach, and no others."""
        return tuple(self._entities[at].entity_id for at in self._ranked(text, None)[:most])

    def _ranked(self, text: str, place: str | None) -> list[int]:
        scores: dict[int, float] = defaultdict(float)
        for word in dict.fromkeys(words_of(text)[:MOST_WORDS]):
            rarity = self._rarity.get(word, 0.0)
            for at, weight in self._by_word.get(word, {}).items():
                scores[at] += weight * rarity
        for at in self._near.get(place or "", ()):
            if at in scores:
                scores[at] += _PLACE
        # By score, then in the order of their ids, in which they are numbered: twice by what needs no calls to compare.
        return sorted(sorted(scores), key=scores.__getitem__, reverse=True)

    def _fallback(self, place: str | None, most: int) -> list[int]:
        """Return what is in the room, else one of each kind of the house: a request may name nothing at all."""
        here = self._near.get(place or "", ())
        if here:
            return list(here)[:most]
        rounds: list[tuple[int, int, int]] = []
        seen: dict[str, int] = defaultdict(int)
        for at, entity in enumerate(self._entities):
            if entity.domain in _DAILY:
                rounds.append((seen[entity.domain], _DAILY.index(entity.domain), at))
                seen[entity.domain] += 1
        return [at for _, _, at in sorted(rounds)[:most]]

    def _add(self, at: int, words: Iterable[str], weight: float) -> None:
        for word in words:
            rows = self._by_word[word]
            rows[at] = max(rows.get(at, 0.0), weight)


def words_of(text: str) -> list[str]:
    """Return the words of ``text`` as they are compared: lower case, plural endings cut, Chinese in pairs."""
    found: list[str] = []
    for word in name_text(text[:2000]).replace("'", " ").split() if len(text) <= LONGEST_NAME else _long(text):
        if not word.isascii() and _HAN.search(word):
            found += [word[at : at + 2] for at in range(max(len(word) - 1, 1))]
        elif len(word) > 1 or word.isdigit():
            found.append(_stem(word))
    return found


def words_of_id(known: str) -> list[str]:
    """Return the words of an id, which are joined by dots and underscores."""
    return words_of(known.replace(".", " ").replace("_", " "))


def _long(text: str) -> Iterator[str]:
    """Give the words of a text that is longer than any name."""
    for start in range(0, min(len(text), 2000), 100):
        yield from name_text(text[start : start + LONGEST_NAME]).split()


def _stem(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):  # noqa: PLR2004  bus, gas
        return word[:-1]
    return word


def _phrases(languages: Sequence[Language]) -> Iterator[tuple[str, str]]:
    for language in languages:
        for phrase, kind in language.kinds.items():
            yield phrase, kind.partition("/")[0]


def _is(entity: Entity, kind: Kind) -> bool:
    if entity.domain not in kind.domains:
        return False
    classes = kind.classes | kind.instead
    return classes == ANY or entity.device_class in classes or entity.domain in UNCLASSED


def _places(registry: Registry) -> Mapping[str, list[str]]:
    """Return the words for each area: its own names and its floor's."""
    found: dict[str, list[str]] = {}
    for area in registry.areas.values():
        floor = registry.floors.get(area.floor or "")
        names = [area.name, *area.aliases, area.id.replace("_", " ")]
        names += [floor.name, *floor.aliases] if floor else []
        found[area.id] = [word for name in names for word in words_of(name)]
    return found


def _by_area(entities: Sequence[Entity]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    daily = {domain: rank for rank, domain in enumerate(_DAILY)}
    for at, entity in sorted(enumerate(entities), key=lambda one: daily.get(one[1].domain, len(_DAILY))):
        if entity.area:
            found[entity.area].append(at)
    return found
