"""The live stream: what happens in the house, as server-sent events.

A stream outlives the request that was checked, so it keeps asking whether its client still stands.  It ends when the
browser goes, the server closes, the client is revoked, the reader is too slow (the page then starts afresh), or a write
waits for more than 15 s.  It never holds more than the desk's bounded queue.

An act makes a dozen events within a few milliseconds, for every open page, and it is not to wait for them: what happens
at nearly the same time is written once, and made into text once for all pages.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import asynccontextmanager

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from claw.base.action import Json, Origin
from claw.base.clock import Clock, Timer
from claw.channels.channel import Desk
from claw.channels.clients import Change, Client, Clients
from claw.channels.web.guard import Rejected
from claw.channels.web.session import origin_of

HEARTBEAT_S = 15.0
WRITE_PATIENCE_S = 15.0
STREAMS = 64
STREAMS_EACH = 4
"""A browser has six connections to one address: two are always left for what a person does."""
RETRY_MS = 2000
TOGETHER_S = 0.03
"""For how long an event waits for others that come with it: nobody sees that, and every write costs the gate time."""
MADE = 16

HEADERS: Mapping[str, str] = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store"}


class Streams:
    """All open streams, counted and closable at once."""

    def __init__(self, desk: Desk, clients: Clients, clock: Clock, timer: Timer) -> None:
        self.desk = desk
        self.clients = clients
        self.clock = clock
        self.timer = timer
        self.closing = asyncio.Event()
        self._open: list[Stream] = []
        self._made: deque[tuple[Mapping[str, Json], str]] = deque(maxlen=MADE)
        clients.told.append(self._changed)

    def open(self, client: Client, conversations: str) -> "Stream":
        """Return the stream to answer a request with; raises Rejected (503) when there are too many.

        ``conversations`` is what the client's own conversation ids begin with.
        """
        if len(self._open) >= STREAMS or sum(one.client.id == client.id for one in self._open) >= STREAMS_EACH:
            raise Rejected(503, "unavailable", "Too many pages are open. Close one and reload this.")
        return Stream(self, client, conversations)

    def framed(self, event: Mapping[str, Json]) -> str:
        """Return one event as ``frame`` does, made once for all who see the same."""
        for known, made in self._made:
            if known == event:
                return made
        made = frame(event)
        self._made.appendleft((event, made))
        return made

    @asynccontextmanager
    async def counted(self, stream: "Stream") -> AsyncGenerator[None]:
        """Count ``stream`` for as long as it is open."""
        self._open.append(stream)
        try:
            yield
        finally:
            self._open.remove(stream)

    def _changed(self, what: Change, person: str, client: str, by: Origin) -> None:
        """End the streams of a client that has just been ended: nothing more is theirs to see."""
        del person, by
        for stream in self._open:
            if what == "ended" and stream.client.id == client:
                stream.over.set()


class Stream(Response):
    """The answer that does not end by itself: one client's stream."""

    def __init__(self, streams: Streams, client: Client, conversations: str) -> None:
        super().__init__()
        self._head = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        self._streams = streams
        self.client = client
        self.over = asyncio.Event()
        self._conversations = conversations

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until one side goes."""
        del scope
        async with self._streams.counted(self), self._streams.desk.feed(origin_of(self.client)) as queue:
            await send({"type": "http.response.start", "status": 200, "headers": self._head})
            writer = _Writer(send)
            with contextlib.suppress(TimeoutError, OSError):
                await writer.write(f"retry: {RETRY_MS}\n\n")
                await _until_first(
                    self._pump(queue, writer),
                    self._beat(writer),
                    _gone(receive),
                    self._streams.closing.wait(),
                    self.over.wait(),
                )
                await writer.end()

    async def _pump(self, queue: asyncio.Queue[dict[str, Json]], writer: "_Writer") -> None:
        while self._streams.clients.stands(self.client):
            came = [await queue.get()]
            await asyncio.sleep(TOGETHER_S)
            while not queue.empty():
                came.append(queue.get_nowait())
            if self.over.is_set() or not self._streams.clients.stands(self.client):
                return
            if theirs := "".join(self._streams.framed(event) for event in came if self._is_for_client(event)):
                await writer.write(theirs)
            if came[-1]["type"] == "lost":
                return

    async def _beat(self, writer: "_Writer") -> None:
        while self._streams.clients.stands(self.client):
            # The comment keeps the connection; the event lets the page notice a dead one, and gives it our clock.
            now = self._streams.clock.now().isoformat()
            await writer.write(": still here\n" + frame({"type": "beat", "now": now}))
            await self._streams.timer.sleep(HEARTBEAT_S)

    def _is_for_client(self, event: Mapping[str, Json]) -> bool:
        if event["type"] == "log":
            return self.client.may("read_log")
        if event["type"] != "message":
            return True
        kind, _, name = str(event["to"]).partition(":")
        if kind == "person":
            return name == self.client.person
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
