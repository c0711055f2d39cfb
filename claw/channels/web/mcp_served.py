"""The protocol's package behind ``/mcp``; it is imported when somebody first asks there."""

from collections.abc import Mapping

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request

from claw.base.action import Json
from claw.base.errors import Refused
from claw.channels.agent_protocol import Context, server
from claw.channels.agent_tools import Result
from claw.channels.agents import Agents
from claw.channels.web.mcp_door import check_still, client_of


def manager(agents: Agents, most: int) -> StreamableHTTPSessionManager:
    """Return what answers requests of at most ``most`` bytes, each by itself, one at a time and as plain JSON.

    Hosts and origins were checked before: there is one door for all of the page.
    """

    async def answer(context: Context, name: str, arguments: Mapping[str, Json]) -> Result:
        request = context.request
        if not isinstance(request, Request):
            raise TypeError("a call that came with no request")
        result = await agents.call(client_of(request.scope), name, arguments)
        try:
            check_still(request.scope)  # an answer may take a while
        except Refused as refused:
            return Result({"error": "unauthenticated", "text": str(refused)}, failed=True)
        return result

    return StreamableHTTPSessionManager(
        server(answer), json_response=True, stateless=True, max_request_body_size=most, security_settings=None
    )
