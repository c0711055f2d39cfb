"""What a whole daemon leaves in its log of a program that a model wrote: all of it, from any entry, and erasable."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from claw.audit.entries import Entries
from claw.audit.export import exported
from claw.audit.verify import verify
from claw.base.config import ModelConfig
from claw.daemon.build import Daemon
from claw.gate.trace import trace
from claw.policy.replay import replay
from tests.living import OWNER, living
from tests.peers.scripted_model import ScriptedModel
from tests.talking import until

SECRET = "sk-the-key-that-nobody-may-see"
ASKED = "let the postman in quickly, the code is 998877"
SOURCE = """\
warm = state("climate.bedroom", "current_temperature")
await call("light.turn_on", "light.kitchen_sink")  # 998877
await call("lock.unlock", "lock.front_door")
"""
ASKS_FIRST = """\
version: 1
rules:
  - {id: comfort, allow: light.*}
  - {id: think, confirm: claw.model, ask: {roles: [owner, adult], channels: [web, cli]}}
"""


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)


@asynccontextmanager
async def asking(folder: Path, policy: str | None = None) -> AsyncIterator[tuple[Daemon, ScriptedModel]]:
    async with ScriptedModel(key=SECRET) as server:
        model = ModelConfig(name="small", base_url=server.base_url)
        async with living(folder, policy, model=model) as daemon:
            yield daemon, server


async def written(daemon: Daemon, kind: str = "ended") -> None:
    """Wait until the log holds an entry of this kind."""

    async def there() -> bool:
        return bool(daemon.audit.entries(0, 10, kinds=(kind,)))

    await until(there)


async def unlocked(daemon: Daemon, server: ScriptedModel) -> dict[str, Any]:
    """Let a program ask and be told yes; return its trace."""
    server.says(program=SOURCE)
    reply = await daemon.desk.say(ASKED, OWNER)
    (pending,) = reply.pending
    assert (await daemon.desk.answer(pending.id, OWNER, yes=True)).status == "done"
    await written(daemon)
    return trace(daemon.audit.head().seq, daemon.audit)


async def test_from_any_entry_the_whole_program_is_found_with_its_prompt_its_lines_and_what_became_of_them(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path) as (daemon, server):
        told = await unlocked(daemon, server)
        call, *rest = daemon.audit.entries(0, 100, kinds=("intent", "request", "question", "answer", "outcome"))
        assert told["prompt"]["sha256"] == call.payload["action"]["data"]["prompt"]  # type: ignore[index]
        assert (told["prompt"]["seq"], told["prompt"]["model"]) == (call.seq, "small")
        assert "device" in told["prompt"]["timings"]
        assert {trace(one.seq, daemon.audit)["root"] for one in (call, *rest)} == {told["root"]}
        first, second, third, last = told["program"]
        assert (first["source"], last["source"]) == (SOURCE.partition("\n")[0], "")
        assert [one["call"] for one in first["calls"]] == ["state"]
        for line, thing, seen in ((second, "light.kitchen_sink", "on"), (third, "lock.front_door", "unlocked")):
            (found,) = line["things"]
            assert [one["entities"] for one in line["rehearsed"]] == [[thing]]
            assert (found["entity"], found["rehearsed"], found["seen"], found["agrees"]) == (thing, seen, seen, True)
            assert line["calls"][0]["entries"] == [
                one["seq"] for one in told["acts"] if thing in one["action"]["entities"]
            ]
        rows = [one for one in rest if one.kind in {"intent", "request", "question"}]
        assert {(one.payload or {}).get("run") for one in rows} == {told["run"]}
        assert told["ended"]["how"] == "ended"


async def test_a_yes_after_a_restart_belongs_to_the_same_program(tmp_path: Path) -> None:
    async with asking(tmp_path) as (daemon, server):
        server.says(program=SOURCE)
        (pending,) = (await daemon.desk.say(ASKED, OWNER)).pending
    async with asking(tmp_path) as (daemon, _):
        assert (await daemon.desk.answer(pending.id, OWNER, yes=True)).status == "done"
        await written(daemon)
        (program,) = daemon.audit.entries(0, 10, kinds=("program",))
        told = trace(daemon.audit.head().seq, daemon.audit)
        assert told["root"] == program.seq
        assert [len(line["things"]) for line in told["program"]] == [0, 1, 1, 0]
        assert told["question"]["question"] == pending.question
        assert told["answer"]["yes"] is True


async def test_the_log_holds_with_a_program_in_it_goes_out_whole_and_forgets_it_on_request(tmp_path: Path) -> None:
    path = tmp_path / "state" / "audit.db"
    async with asking(tmp_path) as (daemon, server):
        told = await unlocked(daemon, server)
        lines = [json.loads(line) for line in exported(path)]
        (program,) = [one for one in lines if one["kind"] == "program"]
        assert program["payload"]["source"].startswith("warm = state(")
        everything = json.dumps(lines)
        assert "998877" not in everything
        assert SECRET not in everything
        await daemon.audit.erase(program["seq"], OWNER, "it was private")
        rows = replay(daemon.audit.entries(0, 1000), daemon.gate._judge.policy, daemon.mirror.registry)
        assert "erased" not in rows.unjudged
        assert rows.otherwise == ()
    report = verify(path)
    assert report.ok, report
    again = Entries(path)
    try:
        after = trace(told["root"], again)
    finally:
        again.close()
    assert (after["erased"], after["said"]) == (True, "")
    assert [line["source"] for line in after["program"]] == [""] * 3
    assert [one["seq"] for one in after["acts"]] == [one["seq"] for one in told["acts"]]
    assert b"climate.bedroom" not in b"".join(one.read_bytes() for one in path.parent.glob("audit*"))


async def test_where_a_model_is_asked_only_with_a_yes_it_is_not_asked_and_no_question_is_left(tmp_path: Path) -> None:
    async with asking(tmp_path, ASKS_FIRST) as (daemon, server):
        reply = await daemon.desk.say("make it cosy in here somehow", OWNER)
        assert reply.status == "refused"
        assert "the policy wants a yes before a model is asked" in reply.text
        assert server.requests == []
        assert daemon.desk.cards() == []
        assert daemon.gate.questions.standing == {}
        assert {one.kind for one in daemon.audit.entries(0, 100)} - {"skill", "routine"} == {"refusal"}
