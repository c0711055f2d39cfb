"""One TCP connection, bounded before HTTP begins.

The HTTP parser collects headers without limit and waits for them without end; behind a loopback port sit other
programs, and some day a proxy.  So a request has 10 s to bring its headers, at most 32 KiB of them (and what one read
of the socket holds), and there are at most 256 connections.  One more takes the place of the one that has been waiting
longest for its peer: whoever holds connections and says nothing, or does not take what they asked for, keeps nobody
from the page, nor from its red button.
"""

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_LIMIT = 32 * 1024
HEADER_PATIENCE_S = 10.0
CONNECTIONS = 256
WRITE_PATIENCE_S = 30.0
"""How long an answer waits for its reader."""

PIPELINED = 16
"""Requests that may stand behind the one that is being answered; one read of the socket can bring thousands."""


class BoundedConnection(HttpToolsProtocol):
    """The HTTP protocol with limits on what comes before a request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._header_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self.since = 0.0

    @property
    def begun(self) -> bool:
        """True once a peer can speak: at once, or when the connection is encrypted."""
        made: Any = self.transport  # None before, whatever its type says
        return made is not None

    @property
    def waits(self) -> bool:
        """True while it is the peer's turn: to send a request or the rest of one, or to take what it was answered."""
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        idle = cycle is None or cycle.response_complete or cycle.more_body
        return idle or self.flow.write_paused or self.transport.is_closing()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._await_headers()
        if len(self.connections) > CONNECTIONS:
            self._make_room()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._stop_giving()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._deadline is not None and not self.transport.is_closing():
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_LIMIT:
                self._stop_waiting()
                self.send_400_response("The headers of this request are too long.")

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_headers()

    @override
    def on_headers_complete(self) -> None:
        self._stop_waiting()
        if len(self.pipeline) >= PIPELINED:
            raise ValueError("too many requests at once")  # the parser stops here, and this is answered as a bad one
        super().on_headers_complete()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        loop = asyncio.get_running_loop()
        self.since = loop.time()
        self._stop_giving()
        self._taking = loop.call_later(WRITE_PATIENCE_S, self.transport.abort)

    @override
    def resume_writing(self) -> None:
        self._stop_giving()
        super().resume_writing()

    @override
    def on_response_complete(self) -> None:
        self.since = asyncio.get_running_loop().time()
        super().on_response_complete()

    def _make_room(self) -> None:
        waiting = [one for one in self.connections if isinstance(one, BoundedConnection) and one.waits]
        min(waiting, key=_waits_since).transport.abort()  # this one waits too

    def _await_headers(self) -> None:
        self._stop_waiting()
        self.since = asyncio.get_running_loop().time()
        self._header_bytes = 0
        self._deadline = asyncio.get_running_loop().call_later(HEADER_PATIENCE_S, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_giving(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None


def _waits_since(connection: BoundedConnection) -> float:
    return connection.since
