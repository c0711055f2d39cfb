"""The five tools in the words of the Model Context Protocol: the only file that knows its package's server.

It is imported only where somebody speaks the protocol (50 MB, most of a second).  What comes in was checked before, or
is checked by whoever answers: nothing is decided here.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server

from claw.base.action import Json
from claw.channels.agent_tools import INSTRUCTIONS, TOOLS, Result

Context = ServerRequestContext[dict[str, Json]]
Answer = Callable[[Context, str, Mapping[str, Json]], Awaitable[Result]]
"""Answers one call of a tool: who asks stands in the context."""


def server(answer: Answer) -> Server[dict[str, Json]]:
    """Return the protocol's server, whose calls ``answer`` answers."""
    # What it logs of a message may be anything that a stranger sent.
    logging.getLogger("mcp").setLevel(logging.CRITICAL)

    async def listed(context: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        del context, params
        return types.ListToolsResult(tools=_TOOLS)

    async def called(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        result = await answer(context, params.name, params.arguments or {})
        return types.CallToolResult(
            content=[types.TextContent(text=result.text)], structured_content=result.data, is_error=result.failed
        )

    made = Server[dict[str, Json]](
        "claw",
        version=version("claw"),
        title="Claw",
        instructions=INSTRUCTIONS,
        on_list_tools=listed,
        on_call_tool=called,
    )
    made.middleware.clear()  # what would tell a tracer of every message
    return made


_TOOLS = [
    types.Tool(
        name=tool.name,
        description=tool.told,
        input_schema=tool.schema(),
        annotations=types.ToolAnnotations(
            read_only_hint=tool.reads, destructive_hint=not tool.reads, open_world_hint=False
        ),
    )
    for tool in TOOLS.values()
]
