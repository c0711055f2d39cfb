from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action
from claw.gate.refusals import MINUTE_S, WRITTEN_A_MINUTE
from claw.house.model import Change, State
from tests.gate_room import CHILD, FREEZER_OFF, LAMP_ON, OWNER, gate_room

DIFFERENT = [Action("switch.turn_off", (f"switch.made_up_{number}",)) for number in range(WRITTEN_A_MINUTE + 30)]


async def test_one_refusal_again_and_again_is_one_row_and_a_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    async with gate_room(tmp_path) as room:
        monkeypatch.setattr(room.clock, "monotonic", lambda: now[0])
        numbers = {(await room.one(FREEZER_OFF)).audit for _ in range(30)}
        assert room.kinds() == ["refusal"]
        assert len(numbers) == 1
        now[0] += MINUTE_S
        await room.one(FREEZER_OFF)
        await room.written()
        assert sorted(room.kinds()) == ["refusal", "refusal", "refused_requests"]
        (folded,) = [entry for entry in room.audit.entries(0, 1000) if entry.kind == "refused_requests"]
        assert folded.payload is not None
        assert folded.payload["count"] == 29


async def test_a_flood_of_different_refusals_is_folded_too(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        numbers = [(await room.one(action)).audit for action in DIFFERENT]
        assert room.kinds().count("refusal") == WRITTEN_A_MINUTE
        assert set(numbers[WRITTEN_A_MINUTE:]) == {numbers[WRITTEN_A_MINUTE - 1]}


async def test_a_loop_on_a_dead_device_does_not_fill_the_log(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.mirror.changed([Change("light.lamp", State("unavailable"))])
        statuses = {(await room.one(LAMP_ON)).status for _ in range(10)}
        assert statuses == {"failed"}
        assert room.kinds() == ["refusal"]


async def test_one_source_does_not_silence_another(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        for action in DIFFERENT:
            await room.one(action, OWNER)
        await room.one(FREEZER_OFF, replace(CHILD, source="another"))
        last = room.audit.entries(0, 1, newest_first=True)[0]
        assert last.origin is not None
        assert last.origin.person == "carl"


async def test_what_was_only_counted_is_written_at_the_end(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        for _ in range(3):
            await room.one(FREEZER_OFF)
        room.refusals.flush()
        await room.written()
        assert room.kinds()[-1] == "refused_requests"
        room.refusals.flush()
        await room.written()
        assert room.kinds().count("refused_requests") == 1


async def test_each_refusal_is_told_by_its_own_row_however_many_others_came_since(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        numbers = [(await room.one(action)).audit for action in DIFFERENT[:3]]
        assert [(await room.one(action)).audit for action in DIFFERENT[:3]] == numbers
        assert len(set(numbers)) == 3


async def test_a_source_that_went_away_is_forgotten_and_what_was_counted_of_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    async with gate_room(tmp_path) as room:
        monkeypatch.setattr(room.clock, "monotonic", lambda: now[0])
        for _ in range(3):
            await room.one(FREEZER_OFF)
        now[0] += MINUTE_S / 2
        await room.one(FREEZER_OFF, replace(CHILD, source="another"))
        now[0] += MINUTE_S / 2
        await room.one(FREEZER_OFF, replace(CHILD, source="a third"))
        await room.written()
        (folded,) = room.audit.entries(0, 1000, kinds=("refused_requests",))
        assert folded.payload is not None
        assert (folded.payload["source"], folded.payload["count"]) == (f"web {OWNER.source}", 2)
        assert sorted(room.refusals._minutes) == ["web a third", "web another"]
