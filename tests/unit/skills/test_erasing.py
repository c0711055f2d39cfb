"""What is kept of people among skills, and that no row and no file of it is left when it is to be forgotten."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.erasure import Erasure
from claw.memory.rows import stamp
from claw.skills.erasing import SkillEraser
from claw.store import migrations
from tests.life_room import BEN, NAME, LifeRoom, drafted, life_room
from tests.skill_folders import MANIFEST, skill_files

SECRET = "montessori lamp for carl"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


def _eraser(room: LifeRoom) -> SkillEraser:
    return SkillEraser(room.db, room.skills.standings, room.library)


def _left(room: LifeRoom, *needles: str) -> set[str]:
    """Return the tables of skills and the files in which any of ``needles`` still stands."""
    tables = ("skills", "skill_versions", "skill_runs", "skill_events", "skill_traces", "skill_offers")
    found: set[str] = set()
    for table in (*tables, "demonstrations"):
        for row in room.db.execute(f"SELECT * FROM {table}").fetchall():  # noqa: S608  our own names
            if any(needle in str(value) for needle in needles for value in row):
                found.add(table)
    for path in room.places[1].rglob("*"):
        if path.is_file() and any(needle in path.read_text(encoding="utf-8") for needle in needles):
            found.add(path.name)
    return found


def _rows(room: LifeRoom, person: str, said: str, conversation: str, entry: int = 77) -> None:
    """Write one row of this person into every table that keeps words and that others write."""
    at = stamp(room.clock.now())
    room.db.execute(
        "INSERT INTO skill_traces (at, person, conversation, language, said, origin, source, calls, before, skeleton,"
        " entry, model, tokens, undone, skill) VALUES (?, ?, ?, 'en', ?, '{}', '', '[]', '{}', '', ?, '', 0, 0, '')",
        [at, person, conversation, said, entry],
    )
    room.db.execute(
        "INSERT INTO demonstrations (started, person, conversation, origin, state, said, changes, before)"
        " VALUES (?, ?, ?, '{}', 'done', ?, '[]', '{}')",
        [at, person, conversation, said],
    )
    room.db.conn.commit()


def _worded() -> str:
    return MANIFEST.replace("light to read at {brightness}", f"{SECRET} at {{brightness}}")


async def _full(room: LifeRoom) -> None:
    """Have Anna's skill learned of her words, run and offered; and rows of hers and of Ben's everywhere."""
    await room.learned(draft=drafted("anna", manifest=_worded()))
    await room.run()
    await room.run(replace(BEN, conversation="ben's"))
    _rows(room, "anna", SECRET, "c1")
    _rows(room, "ben", "something else", "c2", 78)


@pytest.mark.parametrize(
    "erasure",
    [
        Erasure(everything=True),
        Erasure(person="anna"),
        Erasure(words=(SECRET,), speakers=frozenset({"anna"})),
        Erasure(words=(SECRET,)),
        Erasure(words=("Montessori Lamp",)),
    ],
    ids=["everything", "the person", "her words", "words", "some of them, in capitals"],
)
async def test_of_words_that_go_no_row_and_no_file_is_left(room: LifeRoom, erasure: Erasure) -> None:
    await _full(room)
    assert {"skill_versions", "skill_traces", "demonstrations", "skill.yaml"} <= _left(room, SECRET)
    assert _eraser(room).erase(erasure) > 0
    assert _left(room, SECRET) == set()
    assert room.library.get(NAME) is None
    assert room.skills.standings.of(NAME) is None
    assert _eraser(room).erase(erasure) == 0


async def test_of_a_person_who_goes_nothing_says_their_name(room: LifeRoom) -> None:
    await _full(room)
    _eraser(room).erase(Erasure(person="anna"))
    assert _left(room, "anna") == set()
    assert {"skill_traces", "demonstrations"} <= _left(room, "something else")


async def test_words_of_others_stay_what_they_are(room: LifeRoom) -> None:
    await _full(room)
    _eraser(room).erase(Erasure(words=(SECRET,), speakers=frozenset({"ben"})))
    assert room.library.get(NAME) is not None
    assert "skill_traces" in _left(room, SECRET)


async def test_a_skill_that_two_made_stays_the_others(room: LifeRoom) -> None:
    await room.learned()
    both = replace(room.standing(), people=("anna", "ben"), accepted_by="anna")
    room.skills.standings.put(both, "test", "two made it")
    _eraser(room).erase(Erasure(person="anna"))
    assert (room.standing().people, room.standing().accepted_by) == (("ben",), "an owner")
    assert _left(room, "anna") == set()


async def test_what_was_said_since_a_time_goes_and_what_was_before_stays(room: LifeRoom) -> None:
    _rows(room, "anna", "long ago", "c1")
    await room.learned()
    await room.clock.advance(3600)
    since = room.clock.now()
    await room.clock.advance(60)
    _rows(room, "anna", SECRET, "c1")
    await room.run()
    _eraser(room).erase(Erasure(person="anna", since=since))
    assert _left(room, SECRET) == set()
    assert room.skills.runs.of(NAME) == []
    assert "skill_traces" in _left(room, "long ago")
    assert room.library.get(NAME) is not None
    _eraser(room).erase(Erasure(person="anna", since=since - timedelta(hours=2)))
    assert room.library.get(NAME) is None


async def test_what_rests_on_an_entry_of_the_log_goes_with_it(room: LifeRoom) -> None:
    manifest = MANIFEST + "provenance: {made: learned, runs: [41, 42]}\n"
    await room.learned(draft=replace(drafted(), files=skill_files(NAME, {"skill.yaml": manifest})))
    _rows(room, "ben", "something else", "c2", 42)
    _eraser(room).erase(Erasure(entries=frozenset({7})))
    assert room.library.get(NAME) is not None
    _eraser(room).erase(Erasure(entries=frozenset({42})))
    assert room.library.get(NAME) is None
    assert room.db.execute("SELECT count(*) FROM skill_traces").fetchone() == (0,)


async def test_a_talk_goes_with_all_that_was_said_in_it(room: LifeRoom) -> None:
    await _full(room)
    _eraser(room).erase(Erasure(conversations=frozenset({"c1"})))
    for table in ("skill_runs", "skill_traces", "demonstrations", "skill_offers"):
        found = room.db.execute(f"SELECT DISTINCT conversation FROM {table}").fetchall()  # noqa: S608  our own names
        assert ("c1",) not in found


async def test_what_came_with_claw_or_from_a_folder_holds_nobodys_words(room: LifeRoom) -> None:
    room.ship()
    _eraser(room).erase(Erasure(everything=True))
    _eraser(room).erase(Erasure(words=("reading light",)))
    assert room.standing().state == "trusted"


async def test_an_earlier_version_that_holds_the_words_goes_as_well(room: LifeRoom) -> None:
    await room.learned(draft=drafted("anna", manifest=_worded()))
    await room.learned(draft=drafted("anna", **{"CHANGELOG.md": "# 1.0.1\n\nOther words.\n"}))
    assert _left(room, SECRET) == {"skill_versions"}
    _eraser(room).erase(Erasure(words=(SECRET,)))
    assert _left(room, SECRET) == set()


async def test_every_table_of_skills_is_walked(room: LifeRoom) -> None:
    tables = re.findall(r"CREATE TABLE (\w+)", migrations._SKILLS)
    assert len(tables) >= 7
    await _full(room)
    _eraser(room).erase(Erasure(everything=True))
    for table in tables:
        assert room.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table  # noqa: S608  our own names
