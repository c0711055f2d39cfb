"""A real MQTT broker (Mosquitto) on a free port of this machine, and what an observer sees at it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt

from tests.peers.real_hass import free_port

PATIENCE_S = 10.0


def binary() -> str | None:
    """Return the program, None where it is not installed."""
    return shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin")


@dataclass
class Broker:
    """One broker that can be started again at the same port."""

    folder: Path
    password: str = ""
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        lines = [f"listener {self.port} 127.0.0.1", "user root", "persistence false", "log_dest none"]
        if self.password:
            path = self.folder / "passwords"
            made = await asyncio.create_subprocess_exec("mosquitto_passwd", "-b", "-c", path, "claw", self.password)
            assert await made.wait() == 0
            lines += ["allow_anonymous false", f"password_file {path}"]
        else:
            lines.append("allow_anonymous true")
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        program = binary()
        assert program is not None
        self.process = await asyncio.create_subprocess_exec(
            program, "-c", config, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.01)
                else:
                    writer.close()
                    await writer.wait_closed()
                    return

    async def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            await self.process.wait()
            self.process = None

    @asynccontextmanager
    async def seen(self, *topics: str) -> AsyncIterator["Seen"]:
        """Give what is published below ``topics``, what lies there included."""
        named = {"username": "claw", "password": self.password} if self.password else {}
        async with aiomqtt.Client("127.0.0.1", self.port, **named) as client:
            seen = Seen(client)
            for topic in topics:
                await client.subscribe(topic, qos=1)
            reading = asyncio.ensure_future(seen.read())
            try:
                yield seen
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


class Seen:
    """The newest message of each topic."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.newest: dict[str, bytes] = {}
        self.count = 0
        self._came = asyncio.Event()

    async def read(self) -> None:
        async for message in self.client.messages:
            self.newest[str(message.topic)] = bytes(message.payload)
            self.count += 1
            self._came.set()

    async def until(self, wanted: Callable[[dict[str, bytes]], Any]) -> Any:
        """Return what ``wanted`` finds, as soon as it finds something."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := wanted(self.newest)):
                self._came.clear()
                await self._came.wait()
        return found


@asynccontextmanager
async def broker(folder: Path, password: str = "") -> AsyncIterator[Broker]:
    made = Broker(folder, password)
    await made.start()
    try:
        yield made
    finally:
        await made.end()
