"""What is forgotten is gone from every row, every copy and every byte; what is somebody else's is not touched."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.audit.verify import verify
from claw.memory.erasing import Scope
from claw.memory.model import Fact, private_to
from tests.forgetting_room import ANNA, BEN, ForgettingRoom, forgetting_room

NUTS = Fact("fact", "person:sam", "allergic to", "hazelnuts", "Sam is allergic to hazelnuts")
DIARY = Fact("fact", "person:ben", "writes", "novel", "Ben writes a gothic novel", visibility=private_to("ben"))
BOILER = Fact("fact", "thing:boiler", "filter", "cartridge", "The boiler takes a cartridge filter")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[ForgettingRoom]:
    async with forgetting_room(tmp_path) as made:
        yield made


async def test_no_byte_of_one_forgotten_memory_is_left_and_the_log_still_holds(room: ForgettingRoom) -> None:
    memory = await room.tell(NUTS, ANNA)
    await room.tell(BOILER, BEN)
    assert room.left("hazelnuts")
    forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert room.left("hazelnuts", "allerg") == []
    assert (forgotten.verified, forgotten.found, forgotten.rows, forgotten.entries) == (True, 0, 3, 2)
    assert room.facts.get(memory.id) is None
    assert [one.fact for one in room.facts.active()] == [BOILER]
    assert room.count("episodes") == 1
    assert verify(room.audit.path).ok
    assert "nothing of it is left" in forgotten.told
    assert "Backups" in forgotten.told
