"""A wire between Claw and a house that a test can make deaf or cut.

Cutting the wire at a chosen byte is the only way to catch a real house in the middle of a call: it takes the call, and
its answer is lost.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Tap:
    """Forwards connections to a house; ``deaf`` swallows what the house says, ``closed`` lets nobody in."""

    def __init__(self, house: str) -> None:
        parts = urlsplit(house)
        assert parts.hostname is not None
        assert parts.port is not None
        self._house = (parts.hostname, parts.port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.deaf = False
        self.closed = False
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every connection, as a pulled cable does."""
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            if self.closed:
                return
            back, far = await asyncio.open_connection(*self._house)
            self._writers.add(far)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far, deafens=False))
                both.create_task(self._pump(back, writer, deafens=True))
        except* OSError:
            pass
        finally:
            self._tasks.discard(task)
            for one in (writer, far):
                if one is not None:
                    self._writers.discard(one)
                    one.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, deafens: bool) -> None:
        while data := await source.read(2**16):
            if not (deafens and self.deaf):
                sink.write(data)
                await sink.drain()
        raise ConnectionResetError("the other end hung up")

    async def _close(self) -> None:
        self.closed = True
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def tapped(house: str) -> AsyncIterator[Tap]:
    """Give a wire to the house at an address."""
    tap = Tap(house)
    server = await asyncio.start_server(tap._accept, "127.0.0.1", 0)
    tap.port = server.sockets[0].getsockname()[1]
    try:
        yield tap
    finally:
        server.close()
        await tap._close()
