import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from claw.base.action import SYSTEM, Action, Origin
from claw.base.errors import Refused
from claw.gate.queue import AT_ONCE, MOST_WAITING, Lines
from tests.gate_room import LAMP_OFF, LAMP_ON, OWNER, Room, gate_room
from tests.talking import until

ANNA = Origin("web", "anna", source="anna")
BEN = Origin("web", "ben", source="ben")


class Crowd:
    """Requests that hold their place until they are told to go."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.inside: list[str] = []
        self.go = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def come(self, name: str, origin: Origin = ANNA, actions: Sequence[Action] = ()) -> asyncio.Task[None]:
        async def one() -> None:
            async with self.lines.place(origin, actions):
                self.inside.append(name)
                await self.go.wait()

        task = asyncio.get_running_loop().create_task(one())
        self.tasks.append(task)
        return task


@asynccontextmanager
async def crowd() -> AsyncIterator[Crowd]:
    found = Crowd(Lines())
    yield found
    found.go.set()
    await asyncio.gather(*found.tasks, return_exceptions=True)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_four_of_one_source_are_at_work_and_another_source_does_not_wait_for_them() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + 3):
            people.come(str(name))
        people.come("ben", BEN)
        await settle()
        assert people.inside == ["0", "1", "2", "3", "ben"]


async def test_the_rest_come_in_the_order_in_which_they_came() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + 5):
            people.come(str(name))
        await settle()
        people.go.set()
        await asyncio.gather(*people.tasks)
        assert people.inside == [str(name) for name in range(AT_ONCE + 5)]
        assert people.lines._lines == {}


async def test_a_line_has_an_end() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + MOST_WAITING):
            people.come(str(name))
        await settle()
        with pytest.raises(Refused, match="wait already"):
            await people.come("one too many")


async def test_a_stop_sends_everybody_away_who_waits() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + 2):
            people.come(str(name))
        await settle()
        people.lines.empty()
        for task in people.tasks[AT_ONCE:]:
            with pytest.raises(Refused, match="stopped"):
                await task
        assert len(people.inside) == AT_ONCE


async def test_who_hangs_up_in_line_keeps_nobody_waiting() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + 2):
            people.come(str(name))
        await settle()
        people.tasks[AT_ONCE].cancel()
        people.tasks[0].cancel()
        await settle()
        assert people.inside[-1] == str(AT_ONCE + 1)


async def test_a_place_given_to_somebody_who_has_just_gone_is_passed_on() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + 2):
            people.come(str(name))
        await settle()
        line = next(iter(people.lines._lines.values()))
        people.lines._next(line)  # gives the place of one who leaves to the first in line
        people.tasks[AT_ONCE].cancel()  # before he has taken it
        await settle()
        assert people.inside[-1] == str(AT_ONCE + 1)


async def test_who_hangs_up_in_line_never_comes_in_and_counts_no_more() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + MOST_WAITING):
            people.come(str(name))
        await settle()
        people.tasks[AT_ONCE].cancel()
        await settle()
        assert people.tasks[AT_ONCE].cancelled()
        people.come("instead")
        await settle()
        people.go.set()
        await asyncio.gather(*people.tasks, return_exceptions=True)
        assert str(AT_ONCE) not in people.inside
        assert people.inside[-1] == "instead"


async def test_who_hangs_up_when_a_place_has_just_passed_them_by_goes_like_anybody() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + 2):
            people.come(str(name))
        await settle()
        line = next(iter(people.lines._lines.values()))
        people.tasks[AT_ONCE].cancel()
        people.lines._next(line)  # finds somebody who is gone and has not been told yet
        await settle()
        assert people.tasks[AT_ONCE].cancelled()
        assert people.inside[-1] == str(AT_ONCE + 1)


async def test_who_hangs_up_when_the_line_is_emptied_gives_no_place_back() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + 1):
            people.come(str(name))
        await settle()
        line = next(iter(people.lines._lines.values()))
        people.lines.empty()
        people.tasks[AT_ONCE].cancel()
        await settle()
        assert line.at_work == AT_ONCE


async def test_the_daemons_own_messages_never_wait() -> None:
    async with crowd() as people:
        for name in range(AT_ONCE + 2):
            people.come(str(name), SYSTEM)
        await settle()
        assert len(people.inside) == AT_ONCE + 2


async def sent(room: Room, count: int) -> None:
    async def so() -> bool:
        return len(room.hand.sent) >= count

    await until(so)


async def holding(room: Room, count: int) -> list[asyncio.Task[object]]:
    room.hand.hold = asyncio.Event()
    tasks: list[asyncio.Task[object]] = [
        asyncio.get_running_loop().create_task(room.gate.perform((LAMP_ON,), OWNER)) for _ in range(count)
    ]
    await sent(room, min(count, AT_ONCE))
    await asyncio.sleep(0.02)
    return tasks


async def test_the_door_lets_four_plans_of_one_source_in(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        tasks = await holding(room, AT_ONCE + 2)
        assert len(room.hand.sent) == AT_ONCE
        other = Origin("web", "ben", authenticated=True, source="another")
        waiting = asyncio.create_task(room.gate.perform((LAMP_OFF,), other))
        await sent(room, AT_ONCE + 1)
        room.hand.hold.set()  # type: ignore[union-attr]
        await asyncio.gather(*tasks, waiting)
        assert len(room.hand.sent) == AT_ONCE + 3


async def test_a_stop_empties_the_line_before_the_door(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        tasks = await holding(room, AT_ONCE + 2)
        room.stop.engage("smoke", OWNER)
        await asyncio.wait_for(asyncio.gather(*tasks[AT_ONCE:]), 5)  # while those before them still hang
        room.hand.hold.set()  # type: ignore[union-attr]
        done = await asyncio.gather(*tasks)
        assert len(room.hand.sent) == AT_ONCE
        assert [one.outcomes[0].detail for one in done[AT_ONCE:]] == ["stopped", "stopped"]  # type: ignore[attr-defined]


async def test_who_leaves_takes_nobody_elses_place_along_and_the_last_one_the_line() -> None:
    lines = Lines()
    async with lines.place(ANNA):
        async with lines.place(ANNA):
            pass
        assert [line.at_work for line in lines._lines.values()] == [1]
    assert lines._lines == {}


async def test_what_is_claws_own_waits_in_a_line_of_its_own() -> None:
    model = Action("claw.model")
    async with crowd() as people:
        for name in range(AT_ONCE + 1):
            people.come(f"model {name}", actions=(model,))
        await settle()
        assert len(people.inside) == AT_ONCE
        for name, actions in (("lamp", (LAMP_ON,)), ("both", (model, LAMP_ON)), ("nothing", ()), ("last", (LAMP_OFF,))):
            people.come(name, actions=actions)
        await settle()
        assert people.inside[AT_ONCE:] == ["lamp", "both", "nothing", "last"]
        people.come("one too many", actions=(LAMP_ON,))
        await settle()
        assert people.inside[-1] == "last"
