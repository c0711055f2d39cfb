"""When the house is looked at for what must never be, when it is not, and what a look that goes on has in hand."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Message
from claw.base.errors import Unavailable
from claw.gate.breach import Breaches
from claw.house.backend import Link
from claw.house.model import Change, House, State
from tests.gate_room import POLICY, Room, gate_room
from tests.talking import until
from tests.unit.gate.test_breach import NEVER

TWO = NEVER + "  - {id: safe-open, when: {states: {lock.safe: unlocked}}, why: the safe is open}\n"
LOOKING = POLICY + '  - {id: dark, deny: "light.turn_off", when: {states: {light.lamp: "off"}}}\n'
OPEN = Change("lock.door", State("unlocked"))
LIT = Change("light.lamp", State("on"))


class Ear:
    """Whom it is told to: hears each message, and holds up who tells it until it is let go."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.go = asyncio.Event()
        self.broken = False

    async def __call__(self, message: Message) -> None:
        self.heard.append(message.text)
        await self.go.wait()
        if self.broken:
            raise Unavailable("nobody is listening")


def watching(room: Room) -> tuple[Breaches, Ear]:
    ear = Ear()
    return Breaches(room.judge, room.audit, room.clock, ear), ear


async def hears(ear: Ear, count: int) -> None:
    async def so() -> bool:
        return len(ear.heard) == count

    await until(so)


async def test_what_nothing_is_said_of_makes_nobody_look(tmp_path: Path) -> None:
    for number, (policy, looks) in enumerate(((LOOKING, False), (NEVER, True))):
        async with gate_room(tmp_path / str(number), policy) as room:
            breaches, _ = watching(room)
            room.mirror.changed([Change("switch.freezer", State("off"))])
            assert breaches._looking is None
            room.mirror.changed([LIT])
            assert (breaches._looking is not None) is looks
            await breaches.close()


async def test_what_comes_while_it_is_being_told_of_something_else_is_told_too(tmp_path: Path) -> None:
    async with gate_room(tmp_path, TWO) as room:
        breaches, ear = watching(room)
        room.mirror.changed([LIT, OPEN])
        await hears(ear, 1)
        room.mirror.changed([Change("lock.safe", State("unlocked"))])
        ear.go.set()
        await hears(ear, 2)
        assert ear.heard[1] == "the safe is open"
        looking = breaches._looking
        assert looking is not None
        await asyncio.wait_for(looking, 5)  # and then it has looked enough
        await breaches.close()


async def test_what_could_not_be_told_keeps_nothing_else_from_being_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with gate_room(tmp_path, TWO) as room:
        breaches, ear = watching(room)
        ear.broken = True
        ear.go.set()
        room.mirror.changed([LIT, OPEN, Change("lock.safe", State("unlocked"))])
        await hears(ear, 2)
        await breaches.close()
        assert "could not be reported" in caplog.text


async def test_nothing_is_told_of_a_house_that_is_not_known_now(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        breaches, ear = watching(room)
        room.mirror.linked(Link("lost"))
        room.mirror.changed([LIT, OPEN])
        looking = breaches._looking
        assert looking is not None
        await looking
        assert ear.heard == []
        room.mirror.linked(Link("ready"))
        breaches.look()
        await hears(ear, 1)
        await breaches.close()


def seen(room: Room) -> list[object]:
    return [entry.payload["seen"] for entry in room.audit.entries(kinds=("breach",)) if entry.payload]


async def test_the_log_says_what_was_seen_by_its_present_name_and_under_which_policy(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER.replace("lock.door: unlocked", "lock.front: unlocked")) as room:
        breaches, ear = watching(room)
        registry = room.mirror.registry
        door = replace(registry.entities["lock.door"], former="lock.front")
        registry = replace(registry, entities={**registry.entities, "lock.door": door})
        room.mirror.synced(House(registry, dict(room.mirror.states)))
        room.mirror.changed([LIT, OPEN])
        await hears(ear, 1)
        assert seen(room) == [{"light.lamp": "on", "lock.door": "unlocked"}]
        (row,) = room.audit.entries(kinds=("breach",))
        assert row.versions["policy"] == room.judge.policy.hash
        await breaches.close()


async def test_what_is_gone_by_the_time_it_is_told_of_is_told_of_all_the_same(tmp_path: Path) -> None:
    async with gate_room(tmp_path, TWO) as room:
        breaches, ear = watching(room)
        room.mirror.changed([LIT, OPEN, Change("lock.safe", State("unlocked"))])
        await hears(ear, 1)
        room.mirror.changed([Change("lock.safe", None)])
        ear.go.set()
        await hears(ear, 2)
        assert seen(room) == [{"light.lamp": "on", "lock.door": "unlocked"}, {}]
        await breaches.close()


async def test_closing_ends_a_look_that_goes_on_and_is_no_trouble_without_one(tmp_path: Path) -> None:
    async with gate_room(tmp_path, NEVER) as room:
        breaches, ear = watching(room)
        await breaches.close()
        room.mirror.changed([LIT, OPEN])
        await hears(ear, 1)
        looking = breaches._looking
        assert looking is not None
        await breaches.close()
        assert looking.cancelled()
