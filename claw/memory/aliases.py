"""What this household calls its things: names that people gave, beside those that the house has.

An alias is a fact like any other; what makes it work is that it is added to every registry the mirror takes, as one of
the names by which a thing is *called*.  So sentences in every language, programs and cards know it at once, and a
renamed device keeps it.  A name that could be taken for another (an existing name, a room, a word for a kind of thing,
a word of Claw's own) is refused: whoever can name things must not be able to redirect a command.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.gate.answering import role_now
from claw.house.mirror import Mirror
from claw.house.model import Entity, Registry
from claw.house.text import quoted
from claw.memory.audience import RESIDENTS
from claw.memory.model import GUESTS, HOUSEHOLD, Fact, Memory, Told, Trust, folded
from claw.memory.resembling import Names, squeezed
from claw.memory.subjects import entity_of, of_entity
from claw.memory.talk_names import TalkNames
from claw.policy.people import People, Role

PREDICATE = "called"
LONGEST = 40
MOST_WORDS = 4
MOST_NAMES = 5
"""Names that people may give to one thing."""

GUARDED = frozenset({"lock", "cover", "valve", "alarm_control_panel"})
"""What only owners name, and whatever sets it off."""

_SETS_OFF = frozenset({"script", "scene", "automation", "button", "input_button"})
"""What moves others; which ones is not always known."""

_NAME = re.compile(r"[^\W_]+(?:[ '\u2019-][^\W_]+)*")
_ANSWERABLE: frozenset[Trust] = frozenset({"resident_told", "owner_told"})
_SHARED = frozenset({HOUSEHOLD, GUESTS})


class Known(Protocol):
    """What is remembered, as far as names and likings are concerned."""

    changed: list[Callable[[], None]]

    def active(self, kind: str | None = None, subject: str | None = None, predicate: str | None = None) -> list[Memory]:
        """Return the memories in force of this kind, about this, without regard to who may hear of them."""
        ...


class Sentences(Protocol):
    """What knows the phrases of every language."""

    def taken(self, name: str) -> str | None:
        """Return why ``name`` can be no name of a thing, as a whole sentence; None where nothing speaks so."""
        ...


class Aliases:
    """The names that the household gave; used from the event loop only."""

    def __init__(
        self,
        known: Known,
        mirror: Mirror,
        people: People,
        sentences: Sentences,
        now: Callable[[], datetime | None],
        talks: TalkNames,
    ) -> None:
        """Begin to add to every registry of ``mirror`` what is ``known``.

        ``now`` gives the time as the clocks in the house show it, None where its time zone is not known.  ``talks``
        holds the names that last for one talk only.
        """
        self.talks = talks
        self._known = known
        self._mirror = mirror
        self._people = people
        self._sentences = sentences
        self._now = now
        self._names: tuple[Registry, Names] | None = None
        self._given: tuple[Memory, ...] = ()
        self._renew = mirror.add(self.follow)
        known.changed.append(self._changed)
        self._changed()

    def lives_here(self, origin: Origin) -> bool:
        """Return whether names that ``origin`` gives are the household's; those of others last for one talk."""
        return origin.authenticated and role_now(self._people, origin.person, self._now()) in RESIDENTS

    def fact(self, entity_id: str, name: str, origin: Origin) -> Fact:
        """Return the fact that this thing is called ``name``, to be told to ``Memories`` by whoever asked.

        Raises Refused with a whole sentence: no such thing, nobody who lives here, a name that is or resembles another,
        or a lock, cover, valve or alarm that somebody else than an owner would name.
        """
        if not self.lives_here(origin):
            raise Refused("Only people who live here can give a thing a name for good.")
        said = " ".join(name.split())
        role = role_now(self._people, origin.person, self._now())
        thing = self._fit(self._mirror.registry.entities.get(entity_id), said, role)
        sentence = f"{quoted(thing.name, LONGEST)} ({thing.entity_id}) is also called {quoted(said, LONGEST)}"
        return Fact("alias", of_entity(thing), PREDICATE, {"name": said}, sentence, several=True)

    def name_for_talk(self, entity_id: str, name: str, origin: Origin) -> str:
        """Let ``origin``, who need not live here, call this thing ``name`` in this talk; return the name it stands for.

        Raises Refused as ``fact`` does; it does not say which other name is too near.
        """
        said = " ".join(name.split())
        thing = self._fit(self._mirror.registry.entities.get(entity_id), said, None, hint=False)
        known = Counter(squeezed(one) for one, _ in names_of(self._mirror.registry))
        own = next((one for one in (thing.name, *thing.aliases) if known[squeezed(one)] == 1), None)
        if own is None or not self.talks.give(origin.conversation, said, own):
            raise Refused("I cannot give that a name in this talk.")
        return own

    def check(self, fact: Fact, told: Told, role: Role | None) -> None:
        """Raise Refused, with a sentence, for an alias that may not be kept; other facts are none of its business."""
        if fact.kind != "alias":
            return
        name = _name_of(fact)
        if name is None or fact.predicate != PREDICATE or not fact.several:
            raise Refused("That is not the way in which a name is kept.")
        self._fit(entity_of(fact.subject, self._mirror.registry), name, role)
        if told.taint:
            raise Refused("Somebody outside had a part in that name, so I do not keep it.")

    def _fit(self, thing: Entity | None, name: str, role: str | None, *, hint: bool = True) -> Entity:
        if thing is None or thing.hidden or thing.category is not None:
            raise Refused("There is no such thing in the house that could be called so.")
        if not _well_formed(name):
            raise Refused(f"A name has at most {MOST_WORDS} words and {LONGEST} characters, letters and digits only.")
        registry = self._mirror.registry
        if role != "owner" and _guarded(thing, registry):
            raise Refused(f"Only an owner gives a name to {quoted(thing.name, LONGEST)}: it lets people in or out.")
        own = thing.names if hint else (thing.name, *thing.aliases)
        if squeezed(name) in set(map(squeezed, own)):
            raise Refused(f"{quoted(thing.name, LONGEST)} is called {quoted(name, LONGEST)} already.")
        if hint and len(thing.called) >= MOST_NAMES:
            raise Refused(
                f"{quoted(thing.name, LONGEST)} has {MOST_NAMES} more names already: forget one of them first."
            )
        alike = self._known_names(registry).resembled(name, but=thing.entity_id)
        if alike is not None:
            other = f"{quoted(alike, LONGEST)}" if hint else "something else"
            raise Refused(f"{quoted(name, LONGEST)} could be taken for {other}, so please choose another name.")
        if (why := self._sentences.taken(name)) is not None:
            raise Refused(why)
        return thing

    def follow(self, registry: Registry) -> Registry:
        """Return ``registry`` with the names that the household gave; a name that the house itself gives now is its."""
        if not self._given:
            return registry
        taken = {squeezed(name) for name, _ in names_of(registry)}
        given: dict[str, list[str]] = {}
        for memory in self._given:
            thing, name = entity_of(memory.fact.subject, registry), _name_of(memory.fact)
            if thing is None or name is None or squeezed(name) in taken:
                continue
            # Who says yes to a candidate was held against the same rules as who gives the name.
            if _guarded(thing, registry) and memory.trust != "owner_told" and memory.confirmed is None:
                continue
            taken.add(squeezed(name))
            given.setdefault(thing.entity_id, []).append(name)
        called = {key: replace(registry.entities[key], called=tuple(names)) for key, names in given.items()}
        return replace(registry, entities=MappingProxyType({**registry.entities, **called}))

    def _changed(self) -> None:
        """Take the names in force where they are others than before."""
        given = tuple(sorted(filter(_counts, self._known.active(kind="alias")), key=lambda memory: memory.id))
        if given != self._given:
            self._given = given
            self._renew()

    def _known_names(self, registry: Registry) -> Names:
        if self._names is None or self._names[0] is not registry:
            people = ((person.name, f"person.{person.id}") for person in self._people)
            self._names = (registry, Names([*names_of(registry), *people]))
        return self._names[1]


def names_of(registry: Registry) -> Iterator[tuple[str, str]]:
    """Give every name in the house with the id of what bears it: things, areas, floors and people."""
    for entity in registry.entities.values():
        if not entity.hidden and entity.category is None:
            yield from ((name, entity.entity_id) for name in entity.names)
    for area in registry.areas.values():
        yield from ((name, f"area:{area.id}") for name in (area.name, *area.aliases))
    for floor in registry.floors.values():
        yield from ((name, f"floor:{floor.id}") for name in (floor.name, *floor.aliases))
    yield from ((person.name, person.entity_id or f"person.{person.id}") for person in registry.people)


def _counts(memory: Memory) -> bool:
    """Return whether a name is one that somebody who lives here gave, to everybody, in their own words."""
    told = (memory.explicit and memory.trust in _ANSWERABLE) or memory.confirmed is not None
    return told and not memory.taint and memory.fact.predicate == PREDICATE and memory.fact.visibility in _SHARED


def _name_of(fact: Fact) -> str | None:
    value = fact.value
    name = value.get("name") if isinstance(value, Mapping) else None
    return name if isinstance(name, str) and folded(name) else None


def _well_formed(name: str) -> bool:
    short = len(name) <= LONGEST and len(name.split()) <= MOST_WORDS
    return short and _NAME.fullmatch(name) is not None and len(squeezed(name)) > 1 and not squeezed(name).isdigit()


def _guarded(thing: Entity, registry: Registry) -> bool:
    """Return whether ``thing``, or what it sets off or holds, is or may be a lock, a cover, a valve or an alarm."""
    if thing.domain in _SETS_OFF and not registry.tells(thing.entity_id):
        return True
    reached = {thing.entity_id, *registry.reaches.get(thing.entity_id, ()), *registry.groups.get(thing.entity_id, ())}
    reached |= {one for member in tuple(reached) for one in registry.groups.get(member, ())}
    steps = registry.steps.get(thing.entity_id, ())
    reached |= {entity for step in steps for entity in step.entities}
    return any(entity.partition(".")[0] in GUARDED for entity in reached)
