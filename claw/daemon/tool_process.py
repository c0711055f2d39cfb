"""Starts the process that speaks with another server, once for each question, and ends it with all that it started.

It is registered with the stop before it is told anything, leads a group of its own, and gets an empty environment.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from claw.base.action import Json
from claw.base.clock import Timer, within
from claw.base.config import read_secret
from claw.base.config_channels import McpServerConfig
from claw.base.errors import Broken, Refused, Unavailable, UnknownOutcome
from claw.gate.children import Children

COMMAND = (sys.executable, "-I", "-B", "-m", "claw.daemon.tool_child")
MOST_AT_ONCE = 4
LONGEST_LINE = 4 << 20
STARTS_IN_S = 15.0
"""What Python, the package and the server may take beside the patience of the server's own."""


class Changed(Refused):
    """A tool is not there any more, or is not as it was accepted."""


@dataclass(frozen=True)
class Speaking:
    """Asks servers; ``hidden`` are the folders and files that no command of a server may look at."""

    children: Children
    timer: Timer
    hidden: Sequence[Path] = ()
    command: Sequence[str] = COMMAND
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))

    async def list(self, name: str, server: McpServerConfig) -> Sequence[Mapping[str, Json]]:
        """Return what the tools of a server say of themselves; raises Unavailable, Broken."""
        answer = await self._ask(name, server, {"do": "list"})
        tools = answer.get("tools")
        if not isinstance(tools, list):
            raise Unavailable(f"{name}: it answered nothing that can be read")
        return [cast("Mapping[str, Json]", one) for one in cast("list[Json]", tools) if isinstance(one, Mapping)]

    async def call(
        self, name: str, server: McpServerConfig, tool: str, accepted: str, arguments: Mapping[str, Json]
    ) -> tuple[str, bool]:
        """Return what a tool answers and whether it says that it failed.

        Raises Changed where it is not the one whose hash was ``accepted``, Unavailable where it was not asked,
        UnknownOutcome where it was, and nobody knows what came of it.
        """
        asked = {"do": "call", "tool": tool, "hash": accepted, "arguments": dict(arguments)}
        answer = await self._ask(name, server, asked)
        return str(answer.get("text", "")), bool(answer.get("failed"))

    async def _ask(self, name: str, server: McpServerConfig, question: Mapping[str, Json]) -> Mapping[str, Any]:
        token = read_secret(f"the token of {name}", server.token_file) if server.token_file is not None else ""
        told = {
            "command": list(server.command),
            "url": server.url,
            "token": token,
            "environment": dict(server.environment),
            "network": server.network,
            "timeout_s": server.timeout_s,
            "hidden": [str(path) for path in self.hidden],
        }
        async with self.places:
            answer, asked = await self._talk(name, {**question, "server": told}, server.timeout_s + STARTS_IN_S)
        if answer is None or (asked and "error" in answer):
            if asked:
                raise UnknownOutcome(f"{name}: the tool was asked, and what came of it is not known")
            raise Unavailable(f"{name}: it ended before it answered")
        if "error" in answer:
            why = f"{name}: {answer.get('why')}"
            raise {"changed": Changed, "broken": Broken}.get(str(answer["error"]), Unavailable)(why)
        return answer

    async def _talk(
        self, name: str, question: Mapping[str, Json], patience_s: float
    ) -> tuple[dict[str, Any] | None, bool]:
        """Return the answer, None where none came, and whether the tool was asked by then."""
        process = await self._started(name)
        whole = Children()
        with contextlib.suppress(Broken):  # it ended by itself
            whole.register(process.pid, name)
        heard: list[dict[str, Any]] = []
        try:
            await within(self.timer, patience_s, _converse(process, question, heard))
        finally:
            self.children.forget(process.pid)
            whole.kill()  # and the server that it started, in a session of its own
            await process.wait()
        asked = any("asked" in one for one in heard)
        answers = [one for one in heard if "asked" not in one]
        return (answers[0] if answers else None), asked

    async def _started(self, name: str) -> asyncio.subprocess.Process:
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # it may hold anything that a server said
                env={},
                cwd="/",
                start_new_session=True,
                limit=LONGEST_LINE,
            )
        except OSError as error:
            raise Unavailable(f"{name}: no process could be started: {error.strerror or error}") from error
        try:
            self.children.register(process.pid, f"mcp {name}")
        except Broken:
            await process.wait()
            raise Unavailable(f"{name}: it ended before it answered") from None
        return process


async def _converse(
    process: asyncio.subprocess.Process, question: Mapping[str, Json], heard: list[dict[str, Any]]
) -> None:
    writer, reader = process.stdin, process.stdout
    if writer is None or reader is None:
        return
    with contextlib.suppress(ConnectionError, ValueError):  # the second of a line that is too long, or no JSON
        writer.write(json.dumps(question).encode() + b"\n")
        await writer.drain()
        while line := await reader.readline():
            said = json.loads(line)
            if isinstance(said, dict):
                heard.append(cast("dict[str, Any]", said))
                if "asked" not in said:
                    return
