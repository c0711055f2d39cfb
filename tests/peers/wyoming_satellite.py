"""A microphone that Home Assistant owns: a Wyoming satellite as people have them, without a wake word.

Home Assistant connects to it, makes of it a device with an ``assist_satellite``, and takes sound from it whenever it
asks for a run of its assistant.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from claw.voice.frames import CLIENT, Frame, FrameReader, encode

CHUNK = 2048
_FORMAT = {"rate": 16_000, "width": 2, "channels": 1}


@dataclass
class WyomingSatellite:
    """``told`` are the events that Home Assistant sent to it."""

    name: str
    area: str
    port: int = 0
    told: list[Frame] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _line: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        frames = FrameReader(CLIENT)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while more := await reader.read(65536):
                for frame in frames.feed(more):
                    self.told.append(frame)
                    if frame.type == "describe":
                        writer.write(encode(self._info()))
                    elif frame.type == "ping":
                        writer.write(encode(Frame("pong")))
                    elif frame.type == "run-satellite":
                        self._line = writer
                        self.ready.set()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def say(self, pcm: bytes) -> None:
        """Have the assistant run with this sound; raises TimeoutError when Home Assistant did not begin to listen."""
        await asyncio.wait_for(self.ready.wait(), 20)
        assert self._line is not None
        run = {"start_stage": "asr", "end_stage": "handle", "restart_on_end": False}
        sound = [Frame("audio-chunk", _FORMAT, pcm[at : at + CHUNK]) for at in range(0, len(pcm), CHUNK)]
        for frame in (Frame("run-pipeline", run), Frame("audio-start", _FORMAT), *sound, Frame("audio-stop")):
            self._line.write(encode(frame))
        await self._line.drain()

    def _info(self) -> Frame:
        own = {"name": self.name, "attribution": {"name": "", "url": ""}, "installed": True, "version": "1"}
        satellite = {**own, "description": self.name, "area": self.area, "has_vad": False, "supports_trigger": False}
        return Frame("info", {"satellite": satellite})


@contextlib.asynccontextmanager
async def satellite(name: str, area: str) -> AsyncIterator[WyomingSatellite]:
    """Serve a satellite on a free port of this machine."""
    made = WyomingSatellite(name, area)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
