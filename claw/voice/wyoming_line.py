"""A connection to a Wyoming server that a person configured: one that hears, speaks or waits for a word.

It is another program, on another machine perhaps.  It may not be there, say nothing or nonsense, and go at any moment:
all of that is one kind of error here, with a sentence that names the server.
"""

import asyncio
import contextlib
from typing import Self
from urllib.parse import urlsplit

from claw.base.clock import Timer, within
from claw.base.errors import Unavailable
from claw.voice.frames import CLIENT, BadFrame, Frame, FrameReader, Stream, encode

CONNECTS_IN_S = 5.0


class Line:
    """One connection, from our side."""

    def __init__(self, name: str, reader: Stream, writer: asyncio.StreamWriter, timer: Timer) -> None:
        """See ``to``."""
        self._name = name
        self._reader = reader
        self._writer = writer
        self._timer = timer
        self._frames = FrameReader(CLIENT)

    @classmethod
    async def to(cls, server: str, name: str, timer: Timer) -> Self:
        """Connect to ``server`` (``tcp://127.0.0.1:10300``, ``unix:///run/claw-voice/asr.sock``); raises Unavailable.

        ``name`` is what errors call it.
        """
        parts = urlsplit(server)
        near = parts.scheme == "unix"
        opening = asyncio.ensure_future(
            asyncio.open_unix_connection(parts.path) if near else asyncio.open_connection(parts.hostname, parts.port)
        )
        try:
            if not await within(timer, CONNECTS_IN_S, opening):
                raise Unavailable(f"{name} does not answer")
        except OSError as error:
            raise Unavailable(f"{name} cannot be reached: {error.strerror or error}") from None
        return cls(name, *opening.result(), timer)

    @property
    def open(self) -> bool:
        """Whether it is not known to be over."""
        return not self._writer.is_closing()

    @property
    def unsent(self) -> int:
        """How many bytes the server has not taken yet."""
        return self._writer.transport.get_write_buffer_size()

    def put(self, *frames: Frame) -> None:
        """Send events without waiting until they are gone."""
        self._writer.write(b"".join(map(encode, frames)))

    async def send(self, *frames: Frame) -> None:
        """Send events, as fast as the server takes them; raises Unavailable."""
        self.put(*frames)
        try:
            await self._writer.drain()
        except OSError as error:
            raise self._gone(error) from None

    async def read(self, idle_s: float) -> Frame:
        """Return the next event; raises Unavailable where none comes within ``idle_s`` seconds, or none that is one."""
        try:
            frame = await self._frames.read(self._reader, self._timer, idle_s)
        except BadFrame:
            raise Unavailable(f"{self._name} says what makes no sense") from None
        except OSError as error:
            raise self._gone(error) from None
        if frame is None:
            raise Unavailable(f"{self._name} hung up")
        return frame

    async def aclose(self) -> None:
        """Hang up."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def _gone(self, error: OSError) -> Unavailable:
        return Unavailable(f"{self._name} went away: {error.strerror or error}")
