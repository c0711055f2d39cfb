"""What answers by programs is there where there is a model, and under the stop."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.config import ModelConfig, SourceConfig
from claw.daemon.build import Daemon
from claw.house.model import House
from claw.program import sandbox
from tests.living import OWNER, living
from tests.peers.scripted_model import ScriptedModel
from tests.talking import until


async def test_without_a_model_nothing_is_built_and_a_strange_sentence_is_not_understood(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        assert daemon.thinking is None
        assert (await daemon.desk.say("make it cosy in here somehow", OWNER)).status == "unclear"


async def test_with_a_model_a_strange_sentence_becomes_a_program(tmp_path: Path) -> None:
    async with (
        ScriptedModel() as model,
        living(tmp_path, model=ModelConfig(name="m", base_url=model.base_url)) as daemon,
    ):
        model.says(program='await call("light.turn_on", "light.kitchen_sink")')
        reply = await daemon.desk.say("make it cosy at the sink", OWNER)
        assert (reply.status, reply.path) == ("done", "program")
        assert daemon.mirror.states["light.kitchen_sink"].value == "on"


async def test_where_there_is_no_sandbox_the_model_is_not_asked_and_sentences_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "binary", lambda: None)
    async with (
        ScriptedModel() as model,
        living(tmp_path, model=ModelConfig(name="m", base_url=model.base_url)) as daemon,
    ):
        assert "no program can run" in (await daemon.desk.say("make it cosy at the sink", OWNER)).text
        assert (await daemon.desk.say("turn on the kitchen sink light", OWNER)).status == "done"
        assert model.requests == []


async def test_what_a_program_does_late_is_told_where_it_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.program.run.PATIENCE_S", 0.1)
    async with (
        ScriptedModel() as model,
        living(tmp_path, model=ModelConfig(name="m", base_url=model.base_url)) as daemon,
    ):
        told: list[str] = []
        daemon.desk._in.messages.listeners.append(lambda message: told.append(f"{message.to}: {message.text}"))
        model.says(
            program='await wait_until("switch.coffee_machine", state="on")\n'
            'await call("light.turn_on", "light.kitchen_sink")'
        )
        reply = await daemon.desk.say("when there is coffee make it cosy at the sink", OWNER)
        assert (reply.status, "waiting" in reply.text) == ("started", True)
        await daemon.desk.say("turn on the coffee machine", OWNER)

        async def heard() -> bool:
            return any("Kitchen Sink is on." in one for one in told)

        await until(heard)
        assert told[-1].startswith("conversation:test: ")


async def test_a_stop_ends_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.program.run.PATIENCE_S", 0.1)
    async with (
        ScriptedModel() as model,
        living(tmp_path, model=ModelConfig(name="m", base_url=model.base_url)) as daemon,
    ):
        model.says(
            program='await wait_until("switch.coffee_machine", state="on")\nawait call("light.turn_on", "light.porch")'
        )
        await daemon.desk.say("when there is coffee do something nice", OWNER)
        await daemon.desk.stop("enough", OWNER)
        await asyncio.sleep(0.2)
        assert _lives(daemon) == 0
        assert daemon.mirror.states["light.porch"].value == "off"


async def test_sources_of_the_configuration_are_told_to_the_model(tmp_path: Path) -> None:
    async with ScriptedModel() as model:
        source = {"family": SourceConfig(file=tmp_path / "calendar.txt")}
        async with living(tmp_path, model=ModelConfig(name="m", base_url=model.base_url), sources=source) as daemon:
            await daemon.desk.say("what have I got on today that is odd", OWNER)
        assert 'read("family")' in model.asked.text.replace("\\", "")
        assert "calendar.txt" not in model.asked.text


COSY = 'await call("light.turn_on", "light.kitchen_sink")'


async def test_nothing_is_started_before_a_program_is_wanted_and_all_is_let_go_after_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "IDLE_S", 0.3)
    async with (
        ScriptedModel() as model,
        living(tmp_path, model=ModelConfig(name="m", base_url=model.base_url)) as daemon,
    ):
        children = daemon.stopping.children
        assert daemon.thinking
        await daemon.desk.say("turn on the kitchen sink light", OWNER)
        assert (children.alive(), daemon.thinking.sandbox._pool) == ([], None)
        model.says(program=COSY)
        await daemon.desk.say("make it cosy at the sink", OWNER)
        assert "sandbox" in children.alive()

        async def let_go() -> bool:
            return not children.alive() and daemon.thinking is not None and daemon.thinking.sandbox._pool is None

        await until(let_go)
        model.says(program=COSY)
        assert (await daemon.desk.say("make it cosier at the sink", OWNER)).path == "program"


async def test_a_change_of_the_house_has_another_process_made_ready_while_the_model_writes(tmp_path: Path) -> None:
    async with (
        ScriptedModel() as model,
        living(tmp_path, model=ModelConfig(name="m", base_url=model.base_url)) as daemon,
    ):
        assert daemon.thinking
        box = daemon.thinking.sandbox

        async def ready() -> bool:
            return box._spare is not None

        model.says(program=COSY)
        await daemon.desk.say("make it cosy at the sink", OWNER)
        old = await until(ready) and box._spare
        assert old
        house = daemon.mirror.house()
        sink = house.registry.entities["light.kitchen_sink"]
        entities = {**house.registry.entities, "light.new": replace(sink, entity_id="light.new")}
        states = {**house.states, "light.new": house.states["light.kitchen_sink"]}
        daemon.mirror.synced(House(replace(house.registry, entities=entities), states))
        assert box._spare is old, "what nobody asks for is not made ready"
        model.says(text="", delay_s=0.5)
        model.says(text="")
        saying = asyncio.create_task(daemon.desk.say("make it cosy somewhere else", OWNER))

        async def another() -> bool:
            return box._spare is not None and box._spare is not old

        await until(another)
        assert box._spare
        assert "light.new" in box._spare.stubs
        assert "light.new" not in old.stubs
        assert not daemon.stopping.children.holds(old.worker.pid)
        await saying


def _lives(daemon: Daemon) -> int:
    assert daemon.thinking is not None
    return len(daemon.thinking.programs._live)
