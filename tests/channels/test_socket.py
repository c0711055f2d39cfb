"""The local socket keeps what every channel promises."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from claw.daemon.build import Daemon
from claw.policy.people import People, Person
from tests.channels.contract import POLICY, Adapter, ChannelContract
from tests.living import living
from tests.talking import Local, local

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Socket(Adapter):
    """Anna is a Unix user; a process that Claw itself started is nobody."""

    kind = "cli"
    risky = True

    def __init__(self, daemon: Daemon, lines: AsyncExitStack) -> None:
        super().__init__(daemon)
        self.folder = daemon.socket._path.parent
        self.lines = lines
        self.line: Local

    async def connect(self) -> None:
        self.line = await self.lines.enter_async_context(local(self.folder))

    async def say(self, text: str) -> str:
        answer = await self.line.say(text)
        return answer["text"] if "text" in answer else answer["error"]["text"]

    async def yes(self, question: str) -> None:
        await self.line.ask("answer", id=question, yes=True)

    async def strangers(self, text: str, question: str = "") -> None:
        daemon = self.daemon.socket
        known, ours, daemon._people = daemon._people, daemon._ours, People()
        try:
            for one in (False, True):
                daemon._ours = lambda _pid, _uid, one=one: one
                async with local(self.folder) as line:
                    await line.say(text)
                    await line.ask("answer", id=question, yes=True)
                    await line.raw(json.dumps({"do": "say", "text": text, "person": "anna"}).encode() + b"\n")
                    await line.raw(json.dumps({"do": "say", "text": text, "authenticated": True}).encode() + b"\n")
                    await line.raw(b'{"do": "say", "text": "x", "origin": {"person": "anna"}}\n')
        finally:
            daemon._people, daemon._ours = known, ours

    async def reconnect(self) -> None:
        self.line._writer.close()
        await self.connect()

    async def twice(self, text: str) -> None:
        line = json.dumps({"do": "say", "text": text, "key": "k1"}).encode() + b"\n"
        self.line._writer.write(line)
        await self.line._writer.drain()
        await self.reconnect()  # before anything was answered
        answer = await self.line.raw(line)
        assert answer == await self.line.raw(line)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Socket]:
    async with living(tmp_path_factory.mktemp("socket"), POLICY) as daemon, AsyncExitStack() as lines:
        daemon.socket._people = People([Person("anna", "Anna", "owner", uid=os.getuid())])
        await daemon.socket.start()
        socket = Socket(daemon, lines)
        await socket.connect()
        yield socket


class TestSocket(ChannelContract, adapter=Socket):
    """All of it."""
