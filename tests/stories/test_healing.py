"""Whatever part of a daemon fails, the gate acts on; the part comes back by itself, and the household hears of it once.

Each part is broken where it does its innermost work, in a whole daemon as ``claw run`` starts it, in virtual time.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from claw.audit.checkpoint import Checkpointer
from claw.audit.retention import Retention
from claw.base.action import Reply
from claw.base.clock import SystemClock
from claw.base.config import Config, ListenConfig, ModelConfig
from claw.base.config_channels import ChannelsConfig
from claw.base.errors import Unavailable
from claw.base.permit import PermitDesk
from claw.channels.clients import Clients
from claw.channels.mqtt import Mqtt
from claw.channels.web.server import WebServer
from claw.daemon import run
from claw.daemon.build import Daemon, build
from claw.daemon.demo import demo_config
from claw.daemon.housekeeping import Housekeeping
from claw.daemon.news import News
from claw.daemon.reloading import Reloading
from claw.daemon.staging import Staging
from claw.daemon.stopping import Stopping
from claw.daemon.supervision import Supervision
from claw.daemon.wellbeing import look_after
from claw.gate.heartbeat import Heartbeat
from claw.house.home_assistant import HomeAssistant
from claw.house.mirror import Mirror
from claw.llm.client import TRIES
from claw.routines.keeper import Keeper
from claw.routines.spans import Spans
from tests.lived_clock import LivedClock
from tests.living import CONSOLE, OWNER, living
from tests.peers.scripted_hass import ScriptedHass
from tests.peers.scripted_model import ScriptedModel

SECOND = timedelta(seconds=1)


class Home:
    """A daemon in virtual time, and what it told the household."""

    def __init__(self, daemon: Daemon, clock: LivedClock) -> None:
        self.daemon = daemon
        self.clock = clock
        self.told: list[str] = []
        self.shown: list[list[str]] = []
        """What the page shows not to work, after each change."""

    def parts(self) -> set[str]:
        return {fault.part for fault in self.daemon.degraded.now()}

    async def say(self, text: str) -> Reply:
        return await self.clock.through(self.daemon.desk.say(text, CONSOLE))

    async def pass_by(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.clock.advance(SECOND)
            self.daemon.stopping.heartbeat.look()  # its thread looks in real time, which hardly passes
            await asyncio.sleep(0)  # threads take their own time

    async def until(self, condition: Callable[[], object], longest_s: int) -> None:
        for _ in range(longest_s):
            if condition():
                return
            await self.pass_by(1)
        raise AssertionError(f"not within {longest_s} s: {self.parts()}, {self.told}")


@asynccontextmanager
async def home(folder: Path, monkeypatch: pytest.MonkeyPatch, config: Config | None = None) -> AsyncIterator[Home]:
    """Give a daemon that was begun by the entry that ``claw run`` uses."""
    clock = LivedClock()
    monkeypatch.setattr(run, "build", partial(_built, Staging(clock=clock)))
    monkeypatch.setattr("claw.base.supervised.REST_S", 30.0)
    ready: asyncio.Future[Daemon] = asyncio.get_running_loop().create_future()
    ending = asyncio.Event()
    serving = asyncio.create_task(run.serve(config or demo_config(0), folder / "state", ready.set_result, ending))
    await clock.through(asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED))
    if serving.done():
        await serving
    try:
        there = Home(ready.result(), clock)
        async with there.daemon.desk.feed(CONSOLE) as queue:
            listening = asyncio.create_task(_listen(queue, there))
            yield there
            listening.cancel()
    finally:
        ending.set()
        await clock.through(serving)


async def _built(staging: Staging, config: Config, state: Path, rooms: AsyncExitStack) -> Daemon:
    return await build(config, state, rooms, staging)


async def _listen(queue: "asyncio.Queue[dict[str, Any]]", there: Home) -> None:
    while True:
        event = await queue.get()
        if event["type"] == "message":
            there.told.append(event["text"])
        if event["type"] == "degraded":
            there.shown.append([fault["part"] for fault in event["degraded"]])


def broken(*_: object, **__: object) -> NoReturn:
    raise KeyError("a bug")


async def broken_soon(*_: object, **__: object) -> NoReturn:
    raise KeyError("a bug")


PARTS = [
    ("policy file", Reloading, "look", broken_soon),
    ("housekeeping", Housekeeping, "_drill_is_due", broken),
    ("retention", Retention, "tend", broken_soon),
    ("routines", Keeper, "_notice", broken),
    ("routines", Spans, "_call", broken),
    ("page", Clients, "flush", broken),
]


@pytest.mark.parametrize(("part", "owner", "name", "breaks"), PARTS, ids=lambda each: str(each)[:20])
async def test_a_part_that_fails_costs_nothing_comes_back_and_is_told_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    owner: Any,
    name: str,
    breaks: Any,
) -> None:
    async with home(tmp_path, monkeypatch) as there:
        with monkeypatch.context() as trouble:
            trouble.setattr(owner, name, breaks)
            there.daemon.routines.keeper.wake()
            await there.until(lambda: part in there.parts(), 400)
            reply = await there.say("turn on the kitchen lights")
            assert reply.status == "done"
            await there.until(lambda: there.told, 60)
            assert any(fault["part"] == part for fault in there.daemon.desk.status()["degraded"])
        there.daemon.routines.keeper.wake()
        await there.until(lambda: not there.parts(), 400)
        await there.until(lambda: len(there.told) == 2, 120)
        assert there.shown[0] == [part]
        assert there.shown[-1] == []
        first, second = there.told
        assert "does not work" in first
        assert "works again" in second
        assert (await there.say("turn off the kitchen lights")).status == "done"


@pytest.mark.parametrize(("part", "owner", "name"), [("heartbeat", Heartbeat, "beat"), ("latch", Stopping, "look")])
async def test_a_guard_that_fails_refuses_everything_until_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, owner: Any, name: str
) -> None:
    async with home(tmp_path, monkeypatch) as there:
        with monkeypatch.context() as trouble:
            trouble.setattr(owner, name, broken)
            await there.until(lambda: part in there.parts(), 20)
            await there.pass_by(15)
            reply = await there.say("turn on the kitchen lights")
            assert reply.status == "refused"
            assert there.daemon.mirror.states["light.kitchen_ceiling"].value == "off"
            assert not there.daemon.stop.engaged, "nobody stopped anything: it goes on when it can"
        await there.until(lambda: not there.parts(), 60)
        assert (await there.say("turn on the kitchen lights")).status == "done"


async def test_a_log_that_nobody_signs_any_more_stops_the_house_and_is_signed_again_for_whoever_resets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with home(tmp_path, monkeypatch) as there:
        with monkeypatch.context() as trouble:
            trouble.setattr(Checkpointer, "_due", broken)
            await there.until(lambda: "checkpoints" in there.parts(), 30)
            assert there.daemon.stop.engaged
            assert (await there.say("turn on the kitchen lights")).status in {"refused", "stopped"}
        await there.until(lambda: not there.parts(), 120)
        assert there.daemon.stop.engaged, "a stop is lifted by a person"


async def test_what_supervises_and_what_tells_come_back_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with home(tmp_path, monkeypatch) as there:
        with monkeypatch.context() as trouble:
            trouble.setattr(Supervision, "look", broken)
            await there.pass_by(20)
        await there.until(lambda: not there.parts(), 120)
        with monkeypatch.context() as trouble:
            trouble.setattr(News, "_round", broken_soon)
            there.daemon.degraded.fails("telegram", "away")
            await there.until(lambda: "news" in there.parts(), 60)
            assert there.told == []
        trouble_over = there.clock.monotonic() + 200
        there.daemon.degraded.fails("ears", "away")
        await there.until(lambda: there.told or there.clock.monotonic() > trouble_over, 300)
        assert there.told


async def test_without_supervision_the_same_fault_is_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard of all this taken away: a test that passes without it would prove nothing."""
    monkeypatch.setattr("claw.base.supervised.Supervised._failed", lambda *_: 10_000_000.0)
    async with home(tmp_path, monkeypatch) as there:
        looked: list[float] = []
        with monkeypatch.context() as trouble:
            trouble.setattr(Reloading, "look", broken_soon)
            await there.pass_by(20)

        async def look(_: Reloading) -> None:
            looked.append(there.clock.monotonic())

        monkeypatch.setattr(Reloading, "look", look)
        await there.pass_by(120)
        assert looked == []


async def test_a_broker_that_is_away_and_a_bug_in_its_channel_cost_nobody_else_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    channels = ChannelsConfig.model_validate({"mqtt": {"host": "127.0.0.1", "port": port}})
    monkeypatch.setattr(Mqtt, "_client", broken)
    async with home(tmp_path, monkeypatch, demo_config(0).model_copy(update={"channels": channels})) as there:
        await there.until(lambda: "mqtt" in there.parts(), 60)
        assert (await there.say("turn on the kitchen lights")).status == "done"
        await there.until(lambda: there.told, 60)
        assert there.told == ["This does not work at the moment: MQTT. The rest does."]


async def test_a_page_whose_port_is_taken_comes_when_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = True
    start = WebServer.start

    async def starts(self: WebServer) -> None:
        if taken:
            raise Unavailable("the port is taken")
        await start(self)

    monkeypatch.setattr(WebServer, "start", starts)
    config = demo_config(0).model_copy(update={"listen": ListenConfig(port=0)})
    async with home(tmp_path, monkeypatch, config) as there:
        assert there.parts() == {"page"}
        await there.until(lambda: there.told, 60)
        assert there.told == ["This does not work at the moment: the page. The rest does."]
        taken = False
        await there.until(lambda: not there.parts(), 200)
        await there.until(lambda: len(there.told) == 2, 120)
        assert there.told[1] == "This works again: the page."


async def test_a_model_that_is_down_is_asked_a_few_times_and_then_answered_for_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.llm.client.FIRST_WAIT_S", 0.001)
    monkeypatch.setattr("claw.base.breaker.REST_S", 0.3)
    async with ScriptedModel(key="k") as server:
        (tmp_path / "key").write_text("k")
        (tmp_path / "key").chmod(0o600)
        model = ModelConfig(name="small", base_url=server.base_url, key_file=tmp_path / "key")
        async with living(tmp_path, model=model) as daemon:
            supervision = Supervision(daemon.degraded, daemon.clock)
            look_after(daemon, supervision)
            for _ in range(3 * TRIES):
                server.fails(500)
            for number in range(3):
                assert (await daemon.desk.say(f"make it cosy in here, please {number}", OWNER)).status == "failed"
            asked = len(server.requests)
            assert asked == 3 * TRIES
            reply = await daemon.desk.say("make it very cosy in here", OWNER)
            assert "the model does not answer" in reply.text
            assert len(server.requests) == asked, "nobody waits for it again"
            supervision.look()
            assert {fault.part for fault in daemon.degraded.now()} == {"model"}
            assert (await daemon.desk.say("turn on the kitchen lights", OWNER)).status == "done"
            await asyncio.sleep(0.35)
            supervision.look()
            assert len(server.requests) == asked, "nothing is asked only to find out"
            server.says(program='light.turn_on("light.kitchen_ceiling")')
            await daemon.desk.say("make it cosy in here at last", OWNER)
            assert len(server.requests) > asked, "one who really wants something finds out"
            supervision.look()
            assert daemon.degraded.now() == ()
            await supervision.close()


async def test_a_house_link_with_a_bug_in_it_is_known_to_be_lost_and_followed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("claw.base.supervised.FIRST_PAUSE_S", 0.05)
    async with ScriptedHass() as house:
        clock = SystemClock()
        mirror = Mirror(clock)
        backend = HomeAssistant(house.url, house.token, PermitDesk(clock), clock, clock)
        try:
            with monkeypatch.context() as trouble:
                trouble.setattr(HomeAssistant, "_until_lost", broken_soon)
                links: list[str] = []
                mirror.on_link(lambda link: links.append(link.detail))
                await backend.connect(mirror)
                async with asyncio.timeout(10):
                    while "following it failed" not in links:  # noqa: ASYNC110  it is told in its own time
                        await asyncio.sleep(0.01)
                    assert not mirror.ready, "what is mirrored is old, and nobody takes it for the house"
            await mirror.wait_ready(10)
            assert backend.kept.failures
        finally:
            await backend.close()
