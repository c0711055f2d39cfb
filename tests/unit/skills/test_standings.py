"""What is kept of a skill's standing, and what of a damaged row."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.memory.rows import stamp
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


async def test_what_befalls_a_skill_by_itself_hangs_on_the_entry_by_which_it_came_to_be(room: LifeRoom) -> None:
    standing = await room.learned()
    [born] = [e.entry for e in room.skills.standings.events(NAME) if e.what == "learned"]
    room.skills.standings.put(standing, "demoted", "it often fails")
    room.skills.standings.put(replace(standing, people=()), "demoted", "nobody's by now")
    await room.written()
    last = room.audit.entries(0, 1000, kinds=("skill",))[-2:]
    assert [(one.parent, one.origin) for one in last] == [(born, None), (None, None)]
    new = Standing("another-light", "1.0.0", "0" * 64, "draft", "learned", people=("anna",))
    room.skills.standings.put(new, "found", "nobody has looked at it yet")
    await room.written()
    assert room.audit.entries(0, 1000, kinds=("skill",))[-1].parent is None, "nobody's entry gave it life"


async def test_times_are_kept_as_what_they_are_and_a_use_is_no_step(room: LifeRoom) -> None:
    began = room.clock.now()
    await room.trusted()
    await room.clock.advance(60)
    room.skills.standings.used(NAME)
    assert room.standing().last_run == room.clock.now()
    row = room.db.execute("SELECT accepted_at, changed, last_run FROM skills").fetchone()
    assert row == (stamp(began), stamp(began), stamp(room.clock.now()))
    assert room.skills.standings.versions(NAME)[0].created == began
    assert room.skills.standings.events(NAME)[0].at == began


async def test_a_version_without_its_time_is_broken_and_never_a_guess(room: LifeRoom) -> None:
    await room.learned()
    room.db.execute("UPDATE skill_versions SET created = ''")
    with pytest.raises(Broken):
        room.skills.standings.versions(NAME)


async def test_what_was_never_proved_is_not_green_and_no_damage(
    room: LifeRoom, caplog: pytest.LogCaptureFixture
) -> None:
    standing = await room.learned()
    assert room.skills.standings.green(NAME, standing.hash)
    room.db.execute("UPDATE skill_versions SET report = NULL")
    assert not room.skills.standings.green(NAME, standing.hash)
    assert room.skills.standings.versions(NAME)[0].proved is None
    assert "cannot be read" not in caplog.text


async def test_a_proof_is_kept_with_its_bytes(room: LifeRoom) -> None:
    standing = await room.learned()
    cases = (Case("test", "a", held=True), Case("mutant", "b", held=False, why="nobody noticed"))
    room.skills.standings.proved(Report(NAME, standing.version, standing.hash, cases, 12.34))
    report = room.skills.standings.report(NAME, standing.hash)
    assert report is not None
    assert (report.cases, report.green, report.ms) == (cases, False, 12.3)
    assert not room.skills.standings.green(NAME, standing.hash)
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


async def test_whoever_follows_hears_of_each_step(room: LifeRoom) -> None:
    standings, told = room.skills.standings, list[str]()
    standings.changed.append(told.append)
    await room.learned()
    standings.part(NAME, "anna")
    standings.used(NAME)  # no step of its life
    before = len(told)
    standings.forget(NAME)
    assert set(told) == {NAME}
    assert len(told) == before + 1
