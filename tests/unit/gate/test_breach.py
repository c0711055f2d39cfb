import asyncio
from pathlib import Path

import pytest

from claw.base.action import Action
from claw.gate.breach import Breaches
from claw.house.model import Change, State
from tests.gate_room import HOUSE, LAMP_ON, OWNER, POLICY, Room, gate_room
from tests.talking import until

NEVER = (
    POLICY
    + """\
never:
  - id: dark-and-open
    when: {states: {lock.door: unlocked, light.lamp: "on"}}
    why: the door is unlocked while the lamp is on
"""
)


def watching(room: Room) -> Breaches:
    return Breaches(room.judge, room.audit, room.clock, room.gate.tell)


async def rows(room: Room) -> list[str]:
    return [str(entry.payload["id"]) for entry in room.audit.entries(0, 1000, kinds=("breach",)) if entry.payload]


async def test_what_must_never_be_is_told_once_whoever_did_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        breaches = watching(room)
        room.mirror.changed([Change("light.lamp", State("on"))])
        room.mirror.changed([Change("lock.door", State("unlocked"))])
        await until(lambda: rows(room))
        room.mirror.changed([Change("light.lamp", State("on", {"brightness": 4}))])
        await asyncio.sleep(0.05)
        assert await rows(room) == ["dark-and-open"]
        (message,) = room.told
        assert (message.to, message.kind, message.urgency) == ("everyone", "alarm", "high")
        assert message.text == "the door is unlocked while the lamp is on"
        assert room.hand.sent == []  # looking is not acting
        await breaches.close()


async def test_it_is_told_again_when_it_comes_again(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        breaches = watching(room)

        async def told(times: int) -> None:
            async def so() -> bool:
                return len(await rows(room)) == times

            await until(so)

        for times in (1, 2):
            room.mirror.changed([Change("light.lamp", State("on")), Change("lock.door", State("unlocked"))])
            await told(times)
            room.mirror.changed([Change("lock.door", State("locked"))])
            await asyncio.sleep(0.02)
        await breaches.close()


async def test_what_is_not_known_is_no_breach(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        breaches = watching(room)
        room.mirror.changed([Change("light.lamp", State("on")), Change("lock.door", State("unavailable"))])
        await asyncio.sleep(0.05)
        assert await rows(room) == []
        await breaches.close()


async def test_a_plan_that_would_bring_it_about_is_refused_whole(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        room.mirror.changed([Change("lock.door", State("unlocked"))])
        performed = await room.gate.perform((LAMP_ON,), OWNER)
        assert [(one.status, one.detail) for one in performed.outcomes] == [
            ("refused", "the door is unlocked while the lamp is on")
        ]
        assert room.hand.sent == []


REACHING = """\
version: 1
rules:
  - {id: all, allow: ["light.*", "lock.*", claw.notify]}
  - {id: leaving, allow: scene.turn_on, on: {entity: scene.leaving}}
never:
  - {id: open, when: {states: {lock.door: unlocked, light.lamp: "on"}}, why: open while the lamp is on}
"""


async def test_what_a_scene_might_do_counts_as_done_where_it_must_never_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = {"entity_id": "scene.leaving", "state": "unknown", "attributes": {"entity_id": ["lock.door"]}}
    monkeypatch.setitem(HOUSE, "entities", [*HOUSE["entities"], {**scene, "name": "Leaving"}])
    leave = Action("scene.turn_on", ("scene.leaving",))
    async with gate_room(tmp_path, REACHING) as room:
        (before,) = (await room.gate.perform((leave,), OWNER)).outcomes
        assert before.status != "refused", "the lamp is off: it may be unlocked"
        room.hand.sent.clear()
        room.mirror.changed([Change("light.lamp", State("on"))])
        (after,) = (await room.gate.perform((leave,), OWNER)).outcomes
        assert (after.status, after.detail) == ("refused", "open while the lamp is on")
        assert room.hand.sent == []
