"""A connection that is aborted sends nothing more, whatever lies in its buffers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import uvloop

from claw.base.errors import Unavailable
from claw.house.abort import abort, transport_of, unsent

MUCH = b"x" * 20_000_000


class Slow:
    """A server that reads nothing until it is told to, and then all that comes."""

    def __init__(self) -> None:
        self.reading = asyncio.Event()
        self.over = asyncio.Event()
        self.got = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.reading.wait()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(2**20):
                self.got += len(data)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        self.over.set()


@asynccontextmanager
async def slow_wire() -> AsyncIterator[tuple[Slow, asyncio.StreamWriter]]:
    server = Slow()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection("127.0.0.1", listening.sockets[0].getsockname()[1])
    try:
        yield server, writer
    finally:
        abort(writer.transport)
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        server.reading.set()
        await asyncio.wait_for(server.over.wait(), 20)
        listening.close()


async def _what_comes_out(end: Callable[[asyncio.Transport], object]) -> tuple[int, bool]:
    async with slow_wire() as (server, writer):
        assert not unsent(writer.transport)
        writer.write(MUCH)
        await asyncio.sleep(0.1)
        stuck = unsent(writer.transport)
        end(writer.transport)
        server.reading.set()
        await asyncio.wait_for(server.over.wait(), 20)
        return server.got, stuck


LOOPS = (asyncio.new_event_loop, uvloop.new_event_loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_what_lies_in_a_buffer_never_comes_out(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        got, stuck = runner.run(_what_comes_out(abort))
        assert stuck
        assert got < len(MUCH)
        got, stuck = runner.run(_what_comes_out(lambda transport: transport.close()))
        assert stuck
        assert got == len(MUCH), "a polite end sends it all: this is what abort is for"


async def test_bytes_that_only_the_kernel_holds_count_too() -> None:
    async with slow_wire() as (_, writer):
        while writer.transport.get_write_buffer_size() == 0:
            writer.write(b"x" * 2**16)
        assert unsent(writer.transport)
        held = SimpleNamespace(
            is_closing=lambda: False, get_write_buffer_size=lambda: 0, get_extra_info=writer.transport.get_extra_info
        )
        assert unsent(held)  # type: ignore[arg-type]


async def test_what_cannot_be_asked_counts_as_unsent() -> None:
    mute = SimpleNamespace(is_closing=lambda: False, get_write_buffer_size=lambda: 0, get_extra_info=lambda _: None)
    assert unsent(mute)  # type: ignore[arg-type]


async def test_an_ended_connection_holds_nothing() -> None:
    async with slow_wire() as (_, writer):
        abort(writer.transport)
        abort(writer.transport)
        assert not unsent(writer.transport)


def test_a_websocket_whose_socket_is_hidden_is_not_used() -> None:
    with pytest.raises(Unavailable, match="could not cut it"):
        transport_of(SimpleNamespace(_dsa=SimpleNamespace()))
