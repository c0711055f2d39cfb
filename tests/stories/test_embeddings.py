"""Finding by meaning in a daemon: each question an act through the gate, nothing private in it, words without it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from claw.base.config import EmbeddingsConfig, MemoryConfig, ModelConfig
from claw.daemon.build import Daemon
from tests.living import NOBODY, OWNER, living
from tests.peers.scripted_model import ScriptedModel

CAR, FOOD = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]


@asynccontextmanager
async def remembering(folder: Path, memory: MemoryConfig | None = None) -> AsyncIterator[tuple[Daemon, ScriptedModel]]:
    """Give a daemon that remembers where the car is, and of Anna alone where the present is."""
    async with ScriptedModel() as server:
        server.meanings = {"car": CAR, "vehicle": CAR, "food": FOOD, "present": FOOD}
        model = ModelConfig(name="small", base_url=server.base_url)
        memory = memory or MemoryConfig(embeddings=EmbeddingsConfig(name="meaning"))
        async with living(folder, model=model, memory=memory) as daemon:
            for text, private in (("the car is in the barn", False), ("the present is in the oven", True)):
                kept = await daemon.desk.remembering.add(text, OWNER, private=private)
                assert kept["status"] == "done"
            yield daemon, server


async def found(daemon: Daemon, query: str, origin: object = OWNER) -> list[str]:
    return [one["text"] for one in await daemon.desk.remembering.search(query, origin)]  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")


async def test_other_words_find_it_and_the_log_tells_who_asked_what_for(tmp_path: Path) -> None:
    async with remembering(tmp_path) as (daemon, server):
        await daemon.memory.store.recall.look()
        assert [len(texts) for texts in server.embedded] == [1]
        hits = await found(daemon, "our vehicle")
        assert len(hits) == 1
        assert "barn" in hits[0]
        asked = [
            (entry.origin.person, action["data"]["purpose"], action["data"]["model"])
            for entry in daemon.audit.entries(0, 200, kinds=("intent",))
            for action in [(entry.payload or {}).get("action", {})]
            if action.get("name") == "claw.model"
        ]
        assert asked == [(None, "embed", "meaning"), ("anna", "embed", "meaning")]


async def test_what_is_one_persons_own_never_leaves_and_who_may_not_hear_finds_nothing(tmp_path: Path) -> None:
    async with remembering(tmp_path) as (daemon, server):
        await daemon.memory.store.recall.look()
        assert await found(daemon, "food") == []
        assert await found(daemon, "our vehicle", NOBODY) == []
        assert "present" not in str(server.embedded)


async def test_when_claw_is_stopped_the_words_alone_answer_and_nothing_is_sent(tmp_path: Path) -> None:
    async with remembering(tmp_path) as (daemon, server):
        await daemon.memory.store.recall.look()
        sent = len(server.embedded)
        daemon.stop.engage("test", OWNER)
        assert await found(daemon, "our vehicle") == []
        assert len(await found(daemon, "which car")) == 1
        assert len(server.embedded) == sent


async def test_without_the_configuration_nothing_is_ever_asked(tmp_path: Path) -> None:
    async with remembering(tmp_path, MemoryConfig()) as (daemon, server):
        await daemon.memory.store.recall.look()
        assert await found(daemon, "our vehicle") == []
        assert len(await found(daemon, "which car")) == 1
        assert server.embedded == []
