"""A daemon that other programs' models may ask things of, as they reach it: the official client, by HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from claw.daemon.met_mcp import Served as Mcp
from claw.daemon.met_openai import jobs
from tests.serving import POLICY, Served, serving

RULES = (
    POLICY
    + """\
  - {id: shut, allow: lock.lock}
  - {id: not-here, deny: media_player.turn_off}
"""
)


@asynccontextmanager
async def modelling(folder: Path) -> AsyncIterator[Served]:
    """Give a served daemon that answers at ``/mcp`` and, for ``claw mcp``, on its socket."""
    async with serving(folder, RULES) as served:
        kept = jobs(served.daemon)
        mcp = Mcp(served.daemon, served.web, kept)
        await mcp.start()
        try:
            yield served
        finally:
            await mcp.close()
            await kept.close()


def token_of(served: Served, name: str = "agent", person: str = "anna", rights: tuple[str, ...] = ("talk",)) -> str:
    """Return a token for a program that speaks for a model."""
    return served.daemon.clients.issue(name, person, rights, kind="model")[1]


@asynccontextmanager
async def over_http(served: Served, token: str, mode: Literal["auto", "legacy"] = "auto") -> AsyncIterator[Client]:
    """Give the official client, connected; ``legacy`` is how nearly all of them speak today."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False) as http,
        Client(streamable_http_client(served.url("/mcp"), http_client=http), mode=mode) as client,
    ):
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Return what a tool answers."""
    return (await client.call_tool(tool, arguments)).structured_content
