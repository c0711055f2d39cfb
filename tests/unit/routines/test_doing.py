"""One run: its steps in order through the gate, and a row that says what really came of them."""

from pathlib import Path

import pytest

from claw.routines.model import Done
from tests.doing_room import DARK, LAMP, acting, acts
from tests.gate_room import LAMP_ON, OWNER

SAYS = {"say": "It is dark."}


async def test_steps_are_done_in_order_in_the_name_of_the_routine(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        run, done = await room.do(room.routine([acts(LAMP), SAYS, acts(DARK)]))
        assert done.status == "done"
        assert [one.name for one in room.room.hand.sent] == ["light.turn_on", "light.turn_off"]
        assert [one.to for one in room.room.told] == ["person:anna"]
        intents = [one for one in room.room.audit.entries(0, 100) if one.kind == "intent"]
        assert {one.origin and one.origin.routine for one in intents} == {"evening"}
        assert {one.origin and one.origin.task for one in intents} == {f"run:{run.id}"}
        assert [outcome.audit for outcome in done.outcomes] == [one.seq for one in intents]


async def test_after_what_was_refused_nothing_more_is_done(tmp_path: Path) -> None:
    forbidden = {"action": "switch.turn_off", "entities": ["switch.freezer"]}
    async with acting(tmp_path) as room:
        _, done = await room.do(room.routine([acts(LAMP), acts(forbidden), SAYS, acts(DARK)]))
        assert (done.status, "2 steps after it are left undone" in done.reason) == ("refused", True)
        assert room.room.hand.sent == [LAMP_ON]
        assert not room.room.told


async def test_a_condition_that_is_not_met_is_a_row_with_its_reason(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        room.always.why = "it is not dark"
        routine = room.routine([acts(LAMP)])
        assert (await room.do(routine))[1] == Done("skipped", "it is not dark")
        assert (await room.do(routine, OWNER))[1].status == "done"  # a person wants it now


async def test_what_is_cancelled_begins_no_further_step(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        routine = room.routine([acts(LAMP)])
        run = room.book.claim(room.firing(routine))
        assert run is not None
        room.doing.cancel(run)
        assert (await room.doing.do(routine, run)).status == "replaced"
        assert not room.room.hand.sent


@pytest.mark.parametrize("state", ["paused", "waiting", "suspended", "removed"])
async def test_what_may_not_act_does_nothing(state: str, tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        routine = room.routine([acts(LAMP)], state=state)
        _, done = await room.do(routine)
        assert done.status == "refused"
        assert not room.room.hand.sent


async def test_a_person_has_a_paused_routine_run_once(tmp_path: Path) -> None:
    async with acting(tmp_path) as room:
        routine = room.routine([acts(LAMP)], state="paused")
        assert (await room.do(routine, OWNER))[1].status == "done"
        assert (await room.do(routine))[1].status == "refused"
