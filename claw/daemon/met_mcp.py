"""Puts together what other programs' models may ask of Claw by the Model Context Protocol: at ``/mcp`` and on stdio."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from claw.base.action import Json
from claw.base.errors import Broken
from claw.base.reinstall import adding
from claw.channels.agent_jobs import Jobs
from claw.channels.agents import Agents
from claw.channels.web.mcp_door import McpDoor
from claw.channels.web.server import WebServer

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon


class Served:
    """The channel ``mcp``: it answers at the page's address and on the local socket while it is started."""

    kind = "mcp"

    def __init__(self, daemon: "Daemon", web: WebServer, jobs: Jobs) -> None:
        """Nobody is answered yet."""
        self._socket = daemon.socket
        self._web = web
        self._agents = Agents(daemon.desk, jobs, daemon.clock)
        self._door = McpDoor(self._agents)

    async def start(self) -> None:
        """Answer from now on; raises Broken where the package that speaks the protocol is not installed."""
        if find_spec("mcp") is None:
            raise Broken(f"channels: mcp: the package mcp is not installed: {adding('channels')}")
        self._socket.agents = self._agents
        self._web.add(self._door.routes)

    async def close(self) -> None:
        """End what is being answered."""
        self._socket.agents = None
        await self._door.close()

    def status(self) -> dict[str, Json]:
        """Return that it is there."""
        return {"kind": self.kind, "ready": True, "detail": ""}
