"""A Wyoming text-to-speech server, as the field's own package speaks it: a tone for words, or whatever it is told."""

import asyncio
import math
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from wyoming.event import Event, async_read_event, async_write_event
from wyoming.tts import Synthesize

RATE = 22_050
FORM = {"rate": RATE, "width": 2, "channels": 1}
_MADE = {"attribution": {"name": "nobody", "url": "http://localhost"}, "installed": True, "description": "a tone"}
INFO = {
    "tts": [
        {
            "name": "tones",
            "version": "1",
            **_MADE,
            "voices": [{"name": "one", "languages": ["en"], "version": "1", **_MADE}],
        }
    ]
}
Misbehave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def tone(seconds: float, rate: int = RATE) -> bytes:
    return array("h", (round(8000 * math.sin(at / 10)) for at in range(int(seconds * rate)))).tobytes()


@dataclass
class VoicePeer:
    """What it was asked to say, and how it behaves: ``instead`` answers in its place."""

    server: str = ""
    asked: list[Synthesize] = field(default_factory=list[Synthesize])
    seconds: float = 0.2
    instead: Misbehave | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        event = await async_read_event(reader)
        while event is not None and event.type == "describe":
            await async_write_event(Event("info", INFO), writer)
            event = await async_read_event(reader)
        if event is None:
            return
        assert Synthesize.is_type(event.type)
        self.asked.append(Synthesize.from_event(event))
        if self.instead is not None:
            await self.instead(reader, writer)
            return
        await async_write_event(Event("audio-start", FORM), writer)
        pcm = tone(self.seconds)
        for at in range(0, len(pcm), 2048):
            await async_write_event(Event("audio-chunk", FORM, pcm[at : at + 2048]), writer)
        await async_write_event(Event("audio-stop"), writer)
        await reader.read()


@asynccontextmanager
async def voice_peer() -> AsyncIterator[VoicePeer]:
    """Give a server that listens on this machine."""
    peer = VoicePeer()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with suppress(ConnectionError):
                await peer.answer(reader, writer)
        finally:
            writer.close()
            peer.gone.set()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    peer.server = f"tcp://{host}:{port}"
    try:
        yield peer
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
