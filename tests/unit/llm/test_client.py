"""Everything here is asked over real HTTP, of a server that does what the test says."""

import asyncio
import subprocess
import sys

import pytest

from claw.base.config import ModelConfig
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.llm.client import Client, Cut
from tests.peers.scripted_model import ScriptedModel
from tests.unit.llm.asking import Impatient, asking, call

SECRET = "sk-secret-of-the-test"


async def test_a_program_comes_as_a_tool_call() -> None:
    async with ScriptedModel(key=SECRET) as server, asking(server) as (client, _):
        server.says(program="call('light.turn_on', ['light.lamp'])\n", tokens=(321, 12))
        found = await client.complete(call())
    assert found.program == "call('light.turn_on', ['light.lamp'])\n"
    assert (found.text, found.problem, found.finish) == ("", "", "tool_calls")
    assert (found.tokens_in, found.tokens_out) == (321, 12)
    assert found.ms > 0
    body = server.asked.body
    assert body["model"] == "small"
    assert body["max_tokens"] == 500
    assert body["stream"] is True
    assert [one["function"]["name"] for one in body["tools"]] == ["run"]


async def test_a_program_comes_as_fenced_code_with_words_around_it() -> None:
    async with ScriptedModel() as server, asking(server, tools="never") as (client, _):
        server.says("This turns it on:", program="call('light.turn_on')")
        found = await client.complete(call())
        assert "tools" not in server.asked.body
    assert (found.program, found.text) == ("call('light.turn_on')\n", "This turns it on:")


async def test_where_no_program_is_expected_fenced_code_is_text() -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        server.says("```python\nx\n```")
        found = await client.complete(call(tool=False))
        assert "tools" not in server.asked.body
    assert (found.program, found.text) == (None, "```python\nx\n```")


async def test_each_piece_of_text_is_told_as_it_comes() -> None:
    heard: list[str] = []
    async with ScriptedModel() as server, asking(server) as (client, _):
        server.says("one two three")
        found = await client.complete(call(on_text=heard.append))
    assert heard == ["one ", "two ", "three"]
    assert found.text == "one two three"


async def test_tokens_are_estimated_where_the_server_counts_none() -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        server.says("a long enough answer", tokens=None)
        asked = call()
        found = await client.complete(asked)
    assert found.tokens_in == asked.tokens_in > 100
    assert found.tokens_out == 7


async def test_a_server_without_tools_is_remembered() -> None:
    async with ScriptedModel(tools=False) as server, asking(server) as (client, _):
        server.says(program="a()")
        server.says(program="b()")
        assert (await client.complete(call())).program == "a()\n"
        assert (await client.complete(call())).program == "b()\n"
    assert ["tools" in one.body for one in server.requests] == [True, False, False]


async def test_tools_that_must_be_are_not_left_out() -> None:
    async with ScriptedModel(tools=False) as server, asking(server, tools="always") as (client, _):
        with pytest.raises(Refused, match="does not take the request"):
            await client.complete(call())
    assert len(server.requests) == 1


async def test_a_refusal_that_was_not_about_the_tools_does_not_cost_them() -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        server.fails(400, "I am not in the mood")
        server.fails(400, "I am not in the mood")
        with pytest.raises(Refused, match="does not take the request"):
            await client.complete(call())
        server.says(program="a()")
        await client.complete(call())
    assert "tools" in server.asked.body


async def test_a_dialect_is_learned_one_lesson_at_a_time() -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        server.fails(400, "Unsupported parameter: 'max_tokens', use 'max_completion_tokens'")
        server.fails(400, "Unsupported value: temperature")
        server.fails(422, "unknown field stream_options")
        server.says("fine", tokens=None)
        await client.complete(call())
    body = server.asked.body
    assert body["max_completion_tokens"] == 500
    assert not {"max_tokens", "temperature", "stream_options"} & set(body)
    assert "tools" in body


@pytest.mark.parametrize(
    ("server", "kind", "says"),
    [
        (ScriptedModel(key="another"), Broken, "refuses the key"),
        (ScriptedModel(names=["large"]), Broken, "does not know the model small"),
        (ScriptedModel(context=5), Refused, "more at once than the model can take in"),
    ],
    ids=["wrong key", "model not found", "context too long"],
)
async def test_what_a_person_or_nobody_can_mend_is_said_at_once(
    server: ScriptedModel, kind: type[ClawError], says: str
) -> None:
    async with server, asking(server) as (client, clock):
        with pytest.raises(kind, match=says) as caught:
            await client.complete(call())
    assert SECRET not in str(caught.value)
    assert clock.waited == []
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "message", "kind", "says"),
    [
        (402, "pay", Broken, "no credit"),
        (429, "You exceeded your current quota", Broken, "no credit"),
        (403, f"key {SECRET} is not allowed", Broken, "refuses the key"),
        (404, "no such path", Broken, "no model server at 127.0.0.1"),
        (307, "there", Broken, "elsewhere"),
        (413, "big", Refused, "more at once"),
        (451, "law", Refused, "does not take"),
    ],
)
async def test_an_error_that_stays_is_not_tried_again(
    status: int, message: str, kind: type[ClawError], says: str
) -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        server.fails(status, message, headers={"Location": "http://127.0.0.1:9/"} if status == 307 else {})
        with pytest.raises(kind, match=says) as caught:
            await client.complete(call(tool=False))
    assert SECRET not in str(caught.value)
    assert len(server.requests) == 1


async def test_no_key_is_said_before_anything_is_imported_or_sent() -> None:
    clock = Impatient()
    client = Client(ModelConfig(name="small"), clock, clock, key=_no_key)
    with pytest.raises(Broken, match="no key"):
        await client.complete(call())
    assert client._client is None


def _no_key() -> str:
    raise Broken("there is no key")


async def test_a_server_that_wants_no_key_is_sent_none() -> None:
    async with ScriptedModel() as server, asking(server, key="") as (client, _):
        server.says("hello")
        await client.complete(call())
        assert "Authorization" not in server.asked.headers


async def test_a_new_key_counts_without_a_restart() -> None:
    keys = ["old", "new"]
    clock = Impatient()
    async with ScriptedModel(key="new") as server:
        config = ModelConfig(name="small", base_url=server.base_url)
        client = Client(config, clock, clock, key=lambda: keys.pop(0))
        server.says("hello")
        with pytest.raises(Broken, match="refuses the key"):
            await client.complete(call())
        assert (await client.complete(call())).text == "hello"
        await client.close()


@pytest.mark.parametrize("status", [429, 500, 503, 408])
async def test_what_may_pass_is_tried_again_each_time_later(status: int) -> None:
    async with ScriptedModel() as server, asking(server) as (client, clock):
        server.fails(status)
        server.fails(status)
        server.says("there")
        assert (await client.complete(call())).text == "there"
    assert clock.waited == [0.5, 1.0]


async def test_after_three_tries_a_person_is_told() -> None:
    async with ScriptedModel() as server, asking(server) as (client, clock):
        for _ in range(5):
            server.fails(503)
        with pytest.raises(Unavailable, match="the model server failed"):
            await client.complete(call())
    assert len(server.requests) == 3
    assert len(clock.waited) == 2


async def test_a_busy_server_says_when_to_come_again() -> None:
    async with ScriptedModel() as server, asking(server) as (client, clock):
        server.fails(429, headers={"Retry-After": "7"})
        server.says("there")
        await client.complete(call())
        assert clock.waited == [7.0]
        server.fails(429, headers={"Retry-After": "3600"})
        with pytest.raises(Unavailable, match="busy"):
            await client.complete(call())
        assert clock.waited == [7.0]


async def test_a_server_that_is_down_is_said_and_works_again_when_it_is_back() -> None:
    async with ScriptedModel() as server, asking(server) as (client, clock):
        server.says("first")
        await client.complete(call())
        await server.down()
        with pytest.raises(Unavailable, match=r"the model server at 127\.0\.0\.1 cannot be reached"):
            await client.complete(call())
        assert len(clock.waited) == 2
        await server.up()
        server.says("again")
        assert (await client.complete(call())).text == "again"


@pytest.mark.parametrize(
    ("trouble", "kind", "says"),
    [
        ("cut off", Cut, "broke off"),
        ("garbage", Unavailable, "no answer of a model"),
        ("garbled stream", Cut, "no answer of a model"),
        ("wrong json", Unavailable, "no answer of a model"),
        ("no stream", Unavailable, "no answer of a model"),
        ("error in stream", Cut, "server failed"),
        ("endless", Cut, "did not come to an end"),
        ("endless line", Cut, "did not come to an end"),
        ("endless error", Cut, "did not come to an end"),
    ],
)
async def test_an_answer_that_is_none_is_said_and_not_asked_for_again(
    trouble: str, kind: type[ClawError], says: str
) -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        server.misbehaves(trouble, program="call('lock.unlock', ['lock.front_door'])")  # type: ignore[arg-type]
        with pytest.raises(kind, match=says):
            await client.complete(call(max_tokens=20))
        assert len(server.requests) == 1
        server.says("and now")
        assert (await client.complete(call())).text == "and now"


async def test_context_too_long_inside_a_stream_is_said_as_such() -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        server.misbehaves("error in stream", message="the context size has been exceeded")
        with pytest.raises(Refused, match="more at once"):
            await client.complete(call())


async def test_a_call_that_takes_too_long_is_ended_and_its_connection_closed() -> None:
    class Hurried(Impatient):
        async def sleep(self, seconds: float) -> None:
            if seconds >= 20:
                await server.answering.wait()
            await super(Impatient, self).sleep(0)

    async with ScriptedModel() as server:
        server.misbehaves("silent")
        clock = Hurried()
        client = Client(ModelConfig(name="small", base_url=server.base_url), clock, clock, key=lambda: "")
        with pytest.raises(Cut, match="longer than 60 seconds"):
            await client.complete(call())
        await server.hung_up.wait()
        await client.close()


async def test_a_server_that_takes_the_request_and_says_nothing_is_given_up() -> None:
    class Patient(Impatient):
        async def sleep(self, seconds: float) -> None:
            await asyncio.Event().wait()  # the alarm of the whole call: here the connection's own comes first

    async with ScriptedModel() as server:
        server.misbehaves("silent")
        clock = Patient()
        client = Client(ModelConfig(name="small", base_url=server.base_url, timeout_s=1), clock, clock, key=lambda: "")
        with pytest.raises(Unavailable, match="does not answer"):
            await client.complete(call())
        await client.close()
        assert len(server.requests) == 1


async def test_a_key_that_cannot_be_sent_is_an_error_and_is_not_shown() -> None:
    async with ScriptedModel() as server, asking(server, key="kéy") as (client, _):
        with pytest.raises(Unavailable, match="cannot be sent") as caught:
            await client.complete(call())
        assert "kéy" not in str(caught.value)
        assert server.requests == []


async def test_cancelling_a_call_closes_its_connection() -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        heard = asyncio.Event()
        server.misbehaves("endless", piece_s=0.01)
        task = asyncio.create_task(client.complete(call(on_text=lambda _: heard.set())))
        await heard.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.hung_up.wait()
    assert server.gone == 1


async def test_calls_run_side_by_side() -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        for number in range(8):
            server.when(f"number {number}", f"answer {number}")
        found = await asyncio.gather(*(client.complete(call(f"number {number}")) for number in range(8)))
    assert [one.text for one in found] == [f"answer {number}" for number in range(8)]


async def test_half_a_character_in_a_message_is_sent_as_a_question_mark() -> None:
    async with ScriptedModel() as server, asking(server) as (client, _):
        server.says("hello")
        await client.complete(call("a\ud800b"))
        assert server.asked.said == "a?b"


def test_the_package_is_not_imported_before_the_first_call() -> None:
    code = "import sys, claw.llm.model, claw.llm.reader; print('openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
