"""What a life goes by when the bytes, the lock or the standing are not what they were; who may run and who agrees."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.skills.lock import fresh, write_lock
from claw.skills.model import State
from claw.skills.runs import SkillRun
from tests.life_room import ANNA, NAME, LifeRoom, drafted, life_room, state_of
from tests.skill_folders import skill_files, write_files

BETTER = {"CHANGELOG.md": "# 1.0.1\n\nBetter.\n"}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


async def test_what_cannot_be_read_any_more_is_a_draft_that_nobody_accepted(room: LifeRoom) -> None:
    await room.trusted()
    (room.places[1] / NAME / "link.md").symlink_to("SKILL.md")
    room.again()
    standing = room.standing()
    assert (standing.state, standing.accepted_by, standing.accepted_at) == ("draft", "", None)
    assert standing.why.startswith("it cannot be read")
    room.again()
    assert room.whats().count("changed") == 1, "it is said once"
    state_of(room, "trusted")
    room.skills.life.reconcile("another-light")
    assert room.standing().state == "trusted", "nobody asked about this one"
    room.skills.life.reconcile(NAME)
    assert room.standing().state == "draft"


async def test_what_never_could_be_read_has_no_standing(room: LifeRoom) -> None:
    write_files(room.places[1] / NAME, skill_files(NAME))
    (room.places[1] / NAME / "link.md").symlink_to("SKILL.md")
    room.again()
    room.skills.life.reconcile(NAME)
    room.skills.life.reconcile("nothing")
    assert room.skills.standings.all() == ()


async def test_the_same_bytes_without_their_lock_are_a_draft(room: LifeRoom) -> None:
    standing = await room.trusted()
    write_lock(room.places[1] / "skills.lock", {})
    room.again()
    assert (room.standing().state, room.standing().hash) == ("draft", standing.hash)
    assert room.standing().why == room.skill().problems[0]
    room.again()
    assert room.whats().count("changed") == 1, "it is said once"


async def test_changed_bytes_keep_whose_they_are_and_say_since_when(room: LifeRoom) -> None:
    before = await room.trusted()
    program = room.places[1] / NAME / "program.py"
    program.write_bytes(program.read_bytes() + b"# more\n")
    write_files(room.places[1] / NAME, skill_files(NAME, {"program.py": program.read_bytes()}))
    write_lock(room.places[1] / "skills.lock", fresh(room.places[1]))
    room.again()
    standing = room.standing()
    assert before.changed is not None
    assert standing.why == f"it was changed since {before.changed.date().isoformat()}"
    assert (standing.state, standing.made, standing.people, standing.agreed) == ("draft", "learned", ("anna",), 0)


async def test_a_folder_without_a_lock_says_so(room: LifeRoom) -> None:
    write_files(room.places[1] / NAME, skill_files(NAME))
    room.again()
    assert room.standing().why == room.skill().problems[0]


async def test_what_takes_the_name_of_one_that_came_with_claw_did_not_come_with_it(room: LifeRoom) -> None:
    room.ship()
    shutil.rmtree(room.places[0] / NAME)
    write_lock(room.places[0] / "skills.lock", {})
    write_files(room.places[1] / NAME, drafted(made="shipped", **BETTER).files)
    write_lock(room.places[1] / "skills.lock", fresh(room.places[1]))
    room.again()
    assert (room.standing().state, room.standing().made) == ("draft", "written")


async def test_what_comes_with_claw_under_the_name_of_a_retired_own_one_is_trusted(room: LifeRoom) -> None:
    await room.learned()
    state_of(room, "retired")
    room.ship(**BETTER)
    assert (room.standing().state, room.standing().made, room.standing().people) == ("trusted", "shipped", ())


async def test_who_is_told_that_it_is_a_draft_hears_why(room: LifeRoom) -> None:
    room.prover.red()
    await room.learned()
    may = room.skills.life.may_run
    assert "its proof failed" in str(may(room.skill(), ANNA))
    assert "it looks odd" in str(may(replace(room.skill(), problems=("it looks odd",)), ANNA))
    room.skills.standings.forget(NAME)
    assert "nobody has looked at it yet" in str(may(room.skill(), ANNA))


async def test_a_dry_run_counts_for_the_bytes_that_wait_and_while_they_are_on(room: LifeRoom) -> None:
    await room.learned()
    skill, shadows = room.skill(), room.skills.life.shadows
    assert shadows(skill, ANNA)
    assert not shadows(replace(skill, hash="0" * 64), ANNA)
    assert not shadows(replace(skill, problems=("it looks odd",)), ANNA)
    state_of(room, "shadow", enabled=False)
    assert not shadows(skill, ANNA)
    for state in ("draft", "tested", "trusted", "stale", "retired"):
        state_of(room, state, enabled=True)
        assert not shadows(skill, ANNA), state
    room.skills.standings.forget(NAME)
    assert not shadows(skill, ANNA)


async def test_no_agreement_is_kept_of_what_does_not_wait_for_one(room: LifeRoom) -> None:
    await room.learned()
    skill = room.skill()
    run = SkillRun(skill.name, skill.version, skill.hash, "shadow", "agreed", held=True)
    for spoil in (lambda: state_of(room, "tested"), lambda: room.skills.standings.forget(NAME)):
        spoil()
        await room.skills.life.agreed(skill, run, ANNA)
        assert room.skills.runs.of(NAME) == []


@pytest.mark.parametrize("state", ["draft", "tested", "shadow", "retired"])
async def test_there_is_nothing_to_take_from_what_does_not_run(room: LifeRoom, state: State) -> None:
    await room.learned()
    before = state_of(room, state, agreed=2)
    room.told.clear()
    await room.skills.life.demote(before, "it often fails")
    assert room.standing() == before
    assert room.told == []


async def test_what_is_taken_back_from_other_bytes_takes_nothing_from_these(room: LifeRoom) -> None:
    await room.trusted()
    before = room.standing()
    await room.skills.life.demote(replace(before, hash="0" * 64), "it often fails")
    assert room.standing() == before
    room.skills.standings.forget(NAME)
    await room.skills.life.demote(before, "it often fails")
    assert room.skills.standings.of(NAME) is None


@pytest.mark.parametrize("state", ["trusted", "stale"])
async def test_what_is_taken_back_begins_to_count_anew(room: LifeRoom, state: State) -> None:
    await room.trusted()
    await room.skills.life.demote(state_of(room, state, agreed=2), "it often fails")
    assert (room.standing().state, room.standing().agreed, room.standing().why) == ("shadow", 0, "it often fails")
    assert "an owner can roll back" not in room.told[-1].text, "there is no earlier version"
