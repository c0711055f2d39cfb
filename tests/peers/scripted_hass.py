"""A small server that speaks Home Assistant's websocket protocol and misbehaves on demand.

It answers like a healthy Home Assistant with one lamp and one lock, except where a test puts something else into
``answers``: silence, garbage, the wrong order, a close in the middle of a call.  What a healthy house does is the real
one's part (``real_hass.py``).
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from aiohttp import WSCloseCode, WSMsgType, web

from tests.peers.real_hass import free_port

Message = dict[str, Any]

LISTS: dict[str, Any] = {
    "config/area_registry/list": [
        {"area_id": "hall", "name": "Hall", "floor_id": "ground", "aliases": [], "labels": []}
    ],
    "config/device_registry/list": [{"id": "d1", "name": "Lamp", "area_id": "hall", "labels": ["night"]}],
    "config/entity_registry/list": [
        {"entity_id": "light.lamp", "id": "r1", "device_id": "d1", "area_id": None, "labels": [], "name": None},
    ],
    "config/floor_registry/list": [{"floor_id": "ground", "name": "Ground", "level": 0, "aliases": []}],
    "config/label_registry/list": [{"label_id": "night", "name": "Night"}],
    "config/entity_registry/get_entries": {"light.lamp": {"entity_id": "light.lamp", "aliases": ["Beacon"]}},
}


class Client:
    """One connection, seen from the server."""

    def __init__(self, house: "ScriptedHass", ws: web.WebSocketResponse, headers: Mapping[str, str]) -> None:
        self.house = house
        self.ws = ws
        self.headers = headers
        self.feed: int | None = None
        self.subscriptions: dict[str, int] = {}

    async def raw(self, text: str) -> None:
        await self.ws.send_str(text)

    async def send(self, message: Any) -> None:
        await self.raw(json.dumps(message))

    async def result(self, message: Message, result: Any = None) -> None:
        await self.send({"id": message["id"], "type": "result", "success": True, "result": result})

    async def error(self, message: Message, code: str, text: str = "no") -> None:
        error = {"code": code, "message": text}
        await self.send({"id": message["id"], "type": "result", "success": False, "error": error})

    async def event(self, number: int | None, event: Any) -> None:
        await self.send({"id": number, "type": "event", "event": event})

    async def states(self, event: Any) -> None:
        """Send an event of the state feed."""
        assert self.feed is not None
        await self.event(self.feed, event)

    async def drop(self) -> None:
        await self.ws.close(code=WSCloseCode.GOING_AWAY)


Answer = Callable[[Client, Message], Awaitable[None]]


class ScriptedHass:
    """Use as ``async with ScriptedHass() as house``; ``heard`` has every message, ``calls`` every action."""

    token = "scripted-token-that-nobody-may-see"

    def __init__(self) -> None:
        self.port = free_port()
        self.core_state = "RUNNING"
        self.states: dict[str, Message] = {
            "light.lamp": {"s": "off", "a": {"friendly_name": "Lamp"}, "c": "c0", "lc": 1700000000.5},
            "lock.door": {"s": "locked", "a": {"friendly_name": "Door"}, "c": "c0", "lc": 1700000000.5},
        }
        self.lists = dict(LISTS)
        self.answers: dict[str, Answer] = {}
        self.heard: list[Message] = []
        self.clients: list[Client] = []
        self.welcome: Answer | None = None
        self._contexts = itertools.count(1)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> Client:
        """The newest connection."""
        return self.clients[-1]

    @property
    def calls(self) -> list[Message]:
        return [message for message in self.heard if message["type"] == "call_service"]

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.heard]

    async def up(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get("/api/websocket", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()

    async def down(self) -> None:
        """Close every connection and stop to listen."""
        for client in self.clients:
            await client.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(timeout=0.1)
        await ws.prepare(request)
        client = Client(self, ws, request.headers)
        self.clients.append(client)
        if self.welcome is not None:
            await self.welcome(client, {})
            return ws
        await client.send({"type": "auth_required", "ha_version": "2099.1.0"})
        async for frame in ws:
            if frame.type is WSMsgType.TEXT:
                await self._take(client, json.loads(frame.data))
        return ws

    async def _take(self, client: Client, message: Message) -> None:
        self.heard.append(message)
        kind = message["type"]
        answer = self.answers.get(kind) or self._answers().get(kind)
        if answer is not None:
            await answer(client, message)
        elif kind in self.lists:
            await client.result(message, self.lists[kind])
        else:
            await client.error(message, "unknown_command", "Unknown command.")

    def _answers(self) -> dict[str, Answer]:
        return {
            "auth": self._auth,
            "supported_features": Client.result,
            "ping": lambda client, message: client.send({"id": message["id"], "type": "pong"}),
            "get_config": self._config,
            "get_states": self._states,
            "subscribe_events": self._subscribe,
            "subscribe_entities": self._feed,
            "call_service": self._call,
        }

    async def _auth(self, client: Client, message: Message) -> None:
        if message["access_token"] == self.token:
            await client.send({"type": "auth_ok", "ha_version": "2099.1.0"})
        else:
            await client.send({"type": "auth_invalid", "message": "Invalid access token or password"})
            await client.ws.close()

    async def _config(self, client: Client, message: Message) -> None:
        units = {"temperature": "°F"}
        config = {"state": self.core_state, "time_zone": "Europe/Paris", "language": "fr", "unit_system": units}
        await client.result(message, config)

    async def _states(self, client: Client, message: Message) -> None:
        rows = [
            {
                "entity_id": entity_id,
                "state": row["s"],
                "attributes": row["a"],
                "last_changed": "2026-01-05T12:00:00.5+01:00",
                "context": {"id": "c0"},
            }
            for entity_id, row in self.states.items()
        ]
        await client.result(message, rows)

    @staticmethod
    async def _subscribe(client: Client, message: Message) -> None:
        client.subscriptions[message["event_type"]] = message["id"]
        await client.result(message)

    async def _feed(self, client: Client, message: Message) -> None:
        client.feed = message["id"]
        await client.result(message)
        await client.states({"a": self.states})

    async def _call(self, client: Client, message: Message) -> None:
        await client.result(message, {"context": {"id": f"context-{next(self._contexts)}"}})


async def never(_client: Client, _message: Message) -> None:
    """Answer nothing at all."""


async def vanish(client: Client, _message: Message) -> None:
    """Close the connection instead of answering."""
    await client.drop()


async def eventually(condition: Callable[[], object], tick: Callable[[], Awaitable[None]] | None = None) -> None:
    """Wait until ``condition`` holds, letting ``tick`` move a held clock; fails after some seconds."""
    for _ in range(2000):
        if condition():
            return
        if tick is not None:
            await tick()
        await asyncio.sleep(0.002)
    raise AssertionError("it did not happen")
