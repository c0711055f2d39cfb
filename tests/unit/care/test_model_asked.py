"""A model's server is asked for its list, which costs nothing, and for a word only where that is wanted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from claw.base.config import ModelConfig
from claw.base.errors import ClawError, Unavailable
from claw.care.model_asked import Server, ask_model, ask_server
from tests.peers.scripted_model import ScriptedModel

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/v1/models", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def asked(answer: Answer, key: str = "", name: str = "small", seconds: float = 5.0) -> Server:
    async with served(answer) as url:
        return await asyncio.to_thread(ask_server, ModelConfig(name=name, base_url=url), key, seconds)


def listing(*names: str) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != "Bearer secret":
            return web.json_response({}, status=401)
        return web.json_response({"data": [{"id": name} for name in names]})

    return answer


async def test_a_server_says_whether_it_takes_the_key_and_has_the_model() -> None:
    assert await asked(listing("small", "large"), "secret") == Server(takes_key=True, has_model=True)
    assert await asked(listing("large"), "secret") == Server(takes_key=True, has_model=False)
    assert await asked(listing("small"), "wrong") == Server(takes_key=False, has_model=None)
    assert await asked(listing("small")) == Server(takes_key=False, has_model=None)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"data": 7}', b'{"data": [{}]}', b"\xff" * 40])
async def test_a_list_that_is_none_says_nothing_of_the_model(body: bytes) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body)

    assert await asked(answer) == Server(takes_key=True, has_model=None)


async def test_no_redirect_takes_the_key_elsewhere() -> None:
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization", ""))
        return web.json_response({})

    async with served(elsewhere) as other:

        async def moved(_: web.Request) -> web.StreamResponse:
            raise web.HTTPFound(f"{other}/models")

        assert await asked(moved, "secret") == Server(takes_key=True, has_model=None)
    assert seen == []


async def test_a_server_that_is_down_or_broken_is_unavailable() -> None:
    async def fails(_: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    with pytest.raises(Unavailable, match="500"):
        await asked(fails)
    with pytest.raises(Unavailable, match="reached"):
        await asyncio.to_thread(ask_server, ModelConfig(name="x", base_url="http://127.0.0.1:1"), "", 1.0)
    over = asyncio.Event()

    async def silent(_: web.Request) -> web.StreamResponse:
        await over.wait()
        return web.Response()

    async with served(silent) as url:
        with pytest.raises(Unavailable):
            await asyncio.to_thread(ask_server, ModelConfig(name="x", base_url=url), "", 0.2)
        over.set()


async def test_the_model_itself_says_a_word_or_why_not() -> None:
    async with ScriptedModel(key="secret") as server:
        config = ModelConfig(name="small", base_url=server.base_url)
        server.says("ready\x1b[2J")
        assert await asyncio.to_thread(ask_model, config, "secret") == "ready[2J"
        with pytest.raises(ClawError, match="key"):
            await asyncio.to_thread(ask_model, config, "wrong")
