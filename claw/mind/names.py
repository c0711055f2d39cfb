"""The names of this house, as one language says them: what each name can mean, and the slot lists that hassil reads.

A name is text, never identity: it leads to entity ids.  Besides its own names a thing gets weaker ones, made by
leaving out what people leave out: the room in "kitchen ceiling", the noun in "front door lock".  A weak name
counts only where no thing bears it as its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from hassil.expression import TextChunk
from hassil.intents import SlotList, TextSlotValue

from claw.house.model import Entity, Registry
from claw.mind.hygiene import name_text
from claw.mind.language import Language
from claw.mind.listed import Listed


@dataclass(frozen=True, slots=True)
class Bearer:
    """An entity that a name can mean; ``weak`` when the name is only a shorter form."""

    entity_id: str
    domain: str
    weak: bool


@dataclass(frozen=True)
class NameBook:
    """What can be named in one house: the registry's nameable entities, by name, domain and place."""

    registry: Registry
    things: Mapping[str, tuple[Bearer, ...]]
    areas: Mapping[str, str]
    floors: Mapping[str, str]
    by_domain: Mapping[str, tuple[Entity, ...]]
    floor_of_area: Mapping[str, str | None]

    @cached_property
    def lists(self) -> dict[str, SlotList]:
        """The slot lists: ``thing`` for our sentences, ``name`` with its domain for the package's, area and floor."""
        names: list[TextSlotValue] = []
        for text, bearers in self.things.items():
            names.extend(_value(text, text, domain) for domain in sorted({bearer.domain for bearer in bearers}))
        return {
            "thing": Listed("thing", [_value(text, text) for text in self.things]),
            "name": Listed("name", names),
            "area": Listed("area", [_value(text, area) for text, area in self.areas.items()]),
            "floor": Listed("floor", [_value(text, floor) for text, floor in self.floors.items()]),
        }

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of any name in the house, also of what is hidden or only for its upkeep; made once, if needed."""
        names = (name for entity in self.registry.entities.values() for name in entity.names)
        texts = {*self.things, *self.areas, *self.floors, *map(name_text, names)}
        return frozenset(word for text in texts for word in text.split())

    def floor_of(self, entity: Entity) -> str | None:
        """Return the floor id of an entity, None where it has none."""
        return self.floor_of_area.get(entity.area or "")


def _value(text: str, out: str, domain: str | None = None) -> TextSlotValue:
    return TextSlotValue(TextChunk(text), out, context=None if domain is None else {"domain": domain})


def name_book(registry: Registry, language: Language) -> NameBook:
    """Return the names of ``registry`` in ``language``; only entities that are not hidden and for daily use."""
    areas = _places((area.id, (area.name, *area.aliases)) for area in registry.areas.values())
    floors = _places((floor.id, (floor.name, *floor.aliases)) for floor in registry.floors.values())
    for text, floor_id in _floor_words(registry, language):
        floors.setdefault(text, floor_id)
    taken = set(areas) | set(floors) | set(language.kinds) | language.reserved
    things: dict[str, dict[str, Bearer]] = defaultdict(dict)
    by_domain: dict[str, list[Entity]] = defaultdict(list)
    nameable = [e for e in registry.entities.values() if not e.hidden and e.category not in {"config", "diagnostic"}]
    for entity in sorted(nameable, key=lambda e: e.entity_id):
        by_domain[entity.domain].append(entity)
        own = {text for name in entity.names if len(text := name_text(name)) > 1}
        for text in own:
            things[text][entity.entity_id] = Bearer(entity.entity_id, entity.domain, weak=False)
        said = {text for name in entity.called if len(text := name_text(name)) > 1}
        for text in (*_weak(own - said, entity, registry, language, taken), *_ended(said, entity, language)):
            if text not in taken:
                things[text].setdefault(entity.entity_id, Bearer(entity.entity_id, entity.domain, weak=True))
    return NameBook(
        registry=registry,
        things={text: tuple(bearers.values()) for text, bearers in things.items()},
        areas=areas,
        floors=floors,
        by_domain={domain: tuple(entities) for domain, entities in by_domain.items()},
        floor_of_area={area.id: area.floor for area in registry.areas.values()},
    )


def _places(rows: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    return {text: place for place, names in rows for name in reversed(names) if len(text := name_text(name)) > 1}


def _floor_words(registry: Registry, language: Language) -> Iterator[tuple[str, str]]:
    """Yield "upstairs" and its like with the floor meant, where only one floor can be."""
    levels = [(floor.level, floor.id) for floor in registry.floors.values() if floor.level is not None]
    meant = {
        "up": [floor for level, floor in levels if level > 0],
        "down": [floor for level, floor in levels if level == 0],
        "basement": [floor for level, floor in levels if level < 0],
    }
    for key, floors in meant.items():
        if len(floors) == 1:
            yield from ((word, floors[0]) for word in language.floors.get(key, ()))


def _weak(own: set[str], entity: Entity, registry: Registry, language: Language, taken: set[str]) -> Iterator[str]:
    """Yield the shorter forms of an entity's names; never one that is a room, a kind or a word of ours."""
    endings = language.endings.get(entity.domain, ())
    area = registry.areas.get(entity.area or "")
    rooms = [name_text(name) for name in (area.name, *area.aliases)] if area else []
    for text in own:
        shorter = {text[len(room) :].lstrip() for room in rooms if text.startswith(f"{room} ")} - taken
        bare = {
            base[: -len(end) - 1] for base in (text, *shorter) for end in endings if base.endswith(f" {end}")
        } - taken
        yield from shorter
        yield from bare
        if entity.domain == "light":
            yield from (f"{base} {end}" for base in (text, *shorter, *bare) for end in endings)


def _ended(called: set[str], entity: Entity, language: Language) -> Iterator[str]:
    """Yield a lamp's given names with the noun put to them; they get no shorter forms, which others may bear."""
    if entity.domain == "light":
        yield from (f"{text} {end}" for text in sorted(called) for end in language.endings.get("light", ()))
