"""A house with detectors, a gate, and the routines that guard life behind it; the test holds the clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from claw.base.action import Outcome
from claw.house.file import parse_house
from claw.house.model import Change, State
from claw.routines.book import Book
from claw.routines.model import Done, Firing, Routine, Run
from claw.routines.rights import RoutineRights
from claw.routines.safety import Safety
from claw.routines.safety_doing import SafetyDoing
from claw.routines.selftest import SelfTest
from tests.gate_room import HOUSE, PEOPLE, Room
from tests.held_clock import HeldClock

DETECTORS: list[dict[str, Any]] = [
    {"entity_id": "binary_sensor.kitchen_smoke", "name": "Kitchen Smoke", "area": "hall", "device_class": "smoke"},
    {"entity_id": "binary_sensor.attic_smoke", "name": "Attic Smoke", "device_class": "smoke"},
    {"entity_id": "binary_sensor.boiler_co", "name": "Boiler CO", "device_class": "carbon_monoxide"},
    {"entity_id": "binary_sensor.sink", "name": "Sink", "area": "hall", "device_class": "moisture"},
    {"entity_id": "binary_sensor.front_door", "name": "Front Door", "area": "hall", "device_class": "door"},
]
THERMOMETERS: list[dict[str, Any]] = [
    {
        "entity_id": f"sensor.{name}",
        "name": called,
        "area": area,
        "device_class": "temperature",
        "state": "19.5",
        "attributes": {"unit_of_measurement": "°C"},
    }
    for name, called, area in (
        ("hall_temperature", "Hall Temperature", "hall"),
        ("outdoor", "Outdoor Temperature", "hall"),
        ("somewhere", "Somewhere", None),
        ("fridge", "Kühlschrank", "hall"),
    )
]
SAFETY_HOUSE: dict[str, Any] = {
    **HOUSE,
    "time_zone": "Europe/Berlin",
    "entities": [*HOUSE["entities"], *({"state": "off", **one} for one in DETECTORS), *THERMOMETERS],  # type: ignore[misc]
}

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: "light.*"}
safety:
  smoke:
    - {action: light.turn_on, entities: [light.lamp], data: {brightness_pct: 100}}
    - {action: lock.unlock, entities: [lock.door, lock.safe]}
    - {action: cover.open_cover, entities: cover.garage}
"""


class SafetyRoom(Room):
    """A gate with what guards life."""

    clock: HeldClock

    def __init__(self, folder: Path, policy: str, clock: HeldClock) -> None:
        super().__init__(folder, policy, clock)  # type: ignore[arg-type]
        self.mirror.synced(parse_house(SAFETY_HOUSE))
        self.book = Book(self.db, clock)
        self.judge.makers = RoutineRights(self.book, PEOPLE, self.judge, clock, self.told.append)
        self.safety = Safety(self.book, self.mirror, lambda: self.judge.policy, clock)
        self.safety.renew()
        self.selftest = SelfTest(self.gate, self.judge, self.mirror, PEOPLE, lambda: bool(self.messages.listeners))
        self.doing = SafetyDoing(self.gate, self.mirror, clock, "en", self.selftest)

    def becomes(self, entity: str, value: str) -> None:
        """Let a thing change in the house."""
        state = replace(self.mirror.states[entity], value=value, changed=self.clock.now())
        self.mirror.changed([Change(entity, state)])

    def drops(self, entity: str) -> None:
        """Let a thing be away."""
        self.mirror.changed([Change(entity, State("unavailable"))])

    def routine(self, kind: str) -> Routine:
        """Return one of them."""
        found = self.book.get(f"safety-{kind}")
        assert found is not None
        return found

    async def fires(self, kind: str, trigger: int = 0) -> Done:
        """Carry one run out."""
        routine = self.routine(kind)
        run = Run(1, routine.id, Firing(routine.id, trigger, self.clock.now(), "k"), "running")
        return await self.doing.do(routine, run)


def statuses(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    """Return what came of each act, by its name and things."""
    return {f"{one.action.name} {','.join(one.action.entities)}".strip(): one.status for one in outcomes}


@asynccontextmanager
async def safety_room(folder: Path, policy: str = POLICY) -> AsyncIterator[SafetyRoom]:
    """Give a room and close it."""
    room = SafetyRoom(folder, policy, HeldClock())
    try:
        yield room
    finally:
        await room.close()
