"""A memory with everything real but the house: the tables on disk, who may write, and who asks."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from claw.base.action import Origin
from claw.memory.admission import Admission
from claw.memory.episodes import Episodes
from claw.memory.facts import Facts
from claw.memory.model import Audience, Fact, Told
from claw.memory.passages import Passages
from claw.memory.residents import Residents
from claw.policy.people import People, Person
from claw.store.db import open_database
from claw.store.migrations import migrate

PEOPLE = People(
    [
        Person("anna", "Anna", "owner"),
        Person("ben", "Ben", "adult"),
        Person("carl", "Carl", "child"),
        Person("gus", "Gus", "guest"),
    ]
)
ANNA = Origin("web", "anna", authenticated=True, source="tab", conversation="c1", strength="session")
BEN = Origin("web", "ben", authenticated=True, source="tab", conversation="c2", strength="session")
CARL = Origin("web", "carl", authenticated=True, source="tab", conversation="c3", strength="session")
GUS = Origin("web", "gus", authenticated=True, source="tab", conversation="c4", strength="session")
VOICE = Origin("voice:hall", place="hall", source="satellite", conversation="c5")

AS_ANNA = Audience("anna", resident=True, owner=True)
AS_BEN = Audience("ben", resident=True)
AS_CARL = Audience("carl", resident=True)

BY_ANNA = Told("owner_told", "web", "anna", explicit=True, audit=1)
BY_BEN = Told("resident_told", "web", "ben", explicit=True, audit=2)
BY_GUEST = Told("guest_told", "voice:hall", audit=3)
SEEN = Told(
    "observed", "sensor", first=datetime(2026, 1, 1, tzinfo=UTC), last=datetime(2026, 1, 4, tzinfo=UTC), weight=0.8
)


class Wall:
    """A clock that a test moves."""

    def __init__(self, at: datetime = datetime(2026, 5, 8, 9, 0, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def later(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


def name(person: str) -> str:
    """Return what somebody is called."""
    known = PEOPLE.get(person)
    return known.name if known else person


def school(value: str, **more: object) -> Fact:
    """Return a fact of which there is one at a time."""
    return Fact("fact", "person:carl", "school", value, f"Carl goes to {value}.", **more)  # type: ignore[arg-type]


def allergy(value: str) -> Fact:
    """Return a fact of which there may be several."""
    return Fact("fact", "person:carl", "allergic to", value, f"Carl is allergic to {value}.", several=True)


@dataclass(frozen=True)
class Shelf:
    """The tables of one memory, and who may write them."""

    db: Database
    wall: Wall
    passages: Passages
    facts: Facts
    episodes: Episodes
    residents: Residents
    admission: Admission

    def found(self) -> set[str]:
        """Return every text that a search could find."""
        return {row[0] for row in self.db.execute("select text from passages")}


def shelf(path: Path) -> Shelf:
    """Return an empty memory in that file."""
    db = open_database(path)
    migrate(db)
    wall, passages = Wall(), Passages(db)
    facts = Facts(db, wall, passages, name)
    episodes, residents = Episodes(db, wall, passages), Residents(db, wall)
    return Shelf(db, wall, passages, facts, episodes, residents, Admission(facts, PEOPLE, wall))
