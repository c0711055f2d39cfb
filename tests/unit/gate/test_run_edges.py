"""What of a wave shows only when the disk is slow, one of it breaks, or somebody is to be told."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Json
from claw.base.errors import Broken
from claw.house.model import Change, State
from tests.gate_room import LAMP_ON, Room, gate_room
from tests.talking import until
from tests.unit.gate.test_run import LOCK, OPEN, begun


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
