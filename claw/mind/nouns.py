"""What things are called in an answer.

A name is untrusted text: it is shown on one line, cut, and in quotation marks unless it looks like a name.  Two things
of one name are told apart by their area.  A whole area's lights are "the kitchen lights" when they are told as a fact;
a question that waits for a yes never collapses them.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from claw.base.action import Json
from claw.house.model import House
from claw.house.text import plain
from claw.mind.families import families
from claw.mind.phrases import Phrases, fill

LIMIT = 60
MOST = 6
"""The most names of a success that are told one by one; what failed is always told completely."""

_NAMELIKE = re.compile(r"[^\W_](?:[\w '\u2019&/+-]|\.(?=\S)|\([\w ]+\))*", re.UNICODE)
_MOST_WORDS = 5
"""A longer name could read as a sentence of ours and is shown in quotation marks."""

_WORDS = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")


class Naming:
    """Names of one house in one language."""

    def __init__(self, house: House, words: Phrases) -> None:
        self._house = house
        self._words = words
        self._families = families(house.registry)

    def one(self, entity_id: str) -> str:
        """Return the name of one entity, never empty, and never the same for two entities of one domain."""
        entity = self._house.registry.entities.get(entity_id)
        raw = entity.name if entity else self._friendly(entity_id)
        name = plain(raw, LIMIT)
        if not name:
            return self._safe(plain(entity_id, LIMIT) or "?")
        namesakes = self._families.namesakes(entity) if entity else ()
        if entity is None or len(namesakes) < 2:  # noqa: PLR2004  itself and another
            return self._natural(name)
        area = self._house.registry.areas.get(entity.area or "")
        mates = [other for other in namesakes if other.area == entity.area]
        place = plain(area.name, LIMIT) if area and len(mates) == 1 else entity_id
        return f"{self._natural(name)} ({self._safe(place)})"

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
            text, members = self._group(entity_id, wanted.keys())
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

    def _group(self, entity_id: str, wanted: AbstractSet[str]) -> tuple[str, frozenset[str]]:
        family = self._families.family(entity_id)
        if family is not None:
            everything = self._families.members(family.kind, None)
            if family.kind == "light" and self._families.areas("light") > 1 and everything <= wanted:
                return self._words.groups["every.light"], everything
            there = self._families.members(*family)
            if family.area is not None and len(there) > 1 and there <= wanted:
                return self._words.groups[family.kind].format_map({"area": self.area(family.area)}), there
        return self.one(entity_id), frozenset({entity_id})

    def _natural(self, name: str) -> str:
        """Return "the front door" for Front Door where the language has articles for such names."""
        words = name.split()
        if not self._words.things or not _WORDS.fullmatch(name) or words[-1].lower() not in self._words.things:
            return self._safe(name)
        common = self._words.things | self._words.qualifiers | self._families.area_words
        said = [word.lower() if word.lower() in common and not _is_acronym(word) else word for word in words]
        return " ".join(["the", *(said[1:] if said[0].lower() == "the" else said)])

    def _safe(self, name: str) -> str:
        bare = _NAMELIKE.fullmatch(name) and len(name.split()) <= _MOST_WORDS
        return name if bare else self._words.quote(name)

    def _is_plural(self, parts: Sequence[str]) -> bool:
        return len(parts) == 1 and parts[0].startswith("the ") and parts[0].split()[-1] in self._words.plurals

    def _friendly(self, entity_id: str) -> str:
        state = self._house.states.get(entity_id)
        name: Json = state.attributes.get("friendly_name") if state else None
        return name if isinstance(name, str) else ""


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()
