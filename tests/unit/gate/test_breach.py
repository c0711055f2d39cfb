import asyncio
from pathlib import Path

from claw.gate.breach import Breaches
from claw.house.model import Change, State
from tests.gate_room import LAMP_ON, OWNER, POLICY, Room, gate_room
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
