"""What routines do, lived through a whole daemon: a model that wakes only for something, and questions at night."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest_asyncio

from claw.base.action import Message, Origin
from claw.base.config import ModelConfig
from claw.daemon.build import Daemon
from claw.daemon.staging import Staging
from claw.house.simulated import SimulatedHouse
from claw.routines.model import Firing, Routine, Run
from claw.routines.spec import Spec
from claw.skills.model import Draft, Standing
from tests.living import OWNER, living
from tests.peers.scripted_model import ScriptedModel
from tests.skill_folders import skill_files
from tests.talking import until

COLD = "state('sensor.outdoor_temperature') < 100"
WARM = "state('sensor.outdoor_temperature') > 100"
SKILL = "opens-up"
OPENS = """version: 1.0.0
triggers: {phrases: {en: ["open it all up"]}}
may:
  - {call: cover.open_cover, on: {entity: cover.garage_door}}
"""


@dataclass
class Home:
    """A daemon, its model and how a routine fires there."""

    daemon: Daemon
    model: ScriptedModel

    @property
    def moved(self) -> list[str]:
        assert isinstance(self.daemon.backend, SimulatedHouse)
        return [f"{one.name} {' '.join(one.entities)}" for one in self.daemon.backend.performed]

    def told(self) -> list[Message]:
        """Return a list that every message comes into from now on."""
        found: list[Message] = []
        self.daemon.desk._in.messages.listeners.append(found.append)
        return found

    def routine(self, *steps: Any, by: Origin = OWNER, ident: str = "r1", **more: Any) -> Routine:
        spec = Spec.model_validate({"name": "Evening", "when": {"at": "07:00"}, "do": list(steps), **more})
        made = Routine(ident, spec, by, self.daemon.clock.now())
        self.daemon.routines.book.put(made)
        return made

    async def fire(self, routine: Routine) -> Run:
        """Let an event set a routine off, and return its row once it is closed."""
        book, now = self.daemon.routines.book, self.daemon.clock.now()
        key = f"event {now.isoformat()} {len(book.runs(routine.id))}"
        self.daemon.routines.keeper.fire(Firing(routine.id, 0, now, key, "a test"))

        async def closed() -> bool:
            rows = book.runs(routine.id, limit=1)
            return bool(rows) and rows[0].firing.key == key and rows[0].status != "running"

        await until(closed)
        return book.runs(routine.id, limit=1)[0]


@asynccontextmanager
async def home(folder: Path) -> AsyncGenerator[Home]:
    async with ScriptedModel() as server:
        model = ModelConfig(name="small", base_url=server.base_url)
        async with living(folder, model=model, staging=Staging(travel_s={"cover": 0.1})) as daemon:
            daemon.routines.start()
            yield Home(daemon, server)


@pytest_asyncio.fixture
async def there(tmp_path: Path) -> AsyncGenerator[Home]:
    async with home(tmp_path) as found:
        yield found


def asks(gate: str, **more: Any) -> dict[str, Any]:
    return {"prompt": "Is it to be made warmer?", "gate": gate, **more}


GATES = {
    WARM: "skipped",
    "await call('light.turn_on', 'light.porch')\nTrue": "refused",
    "await notify('come here')\nTrue": "refused",
    "await ask('shall I?') == 'yes'": "failed",
    "1": "failed",
    "1 / 0 > 1": "failed",
    "nonsense(": "refused",
}


async def test_a_model_is_asked_only_when_there_is_something_to_decide(there: Home) -> None:
    for gate, status in GATES.items():
        run = await there.fire(there.routine(asks(gate)))
        assert (run.status, bool(run.reason)) == (status, True), gate
    assert (there.model.requests, there.moved) == ([], [])
    told = there.told()
    there.model.says(program='"It is 19 degrees; leave it."')
    run = await there.fire(there.routine(asks(COLD, tokens=20_000)))
    assert (run.status, len(there.model.requests)) == ("done", 1)
    assert [one.to for one in told if "19 degrees" in one.text] == ["person:anna"]


async def test_what_one_firing_may_cost_is_all_that_it_costs(there: Home) -> None:
    run = await there.fire(there.routine(asks(COLD, tokens=500)))
    assert (run.status, "tokens" in run.reason) == ("refused", True)
    assert there.model.requests == []


async def test_what_a_model_wants_is_judged_for_the_routine(there: Home) -> None:
    there.model.says(program="await call('lock.unlock', 'lock.front_door')\n'done'")
    run = await there.fire(there.routine(asks(COLD, tokens=20_000)))
    assert run.status == "refused"
    there.model.says(program="await call('cover.open_cover', 'cover.garage_door')")
    run = await there.fire(there.routine(asks(COLD, tokens=20_000)))
    assert (run.status, there.moved) == ("asked", [])
    (question,) = there.daemon.gate.questions.standing
    await there.daemon.desk.answer(question, OWNER, yes=True)
    assert there.moved == ["cover.open_cover cover.garage_door"]

    async def settled() -> bool:
        row = there.daemon.routines.book.run(run.id)
        return row is not None and row.status == "done"

    await until(settled)


async def test_a_skill_that_asks_at_night_is_answered_later_and_its_row_says_so(there: Home) -> None:
    files = skill_files(
        SKILL, {"program.py": "await call('cover.open_cover', 'cover.garage_door')\n", "skill.yaml": OPENS}
    )
    skill = await there.daemon.skills.library.write(Draft(SKILL, files, "written", (), "reads"))
    standing = Standing(SKILL, skill.version, skill.hash, "trusted", "written", accepted_by="anna")
    standing = replace(standing, changed=there.daemon.clock.now())
    there.daemon.skills.lives.standings.put(standing, "trusted", "tried", origin=OWNER)
    there.daemon.skills.skilled.changed()
    told = there.told()
    run = await there.fire(there.routine({"skill": SKILL}, {"say": "It is open."}))
    assert run.status == "asked", run.reason
    (question,) = there.daemon.gate.questions.standing
    await there.daemon.desk.answer(question, OWNER, yes=True)

    async def settled() -> bool:
        row = there.daemon.routines.book.run(run.id)
        return row is not None and row.status == "done"

    await until(settled)
    assert "It is open." in [one.text for one in told]
    assert there.moved == ["cover.open_cover cover.garage_door"]


async def test_a_question_outlives_a_restart_and_who_left_in_between_has_no_routine_that_acts(tmp_path: Path) -> None:
    async with home(tmp_path) as before:
        garage = {"actions": [{"action": "cover.open_cover", "entities": ["cover.garage_door"]}]}
        run = await before.fire(before.routine(garage, {"say": "It is open."}))
        assert run.status == "asked"
        before.routine({"say": "I am still here."}, by=replace(OWNER, person="zoe"), ident="r2")
    async with home(tmp_path) as after:
        told = after.told()
        (question,) = after.daemon.gate.questions.standing
        left = after.daemon.routines.book.get("r2")
        assert left is not None
        assert (left.state, left.why) == ("suspended", '"zoe" is not of this household any more')
        await until(lambda: _so(any("rests from now on" in one.text for one in told)))
        await after.daemon.desk.answer(question, OWNER, yes=True)
        book = after.daemon.routines.book
        await until(lambda: _so((found := book.run(run.id)) is not None and found.status == "done"))
        assert [one.text for one in told if one.text == "It is open."] == ["It is open."]
        assert after.moved == ["cover.open_cover cover.garage_door"]


async def _so(found: bool) -> bool:
    return found
