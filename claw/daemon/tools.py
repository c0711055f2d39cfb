"""The tools of other servers: which there are, which of them a person accepted, and the effector that calls them.

A server can change what its tools say and do from one day to the next.  So a tool is an action only while it is, word
for word, what somebody at the console accepted; the first call that finds it changed is not made, and it stays off
until it is accepted anew.  What a tool answers is a stranger's text: it goes to the program that asked, as an object
that only the reader looks into, and into no log.
"""

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Json, Origin, Permit
from claw.base.clock import Clock
from claw.base.config_channels import McpServerConfig
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.base.permit import PermitDesk
from claw.channels.shown import shown
from claw.daemon.tool_process import Changed, Speaking
from claw.daemon.tool_shapes import DOMAIN, fingerprint, service_of, told
from claw.house.fields import Service
from claw.house.text import plain, quoted
from claw.store.db import writing

logger = logging.getLogger(__name__)

MOST_WAITING = 100
LONGEST_SHOWN = 2_000


@dataclass(frozen=True)
class Ground:
    """What the tools of one daemon stand on."""

    db: Database
    clock: Clock
    audit: AuditLog
    permits: PermitDesk


@dataclass(frozen=True, slots=True)
class _Accepted:
    service: Service
    server: str
    tool: str
    hash: str
    told: str


class Tools:
    """Knows the tools of the configured servers; the effector of ``mcp.*``.

    ``services`` is where the accepted ones stand as actions, and only they: whoever judges and rehearses looks there.
    """

    def __init__(
        self,
        servers: Mapping[str, McpServerConfig],
        ground: Ground,
        speaking: Speaking,
        services: dict[str, Service],
    ) -> None:
        self._servers = servers
        self._in = ground
        self._speaking = speaking
        self._services = services
        self._accepted: dict[str, _Accepted] = {}
        self._changed: dict[str, str] = {}
        self._texts: OrderedDict[int, str] = OrderedDict()
        for row in ground.db["tools"].rows:
            try:
                self._take(row["name"], row["hash"], json.loads(row["spec"]))
            except (Refused, ValueError):
                logger.exception("A tool that was accepted cannot be an action any more; it stays off")

    def offered(self) -> tuple[str, ...]:
        """Return the tools that programs may call, a line each, as their servers describe them."""
        return tuple(one.told for one in self._accepted.values())

    def text(self, audit: int) -> str | None:
        """Return what the tool answered whose intent has this number, once; None where there is nothing."""
        return self._texts.pop(audit, None)

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Call one tool; raises Refused on a bad permit, for one that nobody accepted and for one that has changed.

        Raises Unavailable where it was not asked or says that it failed, UnknownOutcome where nobody knows.
        """
        self._in.permits.spend(permit, action)
        known = self._accepted.get(action.name)
        if known is None:
            raise Refused(f"{action.name} is not a tool that was accepted")
        try:
            text, failed = await self._speaking.call(
                known.server, self._servers[known.server], known.tool, known.hash, action.data
            )
        except Changed as changed:
            self._turn_off(action.name, str(changed))
            raise Refused(f"{changed}: it is off until it is accepted anew (claw mcp list)") from None
        except Broken as broken:
            raise Unavailable(str(broken)) from broken
        if failed:
            raise Unavailable(f"{action.name}: the tool says that it failed")
        self._texts[permit.audit] = text
        while len(self._texts) > MOST_WAITING:
            self._texts.popitem(last=False)
        return Acknowledgement()

    async def listed(self) -> list[dict[str, Json]]:
        """Return every tool of every server, asked now, with how it stands, and what is wrong with a server."""
        pages = await asyncio.gather(*(self._of(name) for name in self._servers))
        return shown([row for page in pages for row in page])

    async def accept(self, name: str, content: str, origin: Origin) -> dict[str, Json]:
        """Let programs call a tool as it is now, where its hash is still ``content``; the log knows who said so.

        Raises Refused for one that is not there, cannot be an action or was not seen like this, Unavailable.
        """
        server, tool, service = await self._found(name)
        found = fingerprint(tool)
        if found != content:
            raise Refused(f"{name} is not what was shown; look at it again (claw mcp list)")
        payload = {"tool": service.name, "hash": found, "accepted": True}
        await self._in.audit.append("tool", payload, origin=origin)
        now, who = self._in.clock.now().isoformat(), origin.person or origin.source
        spec = {key: tool.get(key) for key in ("name", "description", "inputSchema")}
        with writing(Path("claw.db")), self._in.db.conn:
            self._in.db.conn.execute(
                "insert or replace into tools values (?, ?, ?, ?, ?)", (service.name, found, json.dumps(spec), who, now)
            )
        self._changed.pop(service.name, None)
        self._take(service.name, found, spec)
        return {"tool": service.name, "hash": found, "server": server}

    async def drop(self, name: str, origin: Origin) -> dict[str, Json]:
        """Let no program call a tool any more; raises Refused where nobody had accepted it."""
        if self._in.db.execute("select 1 from tools where name = ?", (name,)).fetchone() is None:
            raise Refused(f"there is no accepted tool {quoted(name)}")
        await self._in.audit.append("tool", {"tool": name, "accepted": False}, origin=origin)
        self._turn_off(name, "")
        self._changed.pop(name, None)
        with writing(Path("claw.db")), self._in.db.conn:
            self._in.db.conn.execute("delete from tools where name = ?", (name,))
        return {"tool": name}

    def _take(self, name: str, content: str, spec: Mapping[str, Any]) -> None:
        """Make an accepted tool an action, where its server is still configured."""
        server = name.split(".")[1]
        if server not in self._servers:
            return
        service = service_of(server, spec)
        self._accepted[name] = _Accepted(service, server, str(spec["name"]), content, told(service, spec))
        self._services[name] = service

    def _turn_off(self, name: str, why: str) -> None:
        self._accepted.pop(name, None)
        self._services.pop(name, None)
        self._changed[name] = why

    async def _found(self, name: str) -> tuple[str, Mapping[str, Json], Service]:
        """Return a tool as its server describes it now; raises Refused, Unavailable."""
        domain, _, rest = name.partition(".")
        server, _, tool = rest.partition(".")
        if domain != DOMAIN or server not in self._servers:
            raise Refused(f"there is no tool {quoted(name)}; a name is such as mcp.notes.search")
        offered = [one for one in await self._speaking.list(server, self._servers[server]) if one.get("name") == tool]
        if len(offered) != 1:
            raise Refused(f"{server} has {'no' if not offered else 'more than one'} tool {quoted(tool)}")
        return server, offered[0], service_of(server, offered[0])

    async def _of(self, server: str) -> Sequence[dict[str, Json]]:
        try:
            tools = await self._speaking.list(server, self._servers[server])
        except ClawError as error:
            return [{"server": server, "state": "unavailable", "why": str(error)}]
        rows = [self._row(server, tool) for tool in tools]
        there = {row["name"] for row in rows}
        gone = [name for name, one in self._accepted.items() if one.server == server and name not in there]
        return [*rows, *({"server": server, "name": name, "state": "gone"} for name in gone)]

    def _row(self, server: str, tool: Mapping[str, Json]) -> dict[str, Json]:
        name = f"{DOMAIN}.{server}.{plain(str(tool.get('name')), 80)}"
        row: dict[str, Json] = {"server": server, "name": name, "description": _said(tool.get("description"))}
        try:
            content, service = fingerprint(tool), service_of(server, tool)
        except Refused as refusal:
            return {**row, "state": "unusable", "why": str(refusal)}
        known = self._accepted.get(service.name)
        kept = known.hash if known is not None else self._kept(service.name)
        if kept is not None and kept != content:
            self._turn_off(service.name, "it is not as it was accepted")
        off = service.name in self._changed
        state = "new" if kept is None else "accepted" if kept == content and not off else "changed"
        return {**row, "state": state, "hash": content, "takes": sorted(service.fields)}

    def _kept(self, name: str) -> str | None:
        row = self._in.db.execute("select hash from tools where name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])


def _said(description: Json) -> str:
    return plain(description, LONGEST_SHOWN) if isinstance(description, str) else ""
