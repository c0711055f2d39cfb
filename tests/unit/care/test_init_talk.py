"""The talk while Claw is set up: what an address is, what may be asked, and what is said when nobody answers."""

import ssl
from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
from aiohttp import web

from claw.base.errors import Broken, Unavailable
from claw.care.house_asked import TokenNotTaken
from claw.care.init_talk import NoHomeAssistant, NotAnswered, Question, Talk, base_of, cause
from tests.init_room import SetUpHass
from tests.peers.real_hass import free_port
from tests.peers.scripted_hass import Client, Message, vanish


@pytest.fixture
async def house() -> AsyncIterator[SetUpHass]:
    async with SetUpHass() as there:
        yield there


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://homeassistant.local:8123", "http://homeassistant.local:8123"),
        (" homeassistant.local:8123/ ", "http://homeassistant.local:8123"),
        ("https://home.example/lovelace/0", "https://home.example"),
        ("http://h:8123/config/dashboard", "http://h:8123"),
        ("wss://home.example/api/websocket", "https://home.example"),
        ("https://proxy.example/ha/", "https://proxy.example/ha"),
        ("http://[::1]:8123", "http://[::1]:8123"),
        ("http://h:8123?x=1#y", "http://h:8123"),
    ],
)
def test_an_address_is_what_stands_before_the_page(url: str, base: str) -> None:
    assert base_of(url) == base


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://h",
        "http://",
        "http://h:99999",
        "http://h:x",
        "http://a:b@h",
        "http://h\n.x",
        "http://hö.x",
        "http://[1",
    ],
)
def test_anything_else_is_no_address(url: str) -> None:
    with pytest.raises(Broken):
        base_of(url)


def test_nothing_that_moves_or_changes_the_house_may_be_asked() -> None:
    changing = [
        one for one in get_args(Question) if one.endswith(("update", "create", "delete", "set", "call_service"))
    ]
    assert changing == []
    assert "call_service" not in get_args(Question)


async def test_questions_are_answered(house: SetUpHass) -> None:
    async with Talk(house.url, house.token) as talk:
        assert (await talk.ask("get_config"))["state"] == "RUNNING"
        with pytest.raises(NotAnswered, match="unknown_command"):
            await talk.ask("assist_pipeline/pipeline/list")


async def test_a_wrong_token_is_said_and_is_in_no_message(house: SetUpHass) -> None:
    with pytest.raises(TokenNotTaken) as refused:
        async with Talk(house.url, "wrong-token"):
            pass
    assert "wrong-token" not in str(refused.value)


async def hang_up(client: Client, _message: Message) -> None:
    await vanish(client, _message)


async def nonsense(client: Client, _message: Message) -> None:
    await client.raw("not JSON")


async def a_list(client: Client, _message: Message) -> None:
    await client.raw("[1, 2]")


async def others(client: Client, message: Message) -> None:
    for number in range(100):
        await client.send({"id": message["id"] + 1 + number, "type": "result", "success": True, "result": 1})


@pytest.mark.parametrize("answer", [hang_up, nonsense, a_list, others])
async def test_an_odd_server_is_no_trouble(house: SetUpHass, answer: Any) -> None:
    house.answers["get_config"] = answer
    async with Talk(house.url, house.token) as talk:
        with pytest.raises(Unavailable):
            await talk.ask("get_config")


@pytest.mark.parametrize("welcome", [{"type": "hello"}, {"no": "type"}, 3])
async def test_a_websocket_that_is_no_home_assistant_is_told(house: SetUpHass, welcome: Any) -> None:
    async def greet(client: Client, _message: Message) -> None:
        await client.send(welcome)

    house.welcome = greet
    with pytest.raises(NoHomeAssistant):
        async with Talk(house.url, house.token):
            pass


async def test_a_page_where_a_websocket_should_be_is_told() -> None:
    port = free_port()
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        with pytest.raises(NoHomeAssistant, match="HTTP 404"):
            async with Talk(f"http://127.0.0.1:{port}", "t"):
                pass
    finally:
        await runner.cleanup()


async def test_where_nobody_listens_is_said_so() -> None:
    with pytest.raises(Unavailable, match="nobody listens there"):
        async with Talk(f"http://127.0.0.1:{free_port()}", "t"):
            pass


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "nobody listens"),
        (ssl.SSLCertVerificationError("certificate verify failed"), "certificate"),
        (ssl.SSLError("wrong version number SSL"), "TLS"),
        (OSError(-2, "Name or service not known"), "name is not known"),
        (ConnectionResetError(104, "Connection reset by peer"), "hung up"),
        (OSError(113, "No route to host"), "No route to host"),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_a_cause_is_said_in_a_few_words(error: Exception, words: str) -> None:
    outer = ValueError("outer")
    outer.__cause__ = error
    assert words in cause(outer)
