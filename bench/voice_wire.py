"""The Wyoming wire: what a question and its answer cost, beside the server of the package ``wyoming``.

    python bench/voice_wire.py [--json]

One client of the same kind for both, in turns, with nothing behind either server.  Promised: at most twice the time of
the package's own server, which sets no limits to what it reads and asks nobody who they are.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop
from measure import Figure, p50, report
from wyoming.event import Event
from wyoming.handle import Handled
from wyoming.server import AsyncEventHandler, AsyncTcpServer

from claw.base.clock import SystemClock
from claw.base.config_voice import WyomingConfig
from claw.channels.wyoming import WyomingServer
from claw.channels.wyoming_behind import Behind
from claw.house.model import Registry
from claw.voice.claims import Claims
from claw.voice.frames import CLIENT, Frame, FrameReader, encode
from claw.voice.model import Answer, Utterance

HERE = "127.0.0.1"
TRIPS, ROUNDS = 400, 6


class Line:
    """A client of any Wyoming server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer, self._frames = reader, writer, FrameReader(CLIENT)

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator["Line"]:
        reader, writer = await asyncio.open_connection(HERE, port)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    def send(self, *frames: Frame) -> None:
        self._writer.write(b"".join(map(encode, frames)))

    async def read(self, kind: str) -> Frame:
        frame = await self._frames.read(self._reader, SystemClock(), 30.0)
        assert frame is not None
        assert frame.type == kind, frame
        return frame


class Nothing:
    """Answers whatever is said, at once."""

    async def hear(self, utterance: Utterance) -> Answer:
        return Answer(utterance.text)


class Stock(AsyncEventHandler):
    """The same with the package's own server."""

    async def handle_event(self, event: Event) -> bool:
        if event.type == "transcript":
            await self.write_event(Handled(text=event.data["text"]).event())
        return True


@asynccontextmanager
async def ours() -> AsyncIterator[int]:
    config, clock = WyomingConfig(port=0), SystemClock()
    behind = Behind(Nothing(), Claims(config, Registry), lambda _: False, ("en",), clock, None)
    server = WyomingServer(config, behind, clock)
    await server.start()
    try:
        yield server.port
    finally:
        await server.close()


@asynccontextmanager
async def theirs() -> AsyncIterator[int]:
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = int(free.getsockname()[1])
    server = AsyncTcpServer(HERE, port)
    await server.start(Stock)
    try:
        yield port
    finally:
        await server.stop()


async def trips(port: int, *, afresh: bool) -> list[float]:
    """Return ms of handle round trips on one open connection, or each on one of its own."""
    asked, took = Frame("transcript", {"text": "turn on the kitchen lights", "context": {"conversation_id": "c"}}), []
    async with Line.to(port) as line:
        for _ in range(TRIPS):
            began = time.perf_counter()
            if afresh:
                async with Line.to(port) as fresh:
                    fresh.send(asked)
                    await fresh.read("handled")
            else:
                line.send(asked)
                await line.read("handled")
            took.append((time.perf_counter() - began) * 1000)
    return took


async def wire() -> list[Figure]:
    found = {(who, afresh): list[float]() for who in ("ours", "theirs") for afresh in (False, True)}
    async with ours() as here, theirs() as there:
        for _ in range(ROUNDS):
            for (who, afresh), took in found.items():
                took.append(p50(await trips(here if who == "ours" else there, afresh=afresh)))
    figures: list[Figure] = []
    for afresh, where in ((False, "on an open connection"), (True, "on a new connection")):
        mine, peer = p50(found["ours", afresh]), p50(found["theirs", afresh])
        figures += [
            Figure(f"handle round trip {where}, p50", mine, "ms"),
            Figure("the same, server of the wyoming package", peer, "ms"),
            Figure("Claw / wyoming package", mine / peer, "", most=2),
        ]
    return figures


def main() -> None:
    report(uvloop.run(wire()), f"p50 of {TRIPS} each, median of {ROUNDS} rounds; all in one process")


if __name__ == "__main__":
    main()
