"""Which names may be shown to a model: those that say nothing new, and those that an owner has approved.

A name is text that came from a device, a cloud account or whoever was last in the settings, and a prompt is read by
something that believes what it reads.  So a prompt calls a thing by its id.  Its name stands beside the id only where
all of its words are there already (in the id, in the id of its room, or in what the person just said), or where an
owner approved exactly this name of exactly this thing: a new name, or the same one on another thing, is not approved.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.house.model import Area, Entity, Registry
from claw.house.text import plain, quoted
from claw.mind.relevant import words_of, words_of_id

LONGEST = 40
MOST_ALIASES = 3


@dataclass(frozen=True, slots=True)
class Unapproved:
    """A thing whose names no prompt shows yet: what it is known by, its id, and its names as they are now."""

    thing: str
    id: str
    names: tuple[str, ...]


class ApprovedNames:
    """Remembers what owners approved; the names are held as they were when they were."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._table = db.table("approved_names")
        self._clock = clock
        self._approved: dict[str, tuple[str, ...]] = {
            row["thing"]: tuple(json.loads(row["names"])) for row in self._table.rows
        }

    def shown(self, thing: Entity | Area, said: str = "") -> tuple[str, ...]:
        """Return the names of ``thing`` that a prompt may show to somebody who said ``said``; the own name first."""
        names, called = names_of(thing), _called(thing)
        if self._approved.get(key_of(thing)) == names:
            return (*names[: 1 + MOST_ALIASES], *called)
        known = {*words_of_id(_with_room(thing)), *words_of(said)}
        repeats = (name for name in names if (words := words_of(name)) and known.issuperset(words))
        return (*tuple(repeats)[: 1 + MOST_ALIASES], *called)

    def unapproved(self, registry: Registry) -> list[Unapproved]:
        """Return the things of the house with a name that no prompt shows, by id."""
        return [
            Unapproved(key_of(thing), _id(thing), names_of(thing))
            for thing in _things(registry)
            if len(self.shown(thing)) - len(_called(thing)) < len(names_of(thing)[: 1 + MOST_ALIASES])
        ]

    @staticmethod
    def find(registry: Registry, ids: Iterable[str]) -> list[Entity | Area]:
        """Return the things with these entity or area ids; raises Refused when one is not in the house."""
        things = {_id(thing): thing for thing in _things(registry)}
        found: list[Entity | Area] = []
        for one in ids:
            if one not in things:
                raise Refused(f"there is nothing called {quoted(one)} in the house that has a name to approve")
            found.append(things[one])
        return found

    def approve(self, things: Iterable[Entity | Area], author: str) -> None:
        """Approve the names of ``things`` exactly as they are now; ``author`` is who says so."""
        for thing in things:
            names = names_of(thing)
            moment = self._clock.now().isoformat()
            row = {"thing": key_of(thing), "names": json.dumps(names), "author": author, "approved": moment}
            self._table.upsert(row, pk="thing")
            self._approved[row["thing"]] = names


def key_of(thing: Entity | Area) -> str:
    """Return what an approval is bound to: the registry's own id of an entity, which a rename leaves as it is."""
    if isinstance(thing, Area):
        return f"area:{thing.id}"
    return thing.registry_id or f"entity:{thing.entity_id}"


def names_of(thing: Entity | Area) -> tuple[str, ...]:
    """Return name and aliases as they are shown: on one line, cut, each once."""
    return tuple(dict.fromkeys(text for name in (thing.name, *thing.aliases) if (text := plain(name, LONGEST))))


def _called(thing: Entity | Area) -> tuple[str, ...]:
    """Return what people of the household call it: they said so themselves, so it needs no approval and costs none."""
    given = () if isinstance(thing, Area) else thing.called
    return tuple(text for name in given[:MOST_ALIASES] if (text := plain(name, LONGEST)))


def _id(thing: Entity | Area) -> str:
    return thing.id if isinstance(thing, Area) else thing.entity_id


def _with_room(thing: Entity | Area) -> str:
    room = "" if isinstance(thing, Area) else thing.area or ""
    return f"{_id(thing)} {room}"


def _things(registry: Registry) -> Iterator[Entity | Area]:
    nameable: Sequence[Entity] = [one for one in registry.entities.values() if not one.hidden and one.category is None]
    yield from sorted(registry.areas.values(), key=lambda area: area.id)
    yield from sorted(nameable, key=lambda entity: entity.entity_id)
