"""The processes in which programs run: how they come, wait warm, and go."""

import asyncio
import logging
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.base.errors import Broken, Unavailable
from claw.gate.children import Children, look
from claw.program import sandbox as module
from claw.program.events import Ended, Failed, Mistyped, Value, Wave
from claw.program.sandbox import IDLE_S, NO_SANDBOX, PROCESSES, Sandbox
from tests.held_clock import HeldClock
from tests.sandbox_room import HANG_S, NOW, STUBS, Room, room

ON = 'await call("light.turn_on", "light.a")'
ROOT = Path(__file__).parents[3]


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(HANG_S):
        while running(pid):  # noqa: ASYNC110  the kernel tells nobody
            await asyncio.sleep(0.01)


def test_looking_what_is_there_imports_nothing_and_starts_nothing() -> None:
    source = (
        "import sys\n"
        "from claw.base.clock import SystemClock\nfrom claw.gate.children import Children\n"
        "from claw.program.sandbox import Sandbox\n"
        "async def look():\n"
        "    children = Children()\n"
        "    kind = Sandbox.open(children, SystemClock(), lambda: False, wrapper='plain').kind\n"
        "    print(kind, children.alive(), 'pydantic_monty' in sys.modules)\n"
        "import asyncio\nasyncio.run(look())"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "plain [] False\n"


def test_python_waits_for_the_packages_threads_before_it_takes_itself_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[float] = []
    monkeypatch.setattr(module.atexit, "register", lambda _wait, seconds: registered.append(seconds))
    module._monty.cache_clear()
    module._monty()
    module._monty()
    assert registered == [module.EXIT_PAUSE_S]


async def test_the_package_is_imported_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    package, threads = module._monty(), list[threading.Thread]()

    def imported() -> object:
        threads.append(threading.current_thread())
        return package

    monkeypatch.setattr(module, "_monty", imported)
    async with room() as held:
        await held.run(ON)
    assert threads[0] is not threading.main_thread()


async def test_where_there_is_no_package_there_is_no_sandbox_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    async with room() as held:
        assert held.sandbox.kind == "none"
        assert await held.sandbox.ready() == "none"
        with pytest.raises(Broken, match="no sandbox for this machine"):
            await held.run(ON)
        with pytest.raises(Broken, match="no sandbox for this machine"):
            await held.sandbox.warm(STUBS, NOW)


async def test_where_bubblewrap_does_not_work_programs_run_plain_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "bubblewrap", lambda: "/bin/false")
    async with room("auto") as held:
        assert held.sandbox.kind == "bubblewrap"
        with caplog.at_level(logging.WARNING):
            assert await held.sandbox.ready() == "plain"
        assert "Bubblewrap" in caplog.text
        assert isinstance(await held.run(ON), Ended)


async def test_where_nothing_starts_it_is_said_once_and_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "starts", lambda path: False)
    async with room("auto") as held:
        assert await held.sandbox.ready() == "none"
        with pytest.raises(Broken, match="no sandbox"):
            await held.run(ON)


async def test_every_process_is_under_the_stop_while_it_lives() -> None:
    async with room() as held:
        async with held.session() as first, held.session() as second:
            assert held.children.holds(first.pid)
            assert held.children.holds(second.pid)
            assert first.pid != second.pid
            assert held.children.alive() == ["sandbox", "sandbox"]
        pids = {first.pid, second.pid}
    assert held.children.alive() == []
    for pid in pids:
        await until_gone(pid)


async def given_back(held: Room) -> None:
    """Wait until all processes whose programs are over are ready for others."""
    await asyncio.gather(*held.sandbox._later - {held.sandbox._alarm})


async def test_a_process_whose_program_ended_by_itself_is_used_again_and_no_other() -> None:
    async with room() as held:
        async with held.session() as session:
            await session.start("secret = 5\nsecret")
            pid = session.pid
        async with held.session(typed=False) as session:
            assert session.pid == pid
            end = await session.start("secret")
            assert isinstance(end, Failed), "and it knows nothing of the program before"
        async with held.session() as session:
            assert session.pid != pid
            waits, other = await session.start(ON), session.pid
            assert isinstance(waits, Wave)
        await until_gone(pid)
        async with held.session() as session:
            assert session.pid != other
        await until_gone(other)


async def test_a_warm_process_is_taken_for_the_house_it_knows_and_another_is_prepared() -> None:
    async with room() as held:
        await held.sandbox.warm(STUBS, NOW)
        assert held.children.alive() == ["sandbox"] * 2
        await held.sandbox.warm(STUBS, NOW)
        spare, beside = held.children._children
        async with held.session() as session, held.session(typed=False) as run:
            assert session.pid == spare
            assert run.pid == beside, "the run that follows finds its process there too"
            assert isinstance(await session.start("1"), Ended)
        await given_back(held)
        assert held.sandbox._spare
        async with held.sandbox.session(STUBS + "\nx: int", NOW, 1) as session:
            assert held.sandbox._spare.worker.pid != session.pid, "another house"
        async with held.session(now=NOW + timedelta(hours=1)) as session:
            assert held.sandbox._spare is None, "only the offset from UTC matters of the time"


async def test_a_process_is_kept_ready_for_programs_whose_types_are_known_to_fit() -> None:
    async with room() as held:
        held.sandbox.stay_ready(NOW)
        async with held.session(typed=False) as session:
            first = session.pid
            assert await session.start("1") == Ended(1, "")
        await given_back(held)
        ready = held.sandbox._bare
        assert ready is not None
        async with held.session(typed=False) as session:
            assert session.pid == ready.worker.pid
            await session.start("1")
        await given_back(held)
        assert held.sandbox._bare is not None
        async with held.session(typed=False, now=NOW + timedelta(hours=1)) as session:
            await session.start("1")
        assert first in held.sandbox._seen or first == ready.worker.pid
    assert held.children.alive() == []


async def test_what_is_kept_ready_is_all_that_is_left_of_a_pool_that_nobody_used() -> None:
    clock = HeldClock()
    async with room(timer=clock) as held:
        held.sandbox.stay_ready(NOW)
        async with held.session() as typed, held.session(typed=False) as bare:
            await typed.start("1")
            await bare.start("1")
        await given_back(held)
        assert len(held.sandbox._seen) > 1
        await clock.advance(IDLE_S)
        while held.sandbox._bare is None or len(held.sandbox._seen) > 1:  # noqa: ASYNC110  processes come and go
            await asyncio.sleep(0.01)
        pid = held.sandbox._bare.worker.pid
        await clock.advance(IDLE_S)
        await given_back(held)
        assert held.sandbox._bare is not None
        assert held.sandbox._bare.worker.pid == pid, "it is not exchanged every minute"
        held.stop()
        async with asyncio.timeout(5):
            await until_gone(pid)


async def test_what_the_stop_killed_is_given_to_no_program() -> None:
    async with room() as held:
        held.sandbox.stay_ready(NOW)
        async with held.session(typed=False) as session:
            await session.start("1")
        await given_back(held)
        ready = held.sandbox._bare
        assert ready is not None
        held.children.kill()
        async with held.session(typed=False) as session:
            assert session.pid != ready.worker.pid
            assert await session.start("1") == Ended(1, "")


async def test_what_a_process_was_warmed_with_is_nothing_that_a_program_could_see() -> None:
    async with room() as held:
        await held.sandbox.warm(STUBS, NOW)
        async with held.session() as session:
            with pytest.raises(Mistyped, match="one"):
                await session.check("one")
            assert await session.start("[1 for one in [2]]") == Ended([1], "")


async def test_functions_of_any_shape_can_be_warmed() -> None:
    odd = "def no() -> None: ...\ndef named(*, a: int, b: str = '') -> int: ...\ndef many(a: int, *b: str): ...\n"
    async with room() as held:
        for stubs in ("x: int\n", odd):
            await held.sandbox.warm(stubs, NOW)
            assert held.sandbox._spare


async def test_a_process_that_forgets_its_program_is_ended_by_the_close_too() -> None:
    async with room() as held:
        async with held.session() as session:
            await session.start("1")
        await held.sandbox.close()
        await until_gone(session.pid)
        assert not held.sandbox._live


async def test_a_new_version_of_the_house_takes_the_place_of_the_old() -> None:
    async with room() as held:
        await held.sandbox.warm(STUBS, NOW)
        old, _ = held.children._children
        await held.sandbox.warm(STUBS.replace("light.b", "light.c"), NOW)
        assert held.sandbox._spare
        assert held.sandbox._spare.worker.pid != old
        await until_gone(old)


async def test_a_process_that_cannot_be_warmed_is_let_go_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.LIMITS, "max_feed_duration_secs", 0.0)
    async with room() as held:
        with pytest.raises(Broken, match="cannot be described"):
            await held.sandbox.warm(STUBS, NOW)
        assert held.children.alive() == []
        monkeypatch.undo()
        assert isinstance(await held.run(ON), Ended)


async def test_after_a_minute_without_a_program_every_process_is_let_go_and_the_next_one_finds_the_way_back() -> None:
    clock = HeldClock()
    async with room(timer=clock) as held:
        assert isinstance(await held.run(ON), Ended)
        (pid,) = held.children._children
        await clock.advance(IDLE_S - 1)
        assert running(pid)
        async with held.session():
            await clock.advance(2 * IDLE_S)
            assert held.children.alive(), "not while one runs"
        await clock.advance(IDLE_S - 1)
        assert held.children.alive()
        await clock.advance(2)
        async with asyncio.timeout(HANG_S):
            while held.children._children:  # noqa: ASYNC110  it lets go in its own time
                await asyncio.sleep(0.01)
        assert held.children.alive() == []
        await until_gone(pid)
        assert isinstance(await held.run(ON), Ended)


async def test_what_cannot_start_is_not_tried_over_and_over(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Sandbox] = []

    def nothing(sandbox: Sandbox) -> Path:
        tried.append(sandbox)
        raise Broken(NO_SANDBOX)

    monkeypatch.setattr(Sandbox, "_launch", nothing)
    async with room() as held:
        with pytest.raises(Broken):
            await held.sandbox.warm(STUBS, NOW)
        for _ in range(20):
            await asyncio.sleep(0.005)
    assert len(tried) == 1


async def test_the_warm_one_is_let_go_too() -> None:
    clock = HeldClock()
    async with room(timer=clock) as held:
        await held.sandbox.warm(STUBS, NOW)
        pid, _ = held.children._children
        await clock.advance(IDLE_S + 1)
        await until_gone(pid)
        async with asyncio.timeout(HANG_S):
            while held.children._children:  # noqa: ASYNC110  it lets go in its own time
                await asyncio.sleep(0.01)
        assert held.sandbox._spare is None


async def test_after_a_stop_and_a_reset_a_program_runs_as_ever() -> None:
    async with room() as held:
        await held.sandbox.warm(STUBS, NOW)
        pid, _ = held.children._children
        held.stop()
        with pytest.raises(Unavailable, match="stopped"):
            await held.run(ON)
        with pytest.raises(Unavailable, match="stopped"):
            await held.sandbox.warm(STUBS, NOW)
        held.stopped = False
        assert isinstance(await held.run(ON), Ended)
        assert held.children.alive()
        assert look(pid) is None or not running(pid)


async def test_a_process_that_comes_up_while_the_stop_comes_is_killed_before_it_does_anything() -> None:
    stopped = False
    children = Children()

    class Slow(Children):
        def register(self, pid: int, name: str) -> None:
            nonlocal stopped
            children.register(pid, name)
            stopped = True  # the stop's own kill is over by now

    sandbox = Sandbox.open(Slow(), SystemClock(), lambda: stopped, wrapper="plain")
    async with sandbox.session(STUBS, NOW, 1) as session:
        with pytest.raises(Unavailable, match="stopped"):
            await session.start(ON)
        await until_gone(session.pid)
    await sandbox.close()


async def test_idle_processes_that_died_are_no_trouble() -> None:
    async with room() as held:
        async with held.session() as one, held.session() as two, held.session() as three:
            for session in (one, two, three):
                await session.start("1")
        held.children.kill()
        assert isinstance(await held.run(ON), Ended)


async def test_more_programs_than_processes_wait_and_then_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECKOUT_S", 0.2)
    async with room() as held:
        async with asyncio.TaskGroup() as group:
            free = asyncio.Event()

            async def hold() -> None:
                async with held.session():
                    await free.wait()

            for _ in range(PROCESSES):
                group.create_task(hold())
            async with asyncio.timeout(HANG_S):
                while len(held.children.alive()) < PROCESSES:  # noqa: ASYNC110  nobody tells
                    await asyncio.sleep(0.01)
            with pytest.raises(Unavailable, match="Too many programs"):
                await held.run(ON)
            free.set()
        assert isinstance(await held.run(ON), Ended)


async def test_programs_run_side_by_side() -> None:
    async with room() as held, held.session() as first, held.session() as second:
        waits = await first.start('await ask("first?")'), await second.start('await ask("second?")')
        for session, wave in zip((first, second), waits, strict=True):
            assert isinstance(wave, Wave)
            assert await session.resume({wave.calls[0].id: Value(wave.calls[0].args[0])}) == Ended(
                wave.calls[0].args[0], ""
            )


async def test_what_was_closed_stays_closed_and_leaves_no_file() -> None:
    async with room() as held:
        await held.run(ON)
        folder = held.sandbox._folder
        assert folder
        await held.sandbox.close()
        await held.sandbox.close()
        assert not folder.exists()
        with pytest.raises(Unavailable, match="shutting down"):
            await held.run(ON)
