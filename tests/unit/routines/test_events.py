"""Events set off what waits for them, asked for once, and not those that happen all the time."""

import pytest

from claw.routines.events import FLOODS, Events
from claw.routines.model import Firing
from claw.routines.spec import At, Happens
from tests.watch_room import WatchRoom


async def test_a_type_is_asked_for_once_and_each_routine_hears_until_it_leaves() -> None:
    room = WatchRoom()
    fired: list[Firing] = []
    events = Events(room.mirror, room.backend, fired.append, room.clock)
    for routine in ("a", "b"):
        events.listen(routine, 0, Happens(event="tag_scanned"))
        events.listen(routine, 1, At(at="07:00"))
    await room.clock.settle()
    assert room.backend.asked == ["tag_scanned"]
    room.mirror.happened("tag_scanned", {})
    events.leave("a")
    room.mirror.happened("tag_scanned", {})
    assert [one.routine for one in fired] == ["a", "b", "b"]
    await events.close()
    room.mirror.happened("tag_scanned", {})
    assert len(fired) == 3


@pytest.mark.parametrize("event", sorted(FLOODS))
async def test_what_happens_all_the_time_is_never_asked_for(event: str) -> None:
    room = WatchRoom()
    events = Events(room.mirror, room.backend, room.fired.append, room.clock)
    events.listen("a", 0, Happens(event=event))
    await room.clock.settle()
    assert room.backend.asked == []
    await events.close()
