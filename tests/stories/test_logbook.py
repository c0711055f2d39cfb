"""What Claw did stands in the house's own logbook: through the door, behind the act, never about itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from claw.base.action import Action
from claw.base.config import HouseConfig
from claw.daemon.build import Daemon, build
from claw.house.simulated import SimulatedHouse
from tests.living import OWNER, config
from tests.talking import until

POLICY = """\
version: 1
rules:
  - {id: talk, allow: claw.notify}
  - {id: comfort, allow: "light.*"}
  - {id: book, allow: logbook.log, who: {channel: system}}
"""
LAMP = "light.kitchen_ceiling"


@asynccontextmanager
async def noting(folder: Path, policy: str = POLICY, *, logbook: bool = True) -> AsyncIterator[Daemon]:
    async with AsyncExitStack() as rooms:
        settings = config(folder, policy)
        house = HouseConfig(simulated=settings.house.simulated, logbook=logbook)
        daemon = await build(settings.model_copy(update={"house": house}), folder / "state", rooms)
        await daemon.backend.connect(daemon.mirror)
        await daemon.mirror.wait_ready(5)
        yield daemon


def notes(daemon: Daemon) -> list[Action]:
    assert isinstance(daemon.backend, SimulatedHouse)
    return [action for action in daemon.backend.performed if action.name == "logbook.log"]


async def act(daemon: Daemon, name: str = "light.turn_on", **data: object) -> int:
    reply = await daemon.desk.act([Action(name, (LAMP,), data)], OWNER)
    return reply.outcomes[0].audit or 0


async def test_an_act_is_noted_with_who_and_why_and_the_note_is_in_the_log_once(tmp_path: Path) -> None:
    async with noting(tmp_path) as daemon:
        number = await act(daemon)

        async def noted() -> bool:
            return bool(notes(daemon))

        await until(noted)
        (note,) = notes(daemon)
        assert note.data["message"] == f"turned on for Anna (web), rule comfort, entry {number}"
        assert (note.data["entity_id"], note.data["domain"], note.data["name"]) == (LAMP, "light", "Claw")
        await asyncio.sleep(0.1)
        assert len(notes(daemon)) == 1
        intents = daemon.audit.entries(0, 100, kinds=["intent"])
        assert [dict(entry.payload or {})["action"]["name"] for entry in intents] == ["light.turn_on", "logbook.log"]


async def test_nobody_else_may_write_there(tmp_path: Path) -> None:
    async with noting(tmp_path) as daemon:
        forged = Action("logbook.log", (), {"name": "Anna", "message": "unlocked the door"})
        reply = await daemon.desk.act([forged], OWNER)
        assert reply.status == "refused"
        assert notes(daemon) == []


async def test_it_is_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    async with noting(tmp_path, logbook=False) as daemon:
        await act(daemon)
        await asyncio.sleep(0.1)
        assert notes(daemon) == []


async def test_a_policy_that_forbids_it_costs_the_act_nothing(tmp_path: Path) -> None:
    async with noting(tmp_path, POLICY.replace("allow: logbook.log", "deny: logbook.log")) as daemon:
        assert await act(daemon) > 0
        await asyncio.sleep(0.1)
        await act(daemon, "light.turn_off")
        await asyncio.sleep(0.1)
        assert notes(daemon) == []
        refusals = daemon.audit.entries(0, 100, kinds=["refusal"])
        assert len(refusals) == 1


async def test_while_stopped_nothing_is_noted(tmp_path: Path) -> None:
    async with noting(tmp_path) as daemon:
        await act(daemon)
        daemon.stop.engage("test", OWNER)
        before = len(notes(daemon))
        await act(daemon, "light.turn_off")
        await asyncio.sleep(0.1)
        assert len(notes(daemon)) == before


async def test_undo_passes_over_what_claw_wrote_there(tmp_path: Path) -> None:
    async with noting(tmp_path) as daemon:
        number = await act(daemon)
        await asyncio.sleep(0.1)
        assert (await daemon.desk.lookback.undo(OWNER, since="00:00"))["undoes"] == [number]
        assert (await daemon.desk.lookback.undo(OWNER, since="00:00"))["status"] == "unclear"
