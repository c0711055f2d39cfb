"""The device at an MQTT broker keeps what every channel promises."""

from collections.abc import AsyncIterator, Mapping
from typing import ClassVar

import pytest
import pytest_asyncio

from claw.base.action import Action
from claw.channels import mqtt
from claw.daemon.build import Daemon
from tests.channels.contract import POLICY, Adapter, ChannelContract, Row, made_of
from tests.living import OWNER, living
from tests.peers.mosquitto import Broker, binary, broker
from tests.talking import until

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(binary() is None, reason="Mosquitto is not installed"),
]

COMMAND = "claw/claw/stop/set"
A_SWITCH = "its one switch stops, and nothing else can be asked for"


class Mqtt(Adapter):
    """Whoever writes at the broker is nobody, and may stop."""

    kind = "mqtt"
    person = None
    speaks = False
    answers = False
    without: ClassVar[Mapping[Row, str]] = {
        "rights": A_SWITCH,
        "long and empty": A_SWITCH,
        "duplicates": "a switch that is turned on twice is on",
    }

    def __init__(self, daemon: Daemon, mosquitto: Broker) -> None:
        super().__init__(daemon)
        self.broker = mosquitto

    async def publish(self, *payloads: bytes, topic: str = COMMAND, retain: bool = False) -> None:
        async with self.broker.seen() as seen:
            for payload in payloads:
                await seen.client.publish(topic, payload, qos=1, retain=retain)

    async def ask(self, text: str, entity: str, service: str) -> None:
        await self.daemon.desk.act((Action(f"{entity.partition('.')[0]}.{service}", (entity,)),), OWNER)

    async def yes(self, question: str) -> None:
        await self.publish(b"yes", b"approve", question.encode(), b"OFF")
        await self.publish(b"yes", topic=f"claw/claw/pending/{question}/set")

    async def strangers(self, text: str, question: str = "") -> None:
        await self.publish(text.encode(), b'{"person": "anna", "say": "yes"}', b"\xff" * 9_000, b"")
        await self.publish(b"ON", topic="claw/claw/stop/set/more")
        await self.yes(question)

    async def stop(self) -> None:
        await self.publish(b"ON")

    async def lively(self, state: str) -> None:
        await self.stop()
        await until(lambda: made_of(self.daemon.stop.engaged))
        self.daemon.stop.reset("a test", console=True, adult=True)

    async def reconnect(self) -> None:
        await self.broker.end()
        await self.broker.start()
        await self.there()

    async def there(self) -> None:
        status = self.daemon.met.channels[-1].status
        await until(lambda: made_of(status()["ready"]))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mqtt]:
    folder = tmp_path_factory.mktemp("mqtt")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("APART_S", 0.0), ("FIRST_WAIT_S", 0.01), ("LONGEST_WAIT_S", 0.05)):
            patch.setattr(mqtt, name, value)
        async with broker(folder) as mosquitto:
            named = {"mqtt": {"host": "127.0.0.1", "port": mosquitto.port}}
            async with living(folder, POLICY, channels=named) as daemon:
                channel = Mqtt(daemon, mosquitto)
                await channel.there()
                yield channel


class TestMqtt(ChannelContract, adapter=Mqtt):
    """What a switch can be asked for."""
