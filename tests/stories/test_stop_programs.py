"""The stop in every phase of a program that a model wrote: nothing is sent after it, and a reset takes nothing up.

Each test runs the whole daemon as it is built, with a model server over real HTTP and real processes for programs, on a
simulated house that counts what was done in it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from claw.base.action import Reply
from claw.base.config import ModelConfig, SourceConfig
from claw.base.errors import Refused
from claw.daemon.build import Daemon
from claw.gate.queue import AT_ONCE
from claw.house.simulated import Fault, SimulatedHouse
from claw.program.run import ANSWER, YES
from claw.program.sealed import UNDER_WAY
from tests.living import CONSOLE, OWNER, living
from tests.peers.scripted_model import ScriptedModel

LAMPS = tuple(f"light.lamp_{number}" for number in range(2 * AT_ONCE))
HOUSE = {
    "areas": [{"id": "hall", "name": "Hall"}],
    "entities": [
        *({"entity_id": lamp, "name": lamp[6:].replace("_", " "), "area": "hall", "state": "off"} for lamp in LAMPS),
        {"entity_id": "lock.door", "name": "Door", "area": "hall", "state": "locked"},
        {"entity_id": "switch.kettle", "name": "Kettle", "area": "hall", "state": "off"},
    ],
}
POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*"]}
  - {id: messages, allow: claw.notify}
  - {id: think, allow: claw.model}
  - {id: texts, allow: "claw.*"}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli], strength: tap}}
"""
SAY = "make it cosy in here somehow"
ON = f'await call("light.turn_on", "{LAMPS[0]}")\n'
ALL = f'import asyncio\nawait asyncio.gather(*[call("light.turn_on", one) for one in {list(LAMPS)}])\n'
CUT = {"stopped", "partial", "failed", "refused"}


class Told:
    """A daemon, its model, and every process of the sandbox that there ever was."""

    def __init__(self, daemon: Daemon, model: ScriptedModel) -> None:
        self.daemon = daemon
        self.model = model
        self.pids: list[int] = []
        children = daemon.stopping.children
        register = children.register

        def registered(pid: int, name: str) -> None:
            self.pids.append(pid)
            register(pid, name)

        children.register = registered  # type: ignore[method-assign]

    @property
    def house(self) -> SimulatedHouse:
        assert isinstance(self.daemon.backend, SimulatedHouse)
        return self.daemon.backend

    @property
    def sent(self) -> int:
        return len(self.house.performed)

    @property
    def kept(self) -> list[str]:
        """Every program that is put aside."""
        assert self.daemon.thinking
        sealed = self.daemon.thinking.programs._sealed
        return [name for kind in (YES, ANSWER, UNDER_WAY) for name in sealed.names(kind)]

    def says(self, program: str) -> "asyncio.Task[Reply]":
        """Say something that the model answers with this program."""
        self.model.says(program=program)
        return asyncio.create_task(self.daemon.desk.say(SAY, OWNER))

    async def stop(self) -> int:
        """Stop, and return how much had been sent."""
        before = self.sent
        await self.daemon.desk.stop("smoke", CONSOLE)
        return before

    async def over(self, before: int) -> None:
        """Nothing was sent after the stop, nothing of it lives, nothing is taken up; and then it works again."""
        await eventually(lambda: not any(running(pid) for pid in self.pids))
        assert self.pids, "there was something to kill"
        assert self.daemon.stopping.children.alive() == []
        assert self.kept == []
        assert self.sent == before
        await self.daemon.desk.reset("it was toast", CONSOLE, console=True)
        await asyncio.sleep(0.15)
        assert self.sent == before
        assert (self.kept, self.daemon.desk.pending()) == ([], [])
        self.house.faults = {}
        again = await self.says(f'await call("light.turn_off", "{LAMPS[-1]}")')
        assert (again.status, self.sent) == ("done", before + 1)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def eventually(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not what():  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.005)


@pytest_asyncio.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    path, mail = tmp_path / "house.json", tmp_path / "mail.txt"
    path.write_text(json.dumps(HOUSE), encoding="utf-8")
    mail.write_text("The kettle boils.", encoding="utf-8")
    async with ScriptedModel() as model:
        config = ModelConfig(name="small", base_url=model.base_url)
        sources = {"mail": SourceConfig(file=mail)}
        async with living(tmp_path, POLICY, path, model=config, sources=sources) as daemon:
            yield Told(daemon, model)


# ---------------------------------------------------------------------------------------------------- before it runs


async def test_while_the_model_writes_it(told: Told) -> None:
    told.model.misbehaves("endless", piece_s=0.01)
    saying = asyncio.create_task(told.daemon.desk.say(SAY, OWNER))
    await told.model.answering.wait()
    await eventually(lambda: bool(told.pids))  # a process is made ready meanwhile
    before = await told.stop()
    assert (await asyncio.wait_for(saying, 10)).status == "stopped"
    await asyncio.wait_for(told.model.hung_up.wait(), 10)
    await told.over(before)


async def test_while_it_is_rehearsed(told: Told) -> None:
    saying = told.says(f"{ON}total = 0\nwhile total < 10**9:\n    total += 1\n{ON}")
    await eventually(lambda: bool(told.daemon.thinking and told.daemon.thinking.programs._live))
    await asyncio.sleep(0.2)  # it spins by now, and may for a second
    before = await told.stop()
    assert (await asyncio.wait_for(saying, 10)).status in CUT
    assert before == 0
    assert len(told.model.requests) == 1, "and no other is asked for"
    await told.over(before)


async def test_while_it_is_judged(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = told.daemon.gate._judge
    real = judge.judge

    def judged(actions: Any, *rest: Any, **more: Any) -> Any:
        plan = real(actions, *rest, **more)
        if any(action.domain == "light" for action in actions):
            told.daemon.stop.engage("smoke", CONSOLE)
        return plan

    monkeypatch.setattr(judge, "judge", judged)
    assert (await asyncio.wait_for(told.says(ON), 10)).status in CUT
    monkeypatch.undo()
    await told.over(0)


async def test_while_it_waits_for_a_yes(told: Told) -> None:
    asked = await told.says(f'{ON}await call("lock.unlock", "lock.door")')
    (pending,) = asked.pending
    assert told.kept == [pending.id]
    before = await told.stop()
    with pytest.raises(Refused, match="stopped"):
        await told.daemon.desk.answer(pending.id, OWNER, yes=True)
    assert before == 0
    await told.over(before)
    with pytest.raises(Refused, match=r"void|stopped"):
        await told.daemon.desk.answer(pending.id, OWNER, yes=True)


async def test_at_the_moment_of_the_yes(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    (pending,) = (await told.says(f'{ON}await call("lock.unlock", "lock.door")')).pending
    assert told.daemon.thinking
    programs = told.daemon.thinking.programs
    resume = programs.resume

    async def resumed(*rest: Any) -> Any:
        told.daemon.stop.engage("smoke", CONSOLE)
        return await resume(*rest)

    monkeypatch.setattr(programs, "resume", resumed)
    assert (await told.daemon.desk.answer(pending.id, OWNER, yes=True)).status in CUT
    monkeypatch.undo()
    await told.over(0)


async def test_while_it_asks(told: Told) -> None:
    asked = await told.says(f'{ON}if await ask("Which one?", ["left", "right"]) == "left":\n    {ON}')
    assert (asked.status, len(told.kept)) == ("pending", 1)
    before = await told.stop()
    assert before == 1
    assert (await told.daemon.desk.say("left", OWNER)).status == "stopped"
    await told.over(before)
    requests = len(told.model.requests)
    told.model.says(text="")
    await told.daemon.desk.say("left", OWNER)
    assert len(told.model.requests) > requests, "it is no answer any more, but something new"
    assert told.sent == before + 1


# --------------------------------------------------------------------------------------------------------- as it runs


async def test_between_intent_and_send(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = told.daemon.audit
    real = audit.append

    async def append(kind: str, payload: Any, **more: Any) -> int:
        number = await real(kind, payload, **more)
        if kind == "intent" and payload["action"]["name"] == "light.turn_on":
            monkeypatch.setattr(audit, "append", real)
            await told.daemon.desk.stop("smoke", CONSOLE)
        return number

    monkeypatch.setattr(audit, "append", append)
    assert (await asyncio.wait_for(told.says(ON * 3), 10)).status in CUT
    await eventually(lambda: not audit.unfinished())  # each intent has its outcome
    await told.over(0)


async def test_during_the_send(told: Told) -> None:
    told.house.faults[LAMPS[0]] = Fault(delay_s=0.3)
    begun = asyncio.Event()
    real = told.house.perform

    async def perform(*rest: Any) -> Any:
        begun.set()
        return await real(*rest)

    told.house.perform = perform  # type: ignore[method-assign]
    saying = told.says(f'{ON}await call("light.turn_on", "{LAMPS[1]}")')
    await asyncio.wait_for(begun.wait(), 10)
    before = await told.stop()
    reply = await asyncio.wait_for(saying, 10)
    assert reply.status in CUT
    assert reply.outcomes[0].status == "unknown"
    await asyncio.sleep(0.4)
    await told.over(before)


async def test_while_many_acts_of_it_are_under_way_and_more_wait_in_line(told: Told) -> None:
    told.house.faults = dict.fromkeys(LAMPS, Fault(delay_s=30))
    saying = told.says(ALL)
    await eventually(
        lambda: any(entry.kind == "intent" and _moves(entry) for entry in told.daemon.audit.entries(0, 99))
    )
    before = await told.stop()
    reply = await asyncio.wait_for(saying, 10)
    assert reply.status in CUT
    assert before == 0
    await told.over(before)


def _moves(entry: Any) -> bool:
    return str(entry.payload["action"]["name"]).startswith("light.")


@pytest.mark.parametrize("patience", [0.0, 60.0], ids=["alone", "with whoever asked"])
async def test_while_it_waits_for_the_house(told: Told, patience: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.program.run.PATIENCE_S", patience)
    saying = told.says(f'{ON}await wait_until("switch.kettle", state="on")\nawait call("light.turn_on", "{LAMPS[1]}")')
    assert told.daemon.thinking
    await eventually(lambda: bool(told.daemon.thinking and told.daemon.thinking.programs._waits))
    assert len(told.kept) == 1
    before = await told.stop()
    assert before == 1
    reply = await asyncio.wait_for(saying, 10)
    assert reply.status in CUT | {"started"}
    await told.over(before)
    await told.daemon.desk.say("turn on the kettle", OWNER)
    await asyncio.sleep(0.2)
    assert told.daemon.mirror.states[LAMPS[1]].value == "off", "what it waited for comes, and nobody waits any more"


async def test_while_a_text_is_read_for_it(told: Told) -> None:
    told.model.says(program=f'letter = await read("mail")\nif await letter.extract("bool"):\n    {ON}')
    told.model.misbehaves("silent")
    saying = asyncio.create_task(told.daemon.desk.say(SAY, OWNER))
    await eventually(lambda: len(told.model.requests) == 2)
    before = await told.stop()
    assert (await asyncio.wait_for(saying, 10)).status in CUT | {"started"}
    assert before == 0
    await told.over(before)
