"""Deciding about skills as the rooms above do it: one sentence back, never an exception."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.life_room import ANNA, BEN, CARL, NAME, POLICY, LifeRoom, drafted, life_room
from tests.skill_folders import skill_files


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


async def test_what_was_done_is_said_with_how_it_stands(room: LifeRoom) -> None:
    await room.learned()
    decided = await room.skills.deciding.do("accept", NAME, ANNA, hash=room.standing().hash)
    assert decided.text == 'I do "reading light" by myself from now on, for everybody who may.'
    assert decided.standing == room.standing()
    assert decided.performed.outcomes[0].status in {"done", "sent"}


async def test_what_the_rules_deny_is_said_and_logged(room: LifeRoom) -> None:
    await room.learned()
    decided = await room.skills.deciding.do("accept", NAME, BEN, hash=room.standing().hash)
    assert decided.standing is None
    assert decided.text == "No rule allows claw.skill_accept."
    assert "refusal" in room.kinds()


async def test_what_the_rules_ask_about_waits_for_its_yes(tmp_path: Path) -> None:
    ask = "{id: skills, confirm: claw.skill_*, who: {role: owner}, ask: {roles: [owner], same_chat: true}}"
    policy = POLICY.replace("{id: skills, allow: claw.skill_*, who: {role: owner}}", ask)
    async with life_room(tmp_path, policy) as room:
        await room.learned(BEN, drafted("ben"))
        decided = await room.skills.deciding.do("accept", NAME, ANNA, hash=room.standing().hash)
        assert decided.standing is None
        assert decided.performed.pending is not None
        assert decided.text == decided.performed.pending.question
        assert room.standing().state == "shadow"
        room.again()
        done = await room.gate.answer(decided.performed.pending.id, ANNA, yes=True)
        assert done.outcomes[0].status in {"done", "sent"}, done.outcomes[0].detail
        assert room.standing().state == "trusted"


async def test_without_the_hash_of_what_was_shown_nothing_is_accepted(room: LifeRoom) -> None:
    await room.learned()
    decided = await room.skills.deciding.do("accept", NAME, ANNA)
    assert decided.standing is None
    assert room.standing().state == "shadow"


async def test_what_is_no_skill_is_refused_before_the_gate(room: LifeRoom) -> None:
    decided = await room.skills.deciding.take(NAME, {"SKILL.md": b"---\nname: other\n---\n"}, ANNA)
    assert decided.standing is None
    assert decided.text.endswith(".")
    assert decided.performed.outcomes == ()
    assert room.kinds() == []


async def test_the_act_in_the_log_names_the_bytes_that_are_written(room: LifeRoom) -> None:
    await room.learned()
    changed = skill_files(NAME, {"CHANGELOG.md": "# 1.0.1\n\nMore.\n"})
    draft = replace(drafted(), files={**drafted().files, "CHANGELOG.md": changed["CHANGELOG.md"]})
    decided = await room.skills.deciding.learn(draft, ANNA, said="make that a skill")
    assert decided.standing is not None
    intent = room.audit.entries(0, 1000, kinds=("intent",))[-1].payload or {}
    assert intent["action"]["data"] == {"skill": NAME, "hash": room.standing().hash}
    assert intent["said"] == "make that a skill"


async def test_a_child_teaches_nothing(room: LifeRoom) -> None:
    decided = await room.skills.deciding.learn(drafted("carl"), CARL)
    assert decided.standing is None
    assert room.library.get(NAME) is None


async def test_the_stop_ends_deciding_as_well(room: LifeRoom) -> None:
    await room.learned()
    room.stop.engage("test", ANNA)
    decided = await room.skills.deciding.do("accept", NAME, ANNA, hash=room.standing().hash)
    assert decided.standing is None
    assert room.standing().state == "shadow"
