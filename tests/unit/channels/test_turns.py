import asyncio

import pytest

from claw.base.errors import Unavailable
from claw.channels.turns import Turns


async def test_one_is_in_and_only_so_many_wait() -> None:
    turns, inside = Turns(2), 0

    async def come(gate: asyncio.Event) -> None:
        nonlocal inside
        async with turns.turn():
            inside += 1
            assert inside == 1
            await gate.wait()
            inside -= 1

    gate = asyncio.Event()
    both = [asyncio.create_task(come(gate)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="others are asking"):
        await come(gate)
    both[1].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    third = asyncio.create_task(come(gate))
    gate.set()
    await asyncio.gather(both[0], third)
    await come(gate)


async def test_who_fails_inside_leaves_the_place_to_the_next() -> None:
    turns = Turns(1)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            async with turns.turn():
                raise ValueError("no")
