"""A house that a test moves, watched for routines: no daemon, no backend, a held clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from claw.base.action import Json, Origin
from claw.base.errors import Refused
from claw.house.backend import Link
from claw.house.mirror import Mirror
from claw.house.model import Cause, Change, Entity, House, Registry, State
from claw.policy.people import People, Person
from claw.routines.conditions import Conditions
from claw.routines.model import Firing, Routine
from claw.routines.spec import Spec
from claw.routines.things import Things
from claw.routines.watching import Watching
from tests.held_clock import HeldClock

ANNA = Origin(channel="web", person="anna", authenticated=True, strength="session")
PEOPLE = People(
    [
        Person("anna", "Anna", "owner", entity="person.anna"),
        Person("ben", "Ben", "adult", entity="person.ben"),
    ]
)
DO = {"say": "now"}


class Shelf:
    """The book, as far as watching needs it, on no disk."""

    def __init__(self) -> None:
        self.changed: list[Callable[[str], None]] = []
        self.routines: dict[str, Routine] = {}
        self.stored: dict[str, dict[str, Json]] = {}
        self.writes = 0

    def all(self) -> Sequence[Routine]:
        return tuple(self.routines.values())

    def get(self, routine: str) -> Routine | None:
        return self.routines.get(routine)

    def kept(self, routine: str) -> Mapping[str, Json]:
        return self.stored.get(routine, {})

    def keep(self, routine: str, kept: Mapping[str, Json]) -> None:
        self.writes += 1
        mine = self.stored.setdefault(routine, {})
        mine.update(kept)
        for key in [key for key, value in mine.items() if value is None]:
            del mine[key]

    def put(self, routine: Routine) -> None:
        self.routines[routine.id] = routine
        for tell in tuple(self.changed):
            tell(routine.id)


@dataclass
class Backend:
    """Takes what event types are asked for, but for those that it refuses."""

    asked: list[str] = field(default_factory=list[str])
    refuses: frozenset[str] = frozenset()

    async def events(self, types: Sequence[str]) -> None:
        if self.refuses & set(types):
            raise Refused("Home Assistant does not tell about it")
        self.asked += types


class WatchRoom:
    """A house with a few things, and what watches it; ``again`` is a restart of Claw."""

    def __init__(self, *names: str, people: People = PEOPLE) -> None:
        self.clock = HeldClock()
        self.shelf = Shelf()
        self.backend = Backend()
        self.people = people
        self.fired: list[Firing] = []
        self.told: list[tuple[str, str]] = []
        self.states: dict[str, State] = {}
        self.entities = {name: Entity(name, name.partition(".")[2].replace("_", " "), f"id-{name}") for name in names}
        self._dawn()

    def _dawn(self) -> None:
        self.mirror = Mirror(self.clock)
        self.things = Things(self.mirror, self.shelf)
        self.conditions = Conditions(self.mirror, self.people, self.clock, self.things)
        around = (self.people, self.conditions, self.things)
        times = (self.clock, self.clock)
        self.watching = Watching(self.mirror, self.backend, self.shelf, self.fired.append, times, around, self._tell)

    def _tell(self, routine: Routine, why: str) -> None:
        self.told.append((routine.id, why))

    def house(self, **about: Any) -> House:
        registry = Registry(entities=dict(self.entities), time_zone="Europe/Berlin", location=(52.5, 13.4), **about)
        return House(registry, dict(self.states))

    def sync(self) -> None:
        self.mirror.synced(self.house())

    async def begin(self) -> None:
        """Have the house come into view, and the watch begin."""
        self.sync()
        self.mirror.linked(Link("ready"))
        self.watching.start()
        await self.clock.settle()

    async def again(self) -> None:
        """End Claw as it should be ended, and begin again on the same disk."""
        await self.watching.close()
        self._dawn()
        await self.begin()

    async def crash(self) -> None:
        """End Claw without a word, and begin again on the same disk."""
        task = self.watching.kept._task
        assert task is not None
        task.cancel()
        await self.clock.settle()
        self.shelf.changed.clear()
        self._dawn()
        await self.begin()

    def lose(self) -> None:
        self.mirror.linked(Link("lost"))

    def find(self) -> None:
        self.sync()
        self.mirror.linked(Link("ready"))

    def set(
        self, entity: str, value: str, *, context: str | None = None, cause: Cause | None = None, **more: Any
    ) -> None:
        """Have a thing come to a state, seen or not."""
        before = self.states.get(entity)
        changed = self.clock.now() if before is None or before.value != value else before.changed
        state = State(value, more, changed, context or f"c{len(self.fired)}-{self.clock.monotonic():g}", cause)
        self.states[entity] = state
        if self.mirror.ready:
            self.mirror.changed([Change(entity, state)])

    def gone(self, entity: str) -> None:
        """Take a thing out of the house."""
        del self.states[entity]
        self.entities.pop(entity, None)
        self.sync()

    def rename(self, entity: str, to: str) -> None:
        """Give a thing another id."""
        self.entities[to] = replace(self.entities.pop(entity), entity_id=to)
        self.states[to] = self.states.pop(entity)
        self.sync()

    def routine(self, *when: Any, name: str = "one", **more: Any) -> Routine:
        """Have a routine that these triggers set off."""
        spec = Spec.model_validate({"name": name, "when": list(when), "do": DO, **more})
        routine = Routine(name, spec, ANNA, self.clock.now())
        self.shelf.put(routine)
        return routine

    def take(self) -> list[str]:
        """Return what was fired since the last look: the cause of each."""
        causes = [one.cause for one in self.fired]
        self.fired.clear()
        return causes
