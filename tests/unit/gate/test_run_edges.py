"""What of a wave shows only when the disk is slow, one of it breaks, or somebody is to be told."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action, Json
from claw.base.errors import Broken, Refused
from claw.gate.answering import Choice
from claw.gate.run import LEFT_OUT, NOT_IN_PLAN, taken_out
from claw.house.model import Change, House, State
from tests.gate_room import FREEZER_OFF, GARAGE, LAMP_OFF, LAMP_ON, OWNER, POLICY, UNLOCK, Room, gate_room
from tests.talking import until
from tests.unit.gate.test_perform_edges import all_at_work, let_go
from tests.unit.gate.test_run import LOCK, OPEN, approved, begun


def slow_disk(room: Room, monkeypatch: pytest.MonkeyPatch, *, full_for: str = "") -> None:
    """Let every row of the log take a turn of the loop; the intent of one action finds the disk full."""
    append = room.audit.append

    async def slowly(kind: str, payload: Mapping[str, Json], **more: Any) -> int:
        await asyncio.sleep(0.01)
        if kind == "intent" and payload["action"]["name"] == full_for:
            raise Broken("the disk is full")
        return await append(kind, payload, **more)

    monkeypatch.setattr(room.audit, "append", slowly)


async def test_the_first_of_a_wave_is_on_disk_before_the_others_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gate_room(tmp_path, OPEN) as room:
        slow_disk(room, monkeypatch)
        run = await begun(room, LAMP_ON, LOCK)
        found = await run.step((LAMP_ON, LOCK))
        assert [one.status for one in found] == ["done", "unchanged"]
        first, second = (room.audit.entry(one.audit or 0) for one in found)
        assert first is not None
        assert second is not None
        assert first.payload is not None
        assert second.payload is not None
        assert "first" not in first.payload
        assert second.payload["first"] == first.seq


async def test_a_wave_of_which_one_breaks_ends_when_all_of_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gate_room(tmp_path, OPEN) as room:
        slow_disk(room, monkeypatch, full_for=LOCK.name)
        run = await begun(room, LAMP_ON, LOCK)
        room.hand.hold = asyncio.Event()
        stepping = asyncio.create_task(run.step((LAMP_ON, LOCK)))
        await room.hand.entered.wait()
        await asyncio.sleep(0.05)
        assert not stepping.done()
        room.hand.hold.set()
        with pytest.raises(Broken, match="full"):
            await stepping
        assert room.hand.sent == [LAMP_ON]


async def test_whom_a_rule_names_is_told_of_each_act_of_a_wave(tmp_path: Path) -> None:
    policy = OPEN.replace('allow: ["light.*", "lock.*"]', 'allow: ["light.*", "lock.*"], notify: ben')
    async with gate_room(tmp_path, policy) as room:
        room.mirror.changed([Change("lock.door", State("unlocked"))])
        await (await begun(room, LAMP_ON, LOCK)).step((LAMP_ON, LOCK))

        async def told() -> bool:
            return len(room.told) == 2

        await until(told)
        assert {(message.to, message.text) for message in room.told} == {("person:ben", "anna: late: done")}


def no() -> None:
    raise Refused("not now")


async def test_a_step_while_it_is_stopped_is_refused_at_once_and_does_not_wait_in_line(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON)
        tasks = await all_at_work(room)
        room.stop.engage("smoke", OWNER)
        (found,) = await asyncio.wait_for(run.step((LAMP_ON,)), 1)
        assert (found.status, found.detail) == ("refused", "stopped")
        await let_go(room, tasks)


async def test_what_says_no_while_a_step_waits_in_line_keeps_even_its_intent_out_of_the_log(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON)
        tasks = await all_at_work(room)
        stepping = asyncio.create_task(run.step((LAMP_ON,)))
        await asyncio.sleep(0.01)
        room.stop.guards.append(no)
        await let_go(room, tasks)
        assert [one.detail for one in await stepping] == ["not now"]
        assert room.kinds().count("intent") == len(tasks)


async def test_what_says_no_to_a_step_keeps_even_its_intent_out_of_the_log(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON)
        room.stop.guards.append(no)
        assert [one.detail for one in await run.step((LAMP_ON,))] == ["not now"]
        assert room.kinds() == ["refusal"]


async def test_what_says_no_in_the_middle_of_a_wave_keeps_the_rest_out_of_the_log(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON, LAMP_OFF)
        room.hand.hold = asyncio.Event()
        stepping = asyncio.create_task(run.step((LAMP_ON, LAMP_OFF)))
        await room.hand.entered.wait()
        room.stop.guards.append(no)
        room.hand.hold.set()
        assert [one.detail for one in await stepping] == ["", "not now"]
        assert room.kinds().count("intent") == 1


async def test_after_a_wave_the_plan_goes_on_where_the_wave_ended(tmp_path: Path) -> None:
    async with gate_room(tmp_path, OPEN) as room:
        run = await begun(room, LAMP_ON, LOCK, LAMP_OFF)
        await run.step((LAMP_ON, LOCK))
        assert run.left == (LAMP_OFF,)
        await run.step((LAMP_OFF,))
        assert not run.strayed


async def test_a_wave_of_which_one_is_not_in_the_plan_is_done_as_it_was_asked(tmp_path: Path) -> None:
    async with gate_room(tmp_path, OPEN) as room:
        run = await begun(room, LAMP_ON, LOCK)
        await run.step((LAMP_ON, LAMP_OFF))
        assert room.hand.sent == [LAMP_ON, LAMP_OFF]
        assert run.strayed


async def test_what_was_left_out_once_is_left_out_once(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await approved(room, UNLOCK, GARAGE, choice=Choice(without=frozenset({0})))
        assert [one.detail for one in await run.step((UNLOCK,))] == [LEFT_OUT]
        assert [one.detail for one in await run.step((UNLOCK,))] == [NOT_IN_PLAN]


async def test_the_log_says_of_what_was_not_in_the_plan_what_the_policy_said_of_it(tmp_path: Path) -> None:
    policy = POLICY + '  - {id: dark, deny: "switch.turn_on", when: {states: {light.lamp: "off"}}}\n'
    async with gate_room(tmp_path, policy) as room:
        run = await begun(room)
        await run.step((UNLOCK,))
        await run.step((Action("switch.turn_on", FREEZER_OFF.entities),))
        room.stop.guards.append(no)
        await run.step((LAMP_ON,))
        rows = [entry.payload or {} for entry in room.audit.entries(kinds=("refusal",))]
        assert [(row.get("effect"), row["rule"], row["seen"]) for row in rows] == [
            (None, "unlock", {"light.lamp": "off"}),
            ("deny", "dark", {"light.lamp": "off"}),
            (None, None, {}),
        ]


def test_what_was_taken_out_is_what_is_not_among_what_was_kept() -> None:
    assert taken_out((LAMP_ON, LOCK), (LAMP_ON, LOCK)) == ()
    assert taken_out((LAMP_ON, LOCK), (LAMP_ON,)) == (LOCK,)
    assert taken_out((LAMP_ON, LOCK, LAMP_ON), (LOCK, LAMP_ON)) == (LAMP_ON,)


async def test_a_planned_step_on_a_thing_that_is_gone_fails_and_is_no_straying(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON)
        registry = room.mirror.registry
        entities = {name: one for name, one in registry.entities.items() if name != "light.lamp"}
        states = {name: one for name, one in room.mirror.states.items() if name != "light.lamp"}
        room.mirror.synced(House(replace(registry, entities=entities), states))
        assert [one.status for one in await run.step((LAMP_ON,))] != ["done"]
        assert not run.strayed


async def test_a_run_that_has_left_its_plan_still_does_what_nobody_has_to_guard(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        run = await begun(room, LAMP_ON, LAMP_OFF, LAMP_ON)
        await run.step((UNLOCK,))
        assert run.strayed
        assert [one.status for one in await run.step((LAMP_ON, LAMP_OFF))] == ["done", "done"]
        assert [one.status for one in await run.step((LAMP_ON,))] == ["done"]
