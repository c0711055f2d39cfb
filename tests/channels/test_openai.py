"""``/v1`` keeps what every channel promises."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from claw.channels.clients import EVERY_RIGHT
from claw.daemon.build import Daemon
from tests.channels.contract import POLICY, Adapter, ChannelContract
from tests.living import living

pytestmark = pytest.mark.asyncio(loop_scope="module")


class OpenAi(Adapter):
    """A chat client has Anna's token for a model, whose yes is nobody's."""

    kind = "openai"
    answers = False

    def __init__(self, daemon: Daemon) -> None:
        super().__init__(daemon)
        self.http = aiohttp.ClientSession()
        self.keys = (f"key-{number}" for number in itertools.count())
        self.token = daemon.clients.issue("Chat", "anna", kind="model")[1]

    async def post(self, path: str, body: Any, token: str, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or next(self.keys)}
        async with self.http.post(f"http://127.0.0.1:{self.daemon.web.port}{path}", json=body, headers=headers) as came:
            return await came.json()

    async def say(self, text: str, *, token: str = "", key: str = "") -> str:
        body = {"model": "claw", "messages": [{"role": "user", "content": text}], "user": "anna"}
        answer = await self.post("/v1/chat/completions", body, token or self.token, key)
        return answer["error"]["message"] if "error" in answer else answer["choices"][0]["message"]["content"]

    async def yes(self, question: str) -> None:
        for text in ("yes", f"yes {question}"):
            await self.say(text)
        await self.post(f"/api/pending/{question}", {"answer": "yes"}, self.token)

    async def strangers(self, text: str, question: str = "") -> None:
        _, program = self.daemon.clients.issue("A program", "anna", EVERY_RIGHT)
        _, child = self.daemon.clients.issue("A child's chat", "carl", kind="model")
        for token in ("claw_000000000000.nothing", "sk-none", program):
            await self.say(text, token=token)
        for token in ("claw_000000000000.nothing", child):
            await self.say("yes", token=token)
            await self.post(f"/api/pending/{question}", {"answer": "yes"}, token)

    async def reconnect(self) -> None:
        await self.http.close()
        self.http = aiohttp.ClientSession()

    async def twice(self, text: str) -> None:
        assert await self.say(text, key="once") == await self.say(text, key="once")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenAi]:
    async with living(tmp_path_factory.mktemp("openai"), POLICY) as daemon:
        await daemon.web.start()
        channel = OpenAi(daemon)
        yield channel
        await channel.http.close()


class TestOpenAi(ChannelContract, adapter=OpenAi):
    """All of it."""
