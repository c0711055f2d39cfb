"""What a policy is held against on the command line: the people, the actions and the house.

A running daemon knows all of it as it is at this moment; without one a house file and the configuration do.  Everything
about a policy is then worked out here, in the terminal of whoever writes it, so that a draft never has to go anywhere.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pydantic import TypeAdapter

from claw.base.action import Json
from claw.base.config import Config, HouseConfig, read_config
from claw.base.documents import Document, read_text
from claw.base.errors import Refused
from claw.cli.client import Client, NoDaemon
from claw.daemon.declared import people_of, services_of
from claw.house.file import load_house
from claw.house.model import House, Registry, State
from claw.house.services import CATALOGUE
from claw.policy.decide import Policy
from claw.policy.load import parse_policy
from claw.policy.people import People, Person
from claw.policy.rules import PolicyFile
from claw.policy.testing import read_tests

_registry: TypeAdapter[Registry] = TypeAdapter(Registry)
_people: TypeAdapter[list[Person]] = TypeAdapter(list[Person])


@dataclass(frozen=True)
class Draft:
    """A policy file that was read: its text, its shape with lines, and the policy that it makes."""

    name: str
    text: str
    document: Document[PolicyFile]
    policy: Policy


@dataclass(frozen=True)
class Ground:
    """What a policy is held against; ``house`` is None where nobody knows it.

    ``path`` is the policy file that counts, None where no configuration names one; ``text`` what counts of it, empty
    where no daemon runs.
    """

    people: People
    actions: Collection[str]
    house: House | None
    path: Path | None = None
    text: str = ""

    def read(self, file: Path | None) -> Draft:
        """Return the policy in ``file``, else the one that counts, checked as a file; raises Invalid, Refused."""
        if file is not None:
            return self.parse(read_text(file), str(file))
        if self.text:
            return self.parse(self.text, str(self.path))
        if self.path is None:
            raise Refused("no daemon runs here and no configuration names a policy: name a file")
        return self.parse(read_text(self.path), str(self.path))

    def parse(self, text: str, name: str) -> Draft:
        """Return the policy in ``text``, checked as a file; raises Invalid with ``name`` and line."""
        policy = parse_policy(text, name, self.people, None, self.actions)
        return Draft(name, text, read_tests(text, name), policy)

    def hold(self, draft: Draft) -> Policy:
        """Return the same held against this house, its own tests included; raises Invalid with file and line."""
        return parse_policy(draft.text, draft.name, self.people, self.known.registry, self.actions)

    @property
    def known(self) -> House:
        """The house; raises Refused where nobody knows it."""
        if self.house is None:
            raise Refused("the house is not known: no daemon that follows it runs here; name a house file with --house")
        return self.house

    def renamed_to_present(self) -> "Ground":
        """Return the same for a file that is written now: it means every thing by the id that it has today."""
        if self.house is None:
            return self
        registry = self.house.registry
        entities = {key: replace(entity, former=None) for key, entity in registry.entities.items()}
        return replace(self, house=House(replace(registry, entities=MappingProxyType(entities)), self.house.states))


def ground(house: Path | None, config: Path, client: Client) -> Ground:
    """Return what policies are held against: a named house file, a running daemon, else the config's."""
    if house is None:
        try:
            return _told(client.ask("policy_ground"))
        except NoDaemon:
            pass
    return _written(house, config)


def _told(answer: Json) -> Ground:
    people, actions = People(_people.validate_python(answer["people"])), frozenset[str](answer["actions"])
    house = None
    if answer["registry"] is not None:
        states = {entity: State(value) for entity, value in answer["states"].items()}
        house = House(_registry.validate_python(answer["registry"]), MappingProxyType(states))
    return Ground(people, actions, house, Path(answer["path"]), answer["text"])


def _written(house: Path | None, config: Path) -> Ground:
    settings = read_config(config) if config.exists() else None
    file = house or (settings.house.simulated if settings else None)
    known = load_house(file) if file else None
    if settings is None:
        settings = Config(house=HouseConfig(simulated=file))
        return Ground(people_of(settings, known), frozenset(CATALOGUE), known)
    actions = frozenset({*CATALOGUE, *services_of(settings)})
    return Ground(people_of(settings, known), actions, known, settings.policy)
