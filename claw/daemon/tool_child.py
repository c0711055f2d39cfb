"""The process that speaks with another server for one question: what its tools are, or what one of them answers.

It is our own code in a Python of its own (``python -I -m claw.daemon.tool_child``): the protocol's package takes 50 MB,
and what a stranger's server answers is parsed where it can fill up or hang nothing but this.  It gets its question on
its input, in an empty environment; it says when it asks the tool, because from there on nobody knows what was done.
"""

import asyncio
import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import mcp_types as types
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from claw.base.action import Json
from claw.base.errors import Refused
from claw.daemon.tool_shapes import fingerprint

MEMORY_MB = 1024
MOST_TOOLS = 100
MOST_PAGES = 10
LONGEST_TEXT = 100_000
LARGEST_TOOL = 20_000
"""Characters of what one tool says of itself."""

NOT_THERE = "the server does not have this tool"
CHANGED = "it is not as it was accepted"
NO_WRAP = "its network cannot be taken from it here: install bubblewrap, or allow it one (network: true)"
FORBIDDEN = "bubblewrap may not shut it in on this machine: allow user namespaces, or run it as a server with a url"
_TRY_S = 5
TOO_SLOW = f"it could not be shut in within {_TRY_S} seconds"
APART = (
    ("--proc", "/proc", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
    # Inside a systemd unit that gives out no more than that and keeps parts of /proc from everybody: it has none then.
    ("--tmpfs", "/proc", "--unshare-user", "--unshare-pid"),
)
"""What bubblewrap takes from a server, most first: the first that works here counts."""
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def _under_tmp(command: Sequence[str]) -> list[str]:
    """Return the folders under ``/tmp`` in which the command's own files and this Python lie: it cannot do without."""
    files = [Path(word) for word in command if Path(word).is_absolute()]
    folders = {Path(sys.prefix), *(one.parent for one in files if one.is_file())}
    return sorted(str(one) for one in folders if one.is_relative_to("/tmp"))  # noqa: S108  where it is hidden from


def wrapped(server: Mapping[str, Any]) -> list[str]:
    """Return the command of a server as it is started: shut in, where this machine can; raises Refused."""
    command = [str(word) for word in server["command"]]
    wrap = shutil.which("bwrap", path=os.defpath)
    words = ["--ro-bind", "/", "/", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108  one of its own
    for path in _under_tmp(command):
        words += ["--ro-bind", path, path]
    # By their real names, and only what is there: bubblewrap would start nothing for a link or for what is missing.
    for path in sorted({os.path.realpath(each) for each in server["hidden"]}):
        if os.path.isdir(path):  # noqa: PTH112  Path raises where it may not look
            words += ["--tmpfs", path]
        elif os.path.exists(path):  # noqa: PTH110  as above
            words += ["--ro-bind-try", "/dev/null", path]
    words += ["--die-with-parent", "--cap-drop", "ALL"]
    words += [] if server["network"] else ["--unshare-net"]
    for tried in ([wrap, *words, *apart] for apart in APART if wrap is not None):
        if _starts(tried):
            return [*tried, "--", *command]
    if wrap is not None:  # who installed it counts on it
        raise Refused(FORBIDDEN)
    if not server["network"]:
        raise Refused(NO_WRAP)
    return command


def _starts(words: Sequence[str]) -> bool:
    null = subprocess.DEVNULL
    try:
        tried = subprocess.run(  # noqa: S603  our own words
            [*words, "--", "/bin/true"], stdin=null, stdout=null, stderr=null, timeout=_TRY_S, check=False
        )
    except OSError:
        return False
    except subprocess.TimeoutExpired:  # which says nothing of what works here: a busy machine must not open the door
        raise Refused(TOO_SLOW) from None
    return tried.returncode == 0


@asynccontextmanager
async def connected(server: Mapping[str, Any]) -> AsyncGenerator[Client]:
    """Give a client of one server; nothing of this machine's environment leads anywhere, and no redirection."""
    patience = float(server["timeout_s"])
    if server["url"]:
        headers = {"Authorization": f"Bearer {server['token']}"} if server["token"] else {}
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False, follow_redirects=False, timeout=patience) as http,
            Client(streamable_http_client(server["url"], http_client=http), read_timeout_seconds=patience) as client,
        ):
            yield client
        return
    words = wrapped(server)
    parameters = StdioServerParameters(command=words[0], args=words[1:], env=dict(server["environment"]), cwd="/")
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: ASYNC230, PTH123  it opens at once
        async with Client(stdio_client(parameters, nowhere), read_timeout_seconds=patience) as client:
            yield client


async def listed(client: Client) -> list[dict[str, Json]]:
    """Return what every tool says of itself, within bounds."""
    found: list[dict[str, Json]] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools[: MOST_TOOLS - len(found)]:
            said = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
            found.append(said if len(json.dumps(said)) <= LARGEST_TOOL else {"name": said["name"][:64], "large": True})
        cursor = page.next_cursor
        if cursor is None or len(found) >= MOST_TOOLS:
            break
    return found


async def called(client: Client, question: Mapping[str, Any]) -> dict[str, Json]:
    """Ask one tool, where it is still the one that was accepted, and return what it answers as text."""
    tools = [tool for tool in await listed(client) if tool.get("name") == question["tool"]]
    if not tools:
        return {"error": "changed", "why": NOT_THERE}
    if any(fingerprint(tool) != question["hash"] for tool in tools):
        return {"error": "changed", "why": CHANGED}
    say({"asked": True})
    result = await client.call_tool(question["tool"], question["arguments"])
    return {"text": text_of(result)[:LONGEST_TEXT], "failed": result.is_error}


def text_of(result: types.CallToolResult) -> str:
    """Return the words of an answer; what is no text is only named."""
    parts = [one.text if isinstance(one, types.TextContent) else f"({one.type})" for one in result.content[:1000]]
    if not parts and result.structured_content is not None:
        return json.dumps(result.structured_content, ensure_ascii=False)
    return "\n".join(parts)


async def answered(question: Mapping[str, Any]) -> dict[str, Json]:
    """Return the answer to a question; what goes wrong is told in words of our own."""
    server = question["server"]
    try:
        async with asyncio.timeout(float(server["timeout_s"])), connected(server) as client:
            if question["do"] == "call":
                return await called(client, question)
            return {"tools": await listed(client)}
    except TimeoutError:
        return {"error": "unavailable", "why": f"it did not answer within {server['timeout_s']:g} seconds"}
    except Refused as refusal:
        return {"error": "broken", "why": str(refusal)}
    except Exception as error:  # noqa: BLE001  the boundary of this process: no word of the server's gets out
        return {"error": "unavailable", "why": f"it cannot be spoken with ({_innermost(error)})"}


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return type(error).__name__


def say(answer: Json) -> None:
    """Say one line to the daemon."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def confine() -> None:
    """End somewhere, leave no core, die with the daemon; what is started from here inherits it."""
    most = MEMORY_MB << 20
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, AttributeError):  # Linux alone has it
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def main() -> None:
    """Take one question and say its answer."""
    confine()
    question = json.loads(sys.stdin.readline())
    say(asyncio.run(answered(question)))


if __name__ == "__main__":
    main()
