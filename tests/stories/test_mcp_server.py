"""The official client in front of a whole daemon, by both ways in: what it may do and what it may not is the same."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from claw.daemon.demo import FOLDER
from tests.living import OWNER
from tests.modelling import RULES, call, modelling, over_http, token_of
from tests.running import running, write_house
from tests.serving import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLAW = Path(sys.executable).with_name("claw")
LAMP = "light.kitchen_ceiling"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with modelling(tmp_path_factory.mktemp("mcp")) as running:
        await running.daemon.socket.start()
        yield running


@asynccontextmanager
async def over_stdio(served: Served, token: str) -> AsyncIterator[Client]:
    """Give the official client, which starts ``claw mcp`` itself."""
    words = ["mcp", "--state-dir", str(served.daemon.socket._path.parent)]
    parameters = StdioServerParameters(command=str(CLAW), args=words, env={"CLAW_MCP_TOKEN": token})
    async with Client(stdio_client(parameters)) as client:
        yield client


def connected(served: Served, way: str, token: str) -> AbstractAsyncContextManager[Client]:
    if way == "stdio":
        return over_stdio(served, token)
    return over_http(served, token, "legacy" if way == "http, as today" else "auto")


async def lamp(client: Client, **more: Any) -> dict[str, Any]:
    return await call(client, "act", actions=[{"name": "light.turn_on", "entities": [LAMP]}], **more)


@pytest.mark.parametrize("way", ["http", "http, as today", "stdio"])
async def test_a_model_looks_acts_waits_for_a_person_and_reads_what_came(served: Served, way: str) -> None:
    await served.daemon.desk.say("turn off the kitchen ceiling", OWNER)
    async with connected(served, way, token_of(served, way)) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["look", "act", "job", "ask", "log"]
        found = await call(client, "look", words="kitchen ceiling")
        assert [(one["entity_id"], one["state"]) for one in found["entities"]] == [(LAMP, "off")]

        done = await lamp(client, key="once")
        assert (done["state"], done["rule"]) == ("done", "comfort")
        again = await lamp(client, key="once")
        assert (again["job"], "again" in again) == (done["job"], True)

        asked = await call(client, "ask", text="unlock the front door", key="door")
        assert (asked["state"], asked["rule"]) == ("waiting", "unlock")
        assert (await call(client, "ask", text="yes"))["state"] != "done"
        assert served.daemon.mirror.states["lock.front_door"].value == "locked"
        await served.daemon.desk.answer(asked["question"]["id"], OWNER, yes=True)
        assert (await call(client, "job", id=asked["job"]))["state"] == "done"
        await served.daemon.desk.say("lock the front door", OWNER)

        refused = await call(
            client, "act", actions=[{"name": "media_player.turn_off", "entities": ["media_player.living_room_tv"]}]
        )
        assert (refused["state"], refused["rule"]) == ("refused", "not-here")
        logged = (await call(client, "log"))["entries"]
        assert set(done["log"]) <= {one["seq"] for one in logged}
        channels = {served.daemon.audit.entry(one["seq"]).origin for one in logged if "of" not in one}  # type: ignore[union-attr]
        assert {one.channel.partition(":")[0] for one in channels if one} == {"mcp"}


async def test_the_person_behind_this_process_does_not_count_on_stdio(served: Served) -> None:
    child = token_of(served, "for carl", "carl")
    async with over_stdio(served, child) as client:
        job = await lamp(client)
        entry = served.daemon.audit.entry(job["log"][0])
        assert entry is not None
        assert entry.origin is not None
        assert (entry.origin.person, entry.origin.channel) == ("carl", "mcp:for_carl")


@pytest.mark.parametrize("wrong", ["a token of a person's own program", "made up"])
async def test_on_stdio_no_other_token_opens_anything(served: Served, wrong: str) -> None:
    token = served.token if "person" in wrong else "claw_x.y"
    with pytest.raises(BaseException):  # noqa: B017, PT011  the package's own, in groups
        async with over_stdio(served, token) as client:
            await client.list_tools()


async def test_a_daemon_that_is_configured_for_it_is_met_so_and_no_other_is(tmp_path: Path) -> None:
    more = "channels: {mcp: {servers: {notes: {url: 'http://127.0.0.1:9/mcp'}}}}\n"
    path = write_house(tmp_path, {"simulated": str(FOLDER / "house.yaml")}, RULES, more=more)
    manager = running(tmp_path / "state", ("run", "--config", str(path)))
    daemon = await asyncio.to_thread(manager.__enter__)
    try:
        made = await asyncio.to_thread(daemon.ask, "client_add", name="agent", person="anna", kind="model")
        token = made["token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            Client(streamable_http_client(f"{daemon.address}mcp", http_client=http)) as client,
        ):
            assert (await lamp(client))["state"] == "done"
        (row,) = await asyncio.to_thread(daemon.ask, "tools")
        assert (row["server"], row["state"]) == ("notes", "unavailable")
    finally:
        await asyncio.to_thread(manager.__exit__, None, None, None)
