"""Traces of a real house's requests as a collector sees them: which parts, below what, how they hang together.

Nothing in them says who, what or where, and a collector that is away, slow or endless is nobody's problem.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from claw.base.config import ModelConfig
from claw.base.config_care import TracesConfig
from claw.daemon import traces as module
from claw.daemon.build import Daemon
from claw.daemon.observed import observed
from claw.daemon.otlp import ATTRIBUTES
from claw.daemon.staging import Staging
from claw.daemon.traces import Traces
from tests.busy_day import PROGRAM, busy
from tests.living import OWNER, living
from tests.peers.scripted_collector import ScriptedCollector, Trouble
from tests.peers.scripted_model import ScriptedModel
from tests.stories.test_watched import names


@dataclass
class Traced:
    daemon: Daemon
    collector: ScriptedCollector
    model: ScriptedModel
    traces: Traces


@asynccontextmanager
async def traced(folder: Path, staging: Staging | None = None) -> AsyncIterator[Traced]:
    async with ScriptedCollector() as collector, ScriptedModel() as server:
        model = ModelConfig(name="small", base_url=server.base_url)
        async with living(folder, model=model, staging=staging) as daemon, AsyncExitStack() as rooms:
            settings = daemon.config.model_copy(update={"traces": TracesConfig(url=collector.url)})
            traces = observed(replace(daemon, config=settings), rooms)
            assert traces is not None
            yield Traced(daemon, collector, server, traces)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send what there is at once."""
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)


ACT: Any = [("disk", []), ("device", []), ("verify", [])]


async def test_a_command_is_one_trace_of_its_parts(tmp_path: Path) -> None:
    async with traced(tmp_path) as home:
        reply = await home.daemon.desk.say("turn on the porch light", OWNER)
        await home.collector.until("request")
        (request,) = home.collector.named("request")
        tree = home.collector.tree(request.trace)
        assert tree == [("request", [("recognise", []), ("decide", []), *ACT, ("reply", [])])]
        assert {key: request.attributes[f"claw.{key}"] for key in ("channel", "status", "path", "acts")} == {
            "channel": "web",
            "status": "done",
            "path": "intent",
            "acts": 1,
        }
        (device,) = home.collector.named("device")
        assert device.attributes == {"claw.domain": "light", "claw.entry": reply.outcomes[0].audit}
        parts = [one for one in home.collector.spans if one.parent == request.span]
        assert sum(one.ms for one in parts) <= request.ms
        assert home.collector.resource["service.name"] == "claw"


async def test_a_program_is_one_trace_through_all_rooms(tmp_path: Path) -> None:
    async with traced(tmp_path) as home:
        home.model.says(program=PROGRAM)
        await home.daemon.desk.say("make it bright where people walk please", OWNER)
        await home.collector.until("request")
        (request,) = home.collector.named("request")
        asking = ("model", [("decide", []), *ACT])
        begun = [("recognise", []), ("skill", []), asking, ("rehearse", []), ("decide", [])]
        assert home.collector.tree(request.trace) == [("request", [*begun, *ACT, *ACT, ("reply", [])])]
        (asked,) = home.collector.named("model")
        assert asked.attributes == {"claw.purpose": "plan", "claw.tokens_in": 100, "claw.tokens_out": 20}
        assert len(home.collector.named("device")) == 3, "the model, and two lights"
        assert len({one.trace for one in home.collector.spans}) == 1


async def test_a_question_ends_with_its_answer_which_points_back(tmp_path: Path) -> None:
    async with traced(tmp_path) as home:
        reply = await home.daemon.desk.say("unlock the front door", OWNER)
        await home.daemon.desk.answer(reply.pending[0].id, OWNER, yes=True)
        await home.collector.until("ask", "device", "request", "request")
        asked, answered = home.collector.named("request")
        (wait,) = home.collector.named("ask")
        assert (wait.trace, wait.attributes) == (asked.trace, {"claw.answer": "yes"})
        assert wait.ms > asked.ms * 0.1
        assert answered.trace != asked.trace
        assert (asked.trace, wait.span) in answered.links
        assert home.collector.named("device")[-1].trace == answered.trace


async def test_what_ends_late_is_a_trace_that_points_back_to_its_request(tmp_path: Path) -> None:
    async with traced(tmp_path, Staging(travel_s={"cover": 3.2})) as home:
        reply = await home.daemon.desk.say("open the garage door", OWNER)
        if reply.pending:
            await home.daemon.desk.answer(reply.pending[0].id, OWNER, yes=True)
        await home.collector.until("late")
        late = next(one for one in home.collector.named("late") if one.attributes.get("claw.domain") == "cover")
        request = next(one for one in home.collector.named("request") if one.trace == late.links[0][0])
        assert request.trace != late.trace
        assert late.attributes["claw.status"] == "done"


async def test_a_routine_is_a_trace_without_anybody(tmp_path: Path) -> None:
    async with traced(tmp_path) as home:
        await home.daemon.desk.say("every weekday at seven turn on the porch light", OWNER)
        (routine,) = [one for one in home.daemon.routines.book.all() if one.made_by.person == "anna"]
        await home.daemon.routines.keeper.run_now(routine.id, OWNER)
        await home.collector.until("routine")
        (firing,) = home.collector.named("routine")
        assert home.collector.tree(firing.trace) == [("routine", [("decide", []), *ACT])]
        assert firing.attributes == {"claw.status": "done", "claw.acts": 1}


async def test_no_trace_of_a_busy_day_names_anybody_or_anything(tmp_path: Path) -> None:
    async with traced(tmp_path) as home:
        await busy(home.daemon, home.model)
        await home.collector.until("request", "routine", "model")
        told = {text.casefold() for text in home.collector.texts}
        # What an act is done by is named like a part of Claw or of Home Assistant: "light", not "light.kitchen".
        assert not told & (names(home.daemon) - {"light", "lock", "claw", "talk"})
        for one in home.collector.spans:
            assert {key.removeprefix("claw.") for key in one.attributes} <= ATTRIBUTES


@pytest.mark.parametrize("trouble", ["silent", "endless", "cut off", "redirect", "refused", "busy"])
async def test_a_collector_that_misbehaves_slows_and_stops_nothing(
    tmp_path: Path, trouble: Trouble | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.2)
    async with traced(tmp_path) as home:
        home.collector.status = {"refused": 400, "busy": 503}.get(trouble, 200)
        home.collector.trouble = "" if home.collector.status != 200 else trouble  # type: ignore[assignment]
        for _ in range(3):
            assert (await home.daemon.desk.say("turn on the porch light", OWNER)).status in {"done", "unchanged"}
        async with asyncio.timeout(20):
            while not home.collector.requests:
                home.collector.came.clear()
                await home.collector.came.wait()
        home.collector.status, home.collector.trouble = 200, ""
        await home.daemon.desk.say("turn off the porch light", OWNER)
        await home.collector.until("request")
        assert home.collector.named("request")
