"""What comes before a request is bounded, spoken to byte by byte."""

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from claw.channels.web import connection
from tests.serving import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def raw(served: Served, *chunks: bytes) -> bytes:
    """Send bytes as they are and return all that comes until the connection closes, or until a quiet moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.web.port)
    said = b""
    try:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        async with asyncio.timeout(3):
            while part := await reader.read(65536):
                said += part
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return said


async def test_headers_without_end_are_cut_off(served: Served) -> None:
    line = b"x-more: " + b"y" * 8000 + b"\r\n"
    said = await raw(served, b"GET / HTTP/1.1\r\nhost: localhost\r\n", *[line] * 100)
    assert said.startswith(b"HTTP/1.1 400") or said == b""
    assert (await served.ask("GET", "/healthz"))[0] == 200


async def test_headers_that_never_come_are_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEADER_PATIENCE_S", 0.05)
    started = asyncio.get_running_loop().time()
    assert await raw(served, b"GET / HTTP/1.1\r\nhost: loc") == b""
    assert asyncio.get_running_loop().time() - started < 2


async def test_a_long_body_after_short_headers_is_not_taken_for_headers(served: Served) -> None:
    body = b'{"text": "' + b"x" * 40_000 + b'"}'
    status, reply, _ = await served.ask(
        "POST", "/api/messages", data=body, headers={"Content-Type": "application/json"}
    )
    assert status == 200
    assert reply["status"] in {"unclear", "refused"}


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00\x01", b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\n"]
)
async def test_what_is_not_http_is_closed(served: Served, junk: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEADER_PATIENCE_S", 0.2)
    said = await raw(served, junk)
    assert b" 200 " not in said
    assert (await served.ask("GET", "/healthz"))[0] == 200


REQUEST = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
HALF = b"POST /api/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"


@pytest.mark.parametrize("said", [b"", REQUEST, HALF], ids=["nothing", "something", "half"])
async def test_whoever_holds_connections_keeps_nobody_from_the_page(
    served: Served, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(connection, "CONNECTIONS", 8)
    held = [await asyncio.open_connection("127.0.0.1", served.web.port) for _ in range(12)]
    for _, writer in held:
        writer.write(said)
    await asyncio.sleep(0.1)
    assert len([reader for reader, _ in held if not await _ended(reader)]) <= 8
    for _ in range(3):
        assert b" 200 " in await raw(served, REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
    for _, writer in held:
        writer.close()


async def _ended(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(0.05):
            while await reader.read(1000):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


async def test_whoever_hangs_up_in_the_middle_is_no_fault_of_ours(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", served.web.port)
    writer.write(HALF)
    await asyncio.sleep(0.1)
    writer.close()
    await asyncio.sleep(0.1)
    assert caplog.text == ""


async def test_whoever_does_not_take_the_answer_keeps_nobody_from_the_page(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECTIONS", 4)
    with _deaf(served, 4):
        assert await _until(lambda: _stuck(served) == 4)
        for _ in range(3):
            assert b" 200 " in await raw(served, REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))


async def test_an_answer_does_not_wait_for_its_reader_without_end(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WRITE_PATIENCE_S", 0.05)
    assert await _until(lambda: not _open(served)), "those of the tests before"
    with _deaf(served, 1):
        assert await _until(lambda: bool(_open(served)))
        assert await _until(lambda: not _open(served))


async def test_thousands_of_requests_in_one_breath_are_not_kept(served: Served) -> None:
    said = await raw(served, REQUEST * 2000)
    assert said.count(b"HTTP/1.1 200") <= connection.PIPELINED + 1
    few = REQUEST * 5 + REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    assert (await raw(served, few)).count(b"HTTP/1.1 200") == 6


@contextmanager
def _deaf(served: Served, count: int) -> Generator[None]:
    """Hold connections that have asked for more than they take; the system itself holds little for them."""
    assert served.web._socket is not None
    served.web._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with ExitStack() as held:
        for _ in range(count):
            one = held.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.connect(("127.0.0.1", served.web.port))
            one.sendall(b"GET /page/claw.css HTTP/1.1\r\nhost: localhost\r\n\r\n" * connection.PIPELINED)
        yield


def _open(served: Served) -> list[Any]:
    assert served.web._server is not None
    return list(served.web._server.server_state.connections)


def _stuck(served: Served) -> int:
    return sum(one.flow.write_paused for one in _open(served))


async def _until(there: Callable[[], bool]) -> bool:
    for _ in range(300):
        if there():
            return True
        await asyncio.sleep(0.01)
    return False
