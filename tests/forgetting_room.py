"""A household whose memory is real, with a log and a database on disk, and a gate that lets everything through."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from claw.audit.log import AuditLog
from claw.base.action import Action, Origin, Outcome
from claw.base.errors import Refused
from claw.base.permit import PermitDesk
from claw.gate.perform import Performed
from claw.gate.plan import logged
from claw.memory.audience import audience_of
from claw.memory.episodes import Episodes
from claw.memory.erasing import Rows
from claw.memory.facts import Facts
from claw.memory.forget import Forgetter, Forgetting
from claw.memory.model import Fact, Memory, Told
from claw.memory.passages import Passages
from claw.memory.tombstones import Tombstones
from claw.policy.people import People, Person
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

PEOPLE = People(
    [
        Person("anna", "Anna", "owner"),
        Person("ben", "Ben", "adult"),
        Person("kim", "Kim", "child"),
        Person("gus", "Gus", "guest"),
    ]
)
ANNA = Origin("web", "anna", authenticated=True, conversation="annas", source="a")
BEN = Origin("web", "ben", authenticated=True, conversation="bens", source="b")
KIM = Origin("web", "kim", authenticated=True, conversation="kims", source="k")
GUEST = Origin("web", "gus", authenticated=True, conversation="guests", source="g")
VOICE = Origin("voice:hall", place="hall", conversation="hall")
START = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)


class OpenGate:
    """Writes the intent, hands the act to the effector with a permit, writes what came of it."""

    def __init__(self, audit: AuditLog, permits: PermitDesk) -> None:
        self._audit = audit
        self._permits = permits
        self.effector: Forgetter | None = None

    async def perform(self, actions: Sequence[Action], origin: Origin) -> Performed:
        (action,) = actions
        number = await self._audit.append("intent", {"said": "", "action": logged(action)}, origin=origin)
        assert self.effector is not None
        try:
            ack = await self.effector.perform(self._permits.issue(action, number), action)
        except Refused as error:
            await self._audit.append("outcome", {"status": "refused", "detail": str(error)}, parent=number)
            return Performed((Outcome(action, "refused", str(error), number),))
        await self._audit.append("outcome", {"status": "sent", "response": ack.response}, parent=number)
        return Performed((Outcome(action, "sent", "", number),))


class ForgettingRoom:
    """Memory, the log and whoever forgets, in ``state``."""

    def __init__(self, state: Path, clock: HeldClock | None = None) -> None:
        self.state = state
        self.clock = clock or HeldClock(START)
        self.audit = AuditLog.open(state / "audit.db", self.clock)
        self.db = open_database(state / "claw.db")
        migrate(self.db)
        self.passages = Passages(self.db)
        self.episodes = Episodes(self.db, self.clock, self.passages)
        self.facts = Facts(self.db, self.clock, self.passages, name)
        self.permits = PermitDesk(self.clock)
        self.gate = OpenGate(self.audit, self.permits)
        rows = Rows(self.db, self.passages, lives_here, name)
        stones = Tombstones(self.db, self.clock)
        self.forgetter = Forgetter(
            self.permits,
            self.db,
            self.audit,
            rows,
            self.passages,
            stones,
            lambda origin: audience_of(origin, PEOPLE, self.clock.now()),
        )
        self.forgetter.changed.append(self.facts.announce)
        self.gate.effector = self.forgetter
        self.forgetting = Forgetting(self.gate, self.forgetter)

    async def tell(self, fact: Fact, origin: Origin, said: str = "") -> Memory:
        """Remember ``fact`` as ``origin`` said it: an entry with its outcome, an exchange, a memory."""
        said = said or f"remember that {fact.sentence}"
        action = {"name": "claw.remember", "entities": [], "data": {"sentence": fact.sentence}}
        number = await self.audit.append("intent", {"said": said, "action": action, "rule": "keep"}, origin=origin)
        episode = self.episodes.note(origin, said, "resident_told", audit=number)
        told = Told("resident_told", origin.channel, origin.person, explicit=True, episode=episode, audit=number)
        kept = self.facts.keep(fact, told)
        await self.audit.append("outcome", {"status": "sent", "detail": ""}, parent=number)
        return kept.memory

    def files(self) -> list[Path]:
        """Return the files of the database and the log."""
        return [each for each in self.state.iterdir() if each.is_file() and each.name.startswith(("claw.", "audit"))]

    def left(self, *words: str) -> list[str]:
        """Return which files still hold one of ``words``, in whatever case."""
        sought = [word.lower().encode() for word in words]
        return [each.name for each in self.files() if any(word in each.read_bytes().lower() for word in sought)]

    def count(self, table: str) -> int:
        (number,) = self.db.conn.execute(f"select count(*) from {table}").fetchone()  # noqa: S608  a test names it
        return number

    async def close(self) -> None:
        await self.audit.close()
        self.db.close()


def name(person: str) -> str:
    known = PEOPLE.get(person)
    return known.name if known is not None else person


def lives_here(person: str) -> bool:
    known = PEOPLE.get(person)
    return known is not None and known.role in {"owner", "adult"}


@asynccontextmanager
async def forgetting_room(state: Path) -> AsyncIterator[ForgettingRoom]:
    """Give a room and close it."""
    room = ForgettingRoom(state)
    try:
        yield room
    finally:
        await room.close()
