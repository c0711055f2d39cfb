"""Routines for the tests of what channels show: as a test puts them there, with what was asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from claw.base.action import Action, Origin, Outcome, OutcomeStatus, Pending, Reply
from claw.channels.routined import Rooms, Routined
from claw.daemon.demo import FOLDER
from claw.gate.perform import Performed
from claw.house.file import load_house
from claw.house.mirror import Mirror
from claw.policy.people import People, Person
from claw.routines.model import Done, Firing, Routine, Run
from claw.routines.routines import Routines, Told
from claw.routines.spec import Spec
from claw.routines.whose import Asker, sees, shown
from tests.held_clock import HeldClock

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""A Monday, 13:00 in the demo's house."""
HOUSE = load_house(FOLDER / "house.yaml")
PEOPLE = People(
    [
        Person("anna", "Anna", "owner", entity="person.anna"),
        Person("ben", "Ben", "adult", entity="person.ben"),
        Person("carl", "Carl", "child"),
        Person("gus", "Gus", "guest"),
    ]
)
OF_ROW = ("state", "why", "runs", "shadow_left", "expires", "adopted_by", "skips", "last")
LAMP = {"actions": [{"action": "light.turn_on", "entities": ["light.kitchen_ceiling"]}]}


def as_person(person: str) -> Origin:
    return Origin("web", person, authenticated=True, source="test", conversation="c", strength="session")


ANNA, BEN, CARL, GUS = (as_person(one) for one in ("anna", "ben", "carl", "gus"))
VOICE = Origin("voice:kitchen", place="kitchen")


def routine(ident: str = "r1", by: Origin = ANNA, do: Any = LAMP, when: Any = None, **more: Any) -> Routine:
    """Return a routine; what a row has besides its spec is told apart by name."""
    row = {key: more.pop(key) for key in OF_ROW if key in more}
    spec = Spec.model_validate({"name": "Lamp", "when": when or {"at": "07:00"}, "do": do, **more})
    return Routine(ident, spec, by, NOW - timedelta(days=1), **row)


def run(number: int, of: str = "r1", status: Any = "done", *, due: datetime = NOW, **more: Any) -> Run:
    """Return a row of the history."""
    firing = {key: more.pop(key) for key in ("cause", "asked_by", "trigger") if key in more}
    began = more.pop("began", due)
    made = Firing(of, firing.get("trigger", 0), due, f"at {due}", firing.get("cause", ""), None, firing.get("asked_by"))
    return Run(number, of, made, status, began=began, **more)


@dataclass
class Room:
    """Fills the port of ``Routined``: what is there, what was asked, and what the gate says to it."""

    kept: dict[str, Routine] = field(default_factory=dict[str, Routine])
    runs: list[Run] = field(default_factory=list[Run])
    broken: dict[str, str] = field(default_factory=dict[str, str])
    wouldst: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    asked: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    problems: tuple[str, ...] = ()
    outcome: OutcomeStatus | None = None
    pending: Pending | None = None
    dry: Done = field(default_factory=lambda: Done("shadow", "it is dry", (), ("turn on the lamp",)))
    reply: Reply | None = None
    ran: Run | None = None
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOW))

    def put(self, *routines: Routine) -> None:
        self.kept |= {one.id: one for one in routines}

    def asker(self, origin: Origin) -> Asker:
        return Asker(origin, PEOPLE.role(origin.person) if origin.authenticated else None)

    def get(self, routine: str, origin: Origin) -> Routine | None:
        found, asker = self.kept.get(routine), self.asker(origin)
        return shown(found, asker) if found is not None and sees(found, asker) else None

    def list(self, origin: Origin, *, over: bool = False) -> tuple[Routine, ...]:
        seen = (self.get(ident, origin) for ident in self.kept)
        return tuple(one for one in seen if one is not None and (over or one.state not in {"over", "removed"}))

    def named(self, words: str, origin: Origin) -> tuple[Routine, ...]:
        return tuple(one for one in self.list(origin) if one.spec.name.lower() == words.lower())

    def next(self, routine: Routine, most: int = 3) -> tuple[datetime, ...]:
        return tuple(NOW + timedelta(days=day, hours=18) for day in range(most)) if routine.fires else ()

    def history(
        self, origin: Origin, routine: str | None = None, *, limit: int = 50, before: datetime | None = None
    ) -> tuple[Run, ...]:
        there = [one for one in self.runs if self.get(one.routine, origin) and routine in {None, one.routine}]
        there = [one for one in there if before is None or one.firing.due < before]
        return tuple(sorted(there, key=lambda one: (one.firing.due, one.id), reverse=True)[:limit])

    async def check(self, spec: Spec, origin: Origin) -> tuple[str, ...]:
        return self.problems

    async def add(self, spec: Spec, origin: Origin, *, said: str = "") -> Told:
        self.asked.append(("add", spec, origin.person))
        made = Routine("r2", spec, origin, NOW)
        if self.outcome is None and self.pending is None:
            self.put(made)
        return self.told(made)

    async def skip(self, routine: str, origin: Origin, *, days: Sequence[date] = (), said: str = "") -> Told:
        self.asked.append(("skip", routine, origin.person, tuple(map(str, days))))
        return self.told(self.kept[routine])

    async def run(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        self.asked.append(("run", routine, origin.person))
        return replace(self.told(self.kept[routine]), run=self.ran)

    async def pause(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        return self.did("pause", routine, origin, "paused")

    async def resume(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        return self.did("resume", routine, origin, "on")

    async def remove(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        return self.did("remove", routine, origin, "removed")

    async def adopt(self, routine: str, origin: Origin, *, said: str = "") -> Told:
        return self.did("adopt", routine, origin, "on")

    async def dry_run(self, routine: str | Spec, origin: Origin) -> Done:
        self.asked.append(("dry run", routine, origin.person))
        return self.dry

    async def talk(self, words: str, origin: Origin) -> Reply | None:
        self.asked.append(("talk", words, origin.person))
        return self.reply

    def would(self, number: int) -> tuple[str, ...]:
        return self.wouldst.get(number, ())

    def did(self, deed: str, ident: str, origin: Origin, state: Any) -> Told:
        self.asked.append((deed, ident, origin.person))
        if self.outcome is None and self.pending is None:
            self.put(replace(self.kept[ident], state=state))
        return self.told(self.kept[ident])

    def told(self, made: Routine) -> Told:
        outcomes = (Outcome(Action("claw.schedule"), self.outcome or "sent", "stopped" if self.outcome else ""),)
        done = self.outcome is None and self.pending is None
        return Told("So it is.", Performed(outcomes, self.pending), made if done else None)


def desk_of(room: Room) -> Routined:
    """Return the desk's answers over what a test put into ``room``."""
    mirror = type("There", (), {"registry": HOUSE.registry, "house": lambda _: HOUSE})()
    roles = room.asker
    return Routined(
        Rooms(
            routines=cast("Routines", room),
            talk=room.talk,
            would=room.would,
            role=lambda person: roles(as_person(person or "")).role,
            people=PEOPLE,
            mirror=cast("Mirror", mirror),
            clock=room.clock,
            problem=lambda ident: room.broken.get(ident, ""),
        )
    )
