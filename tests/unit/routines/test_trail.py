"""However a routine comes to stand otherwise, the log has it, and no word of the routine."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from claw.routines.model import Routine
from claw.routines.trail import Trail
from tests.making_room import ANNA, NOW, MakingRoom, making_room, spec


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[MakingRoom]:
    async with making_room(tmp_path) as made:
        yield made


async def test_each_change_of_how_it_stands_is_written_once(room: MakingRoom) -> None:
    room.book.put(Routine("r0", spec(), ANNA, NOW))
    trail = Trail(room.book, room.audit)
    room.book.changed.append(trail.changed)
    room.book.put(Routine("r1", spec(name="Sams surprise"), ANNA, NOW))
    room.book.change("r0", expires=NOW + timedelta(days=1))
    room.book.change("r1", state="suspended", why="Sam left")
    room.book.change("r1", why="Sam left for good")
    room.book.remove("r1", "Sam left")
    trail.changed("r9")
    await room.written()
    found = [dict(one.payload or {}) for one in room.audit.entries(0, 100, kinds=["routine"])]
    assert found == [
        {"routine": "r1", "step": "became", "state": "on"},
        {"routine": "r1", "step": "became", "state": "suspended"},
        {"routine": "r1", "step": "became", "state": "removed"},
    ]
    assert all(one.origin is not None and one.origin.channel == "system" for one in room.audit.entries(0, 100))
