import asyncio
from pathlib import Path

import pytest

from claw.base.action import Acknowledgement, Action, Permit
from claw.base.errors import Broken, Refused, Unavailable
from claw.gate.carry import BROKEN_OFF, DIVERGED, MOVED_ON
from claw.house.model import Change, State
from tests.gate_room import LAMP_OFF, LAMP_ON, OWNER, POLICY, UNLOCK, VOICE, Room, gate_room
from tests.talking import until

OPEN = """\
version: 1
rules:
  - {id: all, allow: ["light.*", "lock.unlock"]}
  - {id: messages, allow: claw.notify}
"""
FEW = """\
version: 1
rules:
  - {id: few, allow: "light.*", at_most: {times: 3, per: 1 h}}
"""


def when_sent(room: Room, change: Change) -> None:
    """Let somebody change something while the first action is under way."""
    perform = room.hand.perform

    async def meanwhile(permit: Permit, action: Action) -> Acknowledgement:
        done = await perform(permit, action)
        if len(room.hand.sent) == 1:
            room.mirror.changed([change])
        return done

    room.hand.perform = meanwhile  # type: ignore[method-assign]


async def test_an_approved_run_halts_before_a_step_that_would_find_another_house(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((LAMP_ON, UNLOCK, LAMP_OFF), OWNER)).pending
        assert pending is not None
        when_sent(room, Change("lock.door", State("jammed")))
        outcomes = (await room.gate.answer(pending.id, OWNER, yes=True)).outcomes
        assert [one.status for one in outcomes] == ["done", "refused", "refused"]
        assert {one.detail for one in outcomes[1:]} == {DIVERGED}
        assert room.hand.sent == [LAMP_ON]
        refusal = room.audit.entry(outcomes[1].audit or 0)
        assert refusal is not None
        assert (refusal.kind, refusal.payload and refusal.payload["why"]) == ("refusal", DIVERGED)


async def test_an_approved_run_halts_when_a_step_before_the_risky_one_failed(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((LAMP_ON, UNLOCK), OWNER)).pending
        assert pending is not None
        room.hand.fault = Unavailable("no radio")
        outcomes = (await room.gate.answer(pending.id, OWNER, yes=True)).outcomes
        assert [(one.status, one.detail) for one in outcomes] == [("failed", "no radio"), ("refused", DIVERGED)]
        assert room.hand.sent == [LAMP_ON]


async def test_a_risky_step_that_nobody_had_to_approve_halts_too(tmp_path: Path) -> None:
    async with gate_room(tmp_path, OPEN) as room:
        room.hand.fault = Unavailable("no radio")
        outcomes = (await room.gate.perform((LAMP_ON, UNLOCK), OWNER)).outcomes
        assert [one.detail for one in outcomes] == ["no radio", BROKEN_OFF]
    async with gate_room(tmp_path / "again", OPEN) as room:
        when_sent(room, Change("lock.door", State("jammed")))
        outcomes = (await room.gate.perform((LAMP_ON, UNLOCK), OWNER)).outcomes
        assert [one.detail for one in outcomes] == ["", MOVED_ON]


async def test_harmless_steps_go_on_after_a_failure(tmp_path: Path) -> None:
    async with gate_room(tmp_path, OPEN) as room:
        room.mirror.changed([Change("light.lamp", State("unavailable"))])
        outcomes = (await room.gate.perform((LAMP_ON, LAMP_OFF), OWNER)).outcomes
        assert [one.status for one in outcomes] == ["failed", "failed"]


async def test_what_the_plan_itself_changes_is_expected(tmp_path: Path) -> None:
    async with gate_room(tmp_path, OPEN + '  - {id: lock, allow: "lock.lock"}\n') as room:
        plan = (UNLOCK, Action("lock.lock", ("lock.door",)), UNLOCK)
        assert [one.status for one in (await room.gate.perform(plan, OWNER)).outcomes] == ["done"] * 3


async def test_many_callers_at_once_do_not_slip_past_a_rate(tmp_path: Path) -> None:
    async with gate_room(tmp_path, FEW) as room:
        done = await asyncio.gather(*(room.gate.perform((LAMP_ON,), OWNER) for _ in range(64)))
        assert len(room.hand.sent) == 3
        assert sum(one.outcomes[0].status == "refused" for one in done) == 61


async def test_the_actions_of_one_plan_count_together(tmp_path: Path) -> None:
    async with gate_room(tmp_path, FEW) as room:
        outcomes = (await room.gate.perform((LAMP_ON, LAMP_OFF, LAMP_ON, LAMP_OFF), OWNER)).outcomes
        assert {one.status for one in outcomes} == {"refused"}
        assert room.hand.sent == []
        await room.gate.perform((LAMP_ON, LAMP_OFF, LAMP_ON), OWNER)
        assert len(room.hand.sent) == 3


async def test_whom_the_rule_names_is_told_once_it_is_done_and_not_when_it_is_not(tmp_path: Path) -> None:
    policy = POLICY.replace("{id: locking, allow: lock.lock}", "{id: locking, allow: lock.lock, notify: ben}")
    lock = Action("lock.lock", ("lock.door",))
    async with gate_room(tmp_path, policy) as room:
        room.mirror.changed([Change("lock.door", State("unlocked"))])
        room.hand.fault = Unavailable("no radio")
        await room.one(lock)
        room.hand.fault = None
        await room.one(lock)

        async def told() -> object:
            return room.told

        await until(told)
        await asyncio.sleep(0.02)
        assert [(message.to, message.text) for message in room.told] == [("person:ben", "anna: late: done")]


async def test_a_message_that_a_rule_tells_of_has_an_end_and_nobody_is_named_by_the_channel(tmp_path: Path) -> None:
    policy = POLICY.replace("allow: claw.notify}", "allow: claw.notify, notify: ben}")
    policy = policy.replace('allow: ["light.*", "cover.*"]}', 'allow: ["light.*", "cover.*"], notify: ben}')
    async with gate_room(tmp_path, policy) as room:
        await room.one(LAMP_ON, VOICE)
        await asyncio.sleep(0.05)
        assert [message.text for message in room.told] == ["voice:hall: late: done"]


@pytest.mark.parametrize(
    "error", [Refused("somebody was quicker"), Unavailable("no radio"), Broken("the disk is full")]
)
async def test_an_act_that_got_no_intent_is_watched_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async with gate_room(tmp_path) as room:

        def charge(*_: object) -> None:
            raise error

        monkeypatch.setattr(room.judge, "charge", charge)
        try:
            await room.gate.perform((LAMP_ON,), OWNER)
        except Broken:
            assert isinstance(error, Broken)
        assert room.mirror._watchers == {}
        assert room.hand.sent == []


async def test_every_row_names_what_decided_and_what_rules_looked_at(tmp_path: Path) -> None:
    policy = POLICY + '  - {id: dark, deny: "light.turn_off", when: {states: {switch.freezer: "off"}}}\n'
    async with gate_room(tmp_path, policy) as room:
        await room.one(LAMP_ON)
        room.mirror.changed([Change("switch.freezer", State("off"))])
        await room.one(LAMP_OFF)
        await room.written()
        rows = [entry for entry in room.audit.entries(0, 10) if entry.kind in {"intent", "refusal"}]
        assert [row.payload and row.payload["seen"] for row in rows] == [
            {"switch.freezer": "on"},
            {"switch.freezer": "off"},
        ]
        assert {row.versions["policy"] for row in rows} == {room.judge.policy.hash}
        assert all("overlay" in row.versions for row in rows)


async def test_a_stricter_policy_between_two_steps_keeps_the_second_back(tmp_path: Path) -> None:
    async with gate_room(tmp_path, OPEN) as room, gate_room(tmp_path / "other", POLICY) as other:
        perform = room.hand.perform

        async def meanwhile(permit: Permit, action: Action) -> Acknowledgement:
            done = await perform(permit, action)
            room.judge.policy = other.judge.policy
            return done

        room.hand.perform = meanwhile  # type: ignore[method-assign]
        outcomes = (await room.gate.perform((LAMP_ON, UNLOCK), OWNER)).outcomes
        assert [one.status for one in outcomes] == ["done", "refused"]
        assert "somebody has to be asked" in outcomes[1].detail


async def test_an_act_that_is_called_off_while_its_intent_is_written_is_not_sent_and_not_left_open(
    tmp_path: Path,
) -> None:
    async with gate_room(tmp_path) as room:
        room.audit._slow_until = float("inf")  # written in a thread, so that somebody can come in between
        acting = asyncio.create_task(room.one(LAMP_ON))
        await asyncio.sleep(0)
        acting.cancel()
        await asyncio.wait([acting])
        assert acting.cancelled()
        rows: list[tuple[str, int | None]] = []
        for _ in range(200):  # what follows the intent is noted when its thread has told the loop
            await room.audit.settle()
            rows = [(entry.kind, entry.parent) for entry in room.audit.entries()]
            if len(rows) > 1:
                break
            await asyncio.sleep(0.01)
        assert rows == [("intent", None), ("outcome", 1)]
        assert room.hand.sent == []
        assert not room.mirror._watchers
