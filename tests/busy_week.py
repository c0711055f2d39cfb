"""Days of a busy house in virtual time: the daemon that ``claw run`` runs, on a simulated house that never rests.

Time passes as fast as what goes on allows: the next sleeper is woken when nothing is left to do, threads included.
While somebody waits for an answer it passes in small steps, as what other processes do takes real time.
"""

import asyncio
import gc
import logging
import random
import re
import sys
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from claw.audit.log import AuditLog
from claw.base.action import Origin
from claw.base.clock import SystemClock
from claw.base.config import Config
from claw.daemon import installed, run
from claw.daemon.build import Daemon, build
from claw.daemon.demo import FOLDER, demo_config
from claw.daemon.staging import Staging
from claw.house import simulated
from claw.house.simulated import SimulatedHouse
from tests.held_clock import HeldClock
from tests.lived_clock import LivedClock
from tests.living import OWNER

T = TypeVar("T")

MONDAY = datetime(2026, 3, 23, 5, tzinfo=UTC)
"""The week ends with the day on which the clocks are set forward."""
DAY = timedelta(days=1)
STEP_S = 0.05
PAUSE_S = 0.001
SENSORS = 250
HISTORY = 10
"""Changes that the simulated house keeps of each thing: a recorder is memory of Home Assistant, not of Claw."""
KEEP_DAYS = 2
"""So few that a week shows whether what is kept has a bound; the configuration itself takes no fewer than 30."""


class Flow(LivedClock):
    """A clock that lets time pass until nothing is left to do, and counts the threads that still work."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._held = _Held(start)
        self.waited_for = 0

    def wait_for(self, log: AuditLog) -> None:
        """Let no time pass while ``log`` is written: a slow disk would make minutes of it."""
        log._thread = self._held.writer = _Threads(max_workers=1)

    async def live(self, span: timedelta) -> None:
        """Let ``span`` pass."""
        end = self.monotonic() + span.total_seconds()
        while (left := end - self.monotonic()) > 0:
            if self.waited_for:
                await self._held.advance(min(STEP_S, left))
                await asyncio.sleep(PAUSE_S)
            else:
                await self._held.leap(left)

    def slow(self, work: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        """Return the same work, during which time passes in small steps: it has processes of its own."""

        async def working(*given: Any) -> T:
            with self.slowly():
                return await work(*given)

        return working

    @contextmanager
    def slowly(self) -> Any:
        """Let time pass in small steps within: somebody waits for what takes real time."""
        self.waited_for += 1
        try:
            yield
        finally:
            self.waited_for -= 1


class _Threads(ThreadPoolExecutor):
    """Threads which say how many of them are at work."""

    at_work = 0

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        self.at_work += 1
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._over)
        return future

    def _over(self, _future: Future[Any]) -> None:
        self.at_work -= 1


class _Held(HeldClock):
    threads: _Threads | None = None
    writer: _Threads | None = None

    async def leap(self, most: float) -> None:
        """Wake who is next, within ``most`` seconds."""
        await self.settle()
        end = self._elapsed + most
        due = min(self._sleepers[0][0], end) if self._sleepers else end
        await self.advance(max(0.0, due - self._elapsed))

    async def settle(self) -> None:  # type: ignore[override]
        loop: Any = asyncio.get_running_loop()
        if self.threads is None:
            self.threads = _Threads(max_workers=4)
            loop.set_default_executor(self.threads)
        await asyncio.sleep(0)
        while loop._ready or self.threads.at_work or (self.writer and self.writer.at_work):  # noqa: ASYNC110  this is the loop's own state
            await asyncio.sleep(0 if loop._ready else PAUSE_S)


@dataclass(frozen=True)
class Load:
    """What befalls the house on each day."""

    changes: int = 50_000
    requests: int = 500
    routines: int = 40


@dataclass(frozen=True)
class Evening:
    """How the daemon stands when a day ends: memory and databases in bytes, descriptors, threads, bytes written."""

    memory: int
    descriptors: int
    threads: int
    databases: Mapping[str, int]
    written: int
    log_rows: int


@dataclass
class Lived:
    """What came of the days."""

    evenings: list[Evening] = field(default_factory=list[Evening])
    changes: int = 0
    replies: Counter[str] = field(default_factory=Counter[str])
    runs: Counter[str] = field(default_factory=Counter[str])
    errors: list[str] = field(default_factory=list[str])


SAID: Sequence[str] = (
    "turn on the kitchen lights",
    "turn off the kitchen lights",
    "turn on the hall light",
    "turn off the hall light",
    "dim the living room lights to 30 percent",
    "set the bedroom to 19 degrees",
    "close the bedroom blinds",
    "open the bedroom blinds",
    "is the front door locked",
    "which lights are on",
    "how warm is it in the office",
    "turn everything off in the kids room",
    "undo that",
    "what did you do",
    "what is scheduled",
    "in 20 minutes turn off the hall light",
    "remember that the dustbins go out on Tuesday",
    "when do the dustbins go out",
    "unlock the front door",
    "make me a sandwich",
    "",
    "¿dónde está la biblioteca?",
)


def house_of(folder: Path, sensors: int) -> Path:
    """Write the demo's house with so many sensors more, spread over its rooms, and return its path."""
    house = yaml.safe_load((FOLDER / "house.yaml").read_text(encoding="utf-8"))
    rooms = [area["id"] for area in house["areas"]]
    house["entities"] += [
        {
            "entity_id": f"sensor.meter_{number}",
            "name": f"Meter {number}",
            "area": rooms[number % len(rooms)],
            "state": "20.0",
            "attributes": {"unit_of_measurement": "°C", "device_class": "temperature"},
        }
        for number in range(sensors)
    ]
    path = folder / "house.yaml"
    path.write_text(yaml.safe_dump(house, allow_unicode=True), encoding="utf-8")
    return path


def config_of(folder: Path, sensors: int) -> Config:
    """Return the demo's configuration for a house with more sensors, whose log keeps two days."""
    demo = demo_config(0)
    return demo.model_copy(
        update={
            "house": demo.house.model_copy(update={"simulated": house_of(folder, sensors)}),
            "audit": demo.audit.model_copy(
                update={"keep_days": KEEP_DAYS, "journald": False, "witness_file": folder / "witness"}
            ),
        }
    )


class Week:
    """A house in which something always happens."""

    def __init__(self, daemon: Daemon, clock: Flow, load: Load, seed: int) -> None:
        self.daemon, self.clock, self.load = daemon, clock, load
        self.chance = random.Random(seed)
        self.lived = Lived()
        self._tasks: set[asyncio.Task[None]] = set()

    async def live(self, days: float) -> Lived:
        """Let so many days pass and everything befall it; look at each of their evenings."""
        for work, often in ((self._changes, self.load.changes), (self._requests, self.load.requests)):
            if often:
                self._tasks.add(asyncio.create_task(work(DAY.total_seconds() / often)))
        await self._waited(self._set_up())
        left = days
        while left > 0:
            await self.clock.live(min(left, 1.0) * DAY)
            self.lived.evenings.append(evening(self.daemon))
            left -= 1
        for task in self._tasks:
            task.cancel()
        self.lived.runs.update(one.status for one in self.daemon.routines.book.runs(limit=1_000_000))
        return self.lived

    async def _waited(self, work: Awaitable[T]) -> T:
        task = asyncio.ensure_future(work)
        while not task.done():
            await self.clock.live(timedelta(seconds=STEP_S))
        return await task

    async def _set_up(self) -> None:
        """Set up routines as a household does: each of two asks for some, about lights that no hand touches."""
        lights = ("office desk", "porch", "dining room table")
        for number in range(self.load.routines):
            clock = f"{number % 24:02}:{7 * number % 60:02}"
            wanted = f"every day at {clock} turn {('on', 'off')[number % 2]} the {lights[number % 3]} light"
            await self._said(wanted, (OWNER, replace(OWNER, person="ben"))[number % 2])

    async def _changes(self, pause: float) -> None:
        house = self.daemon.backend
        assert isinstance(house, SimulatedHouse)
        meters = [one for one in self.daemon.mirror.states if one.startswith("sensor.meter_")]
        while True:
            await self.clock.sleep(self.chance.expovariate(1 / pause))
            self.lived.changes += 1
            match self.chance.random():
                case luck if luck < 0.93:
                    house.set_state(self.chance.choice(meters), f"{self.chance.uniform(15, 25):.1f}")
                case luck if luck < 0.98:
                    house.set_state("binary_sensor.hall_motion", self.chance.choice(("on", "off")))
                case _:
                    house.set_state("light.bathroom_mirror", self.chance.choice(("on", "off")))

    async def _requests(self, pause: float) -> None:
        while True:
            await self.clock.sleep(self.chance.expovariate(1 / pause))
            await self._said(self.chance.choice(SAID))

    async def _said(self, text: str, origin: Origin = OWNER) -> None:
        with self.clock.slowly():
            reply = await self.daemon.desk.say(text, origin)
            self.lived.replies[reply.status] += 1
            for pending in reply.pending:
                if self.chance.random() < 0.5:
                    again = await self.daemon.desk.answer(pending.id, OWNER, yes=self.chance.random() < 0.7)
                    self.lived.replies[again.status] += 1


def evening(daemon: Daemon) -> Evening:
    """Look at the daemon as the system sees it."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    written = Path("/proc/self/io").read_text(encoding="ascii")
    state = daemon.audit.path.parent
    return Evening(
        memory=int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024,  # type: ignore[index]
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        threads=threading.active_count(),
        databases={
            name: sum(one.stat().st_size for one in state.glob(f"{name}*") if one.is_file())
            for name in ("audit", "claw.db")
        },
        written=int(re.search(r"^write_bytes: (\d+)", written, re.MULTILINE)[1]),  # type: ignore[index]
        log_rows=daemon.audit.head().seq,
    )


class _Complaints(logging.Handler):
    """Keeps what was logged as an error, and what nobody caught."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


async def live(folder: Path, days: float, load: Load, seed: int = 1, sensors: int = SENSORS) -> Lived:
    """Return what came of ``days`` of a daemon whose state lies in ``folder``."""
    complaints = _Complaints()
    logging.getLogger().addHandler(complaints)
    clock, ready, over = Flow(MONDAY), asyncio.Queue[Daemon](), asyncio.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "build", partial(build, staging=Staging(clock=clock, travel_s={})))
        patch.setattr(simulated, "_REMEMBERED", HISTORY)
        patch.setattr(sys, "unraisablehook", lambda what: complaints.texts.append(repr(what)))
        serving = asyncio.create_task(run.serve(config_of(folder, sensors), folder / "state", ready.put_nowait, over))
        while ready.empty():
            assert not serving.done(), serving.exception()
            await clock.live(timedelta(seconds=STEP_S))
        daemon = ready.get_nowait()
        clock.wait_for(daemon.audit)
        # Its thread looks by real time, in which days of this clock go by.
        daemon.stop.guards.remove(daemon.stopping.heartbeat.check)
        await daemon.stopping.heartbeat.close()
        patch.setattr(daemon.stopping.heartbeat, "check", lambda: None)
        daemon.drills._clock = SystemClock()  # it does as much as it can for a while
        patch.setattr(daemon.drills, "run", clock.slow(daemon.drills.run))
        patch.setattr(installed, "compared_apart", clock.slow(installed.compared_apart))
        lived = await Week(daemon, clock, load, seed).live(days)
        over.set()
        while not serving.done():
            await clock.live(timedelta(seconds=STEP_S))
        await serving
    logging.getLogger().removeHandler(complaints)
    lived.errors += complaints.texts
    return lived
