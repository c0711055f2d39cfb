import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from claw.base.action import Action, Origin
from claw.base.clock import SystemClock
from claw.base.config import ModelConfig
from claw.base.errors import Refused, Unavailable
from claw.base.permit import PermitDesk
from claw.llm.budget import Budget
from claw.llm.call import Call, Completion
from claw.llm.client import Client
from claw.llm.effector import MOST_PREPARED, ModelEffector
from claw.llm.embeddings import Embeddings, vectors_of
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.peers.scripted_model import ScriptedModel
from tests.unit.llm.asking import Impatient, call

ANNA = Origin("web", "anna", authenticated=True)


class Room:
    """An effector with a ledger, in front of a server."""

    def __init__(self, folder: Path, server: ScriptedModel, **config: Any) -> None:
        self.clock = Impatient()
        settings = ModelConfig(**{"name": "small", "base_url": server.base_url, **config})
        self.db = open_database(folder / "claw.db")
        migrate(self.db)
        self.budget = Budget(self.db, self.clock, settings, lambda now: now)
        self.client = Client(settings, self.clock, self.clock, key=lambda: "k")
        self.desk = PermitDesk(SystemClock())
        self.effector = ModelEffector(self.desk, self.client, self.budget, self.clock)

    async def perform(self, action: Action) -> Any:
        return (await self.effector.perform(self.desk.issue(action, 1), action)).response

    @property
    def spent(self) -> int:
        return self.budget.status()["tokens"]


@asynccontextmanager
async def room(folder: Path, **config: Any) -> AsyncIterator[tuple[Room, ScriptedModel]]:
    async with ScriptedModel(key="k") as server:
        made = Room(folder, server, **config)
        yield made, server
        await made.client.close()
        made.db.close()


async def test_a_call_is_an_action_that_says_what_for_how_much_and_which_words(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, _):
        asked = call("turn on the lamp")
        action = here.effector.prepare(asked, ANNA)
        assert action.name == "claw.model"
        assert action.data == {
            "purpose": "plan",
            "model": "small",
            "tokens": asked.tokens_in + 500,
            "prompt": asked.digest(),
            "call": 1,
        }
        assert here.effector.prepare(asked, ANNA) != action, "two equal calls are two acts"


async def test_the_answer_is_kept_for_who_asked_and_given_once(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, server):
        server.says("hello", tokens=(70, 5))
        action = here.effector.prepare(call(), ANNA)
        assert await here.perform(action) == {"tokens_in": 70, "tokens_out": 5}
        assert here.effector.take(action).text == "hello"
        assert here.spent == 75
        with pytest.raises(Refused):
            here.effector.take(action)


async def test_without_a_permit_nothing_is_sent(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, server):
        action, other = here.effector.prepare(call(), ANNA), here.effector.prepare(call("more"), ANNA)
        permit = here.desk.issue(action, 1)
        with pytest.raises(Refused, match="another action"):
            await here.effector.perform(permit, other)
        here.desk.void()
        with pytest.raises(Refused, match="permit"):
            await here.effector.perform(permit, action)
        with pytest.raises(Refused):
            here.effector.take(action)
        assert server.requests == []
        assert here.spent == 0


async def test_only_what_was_prepared_is_asked(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, server):
        action = here.effector.prepare(call(), ANNA)
        forged = Action("claw.model", (), {**action.data, "prompt": "0" * 64})
        unknown = Action("claw.model", (), {**action.data, "call": 99})
        other = Action("claw.notify", (), action.data)
        for one in (forged, unknown, other, Action("claw.model")):
            with pytest.raises(Refused, match="is gone"):
                await here.perform(one)
        here.effector.forget(action)
        with pytest.raises(Refused, match="is gone"):
            await here.perform(action)
        assert server.requests == []


async def test_at_a_cap_nothing_is_sent(tmp_path: Path) -> None:
    async with room(tmp_path, tokens_per_day=100) as (here, server):
        with pytest.raises(Refused, match="used up"):
            await here.perform(here.effector.prepare(call(), ANNA))
        assert server.requests == []


async def test_what_the_server_refused_costs_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, server):
        server.fails(400)
        server.fails(400)
        with pytest.raises(Refused, match="does not take"):
            await here.perform(here.effector.prepare(call(), ANNA))
        assert here.spent == 0


async def test_what_a_person_has_to_mend_is_a_failure_with_a_sentence_and_shows_in_the_status(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, server):
        server.key = "another"
        with pytest.raises(Unavailable, match="the model server refuses the key"):
            await here.perform(here.effector.prepare(call(), ANNA))
        assert here.effector.status()["problem"] == "the model server refuses the key"
        assert here.spent == 0
        server.key = "k"
        server.says("hello")
        await here.perform(here.effector.prepare(call(), ANNA))
        assert here.effector.status()["problem"] == ""


async def test_an_answer_that_broke_off_may_have_to_be_paid_for(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, server):
        server.misbehaves("cut off")
        asked = call()
        with pytest.raises(Unavailable, match="broke off"):
            await here.perform(here.effector.prepare(asked, ANNA))
        assert here.spent == asked.tokens_in + asked.max_tokens


async def test_so_may_one_that_was_stopped(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, server):
        server.misbehaves("silent")
        asked = call()
        task = asyncio.create_task(here.perform(here.effector.prepare(asked, ANNA)))
        await server.answering.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert here.spent == asked.tokens_in + asked.max_tokens


async def test_a_ledger_that_cannot_be_written_lets_nothing_out(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, server):
        here.db.table("spending").drop()
        with pytest.raises(Unavailable, match=r"claw\.db"):
            await here.perform(here.effector.prepare(call(), ANNA))
        assert server.requests == []


async def test_calls_that_nobody_forgot_do_not_pile_up(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, _):
        first = here.effector.prepare(call(), ANNA)
        for _ in range(MOST_PREPARED):
            here.effector.prepare(call(), ANNA)
        with pytest.raises(Refused, match="is gone"):
            await here.perform(first)


async def test_the_status_says_which_model_where_and_how_much(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, _):
        found = here.effector.status()
    assert (found["name"], found["host"], found["problem"], found["tokens"]) == ("small", "127.0.0.1", "", 0)


class Meaning:
    """A model for embeddings that answers by itself."""

    model = "meaning"

    def __init__(self) -> None:
        self.asked: list[Call] = []
        self.closed = False

    async def complete(self, asked: Call) -> Completion:
        self.asked.append(asked)
        return Completion("[[1.0]]", None, 9, 0, "stop", 1.0)

    async def close(self) -> None:
        self.closed = True


async def test_what_texts_mean_is_asked_of_its_own_model_and_paid_from_the_same_purse(tmp_path: Path) -> None:
    async with room(tmp_path) as (here, server):
        meaning = Meaning()
        here.effector = ModelEffector(here.desk, here.client, here.budget, here.clock, cast("Embeddings", meaning))
        asked = Call(({"role": "user", "content": "lamp"},), "embed", 0)
        action = here.effector.prepare(asked, ANNA)
        assert (action.data["purpose"], action.data["model"]) == ("embed", "meaning")
        assert await here.perform(action) == {"tokens_in": 9, "tokens_out": 0}
        assert vectors_of(here.effector.take(action)) == [(1.0,)]
        assert (meaning.asked, server.requests, here.spent) == ([asked], [], 9)
        await here.effector.close()
        assert meaning.closed
