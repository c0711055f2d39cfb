from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.clock import SystemClock
from claw.daemon.recall import remember
from claw.gate.answering import Choice
from claw.gate.stop import Stop
from claw.memory.trail import without_words
from tests.gate_room import LAMP_ON, OWNER, POLICY, UNLOCK, Room, gate_room

FEW = """\
version: 1
rules:
  - {id: few, allow: light.turn_on, at_most: {times: 2, per: 1 h}}
"""
GRANTING = POLICY.replace("channels: [web, cli]}}", "channels: [web, cli], grant: 30 min}}")


def restarted(room: Room) -> None:
    remember(room.judge, room.db, room.audit, room.clock)


async def test_a_restart_forgives_nothing(tmp_path: Path) -> None:
    async with gate_room(tmp_path, FEW) as room:
        assert [(await room.one(LAMP_ON)).status for _ in range(3)] == ["done", "unchanged", "refused"]
    async with gate_room(tmp_path, FEW) as room:
        restarted(room)
        assert (await room.one(LAMP_ON)).status == "refused"


async def test_what_is_older_than_a_day_is_not_read(tmp_path: Path) -> None:
    async with gate_room(tmp_path, FEW) as room:
        await room.one(LAMP_ON)
    async with gate_room(tmp_path, FEW) as room:
        now = room.clock.now() + timedelta(days=2)
        room.clock.now = lambda: now  # type: ignore[method-assign]
        restarted(room)
        assert list(room.judge.acts._acts) == []


async def granted(room: Room) -> None:
    pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
    assert pending is not None
    await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(grant_s=600))


async def locked_again(room: Room) -> None:
    room.hand.move(type(UNLOCK)("lock.lock", ("lock.door",)))


async def test_a_grant_outlives_a_restart_and_a_row_that_nobody_gave_is_none(tmp_path: Path) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        await granted(room)
    async with gate_room(tmp_path, GRANTING) as room:
        restarted(room)
        assert (await room.one(UNLOCK)).status == "done"
        with room.db.conn:
            room.db.conn.execute("update overlay set body = replace(body, 'lock.door', 'lock.safe')")
        restarted(room)
        await locked_again(room)
        assert (await room.gate.perform((UNLOCK,), OWNER)).pending is not None


async def test_a_grant_is_for_who_asked(tmp_path: Path) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        await granted(room)
        await locked_again(room)
        ben = Origin("web", "ben", authenticated=True, source="ben", strength="session")
        assert (await room.gate.perform((UNLOCK,), ben)).pending is not None
        assert (await room.one(UNLOCK)).status == "done"


@pytest.mark.parametrize("row", ["stop", "reset"])
async def test_no_grant_outlives_a_stop_of_which_only_the_log_knows(tmp_path: Path, row: str) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        await granted(room)
        await locked_again(room)
        await room.audit.append(row, {"reason": "by hand, while no daemon was there"})
    async with gate_room(tmp_path, GRANTING) as room:
        restarted(room)
        assert room.judge.overlay is not None
        assert room.judge.overlay.grants == ()
        assert (await room.gate.perform((UNLOCK,), OWNER)).pending is not None


async def test_no_grant_outlives_the_reset_of_a_stop_that_the_daemon_found_at_its_start(tmp_path: Path) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        await granted(room)
        await locked_again(room)
    Stop(tmp_path, SystemClock()).engage("claw stop, by hand", Origin("cli"))
    async with gate_room(tmp_path, GRANTING) as room:
        restarted(room)
        room.stop.reset("all is well", console=True, adult=False)
        assert (await room.gate.perform((UNLOCK,), OWNER)).pending is not None


async def test_who_has_their_last_hour_forgotten_has_done_what_they_did_all_the_same(tmp_path: Path) -> None:
    async with gate_room(tmp_path, FEW) as room:
        await room.one(LAMP_ON)
        await room.one(LAMP_ON)
        await room.written()
        entries = room.audit.entries(kinds=("intent", "outcome"))
        kept = {entry.seq: without_words(entry) for entry in entries}
        await room.audit.erase_all(kept, OWNER, "forgotten")
        assert all(entry.payload is None for entry in room.audit.entries(kinds=("intent",)))
    async with gate_room(tmp_path, FEW) as room:
        restarted(room)
        assert [act.at for act in room.judge.acts._acts] == sorted(act.at for act in room.judge.acts._acts)
        assert (await room.one(LAMP_ON)).status == "refused"


async def test_what_was_erased_without_a_word_on_it_counts_no_more(tmp_path: Path) -> None:
    async with gate_room(tmp_path, FEW) as room:
        await room.one(LAMP_ON)
        await room.written()
        for entry in room.audit.entries(kinds=("intent", "outcome")):
            await room.audit.erase(entry.seq, OWNER, "at the console")
    async with gate_room(tmp_path, FEW) as room:
        restarted(room)
        assert list(room.judge.acts._acts) == []
