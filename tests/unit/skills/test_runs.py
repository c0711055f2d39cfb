"""What is kept of each run of a skill."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.action import Action
from claw.base.errors import Broken
from claw.skills.runs import Runs, SkillRun
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

RUN = SkillRun(
    "reading-light",
    "1.0.0",
    "a" * 64,
    "real",
    "done",
    run="r1",
    channel="web",
    person="anna",
    conversation="c1",
    said="reading light",
    arguments={"area": "hall", "brightness": 30},
    calls=(Action("light.turn_on", ("light.lamp",), {"brightness_pct": 30}),),
    held=True,
    why="",
    ms=3.25,
    entry=7,
)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def runs(tmp_path: Path, clock: HeldClock) -> Runs:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    return Runs(db, clock)


def test_a_run_is_read_back_as_it_was(runs: Runs, clock: HeldClock) -> None:
    number = runs.add(RUN)
    [found] = runs.of("reading-light")
    assert found == replace(RUN, id=number, at=clock.now())


def test_runs_come_newest_first_by_bytes_and_kind(runs: Runs) -> None:
    runs.add(RUN)
    runs.add(replace(RUN, mode="shadow", held=False))
    runs.add(replace(RUN, hash="b" * 64, held=None))
    runs.add(replace(RUN, name="another"))
    assert [one.held for one in runs.of("reading-light")] == [None, False, True]
    assert [one.held for one in runs.of("reading-light", hash="a" * 64)] == [False, True]
    assert [one.held for one in runs.of("reading-light", mode="real")] == [None, True]
    assert len(runs.of("reading-light", 1)) == 1
    assert runs.of("reading-light", -5) == []


async def test_what_was_taken_back_is_taken_back_once(runs: Runs, clock: HeldClock) -> None:
    number = runs.add(RUN)
    at = clock.now()
    runs.undo(number, "it was undone")
    await clock.advance(60)
    runs.undo(number, "again")
    [found] = runs.of("reading-light")
    assert (found.undone, found.why) == (at, "it was undone")


async def test_old_runs_go_but_for_the_last_ten_of_each(runs: Runs, clock: HeldClock) -> None:
    for _ in range(12):
        runs.add(RUN)
    runs.add(replace(RUN, name="another"))
    await clock.advance(timedelta(days=100).total_seconds())
    assert runs.expire(clock.now() - timedelta(days=90)) == 2
    assert (len(runs.of("reading-light")), len(runs.of("another"))) == (10, 1)
    assert runs.expire(clock.now() - timedelta(days=90)) == 0


def test_a_damaged_run_is_broken_and_never_a_guess(runs: Runs) -> None:
    runs.add(RUN)
    runs._db.execute("UPDATE skill_runs SET calls = '[{}]'")
    with pytest.raises(Broken):
        runs.of("reading-light")
