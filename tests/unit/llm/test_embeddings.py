"""Vectors come from a server of somebody else's making: one sound row for each text, or one sentence why not."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from claw.base.clock import SystemClock
from claw.base.config import ModelConfig
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.llm.call import Call
from claw.llm.embeddings import Embeddings, vectors_of


class Server:
    """Answers ``/v1/embeddings`` with ``answer`` and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.status = 200
        self.delay_s = 0.0
        self.asked: list[Any] = []
        self.keys: list[str | None] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization"))
        await asyncio.sleep(self.delay_s)
        text = self.answer if isinstance(self.answer, str) else json.dumps(self.answer)
        return web.Response(text=text, status=self.status, content_type="application/json")


def call(*texts: str) -> Call:
    return Call(tuple({"role": "user", "content": text} for text in texts), "embed", 0)


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server, app = Server(), web.Application()
    app.router.add_post("/v1/embeddings", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


def asking(server: Server, key: str = "k", **config: Any) -> Embeddings:
    settings = ModelConfig(**{"name": "meaning", "base_url": server.url, **config})
    return Embeddings(settings, SystemClock(), key=lambda: key)


async def test_each_text_has_its_vector_in_the_order_of_the_texts() -> None:
    async with serving() as server:
        server.answer = {
            "data": [{"index": 1, "embedding": [0, 1.5]}, {"index": 0, "embedding": [1, 0]}],
            "usage": {"prompt_tokens": 7},
        }
        embeddings = asking(server)
        completion = await embeddings.complete(call("lamp", "half a pair \ud83d"))
        assert vectors_of(completion) == [(1.0, 0.0), (0.0, 1.5)]
        assert (completion.tokens_in, completion.tokens_out) == (7, 0)
        assert server.asked == [{"model": "meaning", "input": ["lamp", "half a pair ?"]}]
        assert server.keys == ["Bearer k"]
        await embeddings.close()
        await embeddings.close()


async def test_without_a_key_none_is_sent() -> None:
    async with serving() as server:
        server.answer = {"data": [{"embedding": [1]}]}
        embeddings = asking(server, key="")
        completion = await embeddings.complete(call("lamp"))
        assert server.keys == [None]
        assert completion.tokens_in == call("lamp").tokens_in, "a server that counts nothing is counted by estimate"
        await embeddings.close()


@pytest.mark.parametrize(
    "answer",
    [
        "no json",
        [],
        None,
        {},
        {"data": {}},
        {"data": []},
        {"data": [{"embedding": [1]}]},
        {"data": [{"embedding": [1]}, {"embedding": []}]},
        {"data": [{"embedding": [1]}, {"embedding": [1, 2]}]},
        {"data": [{"embedding": [1]}, {"embedding": ["x"]}]},
        {"data": [{"embedding": [1]}, {"embedding": "x"}]},
        {"data": [{"embedding": [1]}, {"embedding": None}]},
        {"data": [{"embedding": [1]}, "x"]},
        {"data": [{"embedding": [1]}, {"index": 0, "embedding": [1]}]},
        {"data": [{"embedding": [1]}, {"index": [], "embedding": [1]}]},
        {"data": [{"embedding": [1]}, {"embedding": [1]}, {"embedding": [1]}]},
        '{"data": [{"embedding": [1]}, {"embedding": [NaN]}]}',
        '{"data": [{"embedding": [1]}, {"embedding": [Infinity]}]}',
        '{"data": [{"embedding": [1]}, {"embedding": [1' + "0" * 400 + "]}]}",
        {"data": [{"embedding": [1]}, {"embedding": [1]}], "usage": 7},
        {"data": [{"embedding": [0.0] * 9_000}] * 2},
    ],
)
async def test_what_is_no_row_of_numbers_for_each_text_is_not_believed(answer: Any) -> None:
    async with serving() as server:
        server.answer = answer
        embeddings = asking(server)
        with pytest.raises(Unavailable, match="something else than numbers"):
            await embeddings.complete(call("one", "two"))
        await embeddings.close()


@pytest.mark.parametrize("tokens", [-1, "x", None, 10**9, 1.5])
async def test_a_server_that_counts_nonsense_is_counted_by_estimate(tokens: object) -> None:
    async with serving() as server:
        server.answer = {"data": [{"embedding": [1]}], "usage": {"prompt_tokens": tokens}}
        embeddings = asking(server)
        assert (await embeddings.complete(call("lamp"))).tokens_in == call("lamp").tokens_in
        await embeddings.close()


@pytest.mark.parametrize(
    ("status", "error"), [(401, Broken), (404, Broken), (413, Refused), (429, Unavailable), (500, Unavailable)]
)
async def test_an_error_of_the_server_is_one_sentence_of_ours(status: int, error: type[ClawError]) -> None:
    async with serving() as server:
        server.status, server.answer = status, {"error": {"message": "the key k is secret"}}
        embeddings = asking(server)
        with pytest.raises(error) as caught:
            await embeddings.complete(call("lamp"))
        assert "secret" not in str(caught.value)
        await embeddings.close()


async def test_a_server_that_is_not_there_or_does_not_end_is_told() -> None:
    async with serving() as server:
        server.delay_s = 30
        embeddings = asking(server, timeout_s=1)
        with pytest.raises(Unavailable):
            await embeddings.complete(call("lamp"))
        await embeddings.close()
        gone = asking(server, base_url="http://127.0.0.1:9/v1")
        with pytest.raises(Unavailable, match="cannot be reached"):
            await gone.complete(call("lamp"))
        await gone.close()
