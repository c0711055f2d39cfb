"""The daily look at the installed files: told once, logged once, ended by the stop, and never the end of the daemon."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from claw.base.clock import SystemClock
from claw.base.degraded import Degraded
from claw.base.errors import Broken, Unavailable
from claw.base.installed import Compared, Difference
from claw.daemon import installed
from claw.daemon.build import Daemon
from claw.daemon.installed import (
    DAY_S,
    FAILURES,
    FIRST_LOOK_S,
    PART,
    SOON_S,
    InstalledFiles,
    compared_apart,
    installed_files,
)
from claw.gate.children import Children
from tests.held_clock import HeldClock
from tests.living import CONSOLE, living
from tests.talking import until
from tests.unit.base.test_installed import record

CHANGED = Compared(1, 5, 1, (Difference("changed", "claw/gate/stop.py", "claw-0.1.0"),))


class Looking:
    """What looks, with what each look finds, and what it told and logged."""

    def __init__(self, *found: Compared | Exception) -> None:
        self.clock = HeldClock()
        self.degraded = Degraded(self.clock)
        self.logged: list[tuple[str, dict[str, Any]]] = []
        self.left = list(found)
        self.looks = 0
        self.files = InstalledFiles(
            self._compared, self.degraded, lambda kind, payload: self.logged.append((kind, payload)), self.clock
        )

    async def _compared(self) -> Compared:
        self.looks += 1
        answer = self.left.pop(0) if self.left else Compared(1, 5)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def told(self) -> list[str]:
        return [fault.text for fault in self.degraded.now()]


async def test_a_difference_is_told_and_logged_once_and_over_when_it_is_mended() -> None:
    looking = Looking(CHANGED, CHANGED)
    await looking.files.look()
    await looking.files.look()
    assert [fault.part for fault in looking.degraded.now()] == [PART]
    assert "claw/gate/stop.py" in looking.told()[0]
    assert looking.logged == [("installed", {"differ": 1, "files": ["changed claw/gate/stop.py"]})]
    await looking.files.look()
    assert looking.told() == []
    assert looking.logged[1:] == [("installed", {"differ": 0, "files": []})]
    await looking.files.look()
    assert len(looking.logged) == 2


async def test_nothing_that_differs_is_no_word_at_all() -> None:
    looking = Looking()
    await looking.files.look()
    assert (looking.told(), looking.logged) == ([], [])


async def test_it_looks_each_day_and_sooner_after_a_look_that_failed() -> None:
    looking = Looking(Compared(), Unavailable("it ended"), Compared())
    running = asyncio.ensure_future(looking.files.run())
    for wait, looks in ((FIRST_LOOK_S - 1, 0), (1, 1), (DAY_S - 1, 1), (1, 2), (SOON_S, 3), (SOON_S, 3), (DAY_S, 4)):
        await looking.clock.advance(wait)
        assert looking.looks == looks
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_look_that_fails_again_and_again_is_told() -> None:
    looking = Looking(*[Unavailable("no process could be started")] * FAILURES)
    for number in range(FAILURES):
        assert bool(looking.told()) is False, number
        await looking.files.look()
    assert "no process could be started" in looking.told()[0]
    await looking.files.look()
    assert looking.told() == []


async def test_a_process_of_its_own_really_looks_and_is_known_to_the_stop_meanwhile(tmp_path: Path) -> None:
    known: list[str] = []

    class Watched(Children):
        def register(self, pid: int, name: str) -> None:
            known.append(name)
            super().register(pid, name)

    children = Watched()
    record(tmp_path, "lamp-1.0", {"lamp.py": "ON = 1\n"})
    assert await compared_apart(children, SystemClock(), [tmp_path]) == Compared(1, 2)
    (tmp_path / "lamp.py").write_text("ON = 2\n")
    found = await compared_apart(children, SystemClock(), [tmp_path])
    assert found.differences == (Difference("changed", "lamp.py", "lamp-1.0"),)
    known.pop()
    assert (known, children.alive()) == ([PART], [])


async def test_the_stop_ends_it_and_that_is_no_finding() -> None:
    class Stopping(Children):
        def register(self, pid: int, name: str) -> None:
            super().register(pid, name)
            assert self.kill() == [PART]

    with pytest.raises(Unavailable, match="ended before it had looked"):
        await compared_apart(Stopping(), SystemClock())


async def test_a_process_that_cannot_be_started_or_is_gone_at_once_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Children):
        def register(self, pid: int, name: str) -> None:
            raise Broken(f"{name}: there is no process {pid} to register")

    with pytest.raises(Unavailable, match="there is no process"):
        await compared_apart(Gone(), SystemClock())
    monkeypatch.setattr(installed.sys, "executable", "/no/such/python")
    with pytest.raises(Unavailable, match="could be started"):
        await compared_apart(Children(), SystemClock())


async def test_one_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, children = HeldClock(), Children()
    monkeypatch.setattr(installed, "PATIENCE_S", -1.0)
    with pytest.raises(Unavailable, match="longer than"):
        await compared_apart(children, clock)
    assert children.alive() == []


async def test_a_whole_daemon_says_what_differs_in_its_status_and_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    record(packages, "lamp-1.0", {"lamp.py": "ON = 1\n"})
    monkeypatch.setattr(
        installed, "compared_apart", lambda children, timer: compared_apart(children, timer, [packages])
    )
    async with living(tmp_path) as daemon:
        files = installed_files(daemon)
        assert await files.look()
        assert daemon.desk.status()["degraded"] == []
        (packages / "dropped.py").touch()
        assert await files.look()
        (fault,) = daemon.desk.status()["degraded"]
        assert (fault["part"], "dropped.py" in fault["text"]) == (PART, True)
        assert await until(lambda: _logged(daemon)) == [{"differ": 1, "files": ["stranger dropped.py"]}]
        assert not daemon.stop.state().engaged
        (packages / "dropped.py").unlink()
        assert await files.look()
        assert daemon.desk.status()["degraded"] == []


async def _logged(daemon: Daemon) -> list[Any]:
    """Return what the log itself has: who looks at it by a channel sees how many differ, and no names."""
    rows = daemon.desk.log(newest_first=True, limit=50, viewer=CONSOLE)
    entries = [daemon.audit.entry(row["seq"]) for row in rows if row["kind"] == "installed"]
    return [entry.payload for entry in entries if entry is not None]
