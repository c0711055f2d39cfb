"""No word of what is to be forgotten stays in what runs in the background, and what was done once is not done again."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Message, Origin
from claw.base.erasure import Erasure
from claw.routines.book import Book
from claw.routines.erasing import NAMELESS, RoutineEraser
from claw.routines.model import Done, Firing, Routine
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock
from tests.making_room import ANNA, BEN, LAMP, NOW, VOICE, spec

RING = {"say": "buy the ring for Olga"}
WORDS = Erasure(words=("the ring for Olga",))


class Rooms:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "claw.db"
        self.db = open_database(self.path)
        migrate(self.db)
        self.clock = HeldClock(NOW)
        self.book = Book(self.db, self.clock)
        self.told: list[Message] = []
        self.eraser = RoutineEraser(self.db, self.book.reload, self.told.append)

    def put(self, ident: str = "r1", by: Origin = BEN, do: Any = LAMP, **more: Any) -> Routine:
        row = {key: more.pop(key) for key in ("why", "entry", "adopted_by", "state") if key in more}
        made = Routine(ident, spec(do=do, **more), by, NOW, **row)
        self.book.put(made)
        return made

    def ran(self, ident: str = "r1", key: str = "k", done: Done | None = None, **firing: Any) -> Firing:
        due = Firing(ident, 0, NOW, key, **firing)
        run = self.book.claim(due)
        assert run is not None
        self.book.close(run, done or Done("done"))
        return due

    def raw(self) -> bytes:
        """Return every byte of the file, as somebody sees who reads the disk."""
        self.db.conn.execute("pragma wal_checkpoint(truncate)")
        with closing(sqlite3.connect(self.path)) as reader:
            return b"".join(str(row).encode() for row in reader.iterdump())


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    made = Rooms(tmp_path)
    yield made
    made.db.close()


def test_a_routine_that_says_it_goes_with_its_history(rooms: Rooms) -> None:
    rooms.put(do=RING)
    rooms.put("r2")
    rooms.ran("r1", "a")
    rooms.ran("r2", "b")
    assert rooms.eraser.erase(WORDS) == 1
    assert [one.id for one in rooms.book.all()] == ["r2"], "who keeps them in memory reads anew"
    assert [run.routine for run in rooms.book.runs()] == ["r2"]
    assert b"Olga" not in rooms.raw()
    assert rooms.eraser.erase(WORDS) == 0
    (told,) = rooms.told
    assert (told.to, "r1" in told.text, "Olga" in told.text) == ("person:ben", True, False), "it was not asked for"


def test_one_that_is_only_called_so_loses_its_name_and_goes_on(rooms: Rooms) -> None:
    made = rooms.put(name="The ring for Olga")
    heard: list[str] = []
    rooms.book.changed.append(heard.append)
    assert rooms.eraser.erase(WORDS) == 1
    (left,) = rooms.book.all()
    assert left.spec == made.spec.model_copy(update={"name": NAMELESS})
    assert (left.id, left.made_by, left.state) == (made.id, made.made_by, made.state)
    assert b"Olga" not in rooms.raw()


@pytest.mark.parametrize(
    "do",
    [
        {"prompt": "think of the ring for Olga", "gate": "True"},
        {"prompt": "think", "gate": "# the ring for Olga\nTrue"},
        {"skill": "laundry-done", "arguments": {"text": "the ring for Olga"}},
        {"actions": [{"action": "claw.notify", "data": {"to": "everyone", "text": "The ring for Olga"}}]},
    ],
)
def test_whatever_a_step_says_or_asks_counts(rooms: Rooms, do: Any) -> None:
    rooms.put(do=do)
    assert rooms.eraser.erase(WORDS) == 1
    assert rooms.book.all() == ()


def test_names_of_things_are_nobodys_words(rooms: Rooms) -> None:
    made = rooms.put(when={"state": "light.lamp", "to": "on"})
    assert rooms.eraser.erase(Erasure(words=("light.lamp", "lamp", "light.turn_on"))) == 1
    (left,) = rooms.book.all()
    assert left.spec.do == made.spec.do
    assert left.spec.when == made.spec.when
    assert left.spec.name == NAMELESS


def test_others_words_stay(rooms: Rooms) -> None:
    rooms.put(do=RING)
    assert rooms.eraser.erase(Erasure(words=WORDS.words, speakers=frozenset({"anna"}))) == 0
    assert rooms.eraser.erase(Erasure(words=WORDS.words, speakers=frozenset({"ben"}))) == 1


@pytest.mark.parametrize(
    "done",
    [
        Done("failed", "the ring for Olga was not there"),
        Done("shadow", would=("tell you: the ring for Olga",)),
    ],
)
def test_a_row_of_the_history_loses_its_words_and_is_still_no_licence_to_act(rooms: Rooms, done: Done) -> None:
    rooms.put()
    due = rooms.ran(done=done, cause="the ring for Olga came")
    assert rooms.eraser.erase(WORDS) == 1
    (row,) = rooms.book.runs()
    assert (row.status, row.reason, row.firing.cause) == (done.status, "", "")
    assert rooms.book.would(row.id) == ()
    assert b"Olga" not in rooms.raw()
    assert rooms.book.claim(due) is None


def test_rows_that_rest_on_what_goes_lose_their_words(rooms: Rooms) -> None:
    rooms.put()
    rooms.ran(done=Done("failed", "it jams"))
    with rooms.db.conn:
        rooms.db.conn.execute("UPDATE routine_runs SET entries = '[7]'")
    assert rooms.eraser.erase(Erasure(entries=frozenset({8}))) == 0
    assert rooms.eraser.erase(Erasure(entries=frozenset({7}))) == 1
    assert rooms.book.runs()[0].reason == ""


@pytest.mark.parametrize(
    ("erasure", "stay"),
    [
        (Erasure(person="ben"), ["r2", "r3"]),
        (Erasure(person="ben", since=NOW - timedelta(hours=1)), ["r2", "r3"]),
        (Erasure(person="carl", conversations=frozenset({"c-ben", "voice"})), ["r1", "r2"]),
        (Erasure(person="carl", entries=frozenset({41, 43})), ["r1", "r2"]),
        (Erasure(person="carl", entries=frozenset({43}), since=NOW + timedelta(hours=1)), ["r1", "r2", "r3"]),
        (Erasure(everything=True), []),
    ],
)
def test_whose_it_is_decides_and_of_nobodys_where_it_was_asked_for(
    rooms: Rooms, erasure: Erasure, stay: list[str]
) -> None:
    rooms.put(entry=41)
    rooms.put("r2", ANNA, entry=42)
    rooms.put("r3", replace(VOICE, person=None, conversation="voice"), entry=43)
    rooms.eraser.erase(erasure)
    assert [one.id for one in rooms.book.all()] == stay
    assert rooms.told == [], "who asks for all of it knows"


def test_a_fact_that_is_forgotten_takes_no_routine_with_it_for_the_talk_in_which_both_were_said(rooms: Rooms) -> None:
    made = rooms.put(entry=41, name="The ring for Olga at seven")
    erasure = replace(WORDS, entries=frozenset({41}), conversations=frozenset({"c-ben"}))
    assert rooms.eraser.erase(erasure) == 1
    (left,) = rooms.book.all()
    assert left.spec == made.spec.model_copy(update={"name": NAMELESS})
    assert b"Olga" not in rooms.raw()


def test_what_came_before_a_time_stays_and_no_talk_is_everybodys_talk(rooms: Rooms) -> None:
    rooms.put()
    rooms.put("r2", Origin("cli", "ben", authenticated=True))
    assert rooms.eraser.erase(Erasure(person="ben", since=NOW + timedelta(hours=1))) == 0
    assert rooms.eraser.erase(Erasure(conversations=frozenset({""}))) == 0


def test_somebody_who_goes_leaves_no_trace_in_what_others_have(rooms: Rooms) -> None:
    rooms.put("r1", VOICE, adopted_by="ben")
    rooms.put("r2", ANNA)
    rooms.ran("r2", asked_by=BEN)
    with rooms.db.conn:
        rooms.db.conn.execute(
            "INSERT INTO hands VALUES ('light.lamp', ?, 'app', 'ben', NULL, '[]')", (NOW.isoformat(),)
        )
        rooms.db.conn.execute(
            "INSERT INTO hands VALUES ('light.two', ?, 'app', 'anna', NULL, '[]')", (NOW.isoformat(),)
        )
    assert rooms.eraser.erase(Erasure(person="ben", since=NOW + timedelta(hours=1))) == 1, "who asked, at any time"
    assert rooms.eraser.erase(Erasure(person="ben")) == 2
    assert b"ben" not in rooms.raw()
    assert b"light.two" in rooms.raw()
    rooms.eraser.erase(Erasure(everything=True))
    assert b"light.two" not in rooms.raw()


@pytest.mark.parametrize("column", ["spec", "kept", "made_by", "skips", "why"])
def test_a_damaged_row_is_forgotten_like_any_other(rooms: Rooms, column: str) -> None:
    rooms.put()
    with rooms.db.conn:
        rooms.db.conn.execute(f"UPDATE routines SET {column} = ?", ("the ring for Olga {",))  # noqa: S608  our own names
    assert rooms.eraser.erase(WORDS) == (0 if column in {"made_by", "skips"} else 1)
    assert rooms.eraser.erase(Erasure(person="ben")) <= 1
    assert b"Olga" not in rooms.raw()


def test_rows_of_a_routine_that_is_no_more_go_with_whoever_goes(rooms: Rooms) -> None:
    rooms.put()
    rooms.ran()
    with rooms.db.conn:
        rooms.db.conn.execute("DELETE FROM routines")
    assert rooms.eraser.erase(Erasure(words=("nothing of it",))) == 0
    assert rooms.eraser.erase(Erasure(person="anna")) == 1
    assert rooms.book.runs() == ()


@pytest.mark.parametrize("erasure", [Erasure(everything=True), Erasure(words=("smoke alarm",)), Erasure(person="anna")])
def test_no_forgetting_takes_away_what_guards_life(rooms: Rooms, erasure: Erasure) -> None:
    rooms.put(
        "safety-smoke", Origin("system"), {"say": "smoke alarm", "to": "everyone"}, name="Smoke alarm", kind="safety"
    )
    rooms.ran("safety-smoke", done=Done("done", "smoke alarm"), asked_by=ANNA)
    (before,) = rooms.book.all()
    rooms.eraser.erase(erasure)
    rooms.book.reload()
    assert rooms.book.all() == (replace(before, runs=1, last=rooms.book.all()[0].last),)
    assert not [run for run in rooms.book.runs() if run.firing.asked_by is not None or run.reason]


@pytest.mark.parametrize("erasure", [Erasure(everything=True), Erasure(person="ben")])
def test_what_a_skill_brings_stays_paused_and_nobodys(rooms: Rooms, erasure: Erasure) -> None:
    of_skill = Routine("skill-laundry-done-1", spec(), BEN, NOW)
    rooms.book.derive("skill-", [of_skill])
    rooms.book.change(of_skill.id, state="paused", why="paused by hand")
    assert rooms.eraser.erase(erasure) == 1
    assert b"ben" not in rooms.raw()
    again = Book(rooms.db, rooms.clock)
    again.derive("skill-", [replace(of_skill, made_by=ANNA)])
    assert [one.state for one in again.all()] == ["paused"]


def test_what_is_kept_beside_a_routine_is_looked_at(rooms: Rooms) -> None:
    rooms.put(why="the ring for Olga")
    rooms.book.keep("r1", {"seen": ["the ring for Olga"], "n": 3})
    assert rooms.eraser.erase(WORDS) == 1
    assert rooms.book.kept("r1") == {}
    assert rooms.book.all()[0].why == ""
    assert json.loads(json.dumps(rooms.book.kept("r1"))) == {}
