"""The Model Context Protocol keeps what every channel promises."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from claw.daemon.met_mcp import Served as Mcp
from claw.daemon.met_openai import jobs
from tests.channels.contract import POLICY, Adapter, ChannelContract
from tests.modelling import call, over_http, token_of
from tests.serving import Served, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


class McpTools(Adapter):
    """A program has Anna's token for a model, whose yes is nobody's; each call is a connection of its own."""

    kind = "mcp"
    answers = False

    def __init__(self, served: Served) -> None:
        super().__init__(served.daemon)
        self.served = served
        self.token = token_of(served)
        self.keys = (f"key-{number}" for number in itertools.count())

    async def tool(self, name: str, token: str = "", **arguments: Any) -> dict[str, Any]:
        async with over_http(self.served, token or self.token) as client:
            return await call(client, name, **arguments)

    async def say(self, text: str) -> str:
        return str((await self.tool("ask", text=text, key=next(self.keys))).get("text", ""))

    async def yes(self, question: str) -> None:
        for text in ("yes", f"yes {question}"):
            await self.say(text)
        await self.served.ask("POST", f"/api/pending/{question}", token=self.token, json={"answer": "yes"})

    async def strangers(self, text: str, question: str = "") -> None:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
        body["params"] = {"name": "ask", "arguments": {"text": text, "person": "anna"}}
        for token in (None, "claw_000000000000.nothing", self.served.token):
            await self.served.ask("POST", "/mcp", token=token, json=body)
        await self.tool("ask", token_of(self.served, "a child's", "carl"), text="yes")
        await self.served.ask("POST", f"/api/pending/{question}", token=token_of(self.served), json={"answer": "yes"})

    async def reconnect(self) -> None:
        await self.served.http.close()
        self.served.http = aiohttp.ClientSession()

    async def twice(self, text: str) -> None:
        jobs = [await self.tool("ask", text=text, key="once") for _ in range(2)]
        assert jobs[0]["job"] == jobs[1]["job"]
        assert "again" in jobs[1]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[McpTools]:
    async with serving(tmp_path_factory.mktemp("mcp"), POLICY) as served:
        kept = jobs(served.daemon)
        mcp = Mcp(served.daemon, served.web, kept)
        await mcp.start()
        yield McpTools(served)
        await served.http.close()
        await mcp.close()
        await kept.close()


class TestMcp(ChannelContract, adapter=McpTools):
    """All of it."""
