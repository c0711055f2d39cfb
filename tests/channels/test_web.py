"""The page's interface over HTTP keeps what every channel promises."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from claw.channels.clients import EVERY_RIGHT
from tests.channels.contract import POLICY, Adapter, ChannelContract
from tests.serving import Served, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Web(Adapter):
    """Anna has signed in; nobody has a cookie of another's making, a wrong token, or comes from another site."""

    kind = "web"
    risky = True

    def __init__(self, served: Served) -> None:
        super().__init__(served.daemon)
        self.served = served
        self.page = served.page()

    async def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        options = {"token": None, "headers": self.page if headers is None else headers, "json": body}
        _, answer, _ = await self.served.ask("POST", path, **options)
        return answer

    async def say(self, text: str) -> str:
        answer = await self.post("/api/messages", {"text": text})
        return answer["text"] if "text" in answer else answer["error"]["text"]

    async def yes(self, question: str) -> None:
        await self.post(f"/api/pending/{question}", {"answer": "yes"})

    async def strangers(self, text: str, question: str = "") -> None:
        cookie = f"claw_{self.served.web.port}"
        for headers in (
            {},
            {"Authorization": "Bearer claw_000000000000.nothing"},
            {"Cookie": f"{cookie}=claw_000000000000.nothing", "Origin": self.page["Origin"]},
            {**self.page, "Origin": "https://evil.example"},
            {**self.page, "Host": "evil.example"},
            {"X-Claw-Person": "anna", "X-Remote-User": "anna", "X-Forwarded-User": "anna"},
        ):
            await self.post("/api/messages", {"text": text}, headers)
            await self.post(f"/api/pending/{question}", {"answer": "yes"}, headers)
        await self.post("/api/messages", {"text": text, "person": "anna"}, {})
        _, child = self.daemon.clients.issue("a program of a child", "carl", EVERY_RIGHT)
        await self.post(f"/api/pending/{question}", {"answer": "yes"}, {"Authorization": f"Bearer {child}"})

    async def reconnect(self) -> None:
        port = self.served.web.port
        assert port
        await self.served.http.close()
        self.served.http = aiohttp.ClientSession()

    async def twice(self, text: str) -> None:
        body = {"text": text, "key": "k1"}
        first = await self.post("/api/messages", body)
        assert await self.post("/api/messages", body) == first


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Web]:
    async with serving(tmp_path_factory.mktemp("web"), POLICY) as served:
        web = Web(served)
        yield web
        await served.http.close()


class TestWeb(ChannelContract, adapter=Web):
    """All of it."""
