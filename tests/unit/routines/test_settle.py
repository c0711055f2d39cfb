"""What became of a run that was cut short: by the intents in the log and what the house shows, never by acting."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.audit.log import AuditLog
from claw.base.action import Action, Origin
from claw.house.backend import Link
from claw.house.file import parse_house
from claw.house.mirror import Mirror
from claw.routines.model import Routine, Run
from claw.routines.rights import task_of
from claw.routines.settle import Settle
from tests.gate_room import HOUSE
from tests.held_clock import HeldClock
from tests.keeper_room import firing, routine

ON = Action("light.turn_on", ("light.lamp",))
OFF = Action("light.turn_off", ("light.lamp",))
UNLOCK = Action("lock.unlock", ("lock.door",))
SAY = Action("claw.notify", (), {"to": "person:anna", "text": "x"})


def acts(*actions: Action) -> dict[str, object]:
    return {
        "actions": [{"action": each.name, "entities": list(each.entities), "data": dict(each.data)} for each in actions]
    }


class Rig:
    def __init__(self, folder: Path) -> None:
        self.clock = HeldClock()
        self.log = AuditLog.open(folder / "audit.db", self.clock)
        self.mirror = Mirror(self.clock)
        self.made: Routine | None = routine("lamp", {"event": "x"}, acts(OFF))
        self.run = Run(7, "lamp", firing("lamp", self.clock.now()), "running", began=self.clock.now())
        self.settle = Settle(self.log, self.mirror, lambda _: self.made)

    def house(self) -> None:
        self.mirror.synced(parse_house(HOUSE))
        self.mirror.linked(Link("ready"))

    async def intent(self, action: Action, status: str = "", task: str | None = None, name: str = "lamp") -> int:
        origin = Origin("routine", "anna", routine=name, task=task_of(self.run) if task is None else task)
        seq = await self.log.append("intent", {"action": action.as_json()}, origin=origin)
        if status:
            await self.log.append("outcome", {"status": status}, parent=seq)
        return seq


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path)
    rig.house()
    yield rig
    await rig.log.close()


async def came(rig: Rig, run: Run | None = None) -> tuple[str, str] | None:
    done = await rig.settle.of(run or rig.run)
    return None if done is None else (done.status, done.reason)


async def test_without_an_intent_nothing_was_begun(rig: Rig) -> None:
    await rig.intent(OFF, name="other")
    await rig.intent(OFF, task="run:6")
    assert await came(rig) is None


@pytest.mark.parametrize("status", ["done", "unchanged", "started", "sent"])
async def test_what_the_log_says_was_done_was_done(rig: Rig, status: str) -> None:
    seq = await rig.intent(ON, status)
    done = await rig.settle.of(rig.run)
    assert done is not None
    assert (done.status, done.reason) == ("done", "Claw ended in the middle of it; it was done all the same")
    assert [outcome.audit for outcome in done.outcomes] == [seq]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (OFF, ("done", "Claw ended in the middle of it; it was done all the same")),
        (ON, ("unknown", "Claw ended in the middle of it; what became of 1 act cannot be told")),
        (UNLOCK, ("unknown", "Claw ended in the middle of it; what became of 1 act cannot be told")),
        (SAY, ("unknown", "Claw ended in the middle of it; what became of 1 act cannot be told")),
        (
            Action("light.turn_on", ("light.gone",)),
            ("unknown", "Claw ended in the middle of it; what became of 1 act cannot be told"),
        ),
    ],
)
@pytest.mark.parametrize("status", ["", "unknown"])
async def test_what_the_log_does_not_say_the_house_shows(
    rig: Rig, action: Action, expected: tuple[str, str], status: str
) -> None:
    await rig.intent(action, status)
    assert await came(rig) == expected


async def test_a_house_that_is_not_there_shows_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.routines.settle.HOUSE_S", 0.01)
    rig.mirror.linked(Link("connecting"))
    await rig.intent(OFF)
    found = await came(rig)
    assert found is not None
    assert found[0] == "unknown"


async def test_half_of_a_plan_is_not_called_done(rig: Rig) -> None:
    rig.made = routine("lamp", {"event": "x"}, [acts(ON, UNLOCK), {"say": "done"}])
    await rig.intent(ON, "done")
    assert await came(rig) == ("failed", "Claw ended in the middle of it: 1 of 3 acts done")
    await rig.intent(UNLOCK, "failed")
    assert await came(rig) == ("failed", "Claw ended in the middle of it: 1 of 3 acts done")


@pytest.mark.parametrize("made", [None, routine("lamp", {"event": "x"}, {"skill": "laundry-done"})])
async def test_of_what_was_not_known_before_nobody_can_say_that_it_was_all(rig: Rig, made: Routine | None) -> None:
    rig.made = made
    await rig.intent(ON, "done", task="skill:1")
    assert await came(rig) == (
        "unknown",
        "Claw ended in the middle of it; 1 act done, and whether more was to come is not known",
    )


async def test_what_a_skill_did_before_the_run_is_not_its(rig: Rig) -> None:
    await rig.intent(ON, "done", task="skill:1")
    await rig.clock.advance(60)
    later = replace(rig.run, began=rig.clock.now())
    assert await came(rig, later) is None
    assert await came(rig, replace(rig.run, began=None)) is None, "what was not begun had no skill run"


async def test_an_intent_that_was_erased_or_cut_is_unknown_and_not_forgotten(rig: Rig) -> None:
    origin = Origin("routine", "anna", routine="lamp", task=task_of(rig.run))
    await rig.log.append("intent", {"action": {"name": "light.turn_on"}}, origin=origin)
    await rig.log.append("intent", {}, origin=origin)
    assert await came(rig) == ("unknown", "Claw ended in the middle of it; what became of 2 acts cannot be told")


async def test_a_question_that_was_put_is_not_put_again(rig: Rig) -> None:
    origin = Origin("routine", "anna", routine="lamp", task=task_of(rig.run))
    await rig.log.append("question", {"question": "unlock?"}, origin=origin)
    assert await came(rig) == ("unknown", "Claw ended in the middle of it: it had just asked somebody")
    await rig.intent(OFF, "done")
    assert await came(rig) == ("done", "Claw ended in the middle of it; it was done all the same")


async def test_it_is_found_behind_much_that_came_after(rig: Rig) -> None:
    await rig.intent(ON, "done")
    for _ in range(1200):
        rig.log.note("x", {})
    await rig.log.settle()
    await rig.log.settle()
    found = await came(rig, replace(rig.run, began=rig.clock.now() - timedelta(minutes=1)))
    assert found is not None
    assert found[0] == "done"
