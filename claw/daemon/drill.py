"""The drill: a stop of the real kind, tripped under load, on a house and a latch of its own.

Everything under test is what the daemon itself runs on (gate, stop, permits, log, children, the sandbox of programs),
built anew in a directory that is thrown away.  The daemon's own switch is not known here: nothing in this file could
engage it, and above all nothing could reset it.
"""

import asyncio
import logging
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from claw.audit.file import LogFile
from claw.audit.log import AuditLog
from claw.base.action import SYSTEM, Acknowledgement, Action, Json, Message, Permit
from claw.base.clock import Stopwatch, SystemClock
from claw.base.config import StopConfig
from claw.base.errors import Unavailable
from claw.base.permit import PermitDesk
from claw.daemon.drill_programs import busy
from claw.daemon.stopping import Around, Stopping
from claw.gate.confirm import Questions
from claw.gate.drill import AFTER_S, LOAD_S, LOADERS, Busy, Figures, Load, Trip, Watch
from claw.gate.follow import Follower
from claw.gate.judge import Judge
from claw.gate.perform import Door, Gate
from claw.gate.refusals import Refusals
from claw.gate.stop import Stop
from claw.gate.verify import Verifier
from claw.house.backend import HouseBackend
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.policy.load import parse_policy
from claw.policy.people import People
from claw.store.db import open_database
from claw.store.migrations import migrate

logger = logging.getLogger(__name__)

KIND = "drill"
"""The kind of its row in the log."""
FAILED = "The drill of the stop failed. Do not rely on the stop; `claw drill` and `claw log` say what was seen."
FOLDER = "drill-"
AUDIT, DB = "audit.db", "claw.db"
TRIPS = 5
WATCH_S = 0.0002
DEVICES = tuple(f"light.drill_{number}" for number in range(LOADERS))
HOUSE = {
    "areas": [],
    "entities": [{"entity_id": device, "name": device, "state": "off"} for device in DEVICES]
    + [{"entity_id": "lock.drill", "name": "Drill lock", "state": "locked"}],
}
POLICY = """\
version: 1
rules:
  - {id: lights, allow: ["light.turn_on", "light.turn_off"]}
  - {id: lock, confirm: lock.unlock}
"""
PEOPLE = People([])


class DrillHouse(HouseBackend, Protocol):
    """A house that counts what was done in it."""

    performed: list[Action]


Told = Awaitable[object]
MakeHouse = Callable[[House, PermitDesk, SystemClock], DrillHouse]


class Hand:
    """Stands between gate and house and notes when something went out."""

    def __init__(self, house: DrillHouse, watch: Stopwatch) -> None:
        self._house = house
        self._watch = watch
        self.last_ms = 0.0

    @property
    def done(self) -> int:
        """How many actions moved something."""
        return len(self._house.performed)

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do ``action`` in the house of the drill."""
        acknowledged = await self._house.perform(permit, action)
        self.last_ms = self._watch.total()
        return acknowledged


@dataclass(frozen=True)
class Rig:
    """One gate with everything that belongs to its stop."""

    gate: Gate
    stop: Stop
    stopping: Stopping
    mirror: Mirror
    audit: AuditLog
    hand: Hand
    watch: Stopwatch
    clock: SystemClock
    folder: Path


@asynccontextmanager
async def rig(folder: Path, make_house: MakeHouse, clock: SystemClock) -> AsyncGenerator[Rig]:
    """Give a gate of the real kind on a latch, a log and a house below ``folder``; all of it is gone afterwards."""
    async with AsyncExitStack() as rooms:
        rooms.push_async_callback(asyncio.to_thread, shutil.rmtree, folder, ignore_errors=True)
        await asyncio.to_thread(_make_files, folder)
        audit = AuditLog.open(folder / AUDIT, clock)
        rooms.push_async_callback(audit.close)
        db = open_database(folder / DB)
        rooms.callback(db.close)
        stop = Stop(folder, clock)
        permits = PermitDesk(clock)
        known = parse_house(HOUSE)
        house = make_house(known, permits, clock)
        rooms.push_async_callback(house.close)
        stopping = Stopping(StopConfig(), Around(folder, stop, audit, permits, house, clock), known)
        rooms.push_async_callback(stopping.close)
        mirror = Mirror(clock)
        stopping.start(mirror, None)
        judge = Judge(mirror, parse_policy(POLICY, "drill", PEOPLE, known.registry), clock, {})
        verifier = Verifier(mirror, clock, clock, db)
        follower = Follower(verifier, audit, lambda outcome, _: outcome.status)
        rooms.push_async_callback(follower.close)
        stopping.cuts.append(follower.cut)
        watch = Stopwatch()
        hand = Hand(house, watch)
        gate = Gate(
            stop=stop,
            judge=judge,
            questions=Questions(db, audit, PEOPLE, clock),
            audit=audit,
            door=Door(permits, hand, {}, stopping.running),
            verifier=verifier,
            wording=_Words(),
            follower=follower,
            refusals=Refusals(audit, clock),
        )
        await house.connect(mirror)
        yield Rig(gate, stop, stopping, mirror, audit, hand, watch, clock, folder)


def _make_files(folder: Path) -> None:
    """Make the databases of a drill, in a thread: it syncs often, and the daemon's loop goes on meanwhile."""
    LogFile.open(folder / AUDIT).close()
    db = open_database(folder / DB)
    try:
        migrate(db)
    finally:
        db.close()


class _Words:
    def question(self, actions: object, house: object, language: str | None) -> str:
        del actions, house, language
        return "?"


async def trip(on: Rig) -> Trip:
    """Trip the switch of ``on`` under load and return what was seen; raises Unavailable where there is no load."""
    working = busy(on.stop, on.stopping.children, on.gate.perform, DEVICES, on.clock)
    async with working as workers, Load(on.gate.perform, DEVICES):
        await on.clock.sleep(LOAD_S)
        found = await _tripped(on, workers)
        await on.clock.sleep(AFTER_S)
    await on.audit.close()
    at, before, times, survivors = found
    return Trip(
        sent_before=before,
        after_latch=on.hand.done - before,
        last_send_ms=max(0.0, on.hand.last_ms - at),
        dead_ms=tuple(max(0.0, ms - at) for ms in times),
        survivors=survivors,
        sandbox=workers.sandbox,
    )


async def _tripped(on: Rig, workers: Busy) -> tuple[float, int, tuple[float, ...], int]:
    """Engage; return when the flag was up, how many acts there were before, and when who died.

    The deaths are watched in a thread: the loop, which is the daemon's own, goes on meanwhile.
    """
    marks: list[tuple[float, int]] = []
    on.stop.hooks.insert(0, lambda: marks.append((on.watch.total(), on.hand.done)))
    watch = Watch(workers.pids())
    watching = asyncio.get_running_loop().run_in_executor(None, watch.until_dead, on.watch)
    # A busy loop lets another thread speak every 5 ms only, and what is seen late would be a death that came late.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(WATCH_S)
    try:
        on.stop.engage("drill", SYSTEM)
        times, survivors = await watching
    finally:
        sys.setswitchinterval(interval)
    return (*marks[0], times, survivors)


def _clear(state: Path) -> None:
    """Take away what a daemon left that was killed in the middle of a drill."""
    for left in state.glob(f"{FOLDER}*"):
        shutil.rmtree(left, ignore_errors=True)


async def run_drill(state: Path, make_house: MakeHouse, clock: SystemClock, trips: int = TRIPS) -> Figures:
    """Trip a switch of its own ``trips`` times below the state directory; raises Unavailable or Broken."""
    await asyncio.to_thread(_clear, state)
    found: list[Trip] = []
    for _ in range(trips):
        folder = Path(tempfile.mkdtemp(prefix=FOLDER, dir=state))
        async with rig(folder, make_house, clock) as one:
            found.append(await trip(one))
    return Figures(tuple(found))


class Drills:
    """The drills of one daemon: one at a time, each with its figures in the log; a failure is told to everyone."""

    def __init__(
        self, state: Path, make_house: MakeHouse, audit: AuditLog, clock: SystemClock, tell: Callable[[Message], Told]
    ) -> None:
        self._state = state
        self._make_house = make_house
        self._audit = audit
        self._clock = clock
        self._tell = tell
        self._busy = False

    @property
    def last(self) -> Json:
        """The figures of the last drill in the log and when it was, None where there was none."""
        found = self._audit.entries(0, 1, newest_first=True, kinds=(KIND,))
        return {**(found[0].payload or {}), "time": found[0].time.isoformat()} if found else None

    async def run(self, trips: int = TRIPS) -> dict[str, Json]:
        """Drill, log the figures and return them; raises Unavailable during another drill, Broken without a log."""
        if self._busy:
            raise Unavailable("a drill is under way already")
        self._busy = True
        try:
            figures = await run_drill(self._state, self._make_house, self._clock, trips)
        finally:
            self._busy = False
        row = figures.as_json()
        await self._audit.append(KIND, row, origin=SYSTEM)
        if not figures.ok:
            logger.error("The drill of the stop failed: %s", row)
            await self._tell(Message("everyone", FAILED, "alarm", "high"))
        return row


async def offline(state: Path) -> dict[str, Json]:
    """Drill while no daemon runs on ``state``, and log the figures there; raises Broken when the log is damaged."""
    from claw.daemon.build import drill_house  # noqa: PLC0415  which imports this file

    clock = SystemClock()
    audit = AuditLog.open(state / AUDIT, clock)
    try:
        return await Drills(state, drill_house, audit, clock, _nobody).run()
    finally:
        await audit.close()


async def _nobody(_message: Message) -> None:
    """No daemon, no channels: whoever asked for this drill reads its answer."""
