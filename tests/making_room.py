"""A gate with routines behind it: the book, the acts on it and who asks for them; what fires and runs is a stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from claw.base.action import Action, Origin, Outcome
from claw.base.errors import Refused
from claw.house.file import parse_house
from claw.policy.load import parse_policy
from claw.policy.people import People, Person
from claw.routines.acts import SERVICES
from claw.routines.book import Book
from claw.routines.deeds import Deeds
from claw.routines.effector import RoutineEffector
from claw.routines.making import Household, Making, written
from claw.routines.model import Done, Firing, Routine, Run
from claw.routines.place import place_of
from claw.routines.routines import Rooms, Routines
from claw.routines.spec import Runs, Spec
from tests.gate_room import HOUSE, Room
from tests.held_clock import HeldClock

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""A Monday; 13:00 in the house."""

EVERYBODY = People(
    [
        Person("anna", "Anna", "owner", entity="person.anna"),
        Person("ben", "Ben", "adult"),
        Person("carl", "Carl", "child"),
        Person("gus", "Gus", "guest"),
    ]
)
HOME: dict[str, Any] = {
    **HOUSE,
    "time_zone": "Europe/Berlin",
    "location": {"latitude": 52.5, "longitude": 13.4},
    "areas": [{"id": "hall", "name": "Hall"}, {"id": "kitchen", "name": "Kitchen"}],
    "entities": [
        *HOUSE["entities"],
        {"entity_id": "binary_sensor.window", "name": "Window", "area": "hall", "state": "off"},
        {"entity_id": "sensor.warmth", "name": "Warmth", "state": "20.5"},
        {"entity_id": "sensor.word", "name": "Word", "state": "sunny"},
        {"entity_id": "light.dark", "name": "Dark", "area": "hall", "state": "unavailable"},
        {"entity_id": "light.kitchen", "name": "Kitchen", "area": "kitchen", "state": "off"},
        {"entity_id": "person.anna", "name": "Anna", "state": "home"},
    ],
}
POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "cover.*", "switch.*"]}
  - {id: messages, allow: claw.notify}
  - {id: routines, allow: [claw.schedule, "claw.routine_*"]}
  - {id: outside, confirm: claw.schedule, when: {tainted: true}, ask: {roles: [owner, adult], channels: [web, cli]}}
  - {id: locking, allow: lock.lock}
  - {id: unlock, confirm: lock.unlock, on: {entity: lock.door}, ask: {roles: [owner, adult], channels: [web, cli]}}
  - {id: safe, deny: lock.unlock, on: {entity: lock.safe}, why: the safe stays shut}
  - {id: night, deny: "switch.*", when: {between: ["22:00", "06:00"]}, why: the night is quiet}
  - {id: children, deny: "lock.*", who: {role: child}, why: locks are not for children}
"""


def as_person(person: str, **other: Any) -> Origin:
    return Origin(
        "web", person, authenticated=True, source=person, conversation=f"c-{person}", strength="session", **other
    )


ANNA, BEN, CARL, GUS = (as_person(one) for one in ("anna", "ben", "carl", "gus"))
VOICE = Origin("voice:hall", place="hall", source="satellite", conversation="c-voice")
KITCHEN = Origin("voice:kitchen", place="kitchen", source="satellite", conversation="c-kitchen")
LAMP = {"actions": [{"action": "light.turn_on", "entities": ["light.lamp"]}]}


def spec(do: Any = LAMP, when: Any = None, name: str = "Lamp", **more: Any) -> Spec:
    return Spec.model_validate({"name": name, "when": when or {"at": "07:00"}, "do": do, **more})


@dataclass
class Keeper:
    """Stands for what fires: says what is next, and runs by hand as the test lets it."""

    ran: list[tuple[str, Origin]] = field(default_factory=list[tuple[str, Origin]])
    coming: tuple[datetime, ...] = ()
    came: Done = field(default_factory=lambda: Done("done"))
    refuses: str = ""
    breaks: Exception | None = None
    hold: asyncio.Event | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)

    def upcoming(self, routine: str, most: int = 3) -> tuple[datetime, ...]:
        return self.coming[:most]

    async def run_now(self, routine: str, asked_by: Origin) -> Run:
        if self.refuses:
            raise Refused(self.refuses)
        if self.breaks is not None:
            raise self.breaks
        self.ran.append((routine, asked_by))
        self.began.set()
        if self.hold is not None:
            await self.hold.wait()
        firing = Firing(routine, 0, NOW, "by hand", asked_by=asked_by)
        return Run(1, routine, firing, self.came.status, self.came.reason)


@dataclass
class Doing:
    """Stands for what carries routines out."""

    asked: list[Routine | Spec] = field(default_factory=list[Routine | Spec])

    async def dry(self, routine: Routine) -> Done:
        self.asked.append(routine)
        return Done("shadow", would=("turn on the lamp",))

    async def rehearse(self, spec: Spec, origin: Origin) -> Done:
        self.asked.append(spec)
        return Done("shadow", would=("turn on the lamp",))


class MakingRoom(Room):
    """A gate, and routines behind it; ``skill`` and ``gate`` are what is wrong with a skill and a gate program."""

    clock: HeldClock

    def __init__(self, folder: Path, policy: str, clock: HeldClock) -> None:
        super().__init__(folder, policy, clock)  # type: ignore[arg-type]
        self.mirror.synced(parse_house(HOME))
        self.skill = self.gate_program = ""
        self.rules(policy)
        self.services.update(SERVICES)
        self.effector = RoutineEffector(self.desk, self.audit, EVERYBODY.role)
        self.own.update(dict.fromkeys(SERVICES, self.effector))
        self.again()
        self.keeper, self.doing = Keeper(), Doing()
        self.effector.runs = self.keeper
        self.routines = Routines(
            Rooms(
                self.gate,
                self.effector,
                self.making,
                self.book,
                self.keeper,
                self.doing,
                self.mirror,
                EVERYBODY.role,
                clock,
                clock,
            )
        )

    def again(self) -> None:
        """Read everything from the disk."""
        self.book = Book(self.db, self.clock)
        household = Household(
            self.mirror,
            lambda: self.judge.policy,
            EVERYBODY,
            self.clock,
            self.services,
            self._skill,
            lambda _: self.gate_program,
        )
        self.making = Making(self.book, household)
        today = lambda: place_of(self.mirror.registry).wall(self.clock.now()).date()  # noqa: E731  a port in one line
        self.effector.deeds = self.deeds = Deeds(self.book, self.making, EVERYBODY.role, today)

    def _skill(self, runs: Runs, origin: Origin) -> str:
        return self.skill

    def rules(self, policy: str) -> None:
        """Put another policy in force."""
        self.judge.policy = parse_policy(policy, "policy.yaml", EVERYBODY, None)

    async def act(self, name: str, origin: Origin = ANNA, **data: Any) -> Outcome:
        """Do one act on a routine."""
        return await self.one(Action(name, (), data), origin)

    async def made(self, origin: Origin = ANNA, wanted: Spec | None = None) -> Routine:
        """Have a routine made, and return it."""
        outcome = await self.act("claw.schedule", origin, spec=written(wanted or spec()))
        routine = self.effector.take(outcome.audit)
        assert routine is not None, outcome.detail
        return routine

    def now(self, routine: Routine | str) -> Routine:
        """Return a routine as it stands."""
        found = self.book.get(routine if isinstance(routine, str) else routine.id)
        assert found is not None
        return found

    async def close(self) -> None:
        await self.effector.close()
        await super().close()


@asynccontextmanager
async def making_room(folder: Path, policy: str = POLICY) -> AsyncIterator[MakingRoom]:
    """Give a room and close it."""
    room = MakingRoom(folder, policy, HeldClock(NOW))
    try:
        yield room
    finally:
        await room.close()
