"""What bad intentions, a hostile house or a damaged file try against background work, in a whole daemon."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.routines.making import parsed
from tests.lived_clock import LivedClock
from tests.living import OWNER
from tests.stories.test_routines import EVENING, LAMP, home

BEN = replace(OWNER, person="ben", source="ben", conversation="ben")
SECRET = "the ring for ben"


async def test_who_moves_somebodys_reminder_does_not_come_to_read_it(tmp_path: Path) -> None:
    async with home(tmp_path, LivedClock(EVENING)) as at:
        daemon, heard = at.daemon, list[str]()

        async def say(text: str, origin: Origin) -> None:
            heard.append((await at.clock.through(daemon.desk.say(text, origin))).text)

        await at.say(f"remind me to buy {SECRET} tomorrow at nine")
        for text in ("what is scheduled", "move it to eight", "what is scheduled", "move it to seven"):
            await say(text, BEN)
        (made,) = [one for one in daemon.routines.book.all() if not one.safety]
        shown = [str(one.spec) + one.spec.name for one in daemon.routines.routines.list(BEN)]
        assert not [one for one in (*heard, *shown) if SECRET in one]
        assert made.made_by.person == "anna"
        await at.clock.until(at.local(8, 8, 30))
        assert [one.to for one in at.told if SECRET in one.text] == ["person:anna"]


DAMAGE = {
    "created": "2026-01-01T00:00:00",
    "accounted": "9999-12-31T23:59:59-12:00",
    "expires": "2026-01-01T00:00:00",
    "state": "dancing",
    "runs": "many",
    "why": b"\xff",
}


async def test_damaged_rows_keep_neither_the_daemon_nor_other_routines_from_their_work_and_owners_hear(
    tmp_path: Path,
) -> None:
    clock = LivedClock(EVENING)
    async with home(tmp_path, clock) as at:
        for number in range(len(DAMAGE)):
            await at.say(f"turn on the hall light at ten past {number + 1} in the morning")
        names = [one.id for one in at.daemon.routines.book.all() if not one.safety]
        await at.say("turn on the kitchen lights at ten in the evening")
    assert len(names) == len(DAMAGE)
    db = sqlite3.connect(tmp_path / "state" / "claw.db")
    with db:
        for name, (column, value) in zip(names, DAMAGE.items(), strict=True):
            db.execute(f"update routines set {column} = ? where id = ?", (value, name))  # noqa: S608  a name of ours
    db.close()
    async with home(tmp_path, clock) as at:
        assert set(at.daemon.routines.book.damaged) == set(names)
        await at.clock.until(at.local(7, 22, 1))
        assert at.state(LAMP) == "on"
        assert [one.to for one in at.told if "cannot be read" in one.text] == ["person:anna"]


async def test_a_damaged_row_of_the_history_hides_no_other(tmp_path: Path) -> None:
    clock = LivedClock(EVENING)
    async with home(tmp_path, clock) as at:
        await at.say("turn on the kitchen lights at ten in the evening")
        await at.say("turn on the hall light at five past ten in the evening")
        await at.clock.until(at.local(7, 22, 6))
        book, db = at.daemon.routines.book, at.daemon.routines.book._db
        first = book.runs()[1]
        for column, value in (("due", "2026-01-01T00:00:00"), ("trigger", "x"), ("status", "?"), ("reason", b"x")):
            before = db.execute(f"select {column} from routine_runs where id = ?", (first.id,)).fetchone()[0]  # noqa: S608  a name of ours
            db.execute(f"update routine_runs set {column} = ? where id = ?", (value, first.id))  # noqa: S608  a name of ours
            assert [one.id for one in at.daemon.routines.routines.history(OWNER)] == [first.id + 1]
            db.execute(f"update routine_runs set {column} = ? where id = ?", (before, first.id))  # noqa: S608  a name of ours
        db.execute("update routine_runs set would = 'x'")
        assert book.would(first.id) == ()


@pytest.mark.parametrize(
    "odd",
    [
        '{"name": "a", "when": [{"event": "zha_event", "data": {"a": NaN}}], "do": [{"say": "x"}]}',
        '{"name": "a", "when": [{"at": "07:00"}], "do": [{"skill": "movie-time", "arguments": {"level": Infinity}}]}',
        '{"name": "a", "when": [{"at": "07:00"}], "do": [{"actions": [{"action": "a.b", "data": {"x": [NaN]}}]}]}',
    ],
)
def test_what_could_not_be_read_again_after_a_restart_is_not_taken(odd: str) -> None:
    with pytest.raises(Refused):
        parsed(odd)


async def test_what_one_routine_missed_in_months_keeps_no_other_from_running_in_time(tmp_path: Path) -> None:
    clock = LivedClock(EVENING)
    async with home(tmp_path, clock) as at:
        await at.say("every 10 seconds turn off the office desk lamp")
        await at.say("every day at five past ten in the evening turn on the kitchen lights")
        clock.set_by(timedelta(days=20, hours=1, minutes=5))
        at.daemon.routines.keeper.wake()
        for _ in range(60):  # far fewer turns than what was missed would take
            await clock.advance(timedelta(seconds=0.1))
            if at.state(LAMP) == "on":
                break
        assert at.state(LAMP) == "on"
        assert max(run.times for run in at.runs()) < 20 * 86_400 / 10, "it was not through with them"


async def test_a_routine_that_was_made_by_a_clock_that_ran_ahead_leaves_alone_what_a_hand_changed(
    tmp_path: Path,
) -> None:
    clock = LivedClock(EVENING)
    async with home(tmp_path, clock) as at:
        clock.set_by(timedelta(days=1000))
        await at.say("every day at ten in the evening turn on the kitchen lights")
        clock.set_by(timedelta(days=-1000))
        await at.clock.until(at.local(7, 21, 50))
        await at.say("turn on the kitchen lights")
        await at.say("turn off the kitchen lights")
        await at.clock.until(at.local(7, 22, 5))
        assert at.state(LAMP) == "off"
        assert [run.status for run in at.runs() if run.firing.due == at.local(7, 22)] == ["held"]
