"""A server that a person configured is not there, slow, wrong or gone: always one sentence that names it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.base.errors import Unavailable
from claw.voice.frames import Frame, encode
from claw.voice.wyoming_line import CONNECTS_IN_S, Line
from tests.held_clock import HeldClock

Serves = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(serves: Serves) -> AsyncIterator[Line]:
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serves(reader, writer)
        finally:
            writer.close()
            gone.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        async with aclosing(await Line.to(f"tcp://127.0.0.1:{port}", "the ear", SystemClock())) as line:
            yield line
        await gone.wait()
    finally:
        server.close()


def says(raw: bytes, *, rudely: bool = False) -> Serves:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        if rudely:
            writer.transport.abort()

    return serve


async def sends_on(line: Line) -> None:
    while True:
        await line.send(Frame("ping"))


async def test_events_go_out_and_come_back() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readuntil(b"\n") + await reader.readuntil(b"\n"))
        await writer.drain()

    async with served(serve) as line:
        await line.send(Frame("describe"))
        line.put(Frame("ping"))
        assert [await line.read(10), await line.read(10)] == [Frame("describe"), Frame("ping")]
        assert line.open
    assert not line.open


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "the ear hung up"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the ear says what makes no sense"),
        (encode(Frame("x", {"a": 1}))[:-2], "the ear says what makes no sense"),
        (b'{"type": "x", "payload_length": 99999999999}\n', "the ear says what makes no sense"),
    ],
)
async def test_what_is_no_event_is_the_servers_fault(raw: bytes, why: str) -> None:
    async with served(says(raw)) as line:
        with pytest.raises(Unavailable, match=why):
            await line.read(10)


async def test_a_server_that_goes_rudely_is_gone_for_whoever_reads_and_whoever_sends() -> None:
    async with served(says(b"{", rudely=True)) as line:
        with pytest.raises(Unavailable, match="the ear"):
            await line.read(10)
        with pytest.raises(Unavailable, match="the ear went away"):
            await sends_on(line)


async def test_nobody_there_and_nobody_who_answers() -> None:
    with pytest.raises(Unavailable, match="the ear cannot be reached"):
        await Line.to("tcp://127.0.0.1:1", "the ear", SystemClock())


async def test_a_call_that_is_never_taken_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio, "open_connection", never)
    clock = HeldClock()
    calling = asyncio.ensure_future(Line.to("tcp://127.0.0.1:1", "the ear", clock))
    await clock.advance(CONNECTS_IN_S)
    with pytest.raises(Unavailable, match="the ear does not answer"):
        await calling


async def test_a_server_of_this_machine_is_reached_by_its_socket(tmp_path: Path) -> None:
    path = tmp_path / "ear.sock"
    with pytest.raises(Unavailable, match="the ear cannot be reached"):
        await Line.to(f"unix://{path}", "the ear", SystemClock())
    gone = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await says(encode(Frame("info")))(_reader, writer)
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_unix_server(serve, path)
    async with aclosing(await Line.to(f"unix://{path}", "the ear", SystemClock())) as line:
        assert (await line.read(10)).type == "info"
    await gone.wait()
    server.close()
