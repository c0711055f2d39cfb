"""Homes to set Claw up for: from house files, and a scripted Home Assistant that lets people sign in."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from claw.care.init_home import Home, TokenOf
from claw.daemon.demo import FOLDER
from claw.house.assist import Assist
from claw.house.file import load_house, parse_house
from claw.house.model import House
from tests.peers.scripted_hass import Client, Message, ScriptedHass

ADMIN = TokenOf("0" * 32, "Anna", admin=True, owner=True)
USER = TokenOf("1" * 32, "Claw", admin=False)


def demo_home(**more: Any) -> Home:
    """Return the demo's house as a home."""
    return home_of(load_house(FOLDER / "house.yaml"), **more)


def home_of(house: House | list[dict[str, Any]], **more: Any) -> Home:
    """Return a home with this house, or with these entities."""
    if isinstance(house, list):
        house = parse_house({"entities": house, "areas": [{"id": "hall", "name": "Hall"}]})
    url = more.pop("url", "http://homeassistant.local:8123")
    return Home(url, "2026.11.0", house, **{"token_of": USER, **more})


def pipelines(*rows: Mapping[str, Any], agents: list[dict[str, Any]] | None = None) -> Assist:
    """Return voice assistants of Home Assistant."""
    return Assist({"pipelines": list(rows), "preferred_pipeline": None}, agents or [], {"version": "2026.11.0"})


class SetUpHass(ScriptedHass):
    """A Home Assistant with a user ``anna`` (password ``secret``), who has a second factor where ``code`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.code = ""
        self.providers: Any = [{"name": "Home Assistant Local", "id": None, "type": "homeassistant"}]
        self.providers_status = 200
        self.made: list[str] = []
        self.taken: set[str] = set()
        self.revoked: list[str] = []
        self.sent: list[tuple[str, Any]] = []
        self.admin = True
        self.lists |= {
            "get_services": {"notify": {"notify": {}, "mobile_app_annas_phone": {}}, "light": {"turn_on": {}}},
            "homeassistant/expose_entity/list": {"exposed_entities": {"light.lamp": {"conversation": True}}},
            "config/floor_registry/list": [],
            "config/label_registry/list": [],
        }
        self.answers["auth/current_user"] = self._user
        self.answers["auth/long_lived_access_token"] = self._make

    async def up(self) -> None:
        app = web.Application()
        app.router.add_get("/api/websocket", self._serve)
        app.router.add_get("/auth/providers", self._providers)
        app.router.add_post("/auth/login_flow", self._begin)
        app.router.add_post("/auth/login_flow/f1", self._step)
        app.router.add_post("/auth/token", self._grant)
        app.router.add_post("/auth/revoke", self._revoke)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()

    async def _auth(self, client: Client, message: Message) -> None:
        if message["access_token"] in {"session", *self.made}:
            await client.send({"type": "auth_ok", "ha_version": "2099.1.0"})
        else:
            await super()._auth(client, message)

    async def _user(self, client: Client, message: Message) -> None:
        row = {"id": ADMIN.id, "name": "Anna", "is_admin": self.admin, "is_owner": False}
        await client.result(message, row)

    async def _make(self, client: Client, message: Message) -> None:
        if message["client_name"] in self.taken:
            await client.error(message, "unknown_error", "exists")
            return
        self.made.append(f"long-lived-{len(self.made) + 1}")
        await client.result(message, self.made[-1])

    async def _providers(self, _request: web.Request) -> web.Response:
        return web.json_response(self.providers, status=self.providers_status)

    async def _begin(self, request: web.Request) -> web.Response:
        self.sent.append(("begin", await request.json()))
        return web.json_response({"type": "form", "flow_id": "f1", "step_id": "init", "errors": {}})

    async def _step(self, request: web.Request) -> web.Response:
        said = await request.json()
        self.sent.append(("step", said))
        form: dict[str, Any] = {"type": "form", "flow_id": "f1"}
        if "code" in said:
            if said["code"] != self.code:
                return web.json_response(form | {"step_id": "mfa", "errors": {"base": "invalid_code"}})
        elif (said["username"], said["password"]) != ("anna", "secret"):
            return web.json_response(form | {"step_id": "init", "errors": {"base": "invalid_auth"}})
        elif self.code:
            return web.json_response(form | {"step_id": "mfa", "errors": {}})
        return web.json_response({"type": "create_entry", "result": "the-code"})

    async def _grant(self, request: web.Request) -> web.Response:
        self.sent.append(("grant", dict(await request.post())))
        return web.json_response({"access_token": "session", "refresh_token": "refresh"})

    async def _revoke(self, request: web.Request) -> web.Response:
        self.revoked.append(str((await request.post())["token"]))
        return web.Response()


@contextmanager
def apart(house: ScriptedHass) -> Iterator[None]:
    """Have ``house`` answer in a thread of its own, for commands that have a loop of their own."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(house.up())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(house.down(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def names_in(folder: Path) -> list[str]:
    """Return what lies in a folder, hidden files too."""
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))
