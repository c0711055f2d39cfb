"""The demo's house with somebody in it who shows something by hand, without a daemon around it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from claw.base.action import Action, Json, Origin, Outcome
from claw.daemon.demo import FOLDER
from claw.gate.cause import Causes
from claw.gate.deeds import Deed
from claw.house.backend import Link
from claw.house.chronicle import Chronicle
from claw.house.file import load_house
from claw.house.mirror import Mirror
from claw.house.model import Cause, Change, House, State
from claw.policy.people import People, Person, Role
from claw.skills.demonstration import Demonstrations, Household
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

ANNA = Origin(channel="web", person="anna", authenticated=True, source="test", conversation="c1", strength="session")
BEN = replace(ANNA, person="ben", conversation="c2")
MIA = replace(ANNA, person="mia", conversation="c3")
TOM = replace(ANNA, person="tom", conversation="c4")
VOICE = Origin(channel="voice:hall", place="hall", conversation="voice")

PEOPLE = People(
    [
        Person("anna", "Anna", "owner"),
        Person("ben", "Ben", "adult", entity="person.ben"),
        Person("mia", "Mia", "child"),
        Person("tom", "Tom", "guest"),
    ]
)
LAMP, CEILING, BLINDS = "light.living_room_lamp", "light.living_room_ceiling", "cover.living_room_curtain"
USERS = {"u-anna": "person.anna", "u-ben": "person.ben"}


@dataclass
class Acts:
    """The log, as far as a context is asked of it."""

    known: dict[str, Deed] = field(default_factory=dict[str, Deed])

    def in_context(self, context: str | None) -> Deed | None:
        return self.known.get(context or "")

    def add(self, context: str, origin: Origin, entity: str) -> None:
        outcome = Outcome(Action("light.turn_on", (entity,)), "done")
        self.known[context] = Deed(1, datetime(2026, 1, 1, tzinfo=UTC), origin, outcome, context)


class ShownRoom:
    """A mirror of the demo's house, a table, and hands."""

    def __init__(self, folder: Path) -> None:
        self.clock = HeldClock()
        self.db = open_database(folder / "claw.db")
        migrate(self.db)
        self.house = load_house(FOLDER / "house.yaml")
        self.acts = Acts()
        self.stopped = False
        self.notes: list[tuple[str, dict[str, Json], Origin]] = []
        self._contexts = 0
        self.start()

    def start(self) -> None:
        """Begin as a daemon does, on the same disk."""
        self.mirror = Mirror(self.clock)
        chronicle = Chronicle(self.mirror, self.clock)
        causes = Causes(chronicle, self.mirror, self.acts, PEOPLE)  # type: ignore[arg-type]
        household = Household(self.role, self.name, lambda: self.stopped, lambda *note: self.notes.append(note))
        self.demonstrations = Demonstrations(self.db, self.clock, self.mirror, causes, household)
        self.mirror.watch(self.demonstrations.take)
        self.sync(self.house)

    def sync(self, house: House) -> None:
        self.mirror.linked(Link("connecting"))
        states = dict(house.states)
        for user, person in USERS.items():
            states[person] = State("home", {"user_id": user})
        self.house = replace(house, states=states)
        self.mirror.synced(self.house)
        self.mirror.linked(Link("ready"))

    def role(self, person: str | None) -> Role | None:
        known = PEOPLE.get(person)
        return known.role if known is not None else None

    def name(self, person: str) -> str:
        known = PEOPLE.get(person)
        return known.name if known is not None else person

    def change(
        self,
        entity: str,
        value: str,
        *,
        user: str | None = None,
        parent: str | None = None,
        context: str | None = None,
        **attributes: Any,
    ) -> None:
        """Have a thing change as if by a hand on it, by a user of Home Assistant, or after something else."""
        self._contexts += 1
        old = self.mirror.states[entity]
        cause = Cause(parent, user) if user or parent else None
        state = State(value, {**old.attributes, **attributes}, self.clock.now(), context or f"x{self._contexts}", cause)
        self.house = replace(self.house, states={**self.house.states, entity: state})
        self.mirror.changed([Change(entity, state)])

    def ran(self, automation: str, context: str) -> None:
        """Have an automation run in a context."""
        state = State("on", {"last_triggered": context}, self.clock.now(), context, None)
        self.mirror.changed([Change(automation, state)])

    def told(self) -> list[str]:
        """Return the open row, as it stands on disk."""
        return [
            f"{state} {changes} {before}"
            for state, changes, before in self.db.conn.execute(
                "select state, changes, before from demonstrations order by id"
            )
        ]
