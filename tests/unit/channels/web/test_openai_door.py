"""The door at /v1, asked by OpenAI's own package and by hand, in front of a whole daemon."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from claw.channels.agent_jobs import Jobs
from claw.channels.clients import EVERY_RIGHT
from claw.channels.web.openai_door import OpenAiDoor
from claw.channels.web.server import WebServer
from claw.daemon.build import Daemon
from tests.held_clock import HeldClock
from tests.living import living

pytestmark = pytest.mark.asyncio(loop_scope="module")

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*", "cover.*"]}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], same_chat: true}}
"""
LAMP = [{"role": "user", "content": "turn on the kitchen lights"}]
TOGGLE = [{"role": "user", "content": "toggle the kitchen ceiling light"}]


@dataclass
class V1:
    daemon: Daemon
    web: WebServer
    clock: HeldClock
    door: OpenAiDoor
    client: AsyncOpenAI
    http: aiohttp.ClientSession
    token: str

    def url(self, path: str = "chat/completions") -> str:
        return f"http://127.0.0.1:{self.web.port}/v1/{path}"

    async def post(self, body: Any, *, token: str = "", **headers: str) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token or self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        async with self.http.post(self.url(), data=io.BytesIO(data), headers=headers) as response:
            return response.status, await response.json()

    async def say(self, text: str, **more: Any) -> str:
        completion = await self.client.chat.completions.create(
            model="claw", messages=[{"role": "user", "content": text}], **more
        )
        return completion.choices[0].message.content or ""

    def intents(self) -> int:
        return sum(one["kind"] == "intent" for one in self.daemon.desk.log(limit=1000))


@asynccontextmanager
async def v1(folder: Path) -> AsyncIterator[V1]:
    clock = HeldClock()
    async with living(folder, POLICY) as daemon, aiohttp.ClientSession() as http:
        web = WebServer(daemon.desk, daemon.clients, clock, clock, port=0)
        jobs = Jobs(daemon.memory.store.ground.db, daemon.gate.questions, clock, clock)
        door = OpenAiDoor(daemon.desk, jobs, clock, clock)
        web.add(door.routes)
        await web.start()
        _, token = daemon.clients.issue("Kitchen tablet", "anna", kind="model")
        address = f"http://127.0.0.1:{web.port}/v1"
        try:
            async with AsyncOpenAI(base_url=address, api_key=token, max_retries=0) as client:
                yield V1(daemon, web, clock, door, client, http, token)
        finally:
            await door.close()
            await jobs.close()
            await web.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[V1]:
    async with v1(tmp_path_factory.mktemp("openai")) as built:
        yield built


@pytest_asyncio.fixture(loop_scope="module")
async def house(made: V1) -> AsyncIterator[V1]:
    await made.clock.advance(1000)  # what one test says is not the same as what another does
    yield made
    for one in made.daemon.gate.questions.waiting():
        made.daemon.gate.questions.void(one.id, "over")


async def test_the_package_of_openai_talks_to_the_house(house: V1) -> None:
    completion = await house.client.chat.completions.create(model="claw", messages=LAMP)  # type: ignore[arg-type]
    assert "on" in (completion.choices[0].message.content or "")
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.total_tokens == 0  # no model was asked
    entry = next(one for one in house.daemon.desk.log(limit=1000, newest_first=True) if one["kind"] == "intent")
    assert entry["origin"]["channel"] == "openai:kitchen_tablet"
    assert entry["origin"]["person"] == "anna"
    assert entry["origin"]["asks_only"]


async def test_a_stream_says_the_same_in_pieces_and_what_is_being_done_on_the_way(house: V1) -> None:
    stream = await house.client.chat.completions.create(
        model="anything",
        messages=LAMP,  # type: ignore[arg-type]
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
    assert "on" in text
    assert [one.choices[0].finish_reason for one in chunks if one.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert len({one.id for one in chunks}) == 1
    headers = {"Authorization": f"Bearer {house.token}"}
    body = {"messages": [{"role": "user", "content": "turn off the kitchen lights"}], "stream": True}
    async with house.http.post(house.url(), json=body, headers=headers) as response:
        raw = await response.text()
    assert ": Doing it" in raw
    assert raw.endswith("data: [DONE]\n\n")


async def test_home_assistants_integration_is_answered_with_tools_it_will_not_need(house: V1) -> None:
    models = [one.id async for one in house.client.models.list()]
    assert models == ["claw"]
    assert (await house.client.models.retrieve("claw")).owned_by == "claw"
    with pytest.raises(openai.NotFoundError):
        await house.client.models.retrieve("gpt-5")
    tool = {"type": "function", "function": {"name": "HassTurnOn", "parameters": {"type": "object", "properties": {}}}}
    result = await house.client.chat.completions.create(
        model="claw",
        user="01KAF2T7Q0R7T5H5S5M2C9X3ZZ",
        tools=[tool] * 200,  # type: ignore[list-item]
        messages=[{"role": "system", "content": "You are a voice assistant. " * 4000}, *LAMP],  # type: ignore[list-item]
    )
    message = result.choices[0].message
    assert message.role == "assistant"
    assert not message.tool_calls
    assert message.content


async def test_it_and_again_mean_what_was_done_in_the_same_talk_alone(house: V1) -> None:
    await house.say("turn on the kitchen lights", user="one")
    await house.say("turn it off", user="two")
    state = house.daemon.mirror.states["light.kitchen_ceiling"].value
    assert state == "on"
    await house.say("turn it off", user="one")
    assert house.daemon.mirror.states["light.kitchen_ceiling"].value == "off"


async def test_pictures_and_sound_are_refused_politely_and_nothing_of_them_is_done(house: V1) -> None:
    before = house.intents()
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    said = [{"role": "user", "content": [{"type": "text", "text": "turn on the kitchen lights"}, picture]}]
    completion = await house.client.chat.completions.create(model="claw", messages=said)  # type: ignore[arg-type]
    assert "text only" in (completion.choices[0].message.content or "")
    assert house.intents() == before


@pytest.mark.parametrize(("text", "answer"), [("", "heard no words"), ("lamp " * 5000, "too long")])
async def test_what_is_empty_or_too_long_gets_one_polite_sentence(house: V1, text: str, answer: str) -> None:
    assert answer in await house.say(text)


async def test_a_question_says_where_to_answer_and_a_models_yes_is_none(house: V1) -> None:
    asked = await house.say("unlock the front door", user="u")
    assert "answer it on a screen or phone" in asked
    (pending,) = house.daemon.gate.questions.waiting()
    assert pending.origin.asks_only
    await house.say("yes", user="u")
    await house.say("yes", user="u", extra_headers={"Idempotency-Key": "k"})
    assert [one.id for one in house.daemon.gate.questions.waiting()] == [pending.id]
    assert house.daemon.mirror.states["lock.front_door"].value == "locked"


async def test_stop_stops_and_nothing_here_resets(house: V1) -> None:
    try:
        assert "stopped" in (await house.say("stop everything")).lower()
        assert house.daemon.stop.engaged
        assert "stopped" in (await house.say("turn on the kitchen lights", user="x")).lower()
        await house.say("reset")
        assert house.daemon.stop.engaged
    finally:
        house.daemon.stop.reset("a test", console=True, adult=True)


async def test_the_package_trying_again_by_itself_acts_once(house: V1) -> None:
    before, body = house.intents(), {"messages": TOGGLE}
    first = await house.post(body)
    await house.clock.advance(30)
    assert await house.post(body, X_Stainless_Retry_Count="1") == first
    assert house.intents() == before + 1
    await house.clock.advance(30)
    later = await house.post(body, X_Stainless_Retry_Count="2")
    assert later[0] == 200  # the words of the answer are kept for a minute only
    assert "before" in later[1]["choices"][0]["message"]["content"]
    assert house.intents() == before + 1
    await house.post(body)
    assert house.intents() == before + 2  # a person means it again


async def test_the_same_delivered_twice_acts_once_and_a_key_of_its_own_tells_them_apart(house: V1) -> None:
    before, body = house.intents(), {"messages": TOGGLE}
    one, two = await asyncio.gather(house.post(body), house.post(body))
    assert one == two
    assert house.intents() == before + 1
    for _ in range(2):
        await house.post(body, Idempotency_Key="first")
        await house.post(body, Idempotency_Key="second")
    assert house.intents() == before + 3
    status, error = await house.post({"messages": LAMP}, Idempotency_Key="first")
    assert (status, error["error"]["code"]) == (422, "key_used")
    status, error = await house.post(body, Idempotency_Key="k" * 1000)
    assert status == 400


async def test_a_client_that_leaves_and_asks_again_joins_what_is_under_way(house: V1) -> None:
    before, body = house.intents(), {"messages": TOGGLE, "stream": True}
    headers = {"Authorization": f"Bearer {house.token}"}
    async with house.http.post(house.url(), json=body, headers=headers) as response:
        assert response.status == 200  # gone before the answer
    async with house.http.post(house.url(), json=body, headers=headers) as response:
        assert "data: [DONE]" in await response.text()
    assert house.intents() == before + 1


async def test_what_is_tried_again_after_a_new_start_is_not_done(house: V1) -> None:
    before = house.intents()
    jobs = Jobs(house.daemon.memory.store.ground.db, house.daemon.gate.questions, house.clock, house.clock)
    door = OpenAiDoor(house.daemon.desk, jobs, house.clock, house.clock)
    web = WebServer(house.daemon.desk, house.daemon.clients, house.clock, house.clock, port=0)
    web.add(door.routes)
    await web.start()
    headers = {"Authorization": f"Bearer {house.token}", "x-stainless-retry-count": "1"}
    url = f"http://127.0.0.1:{web.port}/v1/chat/completions"
    try:
        async with house.http.post(url, json={"messages": TOGGLE}, headers=headers) as response:
            said = (await response.json())["choices"][0]["message"]["content"]
    finally:
        await jobs.close()
        await web.close()
    assert "started again" in said
    assert house.intents() == before


async def test_only_a_token_for_a_model_is_admitted_and_it_opens_nothing_else(house: V1) -> None:
    _, whole = house.daemon.clients.issue("script", "anna", EVERY_RIGHT)
    _, mute = house.daemon.clients.issue("mute", "anna", ["stop"], kind="model")
    body = {"messages": LAMP}
    assert (await house.post(body, token=whole))[0] == 401
    status, error = await house.post(body, token="sk-no-key-required")
    assert (status, error["error"]["type"]) == (401, "authentication_error")
    assert (await house.post(body, token=mute))[0] == 403
    for path in ("/api/status", "/api/log", "/api/session", "/api/pending"):
        async with house.http.get(
            f"http://127.0.0.1:{house.web.port}{path}", headers={"Authorization": f"Bearer {house.token}"}
        ) as response:
            assert response.status == 401, path


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[1]", 400),
        (b"{}", 400),
        (b" " * (1024 * 1024 + 1), 413),
        (b'{"messages": [{"role": "tool"}]}', 400),
    ],
)
async def test_what_cannot_be_read_is_an_error_in_openais_shape(house: V1, body: bytes, status: int) -> None:
    found, error = await house.post(body)
    assert found == status
    assert set(error["error"]) == {"message", "type", "param", "code"}


async def test_other_addresses_and_other_sites_get_the_same_shape(house: V1) -> None:
    headers = {"Authorization": f"Bearer {house.token}"}
    async with house.http.post(house.url("audio/transcriptions"), data=b"x", headers=headers) as response:
        assert response.status == 404
        assert (await response.json())["error"]["type"] == "not_found_error"
    status, error = await house.post({"messages": LAMP}, Origin="https://evil.example")
    assert (status, error["error"]["code"]) == (403, "wrong_origin")


async def test_an_answer_that_takes_long_keeps_its_line_and_ends_when_claw_does(house: V1) -> None:
    going_on = asyncio.Event()
    say = house.daemon.desk.say

    async def slow(text: str, origin: Any) -> Any:
        await going_on.wait()
        return await say(text, origin)

    house.daemon.desk.say = slow  # type: ignore[method-assign]
    headers = {"Authorization": f"Bearer {house.token}"}
    body = {"messages": [{"role": "user", "content": "hello"}], "stream": True}
    try:
        async with house.http.post(house.url(), json=body, headers=headers) as response:
            await response.content.readuntil(b"\n\n")
            beat = asyncio.ensure_future(response.content.readuntil(b"\n\n"))
            while not beat.done():
                await house.clock.advance(2)
            assert await beat == b": still here\n\n"
            house.door._closing.set()
            raw = await response.text()
        assert '"code":"ending"' in raw
    finally:
        house.door._closing.clear()
        going_on.set()
        house.daemon.desk.say = say  # type: ignore[method-assign]
