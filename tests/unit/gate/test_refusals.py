import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from claw.gate.refusals import WRITTEN_A_MINUTE
from tests.gate_room import CHILD, FREEZER_OFF, OWNER, gate_room


async def test_a_flood_of_refusals_is_folded_per_source_and_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    async with gate_room(tmp_path) as room:
        monkeypatch.setattr(room.clock, "monotonic", lambda: now[0])
        numbers = [(await room.one(FREEZER_OFF)).audit for _ in range(WRITTEN_A_MINUTE + 30)]
        assert room.kinds().count("refusal") == WRITTEN_A_MINUTE
        assert set(numbers[WRITTEN_A_MINUTE:]) == {numbers[WRITTEN_A_MINUTE - 1]}
        now[0] += 61
        await room.one(FREEZER_OFF)
        await asyncio.sleep(0.05)
        (folded,) = [entry for entry in room.audit.entries(0, 1000) if entry.kind == "refused_requests"]
        assert folded.payload is not None
        assert folded.payload["count"] == 30


async def test_one_source_does_not_silence_another(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        for _ in range(WRITTEN_A_MINUTE + 5):
            await room.one(FREEZER_OFF, OWNER)
        await room.one(FREEZER_OFF, replace(CHILD, source="another"))
        last = room.audit.entries(0, 1, newest_first=True)[0]
        assert last.origin is not None
        assert last.origin.person == "carl"


async def test_what_was_only_counted_is_written_at_the_end(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        for _ in range(WRITTEN_A_MINUTE + 3):
            await room.one(FREEZER_OFF)
        room.refusals.flush()
        await room.written()
        assert room.kinds()[-1] == "refused_requests"
