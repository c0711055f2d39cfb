"""From a reading's words to entities: which lamp, which room, all of them or the only one.

What is said decides first, then where the asker stands, then whether only one thing can be meant.  Two things that
fit equally are never chosen between: the asker is told both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claw.base.action import NO_DATA
from claw.house.model import Entity
from claw.house.text import plain
from claw.mind.hygiene import name_text
from claw.mind.kinds import EVERYTHING, KINDS, REACH, SWITCHED, UNCLASSED
from claw.mind.names import Bearer, NameBook
from claw.mind.reading import HERE, Reading


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why no entity was found.  A ``firm`` doubt ends the search: no less likely reading may be tried.

    Where a ``word`` could mean several, ``choices`` are their entity ids.
    """

    reason: str
    firm: bool = False
    word: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: an area, a floor, the whole house, or, where all are unset, wherever it was not said."""

    area: str | None = None
    floor: str | None = None
    whole: bool = False
    said: bool = False


_LISTED = 5
_SINGLE = "one"
_BROAD = frozenset({"off", "close", "lock", "stop", "pause", "halt_media", "mute"})
"""Verbs that may mean the whole house when nothing says where: their harm is small and they are said on leaving."""

_COMPOUNDED = 4
_LIGHTING = frozenset({"light", "lighting", "licht", "beleuchtung", "verlichting", "lumière", "éclairage"})
"""Words for what a room has rather than for a lamp: a night light's compound does not make it the room's light."""
_FIGURED = frozenset({"level", "more", "less"})
_SAY_WHAT = "Everything has no figure in common: please say which, such as “all lights” or “the volume”."


class Targets:
    """Finds entities in one house, for an asker who stands in ``place`` (an area id or None).

    ``chosen`` are entity ids by the word that could mean several: what the asker answered, or always means.
    """

    def __init__(self, book: NameBook, place: str | None, chosen: Mapping[str, str] = NO_DATA) -> None:
        self._chosen = chosen
        self.book = book
        self.place = place if place in book.registry.areas else None

    def find(self, reading: Reading, reach: frozenset[str] | None = None) -> tuple[str, ...] | Doubt:
        """Return the entity ids that ``reading`` means, sorted, at least one; ``reach`` stands in for its verb's."""
        reach = REACH[reading.does] if reach is None else reach
        scope = self.scope(reading)
        if isinstance(scope, Doubt):
            return scope
        thing = reading.get("thing")
        if thing is not None:
            allowed = reach & reading.domains if reading.domains and not reading.does.startswith("q_value") else reach
            return self._named(str(thing), allowed, scope)
        return self._of_kind(str(reading.get("kind", "everything/many")), reach, scope, reading)

    def scope(self, reading: Reading) -> Scope | Doubt:
        """Return where the reading looks."""
        area, floor, where = reading.get("area"), reading.get("floor"), reading.get("where")
        if area == HERE or where == "here":
            if self.place is None:
                return Doubt("I do not know which room you are in, so please name the room.", firm=True)
            return Scope(area=self.place, said=True)
        if area is not None:
            return Scope(area=str(area), said=True)
        if floor is not None:
            return Scope(floor=str(floor), said=True)
        return Scope(whole=where == "house", said=where == "house")

    def inside(self, entities: Iterable[Entity], scope: Scope) -> list[Entity]:
        """Return those of ``entities`` that are in ``scope``."""
        if scope.area is not None:
            return [entity for entity in entities if entity.area == scope.area]
        if scope.floor is not None:
            return [entity for entity in entities if self.book.floor_of(entity) == scope.floor]
        return list(entities)

    def _named(self, thing: str, allowed: frozenset[str], scope: Scope) -> tuple[str, ...] | Doubt:
        bearers = [bearer for bearer in self.book.things.get(thing, ()) if bearer.domain in allowed]
        if not bearers:
            return Doubt(f"There is nothing called “{plain(thing)}” that can do that.")
        entities = self.book.registry.entities
        if scope.area is not None or scope.floor is not None:
            within = {entity.entity_id for entity in self.inside((entities[b.entity_id] for b in bearers), scope)}
            bearers = [bearer for bearer in bearers if bearer.entity_id in within]
            if not bearers:
                return Doubt(f"There is no “{plain(thing)}” {self.where(scope)}.")
        bearers = _strongest(bearers)
        if len(bearers) > 1 and self.place is not None:
            bearers = [b for b in bearers if entities[b.entity_id].area == self.place] or bearers
        if len(bearers) > 1:
            bearers = [b for b in bearers if b.entity_id == self._chosen.get(thing)] or bearers
        if len(bearers) > 1:
            return self._ambiguous(thing, [entities[bearer.entity_id] for bearer in bearers])
        return self._members(bearers[0].entity_id, allowed)

    def _members(self, entity_id: str, allowed: frozenset[str]) -> tuple[str, ...] | Doubt:
        """Return a group's members that the verb reaches, or the entity itself where it is no group."""
        if not entity_id.startswith("group."):
            return (entity_id,)
        members = tuple(
            sorted(m for m in self.book.registry.groups.get(entity_id, ()) if m.partition(".")[0] in allowed)
        )
        return members or Doubt("That group holds nothing that can do that.")

    def _of_kind(self, said: str, reach: frozenset[str], scope: Scope, reading: Reading) -> tuple[str, ...] | Doubt:
        kind, _, number = said.partition("/")
        found = self.of_kind(kind, reach, scope)
        name = kind_name(kind, number)
        if kind == "everything" and not reach & EVERYTHING:
            return Doubt("“Everything” means lights, media players and fans: please name what else you mean.")
        if kind == "everything" and reading.does in _FIGURED and reading.get("attr") is None:
            return Doubt(_SAY_WHAT, firm=True)
        everything = reading.get("all") is not None or kind == "everything"
        if not scope.said and not everything:
            found = self._nearby(found, kind, number, reading)
            if isinstance(found, Doubt):
                return found
        if not found:
            there = "There is no" if number == _SINGLE and kind != "light" else "There are no"
            other = kind in KINDS and self.of_kind(kind, KINDS[kind].domains, scope)
            return Doubt(f"{there} {name} {self.where(scope)}{' that can do that' if other else ''}.")
        if not everything and len(found) > 1:
            found = self._called(found, kind, reading)
        if number == _SINGLE and not everything and len(found) > 1 and kind != "light":
            found = [entity for entity in found if entity.entity_id == self._chosen.get(name)] or found
        if number == _SINGLE and not everything and len(found) > 1 and kind != "light":
            return self._ambiguous(name, found)
        return tuple(sorted(entity.entity_id for entity in found))

    def _called(self, found: list[Entity], kind: str, reading: Reading) -> list[Entity]:
        """Return those whose own names carry the word that was said for one; a room's only lamp, or else its lights."""
        word = str(reading.get("word", ""))
        called = [entity for entity in found if any(_carries(name, word) for name in (entity.name, *entity.aliases))]
        if kind != "light":
            return called or found
        return called if len(called) == 1 and len({entity.area for entity in found}) == 1 else found

    def _nearby(self, found: list[Entity], kind: str, number: str, reading: Reading) -> list[Entity] | Doubt:
        """Narrow what was found in the house to what is meant when nobody said where."""
        near = [entity for entity in found if self.place is not None and entity.area == self.place]
        if near or len({entity.area for entity in found}) <= 1 or reading.does.startswith("q_"):
            return near if near and not reading.does.startswith("q_") else found
        if number == _SINGLE and kind != "light":
            return found
        if reading.does in _BROAD:
            return found
        if self.place is not None:
            return Doubt(
                f"There are no {kind_name(kind, number)} {self.where(Scope(area=self.place))}; please name the room.",
                firm=True,
            )
        return Doubt("Which room do you mean? Please name it, or say “all”.", firm=True)

    def of_kind(self, kind: str, reach: frozenset[str], scope: Scope) -> list[Entity]:
        """Return every entity of ``kind`` that ``reach`` allows, in ``scope``; several where a class is not exact."""
        if kind == "everything":
            return self.inside(self._everything(reach), scope)
        known = KINDS.get(kind)
        if known is None:
            return []
        rows = [entity for domain in sorted(known.domains & reach) for entity in self.book.by_domain.get(domain, ())]
        rows = self.inside(self._ungrouped(rows), scope)
        if not known.classes:
            return rows
        exact = [
            e for e in rows if e.device_class in known.classes or (e.domain in UNCLASSED and e.device_class is None)
        ]
        return exact or [e for e in rows if e.device_class in known.instead]

    def _everything(self, reach: frozenset[str]) -> list[Entity]:
        """Return what "everything" means for a verb that reaches ``reach``."""
        plainly = [e for domain in sorted(EVERYTHING & reach) for e in self.book.by_domain.get(domain, ())]
        labelled = [
            entity
            for domain in sorted((SWITCHED & reach) - EVERYTHING)
            for entity in self.book.by_domain.get(domain, ())
            if any(label.casefold() == "everything" for label in entity.labels)
        ]
        return self._ungrouped(plainly) + labelled

    def _ungrouped(self, rows: list[Entity]) -> list[Entity]:
        """Leave out a group whose members are all there: they are meant already."""
        groups = self.book.registry.groups
        ids = {entity.entity_id for entity in rows}
        return [e for e in rows if not (members := groups.get(e.entity_id)) or not ids.issuperset(members)]

    def where(self, scope: Scope) -> str:
        """Return "in the kitchen" and its like, for a sentence."""
        registry = self.book.registry
        if scope.area is not None:
            return f"in “{plain(registry.areas[scope.area].name)}”"
        if scope.floor is not None:
            return f"on “{plain(registry.floors[scope.floor].name)}”"
        return "in the house"

    def _ambiguous(self, said: str, entities: Sequence[Entity]) -> Doubt:
        choices = tuple(entity.entity_id for entity in entities)
        named = sorted(f"{plain(entity.name)} ({entity.entity_id})" for entity in entities)
        listed = ", ".join(named[:_LISTED]) + (f" and {len(named) - _LISTED} more" if len(named) > _LISTED else "")
        return Doubt(f"“{plain(said)}” could mean {listed}. Which one?", firm=True, word=said, choices=choices)


def kind_name(kind: str, number: str = "many") -> str:
    """Return an English word for a kind."""
    words = {
        "climate": "thermostat",
        "media": "media player",
        "mower": "lawn mower",
        "everything": "thing to switch",
    }
    word = words.get(kind, kind.replace("_", " "))
    return word if number == _SINGLE and kind != "light" else f"{word}es" if word.endswith("ch") else f"{word}s"


def _carries(name: str, word: str) -> bool:
    """Whether a name holds ``word``, or a compound that ends in it: a "Stehlampe" is a lamp."""
    compound = len(word) >= _COMPOUNDED and word not in _LIGHTING
    return bool(word) and any(
        part == word or (compound and part.endswith(word)) for part in name_text(name).replace("-", " ").split()
    )


def _strongest(bearers: list[Bearer]) -> list[Bearer]:
    return [bearer for bearer in bearers if not bearer.weak] or bearers
