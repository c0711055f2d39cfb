"""A gate with everything real but the devices: a hand records what it is told and checks what must be true then."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Message, Origin, Outcome, Permit
from claw.base.clock import SystemClock
from claw.base.permit import PermitDesk
from claw.gate.confirm import Questions
from claw.gate.follow import Follower
from claw.gate.judge import Judge
from claw.gate.messages import SERVICES, Messages
from claw.gate.perform import Door, Effector, Gate, logged
from claw.gate.refusals import Refusals
from claw.gate.stop import Stop
from claw.gate.verify import Verifier
from claw.house.backend import Link
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.house.model import Change, House, State
from claw.house.semantics import changes
from claw.policy.load import load_policy
from claw.policy.overlay import Overlay
from claw.policy.people import People, Person
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.talking import until

PEOPLE = People([Person("anna", "Anna", "owner"), Person("ben", "Ben", "adult"), Person("carl", "Carl", "child")])
OWNER = Origin("web", "anna", authenticated=True, source="test", conversation="c1", strength="session")
CHILD = Origin("web", "carl", authenticated=True, source="test", conversation="c2", strength="session")
VOICE = Origin("voice:hall", place="hall", source="satellite", conversation="c3")

HOUSE = {
    "areas": [{"id": "hall", "name": "Hall"}],
    "entities": [
        {
            "entity_id": "light.lamp",
            "name": "Lamp",
            "area": "hall",
            "state": "off",
            "attributes": {"supported_color_modes": ["brightness"], "color_mode": None, "brightness": None},
        },
        {"entity_id": "switch.freezer", "name": "Freezer", "area": "hall", "state": "on"},
        {"entity_id": "lock.door", "name": "Door", "area": "hall", "state": "locked"},
        {"entity_id": "lock.safe", "name": "Safe", "state": "locked"},
        {
            "entity_id": "cover.garage",
            "name": "Garage",
            "device_class": "garage",
            "state": "closed",
            "attributes": {"supported_features": 11},
        },
    ],
}

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "cover.*"]}
  - {id: messages, allow: claw.notify}
  - {id: locking, allow: lock.lock}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli]}}
  - {id: safe, deny: lock.unlock, on: {entity: lock.safe}, why: the safe stays shut}
  - {id: children, deny: "lock.*", who: {role: child}}
"""

LAMP_ON = Action("light.turn_on", ("light.lamp",))
LAMP_OFF = Action("light.turn_off", ("light.lamp",))
UNLOCK = Action("lock.unlock", ("lock.door",))
FREEZER_OFF = Action("switch.turn_off", ("switch.freezer",))
GARAGE = Action("cover.open_cover", ("cover.garage",))


class Hand:
    """The effector under the gate: moves the mirrored house, or misbehaves as ``fault`` says."""

    def __init__(self, desk: PermitDesk, mirror: Mirror, log: Path) -> None:
        self._desk = desk
        self._mirror = mirror
        self._log = log
        self.sent: list[Action] = []
        self.fault: BaseException | None = None
        self.silent = False
        self.hold: asyncio.Event | None = None
        self.entered = asyncio.Event()

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        self._desk.spend(permit, action)
        self._intent_is_on_disk(permit, action)
        self.sent.append(action)
        self.entered.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.fault is not None:
            raise self.fault
        context = f"ctx{len(self.sent)}"
        if not self.silent:
            self.move(action, context)
        return Acknowledgement(context)

    def move(self, action: Action, context: str | None = None) -> None:
        """Let the devices do ``action``, at once."""
        moved = changes(self._mirror.house(), action, SystemClock().now())
        self._mirror.changed([Change(e, State(s.value, s.attributes, s.changed, context)) for e, s in moved.items()])

    def _intent_is_on_disk(self, permit: Permit, action: Action) -> None:
        reader = sqlite3.connect(f"{self._log.absolute().as_uri()}?mode=ro", uri=True)
        try:
            kind, body = reader.execute(
                "select kind, body from rows join payloads using (seq) where seq = ?", (permit.audit,)
            ).fetchone()
        finally:
            reader.close()
        assert kind == "intent"
        assert json.loads(body)["action"] == json.loads(json.dumps(logged(action)))


class Words:
    """The gate's sentences, in the plainest form."""

    def question(self, actions: Sequence[Action], house: House, language: str | None) -> str:
        del house, language
        return f"{', '.join(action.name for action in actions)}?"


class Room:
    """A gate and everything around it."""

    def __init__(self, folder: Path, policy: str, clock: SystemClock) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.clock = clock
        self.audit = AuditLog.open(folder / "audit.db", clock)
        self.stop = Stop(folder, clock)
        self.mirror = Mirror(clock)
        self.mirror.synced(parse_house(HOUSE))
        self.mirror.linked(Link("ready"))
        self.db = open_database(folder / "claw.db")
        migrate(self.db)
        self.desk = PermitDesk(clock)
        self.hand = Hand(self.desk, self.mirror, folder / "audit.db")
        self.messages = Messages(self.desk)
        self.told: list[Message] = []
        self.messages.listeners.append(self.told.append)
        path = folder / "policy.yaml"
        path.write_text(policy, encoding="utf-8")
        self.overlay = Overlay(self.db, clock)
        policy_ = load_policy(path, PEOPLE, None)
        self.own: dict[str, Effector] = {"claw": self.messages}
        self.judge = Judge(self.mirror, policy_, clock, SERVICES, overlay=self.overlay)
        self.services = self.judge.services
        self.verifier = Verifier(self.mirror, clock, clock, self.db)
        self.follower = Follower(self.verifier, self.audit, lambda outcome, _: f"late: {outcome.status}")
        self.refusals = Refusals(self.audit, clock)
        self.questions = Questions(self.db, self.audit, PEOPLE, clock)
        self.gate = Gate(
            stop=self.stop,
            judge=self.judge,
            questions=self.questions,
            audit=self.audit,
            door=Door(self.desk, self.hand, self.own),
            verifier=self.verifier,
            wording=Words(),
            follower=self.follower,
            refusals=self.refusals,
        )
        self.follower.tell = self.gate.tell
        self.stop.hooks += [self.desk.void, self.follower.cut]

    async def one(self, action: Action, origin: Origin = OWNER) -> Outcome:
        """Perform one action and return its outcome."""
        performed = await self.gate.perform((action,), origin)
        assert performed.pending is None
        return performed.outcomes[0]

    async def written(self) -> None:
        """Return once everything that was noted is on disk: a slow machine takes longer than a note's delay."""

        async def idle() -> bool:
            return not self.audit._queue and self.audit._commit is None

        await until(idle)

    def kinds(self) -> list[str]:
        """Return the kinds of all log entries, oldest first."""
        return [entry.kind for entry in self.audit.entries(0, 1000)]

    async def close(self) -> None:
        await self.follower.close()
        await self.audit.close()
        self.db.close()


@asynccontextmanager
async def gate_room(folder: Path, policy: str = POLICY, clock: SystemClock | None = None) -> AsyncIterator[Room]:
    """Give a room and close it."""
    room = Room(folder, policy, clock or SystemClock())
    try:
        yield room
    finally:
        await room.close()
