"""A phone with Home Assistant's app, as far as Home Assistant sees one: it registers, is pushed to, and fires events.

It does what the app does, by the same calls: a registration with the user's own token, a push address of its own in
the place of the maker's, and the webhook that it is given for what is tapped.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.peers.real_hass import RealHomeAssistant, free_port

TAPPED = "mobile_app_notification_action"


@dataclass
class CompanionApp:
    """One phone; ``shown`` is what was pushed to it, newest last, ``user`` the id of the user whose it is."""

    house: str
    service: str
    user: str
    webhook: str
    http: aiohttp.ClientSession
    shown: list[dict[str, Any]] = field(default_factory=list)

    async def tap(self, action: str, **more: Any) -> None:
        """Fire the event that the app fires when a button is tapped."""
        event = {"event_type": TAPPED, "event_data": {"action": action, **more}}
        async with self.http.post(
            f"{self.house}/api/webhook/{self.webhook}", json={"type": "fire_event", "data": event}
        ) as answer:
            assert answer.status == 200, await answer.text()

    def on_screen(self) -> dict[str, dict[str, Any]]:
        """Return the notifications that lie there now, by their tags: a clearing one takes away."""
        lying: dict[str, dict[str, Any]] = {}
        for one in self.shown:
            tag = one.get("data", {}).get("tag", "")
            if one["message"] == "clear_notification":
                lying.pop(tag, None)
            elif tag:
                lying[tag] = one
        return lying

    async def shows(self, seconds: float = 20.0) -> dict[str, Any]:
        """Return the one notification with buttons that lies there, waiting for it."""
        return next(iter((await self._until(lambda found: len(found) == 1, seconds)).values()))

    async def cleared(self, seconds: float = 20.0) -> None:
        """Return when none lies there any more."""
        await self._until(lambda found: not found, seconds)

    async def _until(self, holds: Any, seconds: float) -> dict[str, dict[str, Any]]:
        async with asyncio.timeout(seconds):
            while not holds(found := self.on_screen()):  # noqa: ASYNC110  a screen rings no bell
                await asyncio.sleep(0.02)
        return found


def button(notification: dict[str, Any], title: str) -> str:
    """Return the id of a button by its words."""
    return next(str(one["action"]) for one in notification["data"]["actions"] if one["title"] == title)


def titles(notification: dict[str, Any]) -> list[str]:
    """Return the words of the buttons, in order."""
    return [str(one["title"]) for one in notification["data"]["actions"]]


@asynccontextmanager
async def companion_app(house: RealHomeAssistant, name: str, token: str) -> AsyncGenerator[CompanionApp]:
    """Give a phone called ``name`` of the user with ``token``; Home Assistant keeps it when it goes."""
    port, shown = free_port(), list[dict[str, Any]]()

    async def pushed(request: web.Request) -> web.Response:
        shown.append(await request.json())
        return web.json_response({"success": True}, status=201)

    app = web.Application()
    app.router.add_post("/push", pushed)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    registration = {
        "device_id": name, "app_id": "io.robbie.HomeAssistant", "app_name": "Home Assistant", "app_version": "2025.4",
        "device_name": name, "manufacturer": "Test", "model": "Phone", "os_name": "iOS", "os_version": "18",
        "supports_encryption": False, "app_data": {"push_token": name, "push_url": f"http://127.0.0.1:{port}/push"},
    }  # fmt: skip
    try:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
            async with http.post(f"{house.url}/api/mobile_app/registrations", json=registration) as answer:
                assert answer.status == 201, await answer.text()
                webhook = str((await answer.json())["webhook_id"])
            async with http.ws_connect(f"{house.url}/api/websocket") as ws:
                await ws.receive_json()
                await ws.send_json({"type": "auth", "access_token": token})
                await ws.receive_json()
                await ws.send_json({"id": 1, "type": "auth/current_user"})
                user = str((await ws.receive_json())["result"]["id"])
        async with aiohttp.ClientSession() as open_to_all:
            slug = name.lower().replace(" ", "_")
            yield CompanionApp(house.url, f"notify.mobile_app_{slug}", user, webhook, open_to_all, shown)
    finally:
        await runner.cleanup()
