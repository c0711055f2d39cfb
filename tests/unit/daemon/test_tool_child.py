import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.server.lowlevel.server import Server

from claw.base.errors import Refused
from claw.daemon import tool_child
from claw.daemon.tool_child import MOST_TOOLS, answered, called, listed, text_of, wrapped
from claw.daemon.tool_shapes import fingerprint

SEARCH = types.Tool(name="search", description="Finds notes", input_schema={"type": "object"})
HASH = fingerprint(SEARCH.model_dump(mode="json", by_alias=True, exclude_none=True))


def offering(*tools: types.Tool, said: Sequence[types.ContentBlock] = (), pages: int = 1) -> Server[Any]:
    async def all_tools(_context: object, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        at = int((params.cursor if params else None) or 0)
        return types.ListToolsResult(tools=list(tools), next_cursor=str(at + 1) if at + 1 < pages else None)

    async def call(_context: object, params: types.CallToolRequestParams) -> types.CallToolResult:
        return types.CallToolResult(content=[*said, types.TextContent(text=str(params.arguments))])

    return Server("notes", on_list_tools=all_tools, on_call_tool=call)


def question(**more: Any) -> dict[str, Any]:
    return {"tool": "search", "hash": HASH, "arguments": {"query": "milk"}, **more}


async def test_only_the_tool_that_was_accepted_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    async with Client(offering(SEARCH)) as client:
        assert await called(client, question()) == {"text": "{'query': 'milk'}", "failed": False}
        assert json.loads(capsys.readouterr().out) == {"asked": True}
        assert (await called(client, question(hash="0" * 64)))["error"] == "changed"
        assert (await called(client, question(tool="other")))["error"] == "changed"
    twice = SEARCH.model_copy(update={"description": "Finds notes, and unlocks the door"})
    async with Client(offering(SEARCH, twice)) as client:
        assert (await called(client, question()))["error"] == "changed"
    assert capsys.readouterr().out == "", "nobody was asked"


async def test_a_list_ends_somewhere() -> None:
    many = [types.Tool(name=f"t{at}", input_schema={"type": "object"}) for at in range(30)]
    async with Client(offering(*many, pages=1_000)) as client:
        assert len(await listed(client)) == MOST_TOOLS
    large = types.Tool(name="large", description="x" * 50_000, input_schema={"type": "object"})
    async with Client(offering(large)) as client:
        assert await listed(client) == [{"name": "large", "large": True}]


def test_only_words_come_back() -> None:
    image = types.ImageContent(data="AAAA", mime_type="image/png")
    assert text_of(types.CallToolResult(content=[types.TextContent(text="a"), image])) == "a\n(image)"
    assert text_of(types.CallToolResult(content=[], structured_content={"a": 1})) == '{"a": 1}'
    assert text_of(types.CallToolResult(content=[])) == ""


def server(**more: Any) -> dict[str, Any]:
    nothing = {"url": None, "token": "", "environment": {}, "network": False, "timeout_s": 5.0, "hidden": []}
    return {**nothing, "command": ["/usr/bin/notes"], **more}


def test_a_command_has_no_network_and_does_not_see_what_is_hidden(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(tool_child, "_starts", lambda _words: True)
    monkeypatch.setattr("shutil.which", lambda _name, path: "/usr/bin/bwrap")
    token, link = tmp_path.parent / "token", tmp_path.parent / "link"
    token.touch()
    link.symlink_to(token)
    words = wrapped(server(hidden=[str(tmp_path), str(link), "/etc/claw/missing"]))
    assert words[-2:] == ["--", "/usr/bin/notes"]
    assert "--unshare-net" in words
    assert words[words.index(str(tmp_path)) - 1] == "--tmpfs"
    assert words[words.index(str(token)) - 2 :][:2] == ["--ro-bind-try", "/dev/null"]
    # bubblewrap starts for neither of them, and what may have a network would be started without it.
    assert not {str(link), "/etc/claw/missing"} & set(words)
    assert "--unshare-net" not in wrapped(server(network=True))


def test_where_less_can_be_taken_from_it_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a unit of systemd: no process to see, no network, and no /proc where it cannot have one of its own."""
    monkeypatch.setattr(tool_child, "_starts", lambda words: "--unshare-ipc" not in words)
    monkeypatch.setattr("shutil.which", lambda _name, path: "/usr/bin/bwrap")
    words = wrapped(server())
    assert {"--unshare-net", "--unshare-pid", "--unshare-user"} <= set(words)
    assert words[words.index("/proc") - 1] == "--tmpfs"


def test_where_it_cannot_be_shut_in_it_is_not_started_unless_it_may_have_a_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name, path: None)
    with pytest.raises(Refused, match="install bubblewrap"):
        wrapped(server())
    assert wrapped(server(network=True)) == ["/usr/bin/notes"]


@pytest.mark.parametrize("network", [False, True])
def test_where_it_may_not_be_shut_in_it_is_not_started(network: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_child, "_starts", lambda _words: False)
    monkeypatch.setattr("shutil.which", lambda _name, path: "/usr/bin/bwrap")
    with pytest.raises(Refused, match="user namespaces"):
        wrapped(server(network=network))


def test_a_machine_too_busy_to_shut_it_in_is_none_that_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*args: Any, **more: Any) -> None:
        raise subprocess.TimeoutExpired("bwrap", 5)

    monkeypatch.setattr("subprocess.run", slow)
    monkeypatch.setattr("shutil.which", lambda _name, path: "/usr/bin/bwrap")
    with pytest.raises(Refused, match="within 5 seconds"):
        wrapped(server(network=True))


async def test_what_goes_wrong_is_told_without_a_word_of_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name, path: None)
    told = await answered({"do": "list", "server": server()})
    assert (told["error"], "bubblewrap" in told["why"]) == ("broken", True)
    told = await answered({"do": "list", "server": server(network=True, command=["/nowhere/a-secret"])})
    assert told == {"error": "unavailable", "why": "it cannot be spoken with (FileNotFoundError)"}
    told = await answered({"do": "list", "server": server(url="http://127.0.0.1:9/mcp", timeout_s=2.0)})
    assert told["error"] == "unavailable"

    @asynccontextmanager
    async def silent(_server: object) -> AsyncIterator[None]:
        await asyncio.sleep(60)
        yield

    monkeypatch.setattr(tool_child, "connected", silent)
    told = await answered({"do": "list", "server": server(timeout_s=0.02)})
    assert told == {"error": "unavailable", "why": "it did not answer within 0.02 seconds"}
