"""Whom or what words mean: somebody of the household, a room, a thing of the house, or just something.

Nothing is guessed: a name means somebody or something only where it is theirs alone; what is nobody's name is kept by
its words.
"""

from collections import defaultdict
from dataclasses import dataclass

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.house.model import Entity, Registry
from claw.memory.model import folded
from claw.memory.subjects import HOUSE, area_of, entity_of, of_area, of_entity, of_person
from claw.mind.memos_tongue import Tongue
from claw.mind.phrases import phrases
from claw.policy.people import People, Person

THING = "thing:"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is spoken of: as it is kept, as it is called, and the words that were said."""

    key: str
    name: str
    said: str = ""

    @property
    def person(self) -> str | None:
        """The id of the person who is meant, None where it is no person."""
        return self.key.removeprefix("person:") if self.key.startswith("person:") else None


class Names:
    """The rooms and things of one house by what they are called, made once: a house may have thousands."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.areas: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.things: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for area in registry.areas.values():
            for name in {folded(one) for one in (area.name, *area.aliases)}:
                self.areas[name].append((of_area(area.id), area.name))
        for entity in registry.entities.values():
            if not entity.hidden and entity.category is None:
                for name in {folded(one) for one in entity.names}:
                    self.things[name].append((of_entity(entity), entity.name))


@dataclass(frozen=True)
class Subjects:
    """Finds whom or what words mean, for whoever says them."""

    people: People
    names: Names
    origin: Origin
    tongue: Tongue

    @property
    def registry(self) -> Registry:
        """The house as it is now."""
        return self.names.registry

    def find(self, words: str) -> Subject:
        """Return what ``words`` mean; raises Refused for "me" where it is not known who speaks."""
        said = " ".join(words.split()).strip(" ,.")
        plain = said.casefold()
        if plain in self.tongue.me:
            person = self.me()
            return Subject(of_person(person.id), person.name, said)
        if plain in self.tongue.us:
            return Subject(HOUSE, said, said)
        bare = self.tongue.bare(said)
        return self.known(bare) or Subject(THING + folded(bare), bare, said)

    def me(self) -> Person:
        """Return who speaks; raises Refused where that is not proven."""
        person = self.people.get(self.origin.person) if self.origin.authenticated else None
        if person is None:
            raise Refused(phrases(self.tongue.code).memos["who"])
        return person

    def known(self, name: str) -> Subject | None:
        """Return the one person, room or thing that is called so; None where there is none, or more than one."""
        wanted = folded(name)
        if not wanted:
            return None
        people = [one for one in self.people if wanted in {folded(one.name), folded(one.id), _first(one.name)}]
        exact = [one for one in people if folded(one.name) == wanted] or people
        if len(exact) == 1:
            return Subject(of_person(exact[0].id), exact[0].name, name)
        found = self.names.areas.get(wanted) or self.names.things.get(wanted) or ()
        return Subject(found[0][0], found[0][1], name) if len(found) == 1 else None

    def mentioned(self, text: str) -> Subject | None:
        """Return the first person, room or thing of the house that a sentence names, of the longest name there."""
        words = text.split()
        for at in range(len(words)):
            for length in range(min(5, len(words) - at), 0, -1):
                name = " ".join(words[at : at + length]).strip(" ,.")
                found = self.known(name.removesuffix("'s").removesuffix("'"))
                if found is not None:
                    return found
        return None

    def entity(self, subject: Subject) -> Entity | None:
        """Return the thing of the house that is meant, None where it is none."""
        return entity_of(subject.key, self.registry)

    def named(self, key: str) -> str:
        """Return what a kept subject is called today."""
        kind, _, rest = key.partition(":")
        if kind == "person":
            person = self.people.get(rest)
            return person.name if person is not None else rest
        entity, area = entity_of(key, self.registry), area_of(key, self.registry)
        if entity is not None:
            return entity.name
        return area.name if area is not None else rest or key


def _first(name: str) -> str:
    return folded(name).partition(" ")[0]
