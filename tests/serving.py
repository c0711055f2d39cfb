"""A web channel in front of a whole daemon on the demo house, spoken to through real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from claw.channels.clients import EVERY_RIGHT
from claw.channels.entering import Admission
from claw.channels.vital import Vital
from claw.channels.web.server import WebServer
from claw.daemon.build import Daemon
from claw.house.text import plain
from tests.held_clock import HeldClock
from tests.living import living

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*", "cover.*"]}
  - {id: messages, allow: claw.notify}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli], same_chat: true}}
  - {id: fans, confirm: fan.turn_on, ask: {same_chat: true}}
"""


@dataclass
class Served:
    """The daemon, its web server, and a caller whose clock the test holds."""

    daemon: Daemon
    web: WebServer
    clock: HeldClock
    http: aiohttp.ClientSession
    token: str

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.web.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    async def ask(
        self, method: str, path: str, *, token: str | None = "", **options: Any
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Return status, JSON (or text) and headers; with the owner's token unless ``token`` says otherwise."""
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token or self.token}")
        async with self.http.request(
            method, self.url(path), headers=headers, allow_redirects=False, **options
        ) as response:
            kind = response.headers.get("content-type", "")
            return response.status, await (response.json() if "json" in kind else response.text()), response.headers

    def page(self, person: str = "anna") -> dict[str, str]:
        """Return the headers of a browser in which ``person`` has just signed in."""
        _, secret = self.daemon.clients.sign_in(self.daemon.clients.sign_in_code(person), "a browser")
        return {"Cookie": f"claw_{self.web.port}={secret}", "Origin": f"http://{self.host}"}

    async def say(self, text: str) -> dict[str, Any]:
        status, reply, _ = await self.ask("POST", "/api/messages", json={"text": text})
        assert status == 200, reply
        return reply

    @asynccontextmanager
    async def events(self, token: str = "") -> AsyncIterator["Events"]:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        async with self.http.get(self.url("/api/events"), headers=headers) as response:
            assert response.status == 200, await response.text()
            assert response.headers["content-type"].startswith("text/event-stream")
            events = Events(response)
            await events.until("beat")
            yield events


class Events:
    """Reads frames of a stream."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> tuple[str, Any]:
        name, data = "", "{}"
        async with asyncio.timeout(5):
            while line := (await self._response.content.readline()).decode():
                key, _, value = line.rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    data = value
                elif not key and name:
                    return name, json.loads(data)
        return "end", None

    async def until(self, wanted: str, **fields: Any) -> Any:
        while True:
            name, data = await self.next()
            if name == "end":
                assert wanted == "end"
                return None
            if name == wanted and all(data.get(key) == value for key, value in fields.items()):
                return data


def admission_of(daemon: Daemon) -> Admission:
    """Return what says who is let in by ``daemon``."""
    assert daemon.web.admission is not None
    return daemon.web.admission


@asynccontextmanager
async def serving(folder: Path, policy: str = POLICY) -> AsyncIterator[Served]:
    clock = HeldClock()
    async with living(folder, policy) as daemon, aiohttp.ClientSession() as http:
        web = WebServer(daemon.desk, daemon.clients, clock, clock, port=0, names=["claw.home"])
        web.admission = admission_of(daemon)
        daemon.desk.vitals(Vital)
        await web.start()
        try:
            _, token = daemon.clients.issue(plain("test"), "anna", EVERY_RIGHT)
            yield Served(daemon, web, clock, http, token)
        finally:
            await web.close()
