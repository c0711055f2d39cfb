"""The drill runs on all that is real but the house, leaves the daemon's own switch alone, and holds under any load."""

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from claw.audit.log import AuditLog
from claw.base.action import Action, Json, Origin
from claw.base.clock import SystemClock
from claw.base.errors import Unavailable
from claw.daemon import drill
from claw.daemon.build import Daemon, drill_house
from claw.daemon.drill import DEVICES, FOLDER, Rig, rig, run_drill, trip
from claw.gate.children import Children
from claw.gate.drill import WORKERS, Figures
from claw.gate.stop import LATCH
from claw.house.model import Change, State
from claw.program.sandbox import PROCESSES, Sandbox
from tests.living import CONSOLE, NOBODY, living
from tests.running import claw

CLOCK = SystemClock()


async def kind() -> str:
    """What programs run in on this machine."""
    sandbox = Sandbox.open(Children(), CLOCK, lambda: False)
    try:
        return await sandbox.ready()
    finally:
        await sandbox.close()


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_drill_gives_figures_and_leaves_nothing(tmp_path: Path) -> None:
    interval = sys.getswitchinterval()
    figures = await run_drill(tmp_path, drill_house, CLOCK, 2)
    assert sys.getswitchinterval() == interval
    assert figures.ok, figures
    assert all(trip.sent_before > 0 for trip in figures.trips)
    assert left_in(tmp_path) == []


async def test_what_it_kills_are_programs_in_the_sandbox_of_this_machine(tmp_path: Path) -> None:
    figures = (await run_drill(tmp_path, drill_house, CLOCK, 1)).as_json()
    assert figures["sandbox"] == await kind()
    assert (figures["workers"], figures["workers_alive"]) == (PROCESSES, 0)


async def test_without_a_sandbox_it_kills_plain_children_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.program.sandbox.importlib.util.find_spec", lambda _: None)
    figures = (await run_drill(tmp_path, drill_house, CLOCK, 1)).as_json()
    assert (figures["sandbox"], figures["workers"], figures["ok"]) == ("none", WORKERS, True)


async def test_what_a_killed_drill_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / f"{FOLDER}old").mkdir()
    (tmp_path / f"{FOLDER}old" / LATCH).touch()
    await run_drill(tmp_path, drill_house, CLOCK, 1)
    assert left_in(tmp_path) == []


async def test_a_gate_that_does_not_ask_its_switch_fails_the_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drill can fail: with the guards taken out it says so."""
    monkeypatch.setattr("claw.gate.stop.Stop.check", lambda *_: None)
    monkeypatch.setattr("claw.gate.stop.Stop.engaged", property(lambda _: False))
    monkeypatch.setattr("claw.house.simulated.SimulatedHouse.hold", lambda *_: None)
    figures = await run_drill(tmp_path, drill_house, CLOCK, 1)
    assert not figures.ok
    assert figures.as_json()["actions_after_latch"] > 0


async def test_children_that_nobody_kills_fail_the_drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.gate.drill.DEAD_S", 0.2)
    monkeypatch.setattr("claw.gate.children.Children.kill", lambda _: [])
    figures = await run_drill(tmp_path, drill_house, CLOCK, 1)
    assert not figures.ok
    assert figures.as_json()["workers_alive"] >= PROCESSES // 2, "those that spin"


# ------------------------------------------------------------------------------------------------ in a whole daemon


async def test_it_neither_engages_nor_resets_the_daemons_own_switch(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        heard: list[object] = []
        daemon.stop.told.append(heard.append)
        assert daemon.desk.status()["drill"] is None
        answer = await daemon.desk.switching.drill(CONSOLE)
        its_figures_stand_in_the_log_and_in_the_status(daemon, answer)
        assert not daemon.stop.engaged
        await daemon.desk.stop("smoke", CONSOLE)
        heard.clear()
        assert (await daemon.desk.switching.drill(CONSOLE))["ok"]
        assert daemon.stop.engaged
        assert daemon.stop.state().reason == "smoke"
        assert heard == []
        assert daemon.backend.performed == []  # type: ignore[attr-defined]


def its_figures_stand_in_the_log_and_in_the_status(daemon: Daemon, answer: Mapping[str, Json]) -> None:
    assert answer["ok"]
    (row,) = [entry for entry in daemon.audit.entries(0, 100) if entry.kind == "drill"]
    assert row.payload == answer
    assert daemon.desk.status()["drill"]["ok"]


async def test_its_programs_are_never_under_the_daemons_own_stop(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        under: list[str] = []
        daemon.stopping.children.register = lambda _, name: under.append(name)  # type: ignore[method-assign]
        assert (await daemon.drills.run(1))["ok"]
        assert under == []


async def test_two_at_once_are_refused(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        first = asyncio.create_task(daemon.drills.run(1))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="under way"):
            await daemon.drills.run(1)
        await first


async def test_nobody_in_the_room_may_ask_for_one(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        with pytest.raises(Exception, match="adult"):
            await daemon.desk.switching.drill(NOBODY)


async def test_a_drill_that_fails_is_told_to_everyone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failed(*_: object) -> Figures:
        return Figures(())

    monkeypatch.setattr(drill, "run_drill", failed)
    async with living(tmp_path) as daemon:
        told: list[object] = []
        daemon.desk._in.messages.listeners.append(told.append)
        assert not (await daemon.drills.run())["ok"]
        assert len(told) == 1
        assert "Do not rely on the stop" in str(told[0])


# ---------------------------------------------------------------------------------------------------- hostile loads


@contextmanager
def running(*command: str, count: int = 1) -> Iterator[None]:
    processes = [
        subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@asynccontextmanager
async def spinners(_rig: Rig) -> AsyncIterator[None]:
    with running("/bin/sh", "-c", "while :; do :; done", count=4):
        yield


@asynccontextmanager
async def fork_storm(on: Rig) -> AsyncIterator[None]:
    storm = ("/bin/sh", "-c", "while :; do /bin/true & /bin/true & wait; done")
    process = await asyncio.create_subprocess_exec(*storm, start_new_session=True)
    on.stopping.children.register(process.pid, "fork storm")
    try:
        yield
        assert await asyncio.wait_for(process.wait(), 5) == -signal.SIGKILL
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


@asynccontextmanager
async def fsyncs(on: Rig) -> AsyncIterator[None]:
    over = threading.Event()

    def write() -> None:
        with (on.folder / "noise").open("wb") as file:
            while not over.is_set():
                file.write(b"x" * 2**16)
                file.flush()
                os.fsync(file.fileno())
                file.seek(0)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            await asyncio.to_thread(thread.join)


@asynccontextmanager
async def _task(work: Callable[[], object]) -> AsyncIterator[None]:
    async def on_and_on() -> None:
        while True:
            work()
            await asyncio.sleep(0)

    task = asyncio.create_task(on_and_on())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def event_flood(on: Rig) -> AbstractAsyncContextManager[None]:
    noise = [
        Change(f"sensor.noise_{number}", State(str(number), MappingProxyType({}), datetime.now(UTC), "x"))  # noqa: TID251  what a house writes
        for number in range(200)
    ]
    return _task(lambda: on.mirror.changed(noise))


def garbage(_rig: Rig) -> AbstractAsyncContextManager[None]:
    def litter() -> None:
        heap = [[] for _ in range(20_000)]  # type: ignore[var-annotated]
        for one in heap:
            one.append(heap)
        gc.collect()

    return _task(litter)


def blocked_loop(on: Rig) -> AbstractAsyncContextManager[None]:
    """The loop stands still for a second, and the latch is the first thing it comes to afterwards."""
    hang = iter([True])

    def block() -> None:
        if on.hand.done > 4 and next(hang, False):
            time.sleep(1.0)

    return _task(block)


@asynccontextmanager
async def questions(on: Rig) -> AsyncIterator[None]:
    unlock = Action("lock.unlock", ("lock.drill",))
    for number in range(30):
        origin = Origin("web", "anna", authenticated=True, source=f"tab {number}", strength="session")
        await on.gate.perform((unlock,), origin)
    yield


@asynccontextmanager
async def full_queue(on: Rig) -> AsyncIterator[None]:
    origin = Origin("drill", source="one of many")
    tasks = [
        asyncio.create_task(on.gate.perform((Action("light.turn_on", (DEVICES[n % 8],)),), origin)) for n in range(500)
    ]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


Load = Callable[[Rig], AbstractAsyncContextManager[None]]
LOADS: tuple[Load, ...] = (
    spinners,
    fork_storm,
    fsyncs,
    event_flood,
    garbage,
    blocked_loop,
    questions,
    full_queue,
)


async def _trip_under(load: Load, folder: Path) -> Figures:
    async with rig(Path(tempfile.mkdtemp(dir=folder)), drill_house, CLOCK) as one, load(one):
        return Figures((await trip(one),))


@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.__name__)
async def test_nothing_moves_after_the_latch_under_hostile_load(load: Load, tmp_path: Path) -> None:
    figures = await _trip_under(load, tmp_path)
    assert figures.as_json()["actions_after_latch"] == 0
    assert figures.as_json()["workers_alive"] == 0
    assert figures.trips[0].sent_before > 0


@pytest.mark.prove
@pytest.mark.timeout(600)
@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.__name__)
async def test_nothing_ever_moves_after_the_latch_under_hostile_load(load: Load, tmp_path: Path) -> None:
    rounds = 20
    found = [await _trip_under(load, tmp_path) for _ in range(rounds)]
    total = Figures(tuple(one for figures in found for one in figures.trips)).as_json()
    assert total["actions_after_latch"] == 0
    assert total["workers_alive"] == 0


def test_without_a_daemon_it_drills_all_the_same_and_logs_it(tmp_path: Path) -> None:
    state = tmp_path / "state"
    done = claw("drill", "--json", "--state-dir", str(state))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {"actions_after_latch", "latch_to_last_send_ms", "workers_dead_ms_p99"} <= answer.keys()
    assert (answer["actions_after_latch"], answer["sandbox"]) == (0, asyncio.run(kind()))
    assert not list(state.glob(f"{FOLDER}*"))
    audit = AuditLog.open(state / "audit.db", CLOCK)
    try:
        assert [entry.kind for entry in audit.entries(0, 10)] == ["drill"]
    finally:
        asyncio.run(audit.close())
