import logging
from collections.abc import Mapping

import pytest
from mcp.client.client import Client

from claw.base.action import Json
from claw.channels.agent_protocol import Context, server
from claw.channels.agent_tools import INSTRUCTIONS, MARK, TOOLS, Result


async def answer(context: Context, name: str, arguments: Mapping[str, Json]) -> Result:
    del context
    if name == "break":
        raise RuntimeError("a secret of the daemon")
    return Result({"name": name, "arguments": dict(arguments)}, failed=name == "nope")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_tools_are_listed_and_answered_in_the_protocols_words(mode: str) -> None:
    async with Client(server(answer), mode=mode) as client:
        assert client.instructions == INSTRUCTIONS
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == list(TOOLS)
        hints = {tool.name: tool.annotations.read_only_hint for tool in tools if tool.annotations}
        assert hints == {tool.name: tool.reads for tool in TOOLS.values()}
        said = await client.call_tool("look", {"limit": 3})
        assert (said.is_error, said.structured_content) == (False, {"name": "look", "arguments": {"limit": 3}})
        assert said.content[0].text.startswith(MARK)  # type: ignore[union-attr]
        assert (await client.call_tool("nope", {})).is_error


async def test_what_goes_wrong_inside_does_not_leave(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with Client(server(answer)) as client:
            with pytest.raises(Exception) as raised:  # noqa: PT011  the package's own, of several kinds
                await client.call_tool("break", {})
    assert "secret" not in str(raised.value)
