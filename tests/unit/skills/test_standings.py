"""What is kept of a skill's standing, and what of a damaged row."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.skills.model import Case, Report, Standing
from claw.skills.standings import Standings
from tests.life_room import ANNA, NAME, LifeRoom, drafted, life_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


async def test_a_standing_is_read_back_as_it_was_written(room: LifeRoom) -> None:
    await room.trusted()
    room.skills.standings.used(NAME)
    again = Standings(room.db, room.audit, room.clock)
    assert again.all() == room.skills.standings.all()
    assert again.of(NAME) == room.standing()


async def test_what_makes_it_more_is_in_the_log_before_it_is_here(room: LifeRoom) -> None:
    await room.learned()
    before = room.standing()
    await room.audit.close()
    with pytest.raises(Broken):
        await room.skills.standings.raised(replace(before, state="trusted"), "trusted", "why")
    assert room.standing() == before


async def test_a_step_of_nobodys_doing_is_whose_the_skill_is(room: LifeRoom) -> None:
    await room.learned()
    await room.run(held=False)
    await room.written()
    [born] = [e.entry for e in room.skills.standings.events(NAME) if e.what == "learned"]
    steps = room.audit.entries(0, 1000, kinds=("skill",))
    assert steps
    assert {(step.parent, step.origin) for step in steps if step.origin is None} <= {(born, None)}


async def test_a_proof_is_kept_with_its_bytes(room: LifeRoom) -> None:
    standing = await room.learned()
    cases = (Case("test", "a", held=True), Case("mutant", "b", held=False, why="nobody noticed"))
    room.skills.standings.proved(Report(NAME, standing.version, standing.hash, cases, 12.34))
    report = room.skills.standings.report(NAME, standing.hash)
    assert report is not None
    assert (report.cases, report.green, report.ms) == (cases, False, 12.3)
    assert room.skills.standings.report(NAME, "0" * 64) is None
    [version] = room.skills.standings.versions(NAME)
    assert (version.version, version.hash, version.proved) == (standing.version, standing.hash, False)


@pytest.mark.parametrize("stored", ["{", "[]", '{"version": "1.0.0"}', '{"cases": [1], "ms": 1, "version": ""}'])
async def test_a_damaged_proof_is_none(room: LifeRoom, stored: str) -> None:
    standing = await room.learned()
    room.db.execute("UPDATE skill_versions SET report = ?", [stored])
    assert room.skills.standings.report(NAME, standing.hash) is None
    assert not room.skills.standings.green(NAME, standing.hash)


@pytest.mark.parametrize(
    ("column", "value"),
    [("state", "holy"), ("made", "bought"), ("people", "{"), ("people", "[1]"), ("changed", "yesterday")],
)
async def test_a_damaged_standing_is_broken_and_never_a_guess(room: LifeRoom, column: str, value: str) -> None:
    await room.learned()
    room.db.execute(f"UPDATE skills SET {column} = ?", [value])  # noqa: S608  our own names
    with pytest.raises(Broken):
        Standings(room.db, room.audit, room.clock)


async def test_events_come_newest_first_and_as_many_as_are_wanted(room: LifeRoom) -> None:
    await room.trusted()
    assert [event.what for event in room.skills.standings.events(NAME, 2)] == ["accepted", "shadow"]
    assert room.skills.standings.events(NAME)[0].person == "anna"


async def test_figures_of_a_skill_that_is_not_there_are_dropped(room: LifeRoom) -> None:
    room.skills.standings.agreed("nothing", 2)
    room.skills.standings.used("nothing")
    assert room.skills.standings.all() == ()


async def test_who_is_forgotten_is_no_longer_named_by_a_skill_of_others(room: LifeRoom) -> None:
    standing = await room.learned()
    room.skills.standings.put(replace(standing, people=("anna", "ben"), accepted_by="anna"), "x", "y", origin=ANNA)
    room.skills.standings.part(NAME, "anna")
    assert (room.standing().people, room.standing().accepted_by) == (("ben",), "an owner")
    assert Standings(room.db, room.audit, room.clock).of(NAME) == room.standing()


async def test_what_is_forgotten_leaves_no_row(room: LifeRoom) -> None:
    await room.trusted()
    await room.run()
    room.skills.standings.forget(NAME)
    for table in ("skills", "skill_events", "skill_runs"):
        assert room.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608  our own names
    assert room.skills.standings.of(NAME) is None
    new = Standing(NAME, "1.0.0", "0" * 64, "draft", "learned")
    assert room.skills.standings.put(new, "found", "new").people == ()
    assert drafted().name == NAME
