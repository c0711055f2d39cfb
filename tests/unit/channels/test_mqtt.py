"""The device at a real broker, in front of a whole daemon."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import pytest_asyncio

from claw.base.config_channels import MqttConfig
from claw.base.errors import Broken
from claw.channels import mqtt as channel
from claw.channels.mqtt import Mqtt
from claw.daemon.build import Daemon
from claw.daemon.met_mqtt import mqtt
from tests.living import OWNER, living
from tests.peers.mosquitto import Broker, Seen, binary, broker

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(binary() is None, reason="Mosquitto is not installed"),
]

PASSWORD = "correct horse"
STATE, AVAILABLE, COMMAND = "claw/den/state", "claw/den/available", "claw/den/stop/set"


@dataclass
class Here:
    daemon: Daemon
    broker: Broker
    device: Mqtt
    seen: Seen

    def state(self) -> dict[str, Any]:
        return json.loads(self.seen.newest.get(STATE, b"{}"))

    async def until(self, **wanted: Any) -> None:
        await self.seen.until(lambda _: wanted.items() <= self.state().items())

    async def command(self, payload: bytes, *, retain: bool = False, topic: str = COMMAND) -> None:
        await self.seen.client.publish(topic, payload, qos=1, retain=retain)

    def reset(self) -> None:
        if self.daemon.stop.engaged:
            self.daemon.stop.reset("a test", console=True, adult=True)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Here]:
    folder: Path = tmp_path_factory.mktemp("mqtt")
    secret = folder / "password"
    secret.write_text(PASSWORD + "\n", encoding="utf-8")
    secret.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("APART_S", 0.0), ("FIRST_WAIT_S", 0.01), ("LONGEST_WAIT_S", 0.05)):
            patch.setattr(channel, name, value)
        async with broker(folder, PASSWORD) as mosquitto, living(folder) as daemon:
            config = MqttConfig(
                host="127.0.0.1", port=mosquitto.port, username="claw", password_file=secret, node="den"
            )
            device = mqtt(config, daemon)
            async with mosquitto.seen("claw/#", "homeassistant/#") as seen:
                # Left lying before Claw came: whoever it was, and whenever.
                await seen.client.publish(COMMAND, b"ON", qos=1, retain=True)
                await device.start()
                try:
                    await seen.until(lambda newest: newest.get(STATE))
                    yield Here(daemon, mosquitto, device, seen)
                finally:
                    await device.close()
                assert (await seen.until(lambda newest: newest.get(AVAILABLE))) == b"offline"


@pytest_asyncio.fixture(loop_scope="module")
async def here(made: Here) -> AsyncIterator[Here]:
    yield made
    quiet = 0
    async with asyncio.timeout(10):
        while quiet < 3:  # what was sent may still be on its way
            quiet = 0 if made.daemon.stop.engaged else quiet + 1
            made.reset()
            await asyncio.sleep(0.02)
    await made.until(stop="OFF")


async def test_the_device_is_there_and_a_command_that_was_left_lying_is_none(here: Here) -> None:
    told = json.loads(here.seen.newest["homeassistant/device/den/config"])
    assert told["components"]["stop"]["command_topic"] == COMMAND
    assert here.seen.newest[AVAILABLE] == b"online"
    assert here.state()["stop"] == "OFF"
    assert not here.daemon.stop.engaged
    assert here.device.status() == {"kind": "mqtt", "ready": True, "detail": ""}


async def test_turning_it_on_stops_everything_and_turning_it_off_lifts_nothing(here: Here) -> None:
    await here.command(b"ON")
    await here.until(stop="ON")
    assert here.daemon.stop.engaged
    assert here.daemon.stop.state().by == "mqtt:den"
    count = here.seen.count
    await here.command(b"OFF")
    await here.seen.until(lambda _: here.seen.count >= count + 2)  # the command itself, and how it stands
    assert here.daemon.stop.engaged
    assert here.state()["stop"] == "ON"
    entry = here.daemon.desk.log(newest_first=True, limit=1)[0]
    assert entry["kind"] == "stop"


async def test_one_command_of_each_kind_waits_and_none_that_was_left_lying() -> None:
    commands = channel._Commands()

    def put(payload: bytes, *, retain: bool = False) -> None:
        commands.put_nowait(aiomqtt.Message(COMMAND, payload, 1, retain, 0, None))

    put(b"ON", retain=True)
    put(b"nothing of ours")
    assert commands.empty()
    for _ in range(1000):
        put(b"OFF")
    put(b"ON")
    assert [(await commands.get()).payload for _ in range(commands.qsize())] == [b"OFF", b"ON"]
    put(b"ON")
    assert commands.qsize() == 1


async def test_what_waits_and_what_was_done_is_shown_without_words(here: Here) -> None:
    reply = await here.daemon.desk.say("turn on the kitchen lights", OWNER)
    assert reply.status in {"done", "unchanged"}
    await here.seen.until(lambda _: str(here.state().get("last")).startswith("light.turn_on light."))
    await here.daemon.desk.say("unlock the front door", OWNER)
    await here.until(pending=1)
    (question,) = here.daemon.gate.questions.waiting()
    await here.daemon.desk.answer(question.id, OWNER, yes=False)
    await here.until(pending=0)
    assert here.state()["policy"] == here.daemon.desk.status()["policy"][:12]
    assert here.state()["tokens"] == 0


@pytest.mark.parametrize("payload", [b"", b"on", b"1", b"ON ", b"\xff\x00", b'{"state": "ON"}', b"ON" * 10_000, b"OFF"])
async def test_what_is_no_command_does_nothing(here: Here, payload: bytes) -> None:
    await here.command(payload)
    await here.command(b"ON", topic="claw/other/stop/set")
    await here.command(b"ON", topic=f"{COMMAND}/more")
    await here.command(b"OFF")
    await here.seen.until(lambda newest: newest.get(COMMAND) == b"OFF")
    await here.until(stop="OFF")
    assert not here.daemon.stop.engaged
    assert here.device.status()["ready"]


async def test_a_flood_hides_no_stop_and_writes_little(here: Here) -> None:
    before = here.daemon.audit.head().seq
    for _ in range(200):
        await here.seen.client.publish(COMMAND, b"OFF", qos=0)
    for _ in range(200):
        await here.seen.client.publish(COMMAND, b"ON", qos=0)
    await here.until(stop="ON")
    await here.command(b"OFF")
    await here.seen.until(lambda newest: newest.get(COMMAND) == b"OFF")
    assert here.daemon.stop.engaged
    assert here.daemon.audit.head().seq - before < 10


async def test_a_broker_that_goes_and_comes_is_found_again(here: Here, tmp_path: Path) -> None:
    async with broker(tmp_path) as other:
        device = mqtt(MqttConfig(host="127.0.0.1", port=other.port, node="den"), here.daemon)
        await device.start()
        try:
            async with other.seen("claw/#") as seen:
                await seen.until(lambda newest: newest.get(STATE))
            await other.end()
            await until(lambda: not device.status()["ready"])
            assert "127.0.0.1" in device.status()["detail"]
            await other.start()
            async with other.seen("claw/#") as seen:
                await seen.until(lambda newest: newest.get(AVAILABLE) == b"online" and newest.get(STATE))
                await seen.client.publish(COMMAND, b"ON", qos=1)
                await seen.until(lambda newest: b'"ON"' in newest[STATE])
            assert here.daemon.stop.engaged
        finally:
            await device.close()
        async with other.seen(AVAILABLE) as seen:
            assert await seen.until(lambda newest: newest.get(AVAILABLE)) == b"offline"


async def test_a_claw_that_is_gone_is_shown_as_gone_by_the_broker_itself(here: Here, tmp_path: Path) -> None:
    async with broker(tmp_path) as other:
        device = mqtt(MqttConfig(host="127.0.0.1", port=other.port, node="den"), here.daemon)
        await device.start()
        async with other.seen(AVAILABLE) as seen:
            await seen.until(lambda newest: newest.get(AVAILABLE) == b"online")
            task = device.kept[0]._task
            assert task is not None
            at: Any = task.get_coro()
            while "client" not in at.cr_frame.f_locals:
                at = at.cr_await
            line = at.cr_frame.f_locals["client"]
            line._client.socket().shutdown(socket.SHUT_RDWR)  # as when the machine goes: nobody says goodbye
            await seen.until(lambda newest: newest.get(AVAILABLE) == b"offline")
            await seen.until(lambda newest: newest.get(AVAILABLE) == b"online")
        await device.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  a status tells nobody that it changed
            await asyncio.sleep(0.01)


async def test_a_wrong_password_is_said_and_is_in_no_text(here: Here, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("wrong one", encoding="utf-8")
    config = MqttConfig(host="127.0.0.1", port=here.broker.port, username="claw", password_file=secret)
    with pytest.raises(Broken):
        mqtt(config, here.daemon)  # anybody could read it
    secret.chmod(0o600)
    device = mqtt(config, here.daemon)
    await device.start()
    try:
        await until(lambda: "cannot be used" in device.status()["detail"])
    finally:
        await device.close()
    assert "wrong one" not in repr(device.status()) + repr(config)
