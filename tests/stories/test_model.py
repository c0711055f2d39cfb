"""A model asked by a whole daemon: through the door, within its budget, closed by the stop, and never unasked."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Reply
from claw.base.config import ModelConfig
from claw.base.errors import ClawError, Refused, Unavailable
from claw.daemon.build import Daemon
from claw.gate.children import look
from claw.llm.call import Call, Completion
from tests.living import CONSOLE, NOBODY, OWNER, living
from tests.peers.scripted_model import ScriptedModel
from tests.running import running

SECRET = "sk-the-key-that-nobody-may-see"
WORDS = "the words that were sent"
LONG_TAIL = "make the house feel like a rainy sunday"

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: light.*}
  - {id: messages, allow: claw.notify}
  - {id: think, allow: claw.model, who: {role: [owner, adult]}, at_most: {sum: tokens, total: 5000, per: 24 h}}
"""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


@asynccontextmanager
async def asking(folder: Path, policy: str | None = None, **config: Any) -> AsyncIterator[tuple[Daemon, ScriptedModel]]:
    """Give a daemon whose model is a scripted one."""
    async with ScriptedModel(key=SECRET) as server:
        model = ModelConfig(**{"name": "small", "base_url": server.base_url, **config})
        async with living(folder, policy, model=model) as daemon:
            yield daemon, server


def call(**more: Any) -> Call:
    return Call(**{"messages": ({"role": "user", "content": WORDS},), "purpose": "plan", "max_tokens": 500, **more})


async def ask(daemon: Daemon, origin: Any = OWNER, **more: Any) -> Completion:
    assert daemon.model is not None
    return await daemon.model.ask(call(**more), origin)


def spent(daemon: Daemon) -> int:
    return daemon.desk.status()["tokens"]


def written(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Return the bodies of the entries of this kind in the log, in order."""
    reader = sqlite3.connect(folder / "state" / "audit.db")
    try:
        query = "select body from rows join payloads using (seq) where kind = ? order by seq"
        return [json.loads(body) for (body,) in reader.execute(query, (kind,)).fetchall()]
    finally:
        reader.close()


async def test_a_question_to_the_model_is_an_act_in_the_log_that_holds_neither_words_nor_key(tmp_path: Path) -> None:
    async with asking(tmp_path) as (daemon, server):
        server.says("hello", tokens=(40, 2))
        assert (await ask(daemon)).text == "hello"
        assert spent(daemon) == 42
        assert server.asked.headers["Authorization"] == f"Bearer {SECRET}"
        status = daemon.desk.status()["model"]
        assert (status["name"], status["by_person"], status["by_source"]) == ("small", {"anna": 42}, {"web": 42})
    (intent,), (outcome,) = written(tmp_path, "intent"), written(tmp_path, "outcome")
    action = intent["action"]
    assert action["name"] == "claw.model"
    assert (outcome["status"], outcome["response"]) == ("sent", {"tokens_in": 40, "tokens_out": 2})
    assert action["data"]["prompt"] == call().digest()
    assert action["data"]["tokens"] == call().tokens_in + 500
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert SECRET.encode() not in kept
    assert WORDS.encode() not in kept


async def test_the_stop_closes_a_model_call_at_once(tmp_path: Path) -> None:
    async with asking(tmp_path) as (daemon, server):
        begun = asyncio.Event()
        server.misbehaves("endless", piece_s=0.01)
        asking_it = asyncio.create_task(ask(daemon, on_text=lambda _: begun.set()))
        await begun.wait()
        daemon.stop.engage("enough", CONSOLE)
        with pytest.raises(Refused, match=r"^stopped$"):
            await asking_it
        await asyncio.wait_for(server.hung_up.wait(), 5)
        assert server.gone == 1
        with pytest.raises(Refused, match="stopped"):
            await ask(daemon)
        assert len(server.requests) == 1
    (outcome,) = written(tmp_path, "outcome")
    assert (outcome["status"], outcome["detail"]) == ("unknown", "it was cut by the stop"), (
        "and nobody settles it later"
    )


async def test_a_call_that_waits_for_a_busy_server_ends_with_the_stop_too(tmp_path: Path) -> None:
    async with asking(tmp_path) as (daemon, server):
        server.fails(429, headers={"Retry-After": "9"})
        asking_it = asyncio.create_task(ask(daemon))
        await server.answering.wait()
        daemon.stop.engage("enough", CONSOLE)
        with pytest.raises(Refused, match=r"^stopped$"):
            await asking_it
        assert len(server.requests) == 1


async def test_whom_the_policy_lets_not_ask_asks_nothing(tmp_path: Path) -> None:
    async with asking(tmp_path, POLICY) as (daemon, server):
        with pytest.raises(Refused):
            await ask(daemon, NOBODY)
        assert server.requests == []
        assert spent(daemon) == 0


async def test_a_rule_of_the_policy_can_bound_the_tokens(tmp_path: Path) -> None:
    async with asking(tmp_path, POLICY) as (daemon, server):
        server.when("", "hello", tokens=(1, 1))
        await ask(daemon, max_tokens=4000)
        with pytest.raises(Refused):
            await ask(daemon, max_tokens=1000)
        assert len(server.requests) == 1, "what was reserved counts for the policy"


async def test_a_budget_that_is_used_up_stays_so_after_a_restart_and_lamps_go_on(tmp_path: Path) -> None:
    for _ in range(2):
        async with asking(tmp_path, tokens_per_day=1000) as (daemon, server):
            server.when("", "hello", tokens=(800, 100))
            if spent(daemon) == 0:
                await ask(daemon)
            requests = len(server.requests)
            with pytest.raises(Refused, match="today's tokens for the model are used up"):
                await ask(daemon)
            assert len(server.requests) == requests
            assert (await daemon.desk.say("turn on the kitchen lights", OWNER)).status == "done"
            assert spent(daemon) == 900


@pytest.mark.parametrize(
    ("broken", "kind", "says"),
    [
        ("key", Unavailable, "refuses the key"),
        ("name", Unavailable, "does not know the model small"),
        ("context", Refused, "more at once"),
        ("down", Unavailable, "cannot be reached"),
        ("cut off", Unavailable, "broke off"),
        ("garbage", Unavailable, "no answer of a model"),
        ("wrong json", Unavailable, "no answer of a model"),
        ("endless", Unavailable, "did not come to an end"),
    ],
)
async def test_whatever_is_wrong_with_a_model_is_one_sentence_and_the_local_path_goes_on(
    tmp_path: Path, broken: str, kind: type[ClawError], says: str
) -> None:
    async with asking(tmp_path) as (daemon, server):
        match broken:
            case "key":
                server.key = "another"
            case "name":
                server.names = ["large"]
            case "context":
                server.context = 1
            case "down":
                await server.down()
            case trouble:
                server.misbehaves(trouble)  # type: ignore[arg-type]
        with pytest.raises(kind, match=says) as caught:
            await ask(daemon, max_tokens=10)
        assert SECRET not in str(caught.value)
        assert (await daemon.desk.say("turn on the kitchen lights", OWNER)).status == "done"


async def test_without_a_key_the_daemon_starts_says_so_and_runs_the_house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    async with living(tmp_path, model=ModelConfig(name="small")) as daemon:
        assert "no key for the model" in daemon.desk.status()["model"]["problem"]
        with pytest.raises(Unavailable, match="no key for the model"):
            await ask(daemon)
        assert (await daemon.desk.say("turn on the kitchen lights", OWNER)).status == "done"


async def test_without_a_model_nothing_can_ask_one(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        assert daemon.model is None
        assert daemon.desk.status()["model"] is None
        reply: Reply = await daemon.desk.say(LONG_TAIL, OWNER)
        assert (reply.status, reply.tokens_in) == ("unclear", 0)


async def test_a_daemon_with_a_model_that_only_runs_the_house_asks_nothing_and_imports_nothing(tmp_path: Path) -> None:
    async with ScriptedModel() as server:
        secrets = {"CLAW_MODEL": "small", "OPENAI_BASE_URL": server.base_url}
        said = await asyncio.to_thread(_local_day, tmp_path / "state", secrets)
        assert server.requests == []
    assert said == ["done", "answered", "done", 0, "small", [False, False], ""]


def _local_day(state: Path, secrets: dict[str, str]) -> list[Any]:
    with running(state, secrets=secrets) as claw:
        said = [claw.say(text)["status"] for text in ("turn on the hall light", "which lights are on", "lock the door")]
        status = claw.json("status")
        # Compiled parts of the openai package and of the sandbox's, so they show in what the process has loaded.
        process = Path(f"/proc/{claw.process.pid}")
        maps = (process / "maps").read_text(encoding="utf-8")
        loaded = ["jiter" in maps, "_monty" in maps]
        started = "".join(one.read_text().strip() for one in process.glob("task/*/children"))
        return [*said, status["tokens"], status["model"]["name"], loaded, started]


@pytest.mark.prove
@pytest.mark.timeout(600)
async def test_a_daemon_that_ends_right_after_a_program_ends_well_and_leaves_no_process(tmp_path: Path) -> None:
    """The sandbox's threads outlive its pool by a moment, in which Python must not be gone."""
    async with ScriptedModel() as server:
        server.when("", program='await call("light.turn_on", "light.kitchen_sink")')
        secrets = {"CLAW_MODEL": "small", "OPENAI_BASE_URL": server.base_url}
        for number in range(10):
            assert await asyncio.to_thread(_one_program, tmp_path / str(number), secrets) == ("done", 0)


def _one_program(state: Path, secrets: dict[str, str]) -> tuple[str, int]:
    with running(state, secrets=secrets) as claw:
        said = claw.say(LONG_TAIL)["status"]
        started = [
            int(pid)
            for one in Path(f"/proc/{claw.process.pid}").glob("task/*/children")
            for pid in one.read_text().split()
        ]
        assert started, "there is something to end"
        code = claw.end()
    until = time.monotonic() + 10
    while any(look(pid) for pid in started):
        assert time.monotonic() < until
        time.sleep(0.01)
    return said, code


async def test_a_sentence_that_waits_for_the_model_is_answered_as_stopped(tmp_path: Path) -> None:
    async with asking(tmp_path) as (daemon, server):
        server.misbehaves("endless", piece_s=0.01)
        saying = asyncio.create_task(daemon.desk.say(LONG_TAIL, OWNER))
        await server.answering.wait()
        daemon.stop.engage("enough", CONSOLE)
        reply = await saying
        assert reply.status == "stopped"
        await asyncio.wait_for(server.hung_up.wait(), 5)


CALLS = tuple(("run", "{\"program\": \"call('lock.unlock', 'lock.front_door')\"}") for _ in range(300))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"key": "another"}, "the model server refuses the key"),
        ({"names": ["large"]}, "the model server does not know the model small"),
        ({"context": 1}, "that is more at once than the model can take in"),
        ({"trouble": "cut off"}, "broke off in the middle"),
        ({"trouble": "garbage"}, "no answer of a model"),
        ({"trouble": "wrong json"}, "no answer of a model"),
        ({"status": 503}, "the model server failed"),
        ({"text": ""}, "the model had no answer that I could use"),
        ({"calls": CALLS}, "the model"),
        ({"calls": (("open_door", "{}"),)}, "the model had no answer that I could use"),
    ],
    ids=lambda wrong: next(iter(wrong.items()), "")[0] if isinstance(wrong, dict) else "",
)
async def test_a_person_gets_one_clear_sentence_nothing_moves_and_lamps_go_on(
    tmp_path: Path, wrong: dict[str, Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.llm.client.FIRST_WAIT_S", 0.0)
    async with asking(tmp_path) as (daemon, server):
        for name in {"key", "names", "context"} & set(wrong):
            setattr(server, name, wrong[name])
        server.when("", **{key: value for key, value in wrong.items() if not hasattr(server, key)})
        before = dict(daemon.mirror.states)
        reply = await daemon.desk.say(LONG_TAIL, OWNER)
        assert reply.status in {"failed", "refused", "unclear"}
        assert says in reply.text
        assert reply.text.count(". ") == 0, "one sentence"
        assert SECRET not in reply.text
        assert dict(daemon.mirror.states) == before
        assert 1 <= len(server.requests) <= 9, "three calls, each of at most three tries"
        assert (await daemon.desk.say("turn on the kitchen lights", OWNER)).status == "done"
