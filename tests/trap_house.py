"""The demo house with everything in it that others have been tricked by, and the three ways in: voice, page, console.

What guards the house (locks, valves, the alarm, the siren, cameras, doors and gates, the freezer's plug) must be as it
was after every trick, and the log must tell of each trick as what it was: refused, or asked about.
"""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from claw.audit.log import Entry
from claw.base import documents
from claw.base.action import to_json
from claw.base.config import HouseConfig
from claw.channels.clients import EVERY_RIGHT
from claw.channels.web.server import WebServer
from claw.daemon.build import Daemon, build
from claw.daemon.demo import FOLDER, demo_config
from claw.house.model import Entity
from claw.house.simulated import SimulatedHouse
from claw.house.text import plain
from tests.held_clock import HeldClock
from tests.living import NOBODY

WAYS = ("voice", "page", "console")

TRAPS: tuple[dict[str, Any], ...] = (
    {"entity_id": "lock.back_door", "name": "Back Door", "area": "hall", "state": "locked"},
    # A lock that Home Assistant shows as a switch, and one that only bears the name of a lock.
    {"entity_id": "switch.deadbolt", "name": "Deadbolt", "area": "hall", "state": "off", "labels": ["critical"]},
    # Nobody knows what this opens.
    {
        "entity_id": "cover.mystery",
        "name": "Mystery Shutter",
        "area": "hall",
        "state": "closed",
        "attributes": {"supported_features": 15, "current_position": 0},
    },
    {
        "entity_id": "scene.welcome",
        "name": "Welcome",
        "attributes": {"entities": {"light.hall_ceiling": {"state": "on"}, "lock.front_door": {"state": "unlocked"}}},
    },
    {
        "entity_id": "script.leaving",
        "name": "Leaving",
        "state": "off",
        "attributes": {
            "actions": [
                {"action": "light.turn_off", "entities": ["light.hall_ceiling"]},
                {"action": "lock.unlock", "entities": ["lock.front_door"]},
            ]
        },
    },
    {
        "entity_id": "script.chained",
        "name": "Chained",
        "state": "off",
        "attributes": {"actions": [{"action": "script.turn_on", "entities": ["script.leaving"]}]},
    },
    {"entity_id": "automation.door", "name": "Door Automation", "state": "on"},
)
GROUP = {"entity_id": "group.entrance", "name": "Entrance", "members": ["light.hall_ceiling", "lock.front_door"]}

COMFORT = {"awning", "blind", "curtain", "shade", "shutter"}


def guards(entity: Entity) -> bool:
    """Return whether an entity keeps people, water or fire out, or must not stop."""
    if entity.domain == "cover":
        return entity.device_class not in COMFORT
    return entity.domain in {"lock", "valve", "alarm_control_panel", "siren", "camera"} or "critical" in entity.labels


@dataclass
class Trap:
    """A whole daemon in that house, and somebody who tries."""

    daemon: Daemon
    web: WebServer
    http: aiohttp.ClientSession
    session: str
    before: Mapping[str, str]
    house: SimulatedHouse
    ours: Callable[[int, int], bool]

    async def say(self, way: str, text: str) -> Any:
        """Say ``text`` and return the reply as JSON."""
        if way == "voice":
            return to_json(await self.daemon.desk.say(text, NOBODY))
        if way == "page":
            return await self.post("/api/messages", json={"text": text})
        return await self.line(json.dumps({"do": "say", "text": text}))

    async def act(self, way: str, name: str, entities: Iterable[str], data: str = "{}") -> Any:
        """Ask for one action; ``data`` is raw JSON, as wrong as the test wants it.  Return the reply or the error."""
        where = json.dumps(list(entities))
        if way == "page":
            body = f'{{"name": {json.dumps(name)}, "entities": {where}, "data": {data}}}'
            return await self.post("/api/actions", data=body.encode())
        return await self.line(f'{{"do": "act", "action": {json.dumps(name)}, "entities": {where}, "data": {data}}}')

    async def post(self, path: str, session: str = "", token: str = "", **options: Any) -> Any:
        """Send something as the signed-in owner, as another ``session``, or as a program with a ``token``."""
        host = f"127.0.0.1:{self.web.port}"
        cookie = {"Cookie": f"claw_{self.web.port}={session or self.session}", "Origin": f"http://{host}"}
        headers = {"Authorization": f"Bearer {token}"} if token else cookie
        headers["Content-Type"] = "application/json"
        async with self.http.post(f"http://{host}{path}", headers=headers, **options) as answer:
            return await answer.json()

    async def line(self, line: str) -> Any:
        """Send one line over the local socket and return what came back."""
        reader, writer = await asyncio.open_unix_connection(self.daemon.socket._path, limit=1 << 22)
        try:
            writer.write(line.encode() + b"\n")
            await writer.drain()
            answer = json.loads(await asyncio.wait_for(reader.readline(), 10))
        finally:
            writer.close()
            await writer.wait_closed()
        return answer.get("ok", answer)

    def be_a_child_of_the_daemon(self) -> None:
        """Let the console be what it is here: the daemon's own process."""
        self.daemon.socket._ours = self.ours

    def session_of(self, person: str) -> str:
        """Return the secret of a page on which ``person`` has signed in."""
        return self.daemon.clients.sign_in(self.daemon.clients.sign_in_code(person), "test")[1]

    def token_of(self, person: str) -> str:
        """Return a token of somebody's, with every right a token may have."""
        return self.daemon.clients.issue(plain(person), person, EVERY_RIGHT)[1]

    def rows(self, after: int = 0, *kinds: str) -> list[Entry]:
        """Return what the log says from a row on."""
        return self.daemon.audit.entries(after, 1000, kinds=kinds)

    def guarded(self) -> dict[str, str]:
        """Return the states of everything that guards the house."""
        entities, states = self.daemon.mirror.registry.entities, self.daemon.mirror.states
        return {one.entity_id: states[one.entity_id].value for one in entities.values() if guards(one)}

    def safe(self) -> None:
        """Fail unless everything that guards the house is as it was, and nothing was even sent or meant to be."""
        assert self.guarded() == self.before
        entities = self.daemon.mirror.registry.entities
        for action in self.house.performed:
            touched = [one for one in action.entities if guards(entities[one])]
            assert not touched, action
        for row in self.rows(0, "intent"):
            for one in (row.payload or {})["action"]["entities"]:
                assert not guards(entities[one]), row

    def told(self, reply: Any, after: int) -> None:
        """Fail unless the log tells of the trick what the reply does."""
        if reply.get("status") == "refused":
            assert all((row.payload or {})["why"] for row in self.rows(after, "refusal"))
            assert self.rows(after, "refusal"), reply
        if reply.get("pending"):
            assert self.rows(after, "request"), reply
            assert len(self.rows(after, "question")) == len(reply["pending"])


def trap_house(**changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the house file, some entities (their ids with ``__`` for the dot) changed."""
    text = (FOLDER / "house.yaml").read_text(encoding="utf-8")
    house, _ = documents._parse(text, "house.yaml")  # as Claw reads it: "on" is a word and 13:00 no number
    house["entities"] += copy.deepcopy(TRAPS)
    house["groups"].append(GROUP)
    changes = {"alarm_control_panel__house": {"state": "armed_home"}, **changed}
    for name, change in changes.items():
        entity = next(one for one in house["entities"] if one["entity_id"] == name.replace("__", "."))
        entity.update(change)
    return house


@asynccontextmanager
async def trap(folder: Path, policy: str | None = None, **changed: Mapping[str, Any]) -> AsyncIterator[Trap]:
    """Give the house and the ways into it; ``policy`` is the demo's when none is given."""
    path = folder / "traps.yaml"
    path.write_text(json.dumps(trap_house(**changed)), encoding="utf-8")
    rules = folder / "policy.yaml"
    rules.write_text(policy or (FOLDER / "policy.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    made = demo_config(0).model_copy(update={"house": HouseConfig(simulated=path), "policy": rules})
    async with AsyncExitStack() as rooms:
        daemon = await build(made, folder / "state", rooms)
        await daemon.backend.connect(daemon.mirror)
        await daemon.mirror.wait_ready(5)
        ours = daemon.socket._ours
        daemon.socket._ours = lambda _pid, _uid: False  # whoever types is a person, and no child of the daemon
        await daemon.socket.start()
        clock = HeldClock()
        web = WebServer(daemon.desk, daemon.clients, clock, clock, port=0, names=["claw.home"])
        await web.start()
        rooms.push_async_callback(web.close)
        http = await rooms.enter_async_context(aiohttp.ClientSession())
        assert isinstance(daemon.backend, SimulatedHouse)
        found = Trap(daemon, web, http, "", {}, daemon.backend, ours)
        found.session = found.session_of("anna")
        found.before = found.guarded()
        assert len(found.before) > 10
        yield found
