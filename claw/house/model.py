"""What a house is: areas, floors, labels, devices, entities and their states, frozen at one moment.

A ``Registry`` changes rarely and is replaced whole (its ``version`` counts up); states change all the time.  An entity
may be in no area and in no registry: Home Assistant's demo locks and media players never are, so nothing here
may require either.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType

from claw.base.action import NO_DATA, Action, Json

UNAVAILABLE = frozenset({"unavailable", "unknown"})
"""State values that say the device's own state is not known."""

STATELESS = frozenset({"button", "input_button", "scene", "script", "notify", "tts", "conversation"})
"""Domains whose state says when a thing was last used, or that it is at work, and nothing of how it is."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A storey; ``level`` counts from 0 for the ground floor where known."""

    id: str
    name: str
    level: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """A room or a part of the garden."""

    id: str
    name: str
    floor: str | None = None
    aliases: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Device:
    """A physical thing that carries entities.

    ``parent`` is the device that this one is a part of: ``area`` is its own, else its parent's; ``labels`` are its own.
    """

    id: str
    name: str
    area: str | None = None
    labels: frozenset[str] = frozenset()
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing with a state.

    ``registry_id`` is Home Assistant's own id of the registry row and survives a rename; None where the entity is in
    no registry.  ``area`` is already resolved (the entity's own, else its device's); ``labels`` are the entity's and
    its device's together.  ``category`` is ``config`` or ``diagnostic`` for entities that are not for daily use.

    ``former`` is the id by which the household's files mean this thing, where that is not ``entity_id`` (see
    ``claw/house/identity.py``); empty where they mean another thing by ``entity_id``, and this one by none.

    ``called`` are the names that people of the household gave it by talking to Claw; the house knows nothing of them.

    ``exposed`` says whether the household shows it to Home Assistant's voice assistants; None where nobody can tell.
    """

    entity_id: str
    name: str
    registry_id: str | None = None
    area: str | None = None
    device: str | None = None
    labels: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = ()
    device_class: str | None = None
    category: str | None = None
    hidden: bool = False
    former: str | None = None
    called: tuple[str, ...] = ()
    exposed: bool | None = None

    @property
    def meant(self) -> str:
        """The id by which the household's files mean this thing; empty where by none."""
        return self.entity_id if self.former is None else self.former

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it goes by, its own name first."""
        return (self.name, *self.aliases, *self.called)

    @property
    def domain(self) -> str:
        """The part of the id before the dot."""
        return self.entity_id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Cause:
    """What a context says of itself: the context that led to it, and the user of Home Assistant it is of."""

    parent: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """An entity's state value, its attributes and when the value last changed (UTC).

    ``context`` is the id of the context in which value or attributes were last written, ``cause`` what is known of that
    context; None where nothing is, as when the device itself reports.
    """

    value: str
    attributes: Mapping[str, Json] = field(default_factory=lambda: NO_DATA)
    changed: datetime | None = None
    context: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the household, as the house file or Home Assistant names them.

    ``rooms`` (area ids), ``hours`` (start, end, days) and ``end`` (the last day) bound what a role lets them do.
    """

    id: str
    name: str
    role: str | None = None
    entity_id: str | None = None
    rooms: tuple[str, ...] = ()
    hours: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    end: date | None = None


@dataclass(frozen=True)
class Registry:
    """Everything about the house that is not a state.

    ``location`` is latitude and longitude.  ``reaches`` maps a scene, script or automation to the entities that it
    acts on; ``steps`` to exactly what it does.  What is in neither may do anything, and what is ``unsure``
    more than they say.
    """

    areas: Mapping[str, Area] = field(default_factory=lambda: NO_DATA)
    floors: Mapping[str, Floor] = field(default_factory=lambda: NO_DATA)
    labels: Mapping[str, str] = field(default_factory=lambda: NO_DATA)
    devices: Mapping[str, Device] = field(default_factory=lambda: NO_DATA)
    entities: Mapping[str, Entity] = field(default_factory=lambda: NO_DATA)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NO_DATA)
    people: tuple[Person, ...] = ()
    time_zone: str = "UTC"
    temperature_unit: str = "°C"
    language: str = "en"
    location: tuple[float, float] | None = None
    reaches: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NO_DATA)
    steps: Mapping[str, tuple[Action, ...]] = field(default_factory=lambda: NO_DATA)
    unsure: frozenset[str] = frozenset()
    version: int = 0

    def tells(self, entity_id: str) -> bool:
        """Return whether it is known what this sets off, and that it is no more."""
        return entity_id in self.steps or (entity_id in self.reaches and entity_id not in self.unsure)

    @cached_property
    def by_registry_id(self) -> Mapping[str, Entity]:
        """Entities by their registry id: how a rename is followed."""
        return MappingProxyType({e.registry_id: e for e in self.entities.values() if e.registry_id is not None})

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """Present ids by the ids that the household's files use, where these differ.

        An id that has gone over to a thing the files do not mean leads to the empty text, which is no entity, unless
        the thing they do mean is here under another id.
        """
        taken = {entity.entity_id: "" for entity in self.entities.values() if entity.former is not None}
        return MappingProxyType(
            taken | {entity.former: entity.entity_id for entity in self.entities.values() if entity.former}
        )

    @cached_property
    def daily(self) -> tuple[str, ...]:
        """Ids of the entities for daily use, in order: neither hidden nor there to configure or diagnose."""
        return tuple(sorted(one for one, entity in self.entities.items() if not entity.hidden and not entity.category))

    @cached_property
    def daily_by_area(self) -> Mapping[str, tuple[str, ...]]:
        """The same by area."""
        return _grouped(self.daily, lambda one: self.entities[one].area or "")

    @cached_property
    def daily_by_domain(self) -> Mapping[str, tuple[str, ...]]:
        """The same by domain."""
        return _grouped(self.daily, lambda one: one.partition(".")[0])

    @cached_property
    def kinds(self) -> Mapping[str, int]:
        """How many things there are of each domain, those that are hidden left out; what is most of all comes first."""
        domains = Counter(entity_id.partition(".")[0] for entity_id, one in self.entities.items() if not one.hidden)
        return MappingProxyType(dict(domains.most_common()))

    def in_areas(self, areas: Iterable[str]) -> list[str]:
        """Return the ids of all entities in these areas, whatever they are for."""
        return [one for area in areas for one in self._by_area.get(area, ())]

    @cached_property
    def _by_area(self) -> Mapping[str, tuple[str, ...]]:
        return _grouped(self.entities, lambda one: self.entities[one].area or "")

    def floor_of(self, entity: Entity) -> str | None:
        """Return the floor id of the entity's area, None where either is missing."""
        area = self.areas.get(entity.area or "")
        return area.floor if area else None


def _grouped(ids: Iterable[str], of: Callable[[str], str]) -> Mapping[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for one in ids:
        groups.setdefault(of(one), []).append(one)
    return MappingProxyType({key: tuple(group) for key, group in groups.items()})


@dataclass(frozen=True)
class House:
    """A registry and the states of one moment; a copy of it is the twin.

    ``stale`` says that nobody is told of changes: the states are what they were, and may be so no longer.
    """

    registry: Registry
    states: Mapping[str, State]
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One entity's new state; None when the entity is gone."""

    entity_id: str
    state: State | None
