"""Chat clients are answered at the page's address, and see what is being done for them; nobody else does."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from claw.base.action import Origin
from claw.base.config import ModelConfig
from claw.channels.web.server import WebServer
from claw.daemon.build import Daemon
from claw.daemon.met_openai import Served, jobs
from tests.living import OWNER, living
from tests.peers.scripted_model import ScriptedModel

pytestmark = pytest.mark.asyncio(loop_scope="module")

COSY = 'await call("light.turn_on", "light.kitchen_sink")\nawait call("light.turn_on", "light.kitchen_ceiling")'


class Chat:
    def __init__(self, daemon: Daemon, web: WebServer, model: ScriptedModel) -> None:
        self.daemon = daemon
        self.web = web
        self.model = model
        self.client, self.token = daemon.clients.issue("chat", "anna", kind="model")

    async def stream(self, text: str) -> str:
        url = f"http://127.0.0.1:{self.web.port}/v1/chat/completions"
        body = {"messages": [{"role": "user", "content": text}], "stream": True}
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"}) as http,
            http.post(url, json=body) as response,
        ):
            return await response.text()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    folder: Path = tmp_path_factory.mktemp("chat")
    async with (
        ScriptedModel() as model,
        living(folder, model=ModelConfig(name="m", base_url=model.base_url)) as daemon,
    ):
        web = WebServer(daemon.desk, daemon.clients, daemon.clock, daemon.clock, port=0)
        kept = jobs(daemon)
        served = Served(daemon, web, kept)
        await served.start()
        await web.start()
        try:
            yield Chat(daemon, web, model)
        finally:
            await served.close()
            await kept.close()
            await web.close()
    assert served.status() == {"kind": "openai", "ready": True, "detail": ""}


async def test_a_program_is_thought_of_tried_out_and_done_while_its_talk_is_told(chat: Chat) -> None:
    chat.model.says(program=COSY)
    elsewhere = Origin("web", "anna", authenticated=True, conversation="web:other:main")
    mine = Origin("web", conversation=f"openai:{chat.client.id}:any")
    async with chat.daemon.desk.feed(elsewhere) as others, chat.daemon.desk.feed(mine) as own:
        raw = await chat.stream("make it cosy at the sink somehow")
        seen = [own.get_nowait() for _ in range(own.qsize())]
        assert not any(others.get_nowait()["type"] == "doing" for _ in range(others.qsize()))
    comments = [line for line in raw.splitlines() if line.startswith(": ")]
    assert comments[:2] == [": Thinking about it.", ": Trying it out."]
    assert any(line.startswith(": Doing it (") for line in comments)
    stages: list[str] = [one["stage"] for one in seen if one["type"] == "doing"]
    assert list(dict.fromkeys(stages)) == ["thinks", "rehearses", "acts", "ends"]
    assert chat.daemon.mirror.states["light.kitchen_sink"].value == "on"


async def test_a_program_that_waits_says_so(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.program.run.PATIENCE_S", 0.1)
    chat.model.says(program='await wait_until("switch.coffee_machine", state="on", seconds=0.3)')
    raw = await chat.stream("look whether there is coffee somehow")
    assert ": Waiting." in raw


async def test_who_waits_for_a_yes_is_told_that_somebody_is_asked(chat: Chat) -> None:
    seen: list[Any] = []
    with chat.daemon.desk.doings.told(OWNER, seen.append):
        await chat.daemon.desk.say("unlock the front door", OWNER)
    assert [one["stage"] for one in seen] == ["asks", "ends"]


async def test_the_tokens_that_a_model_took_are_in_the_figures(chat: Chat) -> None:
    chat.model.says(program='await call("light.turn_off", "light.kitchen_sink")', tokens=(321, 12))
    address = f"http://127.0.0.1:{chat.web.port}/v1"
    async with AsyncOpenAI(base_url=address, api_key=chat.token, max_retries=0) as client:
        completion = await client.chat.completions.create(
            model="claw", messages=[{"role": "user", "content": "make the sink gloomy somehow"}]
        )
    assert completion.usage is not None
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (321, 12)
