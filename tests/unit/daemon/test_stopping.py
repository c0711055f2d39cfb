"""What a stop cuts in a whole daemon, in which order, and what holds although no stop is engaged."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from claw.base.action import Action, Origin
from claw.base.config import StopConfig
from claw.base.errors import Refused
from claw.daemon.build import Daemon
from claw.gate.stop import LATCH
from tests.living import CONSOLE, OWNER, living

LAMP = Action("light.turn_on", ("light.kitchen_ceiling",))
MB = 2**20


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        yield made


async def test_registered_children_are_dead_when_the_stop_has_answered(daemon: Daemon) -> None:
    child = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
    daemon.stopping.children.register(child.pid, "a player")
    assert daemon.desk.status()["stopping"]["children"] == ["a player"]
    await daemon.desk.stop("smoke", CONSOLE)
    assert await asyncio.wait_for(child.wait(), 5) == -9
    assert daemon.desk.status()["stopping"]["children"] == []
    await daemon.desk.reset("toast", CONSOLE, console=True)
    assert daemon.desk.status()["stopping"]["children"] == [], "nothing starts again by itself"


async def test_children_do_not_outlive_the_daemon(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        child = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
        daemon.stopping.children.register(child.pid, "a player")
    assert await asyncio.wait_for(child.wait(), 5) == -9


async def test_all_is_cut_before_the_latch_is_written(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    stopping = daemon.stopping
    monkeypatch.setattr("claw.gate.stop.write_latch", lambda *_: order.append("latch"))
    stopping.cuts.append(lambda: order.append("cuts"))
    real = daemon.backend.hold

    def hold(but: frozenset[object] = frozenset()) -> None:
        order.append("house")
        real(but)  # type: ignore[arg-type]

    monkeypatch.setattr(daemon.backend, "hold", hold)
    daemon.stop.engage("smoke", CONSOLE)
    assert order == ["house", "cuts", "latch"]


async def test_a_part_that_fails_does_not_keep_the_others_from_cutting(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    child = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
    daemon.stopping.children.register(child.pid, "a player")
    monkeypatch.setattr(daemon.backend, "hold", fail)
    daemon.stopping.cuts.insert(0, fail)
    assert daemon.stop.engage("smoke", CONSOLE).engaged
    assert await asyncio.wait_for(child.wait(), 5) == -9
    assert (tmp_path / "state" / LATCH).exists()
    assert (await daemon.desk.act([LAMP], OWNER)).status == "stopped"


async def test_a_latch_that_somebody_touched_is_seen_while_nobody_asks(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "state" / LATCH).touch()
    daemon.stopping.look()
    with pytest.raises(Refused, match="closed for acts"):
        await daemon.backend.perform(daemon.gate._carrier._door.desk.issue(LAMP, 1), LAMP)


async def test_a_daemon_that_does_not_respond_moves_nothing_and_leaves_no_latch(daemon: Daemon, tmp_path: Path) -> None:
    daemon.stopping.heartbeat._beat -= 60
    reply = await daemon.desk.act([LAMP], OWNER)
    assert reply.status == "refused"
    assert "not responding" in reply.outcomes[0].detail
    assert daemon.backend.performed == []  # type: ignore[attr-defined]
    assert not daemon.stop.engaged
    assert not (tmp_path / "state" / LATCH).exists()
    for _ in range(5):
        daemon.stopping.heartbeat.beat()
    assert (await daemon.desk.act([LAMP], OWNER)).status == "done"


async def test_the_heart_really_beats(daemon: Daemon) -> None:
    first = daemon.stopping.heartbeat._beat
    looked = daemon.stopping.heartbeat._looked
    await asyncio.sleep(1.2)
    assert daemon.stopping.heartbeat._beat > first
    assert daemon.stopping.heartbeat._looked > looked


# ---------------------------------------------------------------------------------------------------------- the disk


class FullDisk:
    """The log's file refuses to grow, and statvfs says why, until ``room`` is set."""

    def __init__(self, daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 0
        self.refusals = 0
        self.daemon = daemon
        real = daemon.audit._file.write

        def write(*asked: object) -> object:
            if self.free == 0 and daemon.stopping.reserve.kept > 0:
                self.refusals += 1
                raise sqlite3.OperationalError("database or disk is full")
            return real(*asked)  # type: ignore[arg-type]

        monkeypatch.setattr(daemon.audit._file, "write", write)
        monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=self.free // 4096, f_frsize=4096))


async def test_a_full_disk_leaves_room_for_stop_reset_and_outcomes_and_nothing_new(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = daemon.stopping.reserve
    reserve._size = 4 * MB
    await daemon.stopping.keep_room()
    assert daemon.desk.status()["stopping"]["reserve"] == {"bytes": 4 * MB, "used": False}
    disk = FullDisk(daemon, monkeypatch)
    assert (await daemon.desk.act([LAMP], OWNER)).status == "failed"
    assert disk.refusals >= 1
    assert reserve.used
    reply = await daemon.desk.act([LAMP], OWNER)
    assert reply.status == "refused"
    assert "disk is full" in reply.outcomes[0].detail
    assert daemon.backend.performed == []  # type: ignore[attr-defined]
    assert not daemon.stop.engaged
    await daemon.desk.stop("smoke", CONSOLE)
    await daemon.desk.reset("toast", CONSOLE, console=True)
    assert [entry.kind for entry in daemon.audit.entries(0, 100)].count("reset") == 1
    await daemon.stopping.keep_room()
    assert (await daemon.desk.act([LAMP], OWNER)).status == "refused"
    disk.free = 100 * MB
    await daemon.stopping.keep_room()
    assert (await daemon.desk.act([LAMP], OWNER)).status == "done"


async def test_a_failing_log_on_a_disk_with_room_gives_nothing_back(daemon: Daemon) -> None:
    reserve = daemon.stopping.reserve
    reserve._size = 4 * MB
    await daemon.stopping.keep_room()
    assert daemon.audit.on_failure is not None
    daemon.audit.on_failure()
    assert reserve.kept == 4 * MB
    assert not reserve.used


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 24 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=24m", "none", str(disk))
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a disk, where anybody may")
    yield disk
    subprocess.run(("umount", "-l", str(disk)), check=True)


def fill(disk: Path) -> Path:
    """Leave nothing of a disk; return what takes it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 2**12)
    return filler


async def test_on_a_disk_that_is_really_full_stop_and_reset_are_written(small_disk: Path) -> None:
    async with living(small_disk) as daemon:
        reserve = daemon.stopping.reserve
        reserve._size = 2 * MB
        assert reserve.keep() > 0
        filler = fill(small_disk)
        for _ in range(400):  # the log's own file has some room left of its own
            await daemon.desk.act([LAMP], OWNER)
            if reserve.used:
                break
        assert reserve.used
        before = len(daemon.backend.performed)  # type: ignore[attr-defined]
        assert (await daemon.desk.act([LAMP], OWNER)).outcomes[0].detail.startswith("the disk is full")
        await daemon.desk.stop("smoke", CONSOLE)
        assert (small_disk / "state" / LATCH).stat().st_size > 0
        await daemon.desk.reset("toast", CONSOLE, console=True)
        assert "reset" in [entry.kind for entry in daemon.audit.entries(0, 1000)]
        assert len(daemon.backend.performed) == before  # type: ignore[attr-defined]
        filler.unlink()
        assert reserve.keep() == 2 * MB
        assert (await daemon.desk.act([Action("light.turn_off", LAMP.entities)], OWNER)).status == "done"


def test_nothing_but_the_desk_and_the_console_can_reset() -> None:
    """No routine, timer, drill or test hook can clear the real switch: nobody else calls ``reset`` on one."""
    claw = Path(__file__).parents[3] / "claw"
    callers = {
        str(path.relative_to(claw))
        for path in claw.rglob("*.py")
        if "stop.reset(" in path.read_text(encoding="utf-8") or "switch.reset(" in path.read_text(encoding="utf-8")
    }
    assert callers == {"channels/switching.py", "cli/switch.py"}
    drill = (claw / "daemon" / "drill.py").read_text(encoding="utf-8") + (claw / "gate" / "drill.py").read_text("utf-8")
    assert "reset" not in drill.replace("could reset", "")
    keeping = (claw / "daemon" / "housekeeping.py").read_text(encoding="utf-8")
    assert "stop" not in keeping.replace("# the stop", "").split("import", 1)[1]


async def test_the_daemons_own_origin_can_neither_reset_nor_resume(daemon: Daemon) -> None:
    await daemon.desk.stop("smoke", CONSOLE)
    await daemon.desk.switching.pause("x", CONSOLE, None)
    for channel in ("system", "routine", "helper", "drill", "mqtt"):
        origin = Origin(channel, "anna")
        with pytest.raises(Refused):
            await daemon.desk.reset("by the clock", origin, console=False)
        with pytest.raises(Refused):
            await daemon.desk.switching.resume("by the clock", origin, console=False)
    assert daemon.stop.engaged


async def test_what_is_fixed_late_passes_a_stop_of_an_earlier_run_too(tmp_path: Path) -> None:
    """The witness in the house is known after the stop was found; a head of the log must still reach it."""
    async with living(tmp_path) as daemon:
        await daemon.desk.stop("smoke", CONSOLE)
    async with living(tmp_path) as daemon:
        off = Action("light.turn_off", LAMP.entities)
        daemon.stopping.passing.fix("witness", (off,))
        assert (await daemon.stopping.passing.send("witness", off)).status == "sent"
        with pytest.raises(Refused, match="closed for acts"):
            await daemon.backend.perform(daemon.gate._carrier._door.desk.issue(LAMP, 1), LAMP)


async def test_nobody_moves_the_switch_that_shows_the_stop(tmp_path: Path) -> None:
    async with living(tmp_path, stop=StopConfig(helper="input_boolean.guest_mode")) as daemon:
        for service in ("turn_on", "turn_off"):
            reply = await daemon.desk.act([Action(f"input_boolean.{service}", ("input_boolean.guest_mode",))], OWNER)
            assert reply.status == "refused"
            assert "nobody moves it" in reply.text
        assert not daemon.stop.engaged
