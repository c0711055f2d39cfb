"""A client of the scripted server, and what else the tests of this room share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from claw.base.clock import SystemClock
from claw.base.config import ModelConfig
from claw.llm.client import Call, Client
from tests.peers.scripted_model import ScriptedModel

HELLO = ({"role": "system", "content": "You run a house."}, {"role": "user", "content": "hello"})


class Impatient(SystemClock):
    """Real time, except that a wait that the code asks for is only noted; ``within`` keeps its alarm."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    async def sleep(self, seconds: float) -> None:
        if seconds >= 20:  # the alarm of a whole call
            await super().sleep(seconds)
        else:
            self.waited.append(seconds)


def call(text: str = "hello", **more: Any) -> Call:
    """Return a call that says ``text`` and expects a program, unless told otherwise."""
    messages = (HELLO[0], {"role": "user", "content": text})
    return Call(**{"messages": messages, "purpose": "plan", "max_tokens": 500, "tool": True, **more})


@asynccontextmanager
async def asking(server: ScriptedModel, **config: Any) -> AsyncIterator[tuple[Client, Impatient]]:
    """Give a client of ``server`` and the clock it waits by."""
    key = config.pop("key", "sk-secret-of-the-test")
    clock = Impatient()
    settings = ModelConfig(**{"name": "small", "base_url": server.base_url, **config})
    client = Client(settings, clock, clock, key=lambda: key, jitter=lambda: 1.0)
    try:
        yield client, clock
    finally:
        await client.close()
