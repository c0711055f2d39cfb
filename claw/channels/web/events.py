"""The live stream: what happens in the house, as server-sent events.

A stream outlives the request that was checked, so it keeps asking whether its client still stands.  It ends when the
browser goes, the server closes, the client is revoked, the reader is too slow (the page then starts afresh), or a write
waits for more than 15 s.  It never holds more than the desk's bounded queue.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from claw.base.action import Json
from claw.base.clock import Clock, Timer
from claw.channels.channel import Desk
from claw.channels.clients import Client, Clients
from claw.channels.web.guard import Rejected
from claw.channels.web.session import origin_of

HEARTBEAT_S = 15.0
WRITE_PATIENCE_S = 15.0
STREAMS = 64
STREAMS_EACH = 4
"""A browser has six connections to one address: two are always left for what a person does."""
RETRY_MS = 2000

HEADERS: Mapping[str, str] = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store"}


class Streams:
    """All open streams, counted and closable at once."""

    def __init__(self, desk: Desk, clients: Clients, clock: Clock, timer: Timer) -> None:
        self.desk = desk
        self.clients = clients
        self.clock = clock
        self.timer = timer
        self.closing = asyncio.Event()
        self._open: list[str] = []

    def open(self, client: Client, conversations: str) -> "Stream":
        """Return the stream to answer a request with; raises Rejected (503) when there are too many.

        ``conversations`` is what the client's own conversation ids begin with.
        """
        if len(self._open) >= STREAMS or self._open.count(client.id) >= STREAMS_EACH:
            raise Rejected(503, "unavailable", "Too many pages are open. Close one and reload this.")
        return Stream(self, client, conversations)

    @asynccontextmanager
    async def counted(self, client: Client) -> AsyncGenerator[None]:
        """Count a stream of ``client`` for as long as it is open."""
        self._open.append(client.id)
        try:
            yield
        finally:
            self._open.remove(client.id)


class Stream(Response):
    """The answer that does not end by itself: one client's stream."""

    def __init__(self, streams: Streams, client: Client, conversations: str) -> None:
        super().__init__()
        self._head = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        self._streams = streams
        self._client = client
        self._conversations = conversations

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until one side goes."""
        del scope
        async with self._streams.counted(self._client), self._streams.desk.feed(origin_of(self._client)) as queue:
            await send({"type": "http.response.start", "status": 200, "headers": self._head})
            writer = _Writer(send)
            with contextlib.suppress(TimeoutError, OSError):
                await writer.write(f"retry: {RETRY_MS}\n\n")
                await _until_first(
                    self._pump(queue, writer),
                    self._beat(writer),
                    _gone(receive),
                    self._streams.closing.wait(),
                )
                await writer.end()

    async def _pump(self, queue: asyncio.Queue[dict[str, Json]], writer: "_Writer") -> None:
        while self._streams.clients.stands(self._client):
            event = await queue.get()
            if self._is_for_client(event):
                await writer.write(frame(event))
            if event["type"] == "lost":
                return

    async def _beat(self, writer: "_Writer") -> None:
        while self._streams.clients.stands(self._client):
            # The comment keeps the connection; the event lets the page notice a dead one, and gives it our clock.
            now = self._streams.clock.now().isoformat()
            await writer.write(": still here\n" + frame({"type": "beat", "now": now}))
            await self._streams.timer.sleep(HEARTBEAT_S)

    def _is_for_client(self, event: Mapping[str, Json]) -> bool:
        if event["type"] == "log":
            return self._client.may("read_log")
        if event["type"] != "message":
            return True
        kind, _, name = str(event["to"]).partition(":")
        if kind == "person":
            return name == self._client.person
        return kind != "conversation" or name.startswith(self._conversations)


class _Writer:
    """Writes whole frames, one at a time, each within its time."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._lock = asyncio.Lock()

    async def write(self, text: str) -> None:
        async with self._lock, asyncio.timeout(WRITE_PATIENCE_S):
            await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def end(self) -> None:
        async with asyncio.timeout(WRITE_PATIENCE_S):
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def frame(event: Mapping[str, Json]) -> str:
    """Return one event as the stream carries it; JSON holds no raw line break, so nothing inside can end a frame."""
    return f"event: {event['type']}\ndata: {to_json(event, inf_nan_mode='null').decode()}\n\n"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until_first(*work: Coroutine[None, None, object]) -> None:
    """Run all until one ends, end the others, and raise what the first one raised."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
