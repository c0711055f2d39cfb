"""A night is done whole, goes on after a crash, is shown before it happens and taken back once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Json, Origin
from claw.base.errors import Broken, Refused
from claw.memory.habits import Habits
from claw.memory.mining import Found
from claw.memory.model import ANYBODY, Fact
from claw.memory.sleep import Bed, Night, Sleep
from claw.memory.stages import Edit, Expire, Fade, Find, Merge, Plan, Stage, Tidy
from tests.memory_room import ANNA, AS_ANNA, AS_BEN, SEEN, Shelf, shelf
from tests.observing import TODAY, ZONE, Named, at


class Crash(BaseException):
    """The power goes."""


class Odd:
    """A stage that a test makes do something."""

    def __init__(self, name: str, does: Callable[[], Awaitable[Plan]]) -> None:
        self.name = name
        self._does = does

    async def plan(self, now: datetime) -> Plan:
        del now
        return await self._does()


class Quiet:
    """Nothing was observed."""

    def expire(self, before: datetime) -> int:
        del before
        return 0


class Room:
    def __init__(self, folder: Path) -> None:
        self.kept: Shelf = shelf(folder / "claw.db")
        self.wall = self.kept.wall
        self.wall.at = at(TODAY, "03:00")
        self.habits = Habits(self.kept.db, self.wall, Named(), lambda: ZONE)
        self.why: str | None = None
        self.noted: list[tuple[str, dict[str, Json], Origin | None]] = []
        self.stages: list[Stage] = [
            Expire(self.kept.db, self.kept.episodes, Quiet()),  # type: ignore[arg-type]
            Find(folder / "claw.db", self.kept.db, self.habits, lambda: ZONE),
            Merge(self.kept.db),
            Fade(self.kept.db),
            Tidy(self.kept.db, self.kept.passages),
        ]
        self.sleep = self.start()

    def start(self) -> Sleep:
        bed = Bed(
            self.kept.db,
            self.kept.facts,
            self.kept.passages,
            self.habits,
            lambda: ZONE,
            lambda: self.why,
            lambda kind, payload, origin: self.noted.append((kind, payload, origin)),
        )
        self.sleep = Sleep(bed, self.stages, self.wall)
        return self.sleep

    def guess(self, value: str = "reads") -> int:
        fact = Fact("routine", "person:anna", f"usually {value}", value, f"Anna usually {value}.")
        return self.kept.facts.keep(fact, SEEN).memory.id

    def old_guess(self, value: str = "reads", days: int = 40) -> int:
        """Keep a guess that nobody has used for so long."""
        self.wall.later(days=-days)
        number = self.guess(value)
        self.wall.later(days=days)
        return number

    def confidence(self, number: int) -> float:
        memory = self.kept.facts.get(number)
        assert memory is not None
        return memory.confidence

    def rows(self) -> list[Any]:
        return self.kept.db.execute("select * from memories").fetchall()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.kept.db.close()


@pytest.mark.parametrize(("clock", "due"), [("03:29", False), ("03:30", True), ("05:59", True), ("06:00", False)])
async def test_it_is_done_at_night_by_the_clock_of_the_house(room: Room, clock: str, due: bool) -> None:
    room.wall.at = at(TODAY, clock)
    assert (await room.sleep.look() is not None) is due


async def test_it_is_done_once_a_night_through_a_restart_too(room: Room) -> None:
    room.wall.at = at(TODAY, "03:30")
    assert await room.sleep.look() is not None
    for minutes in range(60):
        room.wall.at = at(TODAY, "03:31", minutes)
        assert await room.start().look() is None
    room.wall.at = at(TODAY + timedelta(days=1), "03:30")
    assert await room.sleep.look() is not None


async def test_a_night_that_the_machine_was_off_is_made_up_for(room: Room) -> None:
    room.wall.at = at(TODAY, "03:30")
    await room.sleep.look()
    room.wall.at = at(TODAY + timedelta(days=1), "09:00")
    assert await room.sleep.look() is None
    room.wall.at = at(TODAY + timedelta(days=1), "09:31")
    assert await room.sleep.look() is not None


async def test_nothing_is_done_while_claw_is_stopped(room: Room) -> None:
    number = room.old_guess()
    room.wall.at = at(TODAY, "03:30")
    room.why = "stopped"
    assert await room.sleep.look() is None
    for ask in (room.sleep.run, lambda: room.sleep.undo(ANNA)):
        with pytest.raises(Refused, match="stopped"):
            await ask()
    assert room.confidence(number) > 0.5
    room.why = None
    assert await room.sleep.look() is not None


async def test_a_stop_in_the_middle_leaves_the_rest_for_afterwards(room: Room) -> None:
    number = room.old_guess()

    async def stops() -> Plan:
        room.why = "stopped"
        return Plan()

    room.stages.insert(0, Odd("odd", stops))
    room.start()
    night = await room.sleep.run()
    assert (night.stage, night.ended) == ("odd", None)
    room.stages.pop(0)
    room.stages.insert(0, Odd("odd", nothing))
    room.why = None
    night = await room.start().run()
    assert night.ended is not None
    assert room.confidence(number) == 0.5


async def nothing() -> Plan:
    return Plan()


async def test_what_a_dry_run_shows_is_what_the_night_does(room: Room) -> None:
    room.old_guess("reads", 40)
    room.old_guess("sings", 100)
    room.wall.later(days=-40)
    room.kept.episodes.note(ANNA, "hello there", "owner_told", name="Anna", keep=timedelta(days=30))
    room.wall.later(days=40)
    before = room.rows()
    shown = await room.sleep.rehearse()
    assert room.rows() == before
    assert room.sleep.last() is None
    done = await room.sleep.run()
    assert shown.edits == done.edits
    assert shown.lines == done.lines
    assert set(done.lines) == {
        "1 exchange whose time was over was forgotten.",
        "1 guess that nobody used counts for less.",
        "1 guess that nobody used for three months has ended.",
    }


async def test_a_night_is_taken_back_once(room: Room) -> None:
    room.old_guess("reads", 40)
    room.old_guess("sings", 100)
    before = room.rows()
    told: list[int] = []
    room.kept.facts.changed.append(lambda: told.append(1))
    await room.sleep.run()
    assert room.rows() != before
    told.clear()
    night = await room.sleep.undo(ANNA)
    assert room.rows() == before
    assert night.lines == ("2 of 2 changes of the last night were taken back.",)
    assert told
    assert room.noted[-1][1:] == ({"day": night.day, "undone": 2, "of": 2}, ANNA)
    with pytest.raises(Refused, match="already"):
        await room.sleep.undo(ANNA)


async def test_there_is_nothing_to_take_back_before_a_night(room: Room) -> None:
    with pytest.raises(Refused, match="no night"):
        await room.sleep.undo(ANNA)


async def test_by_hand_it_is_done_once_a_day(room: Room) -> None:
    await room.sleep.run()
    with pytest.raises(Refused, match="today already"):
        await room.sleep.run()


@pytest.mark.parametrize("at_stage", range(5))
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_crash_at_any_stage_is_finished_at_the_next_start_and_said(
    room: Room, at_stage: int, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale, over = room.old_guess("reads", 40), room.old_guess("sings", 100)
    stage = room.stages[at_stage]
    if when == "before":
        monkeypatch.setattr(stage, "plan", _dies)
    else:
        monkeypatch.setattr(room.sleep, "_did", _dying(room.sleep._did, stage.name))
    with pytest.raises(Crash):
        await room.sleep.run()
    monkeypatch.undo()
    found = await room.start().look()
    assert found is not None
    assert found.broken
    assert found.ended is not None
    assert found.lines[0] == "The night's work was cut short and finished later."
    assert room.confidence(stale) == 0.5
    ended = room.kept.facts.get(over)
    assert ended is not None
    assert ended.status == "superseded"
    assert [edit.deed for edit in found.edits] == ["fade", "archive"] or [edit.deed for edit in found.edits] == [
        "archive",
        "fade",
    ]
    assert (await room.sleep.undo(ANNA)).undone is not None
    assert room.confidence(stale) > 0.5


async def _dies(now: datetime) -> Plan:
    raise Crash


def _dying(did: Callable[..., Night], name: str) -> Callable[..., Night]:
    def done(night: Night, stage: str, plan: Plan, now: datetime) -> Night:
        night = did(night, stage, plan, now)
        if stage == name:
            raise Crash
        return night

    return done


async def test_a_crash_in_the_middle_of_a_stage_undoes_that_stage(room: Room) -> None:
    first, second = room.old_guess("reads", 40), room.old_guess("sings", 41)

    class Half:
        name = "half"

        async def plan(self, now: datetime) -> Plan:
            del now
            bad = Edit("fade", "memories", 2**70, {"confidence": 1.0})  # the second one cannot be written
            return Plan((Edit("fade", "memories", first, {"confidence": 0.8}), bad))

    room.stages = [Half()]
    with pytest.raises((Broken, OverflowError)):
        await room.start().run()
    assert room.confidence(first) > 0.5
    assert room.confidence(second) > 0.5
    last = room.sleep.last()
    assert last is not None
    assert (last.stage, last.ended, last.edits) == ("", None, ())


async def test_a_night_that_fails_is_tried_again_the_next_day_and_not_every_minute(room: Room) -> None:
    tried: list[int] = []

    async def fails() -> Plan:
        tried.append(1)
        raise Broken("the disk is full")

    room.stages = [Odd("odd", fails)]
    room.start()
    room.wall.at = at(TODAY, "03:30")
    for _ in range(5):
        assert await room.sleep.look() is None
        room.wall.later(minutes=1)
    assert len(tried) == 1
    room.wall.at = at(TODAY + timedelta(days=1), "03:30")
    await room.sleep.look()
    assert len(tried) == 2


async def test_no_stage_begins_once_the_night_took_too_long(room: Room) -> None:
    number = room.old_guess()

    async def dawdles() -> Plan:
        room.wall.later(seconds=200)
        return Plan()

    room.stages.insert(0, Odd("odd", dawdles))
    night = await room.start().run()
    assert (night.stage, night.ended is not None) == ("odd", True)
    assert room.confidence(number) > 0.5


async def test_what_is_written_down_of_a_night_holds_no_words(room: Room) -> None:
    room.old_guess("whispers", 40)
    room.old_guess("shouts", 100)
    await room.sleep.run()
    (diff,) = room.kept.db.execute("select diff from sleeps").fetchone()
    assert "whispers" not in diff
    assert "Anna" not in diff
    assert "whispers" not in str(room.noted)


async def test_the_log_is_told_of_each_night(room: Room) -> None:
    room.old_guess()
    night = await room.sleep.run()
    assert room.noted == [("sleep", {"day": night.day, "stage": "tidy", "broken": False, "did": {"fade": 1}}, None)]


async def test_the_summary_tells_each_their_own_and_strangers_nothing(room: Room) -> None:
    assert room.sleep.summary(AS_ANNA) == "I have not had a night here yet."
    found = Found("routine", "anna", "light.hall", "on", 9, 10, 1_790_000_000, 1_795_000_000, at=7 * 3600)
    with room.kept.db.conn:
        (number,) = room.habits.apply(room.habits.sift([found], room.wall.now()), room.wall.now())

    async def finds() -> Plan:
        return Plan((), lambda: [Edit("find", "habits", number)])

    room.old_guess()
    room.stages[1] = Odd("find", finds)
    await room.start().run()
    hers, his = room.sleep.summary(AS_ANNA), room.sleep.summary(AS_BEN)
    assert "“Anna turns hall on at about 07:00.”" in hers
    assert "hall" not in his
    assert "1 guess that nobody used counts for less." in his
    assert room.sleep.summary(ANYBODY) == "I do not know."


async def test_nothing_new_is_said_so(room: Room) -> None:
    await room.sleep.run()
    assert room.sleep.summary(AS_ANNA) == "Last night I learned nothing new."


@pytest.mark.parametrize(
    "diff", ["", "[]", "{}", '{"edits": [["fly", "memories", 1, {}]], "lines": [], "broken": false}']
)
async def test_a_night_that_somebody_damaged_is_broken(room: Room, diff: str) -> None:
    await room.sleep.run()
    with room.kept.db.conn:
        room.kept.db.execute("update sleeps set diff = ?", (diff,))
    with pytest.raises(Broken):
        room.sleep.last()
    room.wall.at = at(TODAY + timedelta(days=1), "03:30")
    assert await room.sleep.look() is None


async def test_two_at_once_are_one_after_the_other(room: Room) -> None:
    inside: list[str] = []

    async def looks() -> Plan:
        inside.append("in")
        assert await room.sleep.look() is None  # the housekeeping's look does not wait
        inside.append("out")
        return Plan()

    room.stages = [Odd("odd", looks)]
    room.wall.at = at(TODAY, "03:30")
    assert await room.start().look() is not None
    assert inside == ["in", "out"]


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
import claw.memory.sleep as sleep
from tests.unit.memory.test_sleep import Room

done, apply = [], sleep.apply

def dies(*what):
    apply(*what)
    done.append(1)
    if len(done) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

sleep.apply = dies
room = Room(Path(sys.argv[1]))
for number in range(3):
    room.old_guess(f"sings {number}", 40)
asyncio.run(room.sleep.run())
"""


def test_a_process_that_is_killed_in_the_middle_leaves_a_stage_undone_and_the_next_one_finishes(
    tmp_path: Path,
) -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    room = Room(tmp_path)
    try:
        assert [room.confidence(number) > 0.5 for number in (1, 2, 3)] == [True] * 3
        last = room.sleep.last()
        assert last is not None
        assert (last.stage, last.ended) == ("merge", None)
        night = asyncio.run(room.sleep.run())
        assert night.broken
        assert [room.confidence(number) for number in (1, 2, 3)] == [0.5] * 3
    finally:
        room.kept.db.close()
