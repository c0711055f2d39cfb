"""A search of the bytes: what SQLite leaves lying about is found, what somebody else's row holds is told apart."""

import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.memory import traces as module
from claw.memory.model import Fact
from claw.memory.traces import Traces, traces
from claw.store.db import connect, writing
from tests.forgetting_room import ANNA, BEN, ForgettingRoom, forgetting_room

NUTS = Fact("fact", "person:sam", "allergic to", "hazelnuts", "Sam is allergic to hazelnuts")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[ForgettingRoom]:
    async with forgetting_room(tmp_path) as made:
        yield made


def looked(room: ForgettingRoom, *words: str) -> Traces:
    return traces(room.state / "claw.db", room.audit.path, words)


def deleted(room: ForgettingRoom) -> None:
    """Delete as a program would that trusts SQL."""
    with writing(room.state / "claw.db"), room.db.conn:
        for table in ("memories", "evidence", "episodes", "passages"):
            room.db.conn.execute(f"delete from {table}")  # noqa: S608  names from this list


async def test_what_a_delete_alone_leaves_is_found(room: ForgettingRoom) -> None:
    await room.tell(NUTS, ANNA)
    for seq in (1, 2):
        await room.audit.erase(seq, ANNA, "asked")
    deleted(room)
    assert looked(room, NUTS.sentence).found > 0
    room.db.conn.execute("pragma wal_checkpoint(truncate)")
    assert looked(room, NUTS.sentence).found > 0, "the index keeps its words until it is merged"
    room.passages.tidy()
    room.db.conn.commit()
    room.db.conn.execute("pragma wal_checkpoint(truncate)")
    assert looked(room, NUTS.sentence) == Traces(0, 0, looked(room, NUTS.sentence).sought)


async def test_a_word_that_another_row_holds_is_told_apart(room: ForgettingRoom) -> None:
    await room.tell(Fact("fact", "person:kim", "likes", "parties", "Kim likes parties and hazelnuts"), BEN)
    assert looked(room, "Hazelnuts for the parti", "Dragonfruit") == Traces(0, 0, 5), "parti is how parties is indexed"
    assert looked(room, "likes parties") == Traces(0, 1, 5), "a whole text that somebody else also said"


async def test_words_in_the_payload_of_an_entry_are_held_by_it(room: ForgettingRoom) -> None:
    await room.audit.append("stop", {"reason": 'Kim said "Zürich"'}, origin=ANNA)
    assert looked(room, "zürich") == Traces(0, 1, 3)
    assert looked(room, 'kim said "zürich"').held > 0


async def test_bytes_that_no_row_explains_are_found_in_each_file(room: ForgettingRoom) -> None:
    await room.audit.append("note", {}, origin=ANNA)
    await room.audit.seal(lambda _: {}, lambda _: {})
    (sealed,) = [path for path in room.files() if path.name.startswith("audit-")]
    sealed.chmod(0o600)
    with sealed.open("ab") as file:
        file.write(b"\0" * 100 + b"HAZELNUTS" + b"\0" * 100)
    assert looked(room, "hazelnuts").found == 2, "the word and its stem"


def test_a_word_across_two_chunks_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"." * 20 + b"HazelNuts" + b"." * 20 + b"hazelnuts")
    for size in range(1, 60):
        monkeypatch.setattr(module, "CHUNK", size)
        assert module._counted([file, tmp_path / "none"], [b"hazelnuts", b"nut", b"x"]) == {
            b"hazelnuts": 2,
            b"nut": 2,
            b"x": 0,
        }


async def test_chinese_is_found_as_it_is_written_and_as_it_is_indexed(room: ForgettingRoom) -> None:
    await room.tell(Fact("fact", "person:sam", "allergic to", "坚果", "小明对坚果过敏很严重"), ANNA)
    for seq in (1, 2):
        await room.audit.erase(seq, ANNA, "asked")
    assert looked(room, "小明对坚果过敏很严重").held > 0
    deleted(room)
    assert looked(room, "小明对坚果过敏很严重").found > 0


def test_a_database_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "claw.db").write_bytes(b"hazelnuts" * 1000)
    with sqlite3.connect(tmp_path / "audit.db") as log:
        log.execute("create table t (x)")
    with pytest.raises(Broken, match="damaged"):
        traces(tmp_path / "claw.db", tmp_path / "audit.db", ["hazelnuts"])


def test_nothing_to_look_for_is_nothing_found(tmp_path: Path) -> None:
    assert traces(tmp_path / "claw.db", tmp_path / "audit.db", ["", "abc"]) == Traces()


async def test_words_are_cut_as_the_index_cuts_them(room: ForgettingRoom) -> None:
    (sql,) = room.db.conn.execute("select sql from sqlite_master where name = 'passages_fts'").fetchone()
    assert f"tokenize='{module._CUT}'" in sql
    assert module._stems(["Partiës"]) == ["parti"]


async def test_what_is_too_much_to_look_for_is_said(room: ForgettingRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NEEDLES", 2)
    assert looked(room, "hazelnuts", "walnuts", "chestnuts") == Traces(0, 0, 2, whole=False)
    assert looked(room, "oak").whole


LOCKED = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)  # by which SQLite knows that somebody else is here
    except OSError:
        print("held")
"""


def test_looking_at_the_bytes_lets_go_of_no_lock_of_the_database(tmp_path: Path) -> None:
    """Closing any handle of a file drops this process' locks on it: another would take it for nobody's, and cut it."""
    database, log = tmp_path / "claw.db", tmp_path / "audit.db"
    with closing(connect(database)) as one, closing(connect(log)) as other:
        one.execute("CREATE TABLE t (x)")
        other.execute("CREATE TABLE t (x)")
        for _ in range(2):
            traces(database, log, ["hazelnut"])
        for path in (database, log):
            command = [sys.executable, "-c", LOCKED, f"{path}-shm"]
            assert subprocess.run(command, capture_output=True, check=True).stdout == b"held\n"
