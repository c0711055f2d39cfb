"""A library of skills for the tests of what channels show: versions, standings and runs as a test puts them there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from claw.base.action import Action, Origin, Outcome, OutcomeStatus, Pending
from claw.channels.skilful import Rooms, Skilful
from claw.gate.perform import Performed
from claw.house.mirror import Mirror
from claw.house.model import Registry
from claw.memory.audience import audience_of
from claw.policy.people import People, Person
from claw.skills.deciding import Decided
from claw.skills.model import Case, Files, Report, Skill, Standing, content_hash
from claw.skills.reading import read_skill
from claw.skills.runs import SkillRun
from claw.skills.standings import Event, Version
from tests.skill_folders import skill_files

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PEOPLE = People(
    [
        Person("anna", "Anna", "owner"),
        Person("ben", "Ben", "adult"),
        Person("carl", "Carl", "child"),
        Person("gus", "Gus", "guest"),
    ]
)


def as_person(person: str) -> Origin:
    return Origin("web", person, authenticated=True, source="test", conversation="c", strength="session")


ANNA, BEN, CARL, GUS = (as_person(one) for one in ("anna", "ben", "carl", "gus"))
VOICE = Origin("voice:hall", place="hall")
SCREEN = Origin("screen:kitchen", "anna", "kitchen", authenticated=True)


@dataclass
class Shelf:
    """A library of files; each skill has its versions, the newest first."""

    kept: dict[str, list[Files]] = field(default_factory=dict[str, list[Files]])
    wrong: dict[str, str] = field(default_factory=dict[str, str])

    def all(self) -> Sequence[Skill]:
        return [read_skill(files[0], name) for name, files in self.kept.items()]

    def get(self, name: str) -> Skill | None:
        return read_skill(self.kept[name][0], name) if name in self.kept else None

    def broken(self) -> Mapping[str, str]:
        return self.wrong

    def files(self, name: str, hash: str = "") -> Files:  # noqa: A002  the port's own
        return next(one for one in self.kept[name] if hash in {"", content_hash(one)})


@dataclass
class Room:
    """The desk's answers about skills over what a test put there."""

    shelf: Shelf = field(default_factory=Shelf)
    standings: dict[str, Standing] = field(default_factory=dict[str, Standing])
    reports: dict[str, Report] = field(default_factory=dict[str, Report])
    ran: list[SkillRun] = field(default_factory=list[SkillRun])
    asked: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    outcome: OutcomeStatus = "sent"
    pending: Pending | None = None
    proved: bool = True

    def put(self, name: str, *files: Files, **standing: object) -> Skill:
        self.shelf.kept[name] = list(files or (skill_files(name),))
        skill = self.shelf.get(name)
        assert skill is not None
        given = {"state": "trusted", "made": "shipped", **standing}
        self.standings[name] = Standing(name, skill.version, skill.hash, **cast("dict[str, Any]", given))
        return skill

    def of(self, name: str) -> Standing | None:
        return self.standings.get(name)

    def versions(self, name: str) -> Sequence[Version]:
        return [
            Version(read_skill(files, name).version, content_hash(files), NOW, proved=self.proved)
            for files in self.shelf.kept[name]
        ]

    def events(self, name: str, limit: int = 100) -> Sequence[Event]:
        return [Event(NOW, "1.0.0", "h", "trusted", f"three times the same {name}", "anna", 7)][:limit]

    def report(self, name: str, hash: str) -> Report | None:  # noqa: A002  the port's own
        return self.reports.get(name)

    async def do(self, deed: str, name: str, origin: Origin, *, hash: str = "", said: str = "") -> Decided:  # noqa: A002  the port's own
        self.asked.append((deed, name, origin.person, hash))
        return Decided("So it is.", self.performed(), self.standings.get(name))

    async def take(self, name: str, files: Files, origin: Origin) -> Decided:
        self.asked.append(("take", name, sorted(files), origin.person))
        return Decided("It is a draft.", self.performed())

    async def prove(self, name: str, origin: Origin) -> Report:
        self.asked.append(("prove", name, origin.person))
        skill = self.shelf.get(name)
        assert skill is not None
        return self.reports.setdefault(name, Report(name, skill.version, skill.hash, (Case("test", "a", held=True),)))

    def performed(self) -> Performed:
        return Performed((Outcome(Action("claw.skill_accept"), self.outcome, "stopped"),), self.pending)


@dataclass
class Runs:
    room: Room

    def of(self, name: str, limit: int = 100) -> Sequence[SkillRun]:
        return [one for one in self.room.ran if one.name == name][:limit]


def desk_of(room: Room, registry: Registry | None = None, people: People = PEOPLE) -> Skilful:
    house = type("House", (), {"registry": registry or Registry()})

    return Skilful(
        Rooms(
            shelf=room.shelf,
            past=room,
            runs=Runs(room),
            deciding=room,
            audience=lambda origin: audience_of(origin, people, NOW),
            people=people,
            mirror=cast("Mirror", house()),
            prove=room.prove,
        )
    )
