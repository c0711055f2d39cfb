"""From the first byte read to the last one closed."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from claw.audit.log import AuditLog
from claw.base.action import Action
from claw.base.clock import SystemClock
from claw.base.config import Config, ListenConfig
from claw.base.errors import Broken
from claw.channels.socket import SocketServer
from claw.daemon import daily_backup, installed, traces
from claw.daemon import run as module
from claw.daemon.build import Daemon
from claw.daemon.demo import demo_config
from claw.daemon.run import serve
from claw.daemon.supervision import Supervision
from claw.gate.breach import Breaches
from claw.house.simulated import SimulatedHouse
from claw.mind.phrases import _load, phrases
from claw.store.db import state_holder
from tests.living import CONSOLE


@asynccontextmanager
async def running(state: Path, config: Config | None = None) -> AsyncIterator[Daemon]:
    ready: asyncio.Future[Daemon] = asyncio.get_running_loop().create_future()
    ending = asyncio.Event()
    task = asyncio.create_task(serve(config or demo_config(0), state, ready.set_result, ending))
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    try:
        yield ready.result()
    finally:
        ending.set()
        await task


async def test_nothing_that_is_kept_going_is_called_like_what_a_look_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever keeps it going says every few seconds that it works, which would hide what was found."""
    kept: list[str] = []
    keep = Supervision.keep

    def noted(self: Supervision, part: str, *rest: Any, **more: Any) -> object:
        kept.append(part)
        return keep(self, part, *rest, **more)

    monkeypatch.setattr(Supervision, "keep", noted)
    async with running(tmp_path):
        pass
    assert installed.LOOK in kept
    assert not {installed.PART, daily_backup.PART, traces.PART} & set(kept)


async def test_ready_means_that_it_listens(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        async with aiohttp.ClientSession() as http, http.get(f"{daemon.web.address}healthz") as health:
            assert health.status == 200
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "claw.sock"))
        writer.write(b'{"do": "status"}\n')
        assert "ok" in json.loads(await reader.readline())
        writer.close()
        await writer.wait_closed()
        assert state_holder(tmp_path) == os.getpid()
    assert state_holder(tmp_path) is None
    assert not (tmp_path / "claw.sock").exists()


async def test_only_the_houses_own_words_are_read_before_it_is_ready(tmp_path: Path) -> None:
    phrases.cache_clear()
    _load.cache_clear()
    async with running(tmp_path) as daemon:
        assert len(daemon.config.languages) > 1
        assert _load.cache_info().currsize == 1
        before = _load.cache_info().misses
        phrases(daemon.config.languages[0])
        assert _load.cache_info().misses == before


async def test_the_log_begins_with_a_start_and_ends_with_an_end(tmp_path: Path) -> None:
    async with running(tmp_path):
        pass
    log = AuditLog.open(tmp_path / "audit.db", SystemClock())
    kinds = [entry.kind for entry in log.entries()]
    await log.close()
    assert (kinds[0], kinds[-1]) == ("start", "checkpoint"), "and what it ends with is signed"
    assert [kind for kind in kinds if kind != "checkpoint"][-1] == "end"


async def test_a_signal_stops_and_the_stop_is_only_reset_at_the_console(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.sleep(0.05)
        state = daemon.stop.state()
        assert (state.engaged, state.local) == (True, True)


async def test_a_taken_port_costs_the_page_until_it_is_free_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.base.supervised.FIRST_PAUSE_S", 0.1)
    monkeypatch.setattr("claw.daemon.supervision.LOOK_S", 0.05)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = ListenConfig(port=taken.getsockname()[1])
        async with running(tmp_path, demo_config(0).model_copy(update={"listen": listen})) as daemon:
            (fault,) = daemon.degraded.now()
            assert (fault.part, "in use" in fault.text) == ("page", True)
            assert (await daemon.desk.say("turn on the kitchen lights", CONSOLE)).status == "done"
            taken.close()
            async with asyncio.timeout(10):
                while daemon.degraded.now():  # noqa: ASYNC110  it comes back by itself
                    await asyncio.sleep(0.02)
            async with aiohttp.ClientSession() as http, http.get(daemon.web.address) as page:
                assert page.status == 200


async def test_without_the_local_socket_nothing_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def taken(_: SocketServer) -> None:
        raise Broken("cannot listen")

    monkeypatch.setattr(SocketServer, "start", taken)
    with pytest.raises(Broken, match="cannot listen"):
        await serve(demo_config(0), tmp_path, lambda _daemon: pytest.fail("it is not ready"))
    assert state_holder(tmp_path) is None


async def test_an_intent_that_an_earlier_run_left_open_is_settled_by_looking_never_by_acting(tmp_path: Path) -> None:
    log = AuditLog.open(tmp_path / "audit.db", SystemClock())
    action = Action("light.turn_on", ("light.kitchen_ceiling",))
    intent = await log.append("intent", {"action": action.as_json()})
    await log.close()
    async with running(tmp_path) as daemon:
        settled = asyncio.Event()
        daemon.audit.listeners.append(lambda _entry: settled.set() if daemon.audit.children(intent) else None)
        if not daemon.audit.children(intent):
            await asyncio.wait_for(settled.wait(), 5)
        (outcome,) = daemon.audit.children(intent)
        assert outcome.payload is not None
        assert outcome.payload["status"] == "unknown"
        assert outcome.payload["shown"] == {"light.kitchen_ceiling": False}
        assert isinstance(daemon.backend, SimulatedHouse)
        assert daemon.backend.performed == []
        assert daemon.audit.entry(intent + 1).payload["unfinished"] == [intent]  # type: ignore[union-attr,index]


async def test_an_unfinished_intent_too_long_for_the_log_does_not_keep_the_others_open(tmp_path: Path) -> None:
    log = AuditLog.open(tmp_path / "audit.db", SystemClock())
    action = Action("light.turn_on", ("light.kitchen_ceiling",)).as_json()
    cut = await log.append("intent", {"action": action, "said": "x" * 100_000})
    whole = await log.append("intent", {"action": action})
    await log.close()
    async with running(tmp_path) as daemon:
        for _ in range(100):
            if not daemon.audit.unfinished():
                break
            await asyncio.sleep(0.01)
        (first,) = daemon.audit.children(cut)
        (second,) = daemon.audit.children(whole)
    assert first.payload is not None
    assert first.payload["shown"] == {}
    assert second.payload is not None
    assert second.payload["shown"] == {"light.kitchen_ceiling": False}


async def test_a_latch_written_by_hand_is_noticed_while_nobody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.gate.latch_watch.LOOK_S", 0.05)
    async with running(tmp_path / "state") as daemon, daemon.desk.feed() as queue:
        (tmp_path / "state" / "stop").touch()
        async with asyncio.timeout(5):
            while (await queue.get())["type"] != "stop":
                pass


async def test_what_must_never_be_is_looked_for_while_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = asyncio.Event()
    monkeypatch.setattr("claw.daemon.housekeeping.LOOK_S", 0.05)

    def look(_: Breaches) -> None:
        looked.set()

    monkeypatch.setattr(Breaches, "look", look)
    async with running(tmp_path) as daemon:
        await daemon.mirror.wait_ready(5)
        looked.clear()
        await asyncio.wait_for(looked.wait(), 5)


def test_what_its_children_leave_behind_is_given_to_the_daemon_before_it_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def served(*_: object) -> None:
        done.append("served")

    monkeypatch.setattr(module, "adopt", lambda: not done.append("adopted"))
    monkeypatch.setattr(module, "serve", served)
    module.run(demo_config(0), tmp_path, lambda _: None)
    assert done == ["adopted", "served"]


async def test_what_was_left_behind_is_collected_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collected = asyncio.Event()
    monkeypatch.setattr("claw.gate.latch_watch.LOOK_S", 0.02)
    monkeypatch.setattr(module.Orphans, "collect", lambda _: collected.set())
    async with running(tmp_path):
        await asyncio.wait_for(collected.wait(), 5)
