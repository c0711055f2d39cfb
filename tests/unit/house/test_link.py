"""One connection: every caller its own answer, only listed messages, and an end that is told to all."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from niquests import AsyncSession

from claw.base.errors import Broken
from claw.house import link
from claw.house.link import CommandFailed, Connection, LinkLost, TokenRefused, websocket_address
from tests.held_clock import HeldClock
from tests.peers.scripted_hass import Client, Message, ScriptedHass, eventually, never, vanish


@pytest.fixture
async def house() -> AsyncIterator[ScriptedHass]:
    async with ScriptedHass() as scripted:
        yield scripted


@asynccontextmanager
async def opened(house: ScriptedHass, clock: HeldClock | None = None) -> AsyncIterator[Connection]:
    clock = clock or HeldClock()
    connection = Connection(house.url, house.token, clock, clock)
    await connection.open()
    try:
        yield connection
    finally:
        await connection.shut()


@pytest.mark.parametrize(
    ("given_url", "address"),
    [
        ("http://ha.local:8123", "ws://ha.local:8123/api/websocket"),
        (" https://ha.example/ ", "wss://ha.example/api/websocket"),
        ("ws://supervisor/core/websocket", "ws://supervisor/core/websocket"),
        ("http://[fe80::1]:8123/sub", "ws://[fe80::1]:8123/sub/api/websocket"),
        ("http://ha.local:8123/api/websocket?x=1#y", "ws://ha.local:8123/api/websocket"),
    ],
)
def test_the_address_a_person_knows_becomes_the_websocket_s(given_url: str, address: str) -> None:
    assert websocket_address(given_url) == address


@pytest.mark.parametrize(
    "url", ["", "ha.local", "ftp://ha.local", "http://", "http://ha:99999", "http://[bad", "http://me:secret@ha.local"]
)
def test_an_unusable_address_is_said_without_repeating_it(url: str) -> None:
    with pytest.raises(Broken) as caught:
        websocket_address(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "kind",
    [
        "fire_event", "render_template", "auth/long_lived_access_token", "auth/sign_path", "execute_script",
        "config/entity_registry/update", "config/entity_registry/get", "config/core/update", "config/auth/list",
        "config_entries/get", "conversation/process", "history", "history/", "get_", "ping ", "call_service\n", "",
        "assist_pipeline/run", "assist_pipeline/pipeline/update", "search/relatedx", "config/area_registry/create",
        "homeassistant/expose_entity", "xget_states", "script/configx", "config/script/config",
        "automation/config/delete",
    ],
)  # fmt: skip
async def test_a_message_that_is_not_on_the_list_never_leaves(house: ScriptedHass, kind: str) -> None:
    async with opened(house) as connection:
        heard = len(house.heard)
        with pytest.raises(Broken):
            await connection.command(kind)
        with pytest.raises(Broken):
            await connection.subscribe(kind, lambda _event: None)
        await connection.command("get_config")
        assert house.kinds()[heard:] == ["get_config"]


async def test_what_the_library_itself_can_send_is_held_to_the_list_too(house: ScriptedHass) -> None:
    async with opened(house) as connection:
        heard = len(house.heard)
        for forbidden in (
            connection.fire_event("x"),
            connection.get_rendered_template("{{ states }}"),
            connection.get_config_entries(),
            connection.remove_entity_registry_entry("light.lamp"),
        ):
            with pytest.raises(Broken):
                await forbidden
        with pytest.raises(Broken, match="command"):  # allowed, but it would read the socket
            await connection.ping_latency()
        await connection.command("get_config")  # by now whatever was sent has arrived
        assert house.kinds()[heard:] == ["ping", "get_config"]


async def test_the_library_is_more_patient_than_the_ping(house: ScriptedHass, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its own 30 s ended the connection of every house in which nothing changed for as long; None means them too.
    asked: list[Any] = []
    get = AsyncSession.get

    async def noted(session: AsyncSession, url: str, **how: Any) -> Any:
        asked.append(how["timeout"])
        return await get(session, url, **how)

    monkeypatch.setattr(AsyncSession, "get", noted)
    async with opened(house):
        assert asked[0] > link.QUIET_S + link.SILENCE_S


async def test_ten_answers_in_reverse_order_reach_their_own_callers(house: ScriptedHass) -> None:
    held: list[tuple[Client, Message]] = []

    async def hold(client: Client, message: Message) -> None:
        held.append((client, message))
        if len(held) == 10:
            for each, asked in reversed(held):
                if asked["n"] == 4:
                    await each.error(asked, "not_found", "no\u202e such\x1b[31m thing")
                else:
                    await each.result(asked, asked["n"])

    house.answers["get_services"] = hold
    async with opened(house) as connection:
        calls = [connection.command("get_services", n=n) for n in range(10)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
    failed = answers.pop(4)
    assert answers == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert isinstance(failed, CommandFailed)
    assert (failed.code, failed.reason) == ("not_found", "no such[31m thing")
    ids = [message["id"] for message in house.heard if "id" in message]
    assert ids == sorted(ids)


async def test_an_answer_that_never_comes_ends_its_own_call_only(house: ScriptedHass) -> None:
    clock = HeldClock()
    house.answers["get_services"] = never
    async with opened(house, clock) as connection:
        call = asyncio.ensure_future(connection.command("get_services", within_s=5))
        await eventually(lambda: "get_services" in house.kinds())
        await clock.advance(4)
        assert not call.done()
        await clock.advance(2)
        with pytest.raises(CommandFailed) as caught:
            await call
        assert caught.value.code == "timeout"
        assert await connection.command("get_config")


async def test_quiet_is_asked_about_and_silence_is_the_end(house: ScriptedHass) -> None:
    clock = HeldClock()
    async with opened(house, clock) as connection:
        for _ in range(100):  # a minute and a half of quiet, with answers to every ping
            await clock.advance(1)
            await asyncio.sleep(0.001)
        assert house.kinds().count("ping") == 3
        house.answers["ping"] = never
        call = asyncio.ensure_future(connection.command("get_services", within_s=999))
        house.answers["get_services"] = never
        await clock.advance(45)
        assert "silent" in await connection.lost()
        with pytest.raises(LinkLost, match="silent"):
            await call


async def test_a_close_in_the_middle_of_calls_is_told_to_each_of_them(house: ScriptedHass) -> None:
    house.answers["call_service"] = vanish
    house.answers["get_services"] = never
    async with opened(house) as connection:
        calls = [connection.command("get_services"), connection.command("call_service")]
        for answer in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(answer, LinkLost)
        with pytest.raises(LinkLost):
            await connection.command("get_config")
    assert len(house.calls) == 1


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "",
        '{"id": 1, "type": "result"',
        "NaN",
        '{"id": Infinity}',
        "[" * 200_000,
        "1" * 5000,
        '"' + "x" * 2**24 + '"',
    ],
    ids=["cut", "empty", "half", "nan", "infinite", "nested", "number", "huge"],
)
async def test_what_cannot_be_read_ends_the_connection_with_a_reason(house: ScriptedHass, frame: str) -> None:
    async with opened(house) as connection:
        await house.client.raw(frame)
        assert "it sent a message" in await asyncio.wait_for(connection.lost(), 5)


async def test_a_server_that_stops_reading_is_noticed(house: ScriptedHass) -> None:
    clock = HeldClock()
    stop = asyncio.Event()

    async def clog(_client: Client, _message: Message) -> None:
        await stop.wait()

    house.answers["get_services"] = clog
    async with opened(house, clock) as connection:
        calls = [asyncio.ensure_future(connection.command("get_services", pad="x" * 2**20)) for _ in range(30)]
        await asyncio.sleep(0.1)
        await clock.advance(45)
        assert "silent" in await connection.lost()
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(answer, (CommandFailed, LinkLost)) for answer in answers)
        async with asyncio.timeout(5):
            await connection.shut()
        stop.set()


async def test_a_wrong_token_is_refused_and_not_shown(house: ScriptedHass, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clock = HeldClock()
    connection = Connection(house.url, "wrong-token-secret", clock, clock)
    with pytest.raises(TokenRefused) as caught:
        await connection.open()
    await connection.shut()
    assert "Invalid access token" in str(caught.value)
    assert "wrong-token-secret" not in f"{caught.value!r} {connection!r} {caplog.text}"


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        ({"type": "hello"}, "does not speak"),
        (["auth_required"], "does not speak"),
        ({"type": "auth_ok", "ha_version": "1"}, "does not speak"),
    ],
)
async def test_a_server_of_another_kind_is_not_told_the_token(house: ScriptedHass, greeting: Any, reason: str) -> None:
    async def welcome(client: Client, _message: Message) -> None:
        await client.send(greeting)
        async for frame in client.ws:
            house.heard.append(json.loads(frame.data))

    house.welcome = welcome
    clock = HeldClock()
    connection = Connection(house.url, house.token, clock, clock)
    with pytest.raises(LinkLost, match=reason):
        await connection.open()
    await connection.shut()
    assert not house.heard


async def test_a_server_that_says_nothing_at_all_is_given_up(
    house: ScriptedHass, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def welcome(client: Client, _message: Message) -> None:
        await client.ws.receive()

    house.welcome = welcome
    monkeypatch.setattr(link, "OPENING_S", 0.2)
    clock = HeldClock()
    connection = Connection(house.url, house.token, clock, clock)
    with pytest.raises(LinkLost, match="within"):
        await connection.open()
    await connection.shut()


async def test_a_redirect_is_not_followed(house: ScriptedHass) -> None:
    async def away(_request: web.Request) -> web.Response:
        raise web.HTTPFound(f"{house.url}/api/websocket")

    app = web.Application()
    app.router.add_get("/api/websocket", away)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    clock = HeldClock()
    connection = Connection(f"http://127.0.0.1:{runner.addresses[0][1]}", house.token, clock, clock)
    with pytest.raises(LinkLost, match="302"):
        await connection.open()
    await connection.shut()
    await runner.cleanup()
    assert not house.heard


async def test_credentials_that_the_environment_keeps_for_this_host_are_not_sent(
    house: ScriptedHass, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with opened(house):
        assert "Authorization" not in house.client.headers


async def test_a_port_where_nobody_listens_is_a_lost_link(house: ScriptedHass) -> None:
    await house.down()
    clock = HeldClock()
    connection = Connection(house.url, house.token, clock, clock)
    with pytest.raises(LinkLost, match="nobody listens there"):
        await connection.open()
    await connection.shut()


@pytest.mark.parametrize(
    ("url", "why"), [("http://house.invalid:8123", "name is not known"), ("https://{}", "does not speak TLS")]
)
async def test_why_there_is_no_connection_is_said_in_words(house: ScriptedHass, url: str, why: str) -> None:
    clock = HeldClock()
    connection = Connection(url.format(f"127.0.0.1:{house.port}"), house.token, clock, clock)
    with pytest.raises(LinkLost, match=why):
        await connection.open()
    await connection.shut()


def test_the_library_does_not_log_what_happens_in_the_house() -> None:
    assert not logging.getLogger("homeassistant_api.basewebsocket").isEnabledFor(logging.INFO)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
frames = json_values | st.fixed_dictionaries(
    {},
    optional={
        "id": json_values | st.integers(0, 6),
        "type": st.sampled_from(["result", "event", "pong", "auth_invalid"]) | json_values,
        "success": json_values,
        "result": json_values,
        "error": json_values | st.fixed_dictionaries({}, optional={"code": json_values, "message": json_values}),
        "event": json_values,
    },
)


class Tape:
    """A socket that plays frames and takes what is sent."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[str | None] = asyncio.Queue()
        self.sent: list[Message] = []
        self.free = asyncio.Event()
        self.free.set()

    async def next_payload(self) -> str | None:
        return await self.frames.get()

    async def send_payload(self, text: str) -> None:
        await self.free.wait()
        self.sent.append(json.loads(text))

    async def close(self) -> None:
        self.frames.put_nowait(None)


def on_tape() -> tuple[Connection, Tape, HeldClock]:
    clock = HeldClock()
    connection = Connection("http://house", "token", clock, clock)
    tape = Tape()
    connection._ws = tape  # type: ignore[assignment]
    connection._begin()
    return connection, tape, clock


async def test_a_call_that_was_given_up_before_its_turn_is_not_sent() -> None:
    connection, tape, clock = on_tape()
    tape.free.clear()  # the peer does not read
    calls = [asyncio.ensure_future(connection.command("call_service", n=n)) for n in range(3)]
    await clock.settle()
    calls[1].cancel()
    await clock.settle()
    tape.free.set()
    await clock.settle()
    assert [message["n"] for message in tape.sent] == [0, 2]
    await connection.shut()
    assert [type(answer) for answer in await asyncio.gather(*calls, return_exceptions=True)] == [
        LinkLost,
        asyncio.CancelledError,
        LinkLost,
    ]


async def test_a_call_that_timed_out_before_its_turn_is_not_sent() -> None:
    connection, tape, clock = on_tape()
    tape.free.clear()
    calls = [asyncio.ensure_future(connection.command("call_service", within_s=5, n=n)) for n in range(2)]
    await clock.advance(7)
    tape.free.set()
    await clock.settle()
    assert [message["n"] for message in tape.sent] == [0]
    await connection.shut()
    assert all(isinstance(answer, CommandFailed) for answer in await asyncio.gather(*calls, return_exceptions=True))


@settings(max_examples=150, deadline=None)
@given(noise=st.lists(frames | st.lists(frames, max_size=3), max_size=12))
async def test_whatever_json_comes_the_next_call_gets_its_answer(noise: list[Any]) -> None:
    connection, tape, clock = on_tape()
    events: list[Any] = []
    subscribing = asyncio.ensure_future(connection.subscribe("subscribe_events", events.append))
    asking = asyncio.ensure_future(connection.command("get_services"))  # ids 1 and 2: the noise may settle either
    for frame in noise:
        tape.frames.put_nowait(json.dumps(frame))
    await clock.settle()
    call = asyncio.ensure_future(connection.command("get_config"))
    await clock.settle()
    number = tape.sent[-1]["id"]
    tape.frames.put_nowait(json.dumps([{"id": number, "type": "result", "success": True, "result": "mine"}]))
    assert await call == "mine"
    await connection.shut()
    await asyncio.gather(subscribing, asking, return_exceptions=True)
