"""The Model Context Protocol over HTTP, at ``/mcp``: for programs that speak for a model, and for no other client.

The protocol is its official package's; here is who may speak it and how much.  Every request stands by itself: nothing
is kept between two of them, so that there is nothing to fill up or to take over.  The package costs 50 MB and most of a
second, so it is imported when somebody first asks, in a thread.
"""

import asyncio
import importlib
import logging
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from claw.base.errors import Refused
from claw.base.reinstall import adding
from claw.channels.agents import Agents
from claw.channels.clients import Client
from claw.channels.web.body import read_json
from claw.channels.web.guard import BODY_LIMIT, Rejected
from claw.channels.web.session import Door

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

logger = logging.getLogger(__name__)

PATH = "/mcp"
CLIENT = "claw_client"
"""Where the client that was admitted stands in the scope of its request."""

STILL = "claw_still"
"""Where there stands what raises Rejected once that client has been ended."""


class McpDoor:
    """Answers at ``/mcp`` until ``close``."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._making = asyncio.Lock()
        self._serving: asyncio.Task[None] | None = None
        self._manager: StreamableHTTPSessionManager | None = None
        self._closing = asyncio.Event()

    def routes(self, door: Door) -> list[Route]:
        """Return its address, where ``door`` admits clients."""
        return [Route(PATH, _Endpoint(self, door))]

    async def close(self) -> None:
        """End whatever is being answered."""
        self._closing.set()
        if self._serving is not None:
            await self._serving

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request whose client was admitted."""
        manager = await self._made()
        await manager.handle_request(scope, receive, send)

    async def _made(self) -> "StreamableHTTPSessionManager":
        async with self._making:
            if self._closing.is_set():
                raise Rejected(503, "unavailable", "Claw is ending.")
            return self._manager or await self._make()

    async def _make(self) -> "StreamableHTTPSessionManager":
        try:
            served = await asyncio.to_thread(importlib.import_module, "claw.channels.web.mcp_served")
        except ImportError:
            raise Rejected(503, "unavailable", f"The package mcp is not installed: {adding('channels')}.") from None
        manager: StreamableHTTPSessionManager = served.manager(self._agents, BODY_LIMIT)
        started = asyncio.Event()
        self._serving = asyncio.create_task(self._serve(manager, started), name="mcp")
        self._manager = manager
        await started.wait()
        if self._manager is not manager:
            raise Rejected(503, "unavailable", "That does not work just now.")
        return manager

    async def _serve(self, manager: "StreamableHTTPSessionManager", started: asyncio.Event) -> None:
        try:
            async with manager.run():
                started.set()
                await self._closing.wait()
        except Exception:
            # The boundary: whoever asks next has another one made, for this one answers nobody any more.
            logger.exception("What answers by the Model Context Protocol has ended")
        finally:
            started.set()
            self._manager = None


class _Endpoint:
    """The address as an ASGI application, for the package writes its answers itself."""

    def __init__(self, mcp: McpDoor, door: Door) -> None:
        self._mcp = mcp
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        client: Client = self._door.admit_model(request)
        if request.method != "POST":
            # No stream to listen on and no session to end: every request stands by itself.
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        with self._door.busy.held(client.id):
            body = await read_json(request)
            self._door.check_stands(client)
            admitted = {**scope, CLIENT: client, STILL: partial(self._door.check_stands, client)}
            await self._mcp.answer(admitted, _again(body, receive), send)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read once more, and then whatever comes."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return left.pop() if left else await receive()

    return given


def check_still(scope: Mapping[str, Any]) -> None:
    """Raise Refused where the client that was admitted with a request has been ended since."""
    try:
        scope[STILL]()
    except Rejected as rejected:
        raise Refused(rejected.text) from None


def client_of(scope: Mapping[str, Any]) -> Client:
    """Return who was admitted with a request."""
    return scope[CLIENT]
