"""What things are called in an answer.

A name is untrusted text: it is shown on one line, cut, and in quotation marks unless it looks like a name.  Two things
of one name are told apart by their area.  A whole area's lights are "the kitchen lights" when they are told as a fact;
a question that waits for a yes never collapses them.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from claw.base.action import Json
from claw.house.model import Entity, House
from claw.house.text import plain
from claw.mind.phrases import Phrases, fill

LIMIT = 60
MOST = 6
"""The most names of a success that are told one by one; what failed is always told completely."""

_NAMELIKE = re.compile(r"[^\W_](?:[\w '\u2019&/+-]|\.(?=\S)|\([\w ]+\))*", re.UNICODE)
_MOST_WORDS = 5
"""A longer name could read as a sentence of ours and is shown in quotation marks."""

_WORDS = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")
_COLLECTED = frozenset({"light", "fan", "media_player", "cover"})


class Naming:
    """Names of one house in one language."""

    def __init__(self, house: House, words: Phrases) -> None:
        self._house = house
        self._words = words

    def one(self, entity_id: str) -> str:
        """Return the name of one entity, never empty, and never the same for two entities of one domain."""
        entity = self._house.registry.entities.get(entity_id)
        raw = entity.name if entity else self._friendly(entity_id)
        name = plain(raw, LIMIT)
        if not name:
            return self._safe(plain(entity_id, LIMIT) or "?")
        if entity is None or not self._is_shared(entity):
            return self._natural(name)
        area = self._house.registry.areas.get(entity.area or "")
        mates = [e for e in self._same_name(entity) if e.area == entity.area]
        place = plain(area.name, LIMIT) if area and len(mates) == 1 else entity_id
        return f"{self._natural(name)} ({self._safe(place)})"

    def all(self, entity_ids: Iterable[str]) -> list[str]:
        """Return the name of each entity, one by one."""
        return [self.one(entity_id) for entity_id in entity_ids]

    def collected(self, entity_ids: Sequence[str], *, complete: bool = True) -> tuple[str, bool]:
        """Return the names as a list in words, and whether they are many.

        Where every thing of a kind in an area is named, the area's group stands for them.  Unless ``complete``, a long
        list ends in "and 5 more".
        """
        wanted = dict.fromkeys(entity_ids)
        parts: list[str] = []
        grouped = False
        for entity_id in entity_ids:
            if entity_id not in wanted:
                continue
            text, members = self._group(entity_id, frozenset(wanted))
            grouped = grouped or len(members) > 1
            parts.append(text)
            for member in members:
                wanted.pop(member, None)
        many = grouped or len(parts) > 1 or self._is_plural(parts)
        if not complete and len(parts) > MOST:
            more = fill(self._words.groups["more"], count=str(len(parts) - MOST))
            parts = [*parts[:MOST], more]
        return self._words.join(parts), many

    def area(self, area_id: str) -> str:
        """Return the name of an area as it stands inside a sentence."""
        area = self._house.registry.areas.get(area_id)
        name = plain(area.name if area else area_id, LIMIT)
        if self._words.things and _WORDS.fullmatch(name) and name.istitle():
            return name.lower()
        return self._safe(name)

    def _group(self, entity_id: str, wanted: frozenset[str]) -> tuple[str, frozenset[str]]:
        kind = self._kinds.get(entity_id)
        if kind is not None:
            domain, area, noun = kind
            everything = self._members(domain, None, noun)
            areas = {self._kinds[member][1] for member in everything}
            if domain == "light" and len(areas) > 1 and len(everything) > 1 and everything <= wanted:
                return self._words.groups["every.light"], everything
            there = self._members(domain, area, noun)
            if area is not None and len(there) > 1 and there <= wanted:
                return self._words.groups[noun].format_map({"area": self.area(area)}), there
        return self.one(entity_id), frozenset({entity_id})

    def _members(self, domain: str, area: str | None, noun: str) -> frozenset[str]:
        return frozenset(
            entity_id
            for entity_id, kind in self._kinds.items()
            if kind[0] == domain and kind[2] == noun and area in {None, kind[1]}
        )

    @cached_property
    def _kinds(self) -> dict[str, tuple[str, str | None, str]]:
        """Domain, area and collective noun of what can be told as a group; groups themselves and hidden things not."""
        kinds: dict[str, tuple[str, str | None, str]] = {}
        registry = self._house.registry
        for entity in registry.entities.values():
            if (
                entity.domain not in _COLLECTED
                or entity.hidden
                or entity.category
                or entity.entity_id in registry.groups
            ):
                continue
            noun = f"cover.{entity.device_class}" if entity.domain == "cover" else entity.domain
            if noun in self._words.groups:
                kinds[entity.entity_id] = (entity.domain, entity.area, noun)
        return kinds

    def _natural(self, name: str) -> str:
        """Return "the front door" for Front Door where the language has articles for such names."""
        words = name.split()
        if not self._words.things or not _WORDS.fullmatch(name) or words[-1].lower() not in self._words.things:
            return self._safe(name)
        common = self._words.things | self._words.qualifiers | self._area_words
        said = [word.lower() if word.lower() in common and not _is_acronym(word) else word for word in words]
        return " ".join(["the", *(said[1:] if said[0].lower() == "the" else said)])

    @cached_property
    def _area_words(self) -> frozenset[str]:
        return frozenset(
            word.lower()
            for area in self._house.registry.areas.values()
            if _WORDS.fullmatch(area.name)
            for word in area.name.split()
        )

    def _safe(self, name: str) -> str:
        bare = _NAMELIKE.fullmatch(name) and len(name.split()) <= _MOST_WORDS
        return name if bare else self._words.quote(name)

    def _is_plural(self, parts: Sequence[str]) -> bool:
        return len(parts) == 1 and parts[0].startswith("the ") and parts[0].split()[-1] in self._words.plurals

    def _friendly(self, entity_id: str) -> str:
        state = self._house.states.get(entity_id)
        name: Json = state.attributes.get("friendly_name") if state else None
        return name if isinstance(name, str) else ""

    def _is_shared(self, entity: Entity) -> bool:
        return any(other.entity_id != entity.entity_id for other in self._same_name(entity))

    def _same_name(self, entity: Entity) -> list[Entity]:
        name = entity.name.casefold().strip()
        return [
            other
            for other in self._house.registry.entities.values()
            if other.domain == entity.domain and other.name.casefold().strip() == name
        ]


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()
