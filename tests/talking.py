"""Local programs that talk to a running daemon over its socket, as many at once as a test wants."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any


class HungUp(Exception):
    """The daemon went away before it answered."""


class Local:
    """One connection: a line of JSON out, a line of JSON back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def raw(self, line: bytes) -> Any:
        """Send bytes and return whatever came back; raises HungUp."""
        try:
            self._writer.write(line)
            await self._writer.drain()
            answer = await self._reader.readline()
        except (ConnectionError, OSError) as error:
            raise HungUp(str(error)) from error
        if not answer.endswith(b"\n"):
            raise HungUp("half an answer")
        return json.loads(answer)

    async def ask(self, do: str, **arguments: Any) -> Any:
        """Return what the daemon answers, ``{"error": ...}`` included; raises HungUp."""
        answer = await self.raw(json.dumps({"do": do, **arguments}).encode() + b"\n")
        return answer.get("ok", answer)

    async def say(self, text: str, conversation: str = "") -> Any:
        return await self.ask("say", text=text, conversation=conversation)

    async def act(self, action: str, *entities: str, **data: Any) -> Any:
        return await self.ask("act", action=action, entities=entities, data=data)

    async def state_of(self, entity: str) -> str | None:
        """Return an entity's state as Claw sees it, None when it does not."""
        house = await self.ask("house")
        return next((one["state"] for one in house["entities"] if one["entity_id"] == entity), None)


@asynccontextmanager
async def local(state: Path) -> AsyncIterator[Local]:
    """Connect to the daemon of a state directory; raises HungUp when there is none."""
    try:
        reader, writer = await asyncio.open_unix_connection(state / "claw.sock", limit=2**26)
    except OSError as error:
        raise HungUp(str(error)) from error
    try:
        yield Local(reader, writer)
    finally:
        writer.close()


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 20.0) -> Any:
    """Ask again and again until the answer is truthy, and return it; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.05)
    return found
