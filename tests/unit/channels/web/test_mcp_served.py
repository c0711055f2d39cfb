import pytest
from mcp.client.client import Client

from claw.channels.web.mcp_served import manager


def test_every_request_stands_by_itself_and_is_bounded() -> None:
    made = manager(None, 1000)  # type: ignore[arg-type]
    assert (made.stateless, made.json_response, made.max_request_body_size) == (True, True, 1000)


async def test_a_call_that_came_by_no_request_is_nobodys() -> None:
    async with Client(manager(None, 1000).app) as client:  # type: ignore[arg-type]
        with pytest.raises(Exception, match="error"):
            await client.call_tool("look", {})
