"""What belongs together when things are named: those of one name, and those that an area's plural stands for.

Worked out once per registry and kept while it lasts, because a reply must not walk over three thousand entities.
"""

from collections import defaultdict, deque
from functools import cached_property
from typing import NamedTuple

from claw.house.model import Entity, Registry
from claw.house.text import plain

COLLECTED = frozenset({"light", "fan", "media_player", "cover.blind", "cover.curtain", "cover.shade", "cover.shutter"})
"""Kinds of which a whole area's are told as one: "the kitchen lights"."""


class Family(NamedTuple):
    """A kind of thing in an area; no area: wherever they are."""

    kind: str
    area: str | None


class Families:
    """The namesakes and families of one registry."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def namesakes(self, entity: Entity) -> tuple[Entity, ...]:
        """Return all entities of the same domain that look the same when named, ``entity`` included."""
        return tuple(self._by_name.get(_shown(entity), ()))

    def family(self, entity_id: str) -> Family | None:
        """Return the family of an entity; None where it is told by itself: hidden, a group, or of another kind."""
        return self._families.get(entity_id)

    def members(self, kind: str, area: str | None) -> frozenset[str]:
        """Return the entities of a kind in an area, or of the whole house."""
        return self._members.get(Family(kind, area), frozenset())

    def areas(self, kind: str) -> int:
        """Return in how many areas there are things of a kind; those in no area count as one more."""
        return self._areas.get(kind, 0)

    @cached_property
    def area_words(self) -> frozenset[str]:
        """The words of which area names are made, in lower case."""
        return frozenset(word for area in self.registry.areas.values() for word in plain(area.name).lower().split())

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[Entity]]:
        by_name: dict[tuple[str, str], list[Entity]] = defaultdict(list)
        for entity in self.registry.entities.values():
            by_name[_shown(entity)].append(entity)
        return dict(by_name)

    @cached_property
    def _families(self) -> dict[str, Family]:
        families: dict[str, Family] = {}
        for entity in self.registry.entities.values():
            kind = f"cover.{entity.device_class}" if entity.domain == "cover" else entity.domain
            apart = entity.hidden or entity.category is not None or entity.entity_id in self.registry.groups
            if kind in COLLECTED and not apart:
                families[entity.entity_id] = Family(kind, entity.area)
        return families

    @cached_property
    def _members(self) -> dict[Family, frozenset[str]]:
        members: dict[Family, set[str]] = defaultdict(set)
        everywhere: dict[Family, set[str]] = defaultdict(set)
        for entity_id, family in self._families.items():
            everywhere[Family(family.kind, None)].add(entity_id)
            if family.area is not None:
                members[family].add(entity_id)
        return {family: frozenset(ids) for family, ids in (*members.items(), *everywhere.items())}

    @cached_property
    def _areas(self) -> dict[str, int]:
        areas: dict[str, set[str | None]] = defaultdict(set)
        for family in self._families.values():
            areas[family.kind].add(family.area)
        return {kind: len(found) for kind, found in areas.items()}


_kept: deque[Families] = deque(maxlen=2)


def families(registry: Registry) -> Families:
    """Return the families of ``registry``, those of the last two registries without working them out again."""
    for known in _kept:
        if known.registry is registry:
            return known
    made = Families(registry)
    _kept.append(made)
    return made


def _shown(entity: Entity) -> tuple[str, str]:
    return entity.domain, plain(entity.name).casefold()
