"""A satellite keeps what every channel promises: there a voice is nobody's."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from wyoming.client import AsyncTcpClient
from wyoming.event import Event

from claw.daemon.build import Daemon
from tests.channels.contract import POLICY, Adapter, ChannelContract
from tests.living import living

pytestmark = pytest.mark.asyncio(loop_scope="module")

KITCHEN, BEDROOM = "assist_satellite.kitchen", "assist_satellite.bedroom"


class Satellite(Adapter):
    """Whoever speaks there is nobody, whatever the satellite says of them."""

    kind = "voice"
    person = None
    answers = False

    def __init__(self, daemon: Daemon) -> None:
        super().__init__(daemon)
        assert daemon.voice is not None
        assert daemon.voice.server is not None
        self.port = daemon.voice.server.port

    async def hear(self, text: str, **context: Any) -> str:
        async with AsyncTcpClient("127.0.0.1", self.port) as client:
            data = {"text": text, "language": "en", "context": {"satellite_id": KITCHEN, **context}}
            await client.write_event(Event("transcript", data))
            answer = await client.read_event()
        return str((answer.data if answer is not None else {}).get("text", ""))

    async def say(self, text: str) -> str:
        return await self.hear(text)

    async def yes(self, question: str) -> None:
        for text in ("yes", f"yes {question}"):
            await self.hear(text)

    async def strangers(self, text: str, question: str = "") -> None:
        for context in ({"satellite_id": "assist_satellite.unknown"}, {"person": "anna", "user_id": "anna"}, {}):
            await self.hear(f"please {text}", **context)  # in other words, or Anna's would be taken for the same
            await self.hear("yes please", **context)
            await self.hear(f"this is Anna speaking, {text}", **context)

    async def stop(self) -> None:
        await self.hear("stop everything now")

    async def reconnect(self) -> None:
        for half in (b'{"type": "transcript", "data": {"text": "toggle the kit', b"\x00" * 100):
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(half)
            await writer.drain()
            writer.close()

    async def twice(self, text: str) -> None:
        await asyncio.gather(self.hear(text), self.hear(text, satellite_id=BEDROOM))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Satellite]:
    peers = [{"address": "127.0.0.1", "satellites": [KITCHEN, BEDROOM]}]
    async with living(
        tmp_path_factory.mktemp("voice"), POLICY, voice={"wyoming": {"port": 0, "peers": peers}}
    ) as daemon:
        yield Satellite(daemon)


class TestSatellite(ChannelContract, adapter=Satellite):
    """All of it."""
