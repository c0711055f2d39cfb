"""As much of Home Assistant's Supervisor as an app meets: its proxy to a real Home Assistant, names, discovery.

It listens on an address of loopback that nothing else uses, at the port that apps ask: they know it by its name alone.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

ADDRESS, PORT = "127.77.0.2", 80
TOKEN = "a-token-of-the-supervisor"


@dataclass
class Supervisor:
    """The Home Assistant behind it, and what apps told it."""

    url: str
    token: str
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    heard: threading.Event = field(default_factory=threading.Event)
    """That something is in ``told``."""

    def app(self) -> web.Application:
        """Return its addresses."""
        app = web.Application()
        app.router.add_get("/core/api/websocket", self._websocket)
        app.router.add_get("/core/api/config", self._config)
        app.router.add_get("/host/info", self._host)
        app.router.add_get("/network/info", self._network)
        app.router.add_post("/discovery", self._discovery)
        return app

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPForbidden

    async def _config(self, request: web.Request) -> web.Response:
        self._admit(request)
        return web.json_response({"internal_url": "http://house.lan:8123", "external_url": None})

    async def _host(self, request: web.Request) -> web.Response:
        self._admit(request)
        return web.json_response({"result": "ok", "data": {"hostname": "green"}})

    async def _network(self, request: web.Request) -> web.Response:
        self._admit(request)
        return web.json_response({"result": "ok", "data": {"interfaces": []}})

    async def _discovery(self, request: web.Request) -> web.Response:
        self._admit(request)
        self.told.append(await request.json())
        self.heard.set()
        return web.json_response({"result": "ok", "data": {"uuid": "1"}})

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Sign the app in with its own token, and itself at Home Assistant; then pass on whatever comes."""
        near = web.WebSocketResponse(max_msg_size=0)
        await near.prepare(request)
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{self.url}/api/websocket".replace("http", "ws", 1), max_msg_size=0) as far,
        ):
            await near.send_str(await far.receive_str())
            asked = await near.receive_json()
            given = self.token if asked.get("access_token") == TOKEN else "wrong"
            await far.send_json({"type": "auth", "access_token": given})

            async def pass_on(source: Any, to: Any) -> None:
                async for message in source:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        await to.send_str(message.data)

            ways = [asyncio.ensure_future(pass_on(*way)) for way in ((near, far), (far, near))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
        return near


@contextmanager
def supervising(url: str, token: str) -> Iterator[Supervisor]:
    """Run one in a thread of its own, in front of the Home Assistant at ``url``."""
    peer = Supervisor(url, token)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(peer.app(), shutdown_timeout=0.1)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, ADDRESS, PORT).start()

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield peer
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def hosts() -> str:
    """Return the line by which an app finds it."""
    return json.dumps(f"{ADDRESS} supervisor")
