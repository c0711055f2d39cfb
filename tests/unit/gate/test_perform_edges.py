"""The second line of the door: what holds when the first one was not told."""

from pathlib import Path

from claw.house.model import State
from tests.gate_room import GARAGE, OWNER, UNLOCK, gate_room


async def test_a_change_that_nobody_told_of_voids_the_yes_too(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        room.mirror._states["lock.door"] = State("unlocked")  # as if the change had been lost on its way
        performed = await room.gate.answer(pending.id, OWNER, yes=True)
        assert [one.status for one in performed.outcomes] == ["refused"]
        assert "was locked when this was asked and is unlocked now" in performed.outcomes[0].detail
        assert room.hand.sent == []


async def test_a_thing_that_nobody_said_was_gone_voids_the_yes_too(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        del room.mirror._states["lock.door"]
        performed = await room.gate.answer(pending.id, OWNER, yes=True)
        assert [one.status for one in performed.outcomes] == ["refused"]
        assert room.hand.sent == []


async def test_what_was_allowed_and_what_was_asked_are_two_plans(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        performed = await room.gate.perform((GARAGE, UNLOCK), OWNER)
        assert performed.pending is not None
        assert room.hand.sent == [], "nothing of a plan that is asked about is done before the yes"
        assert [action.name for action in performed.pending.actions] == [GARAGE.name, UNLOCK.name]
