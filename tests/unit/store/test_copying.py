"""A copy of a database is one moment of it, whoever writes meanwhile, and nobody waits for it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.store.copying import STEP_PAGES, check, copy, out_of_reach, snapshot
from claw.store.db import connect

ROWS = 2_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "claw.db"
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT, same INTEGER)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?, ?, 0)", [(n, "x" * 500) for n in range(ROWS)])
        connection.execute("COMMIT")
    return path


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA busy_timeout=0")  # whoever had to wait would fail
        yield connection


def test_a_copy_is_one_moment_and_no_writer_waits(path: Path, writer: sqlite3.Connection, tmp_path: Path) -> None:
    steps = 0

    def told(_: int) -> None:
        nonlocal steps
        steps += 1
        writer.execute("UPDATE t SET same = ?", (steps,))

    with snapshot(path) as source:
        writer.execute("UPDATE t SET same = -1")  # behind the moment already
        copy(source, tmp_path / "copy.db", told)
    assert steps > ROWS * 500 / 4096 / STEP_PAGES
    with closing(sqlite3.connect(tmp_path / "copy.db")) as found:
        assert found.execute("SELECT count(*), min(same), max(same) FROM t").fetchone() == (ROWS, 0, 0)
    assert writer.execute("SELECT min(same) FROM t").fetchone() == (steps,)
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.glob("copy*")) == ["copy.db"]


def test_every_byte_is_told_once(path: Path, tmp_path: Path) -> None:
    told: list[int] = []
    with snapshot(path) as source:
        copy(source, tmp_path / "copy.db", told.append)
    assert sum(told) == (tmp_path / "copy.db").stat().st_size
    assert max(told) <= STEP_PAGES * 4096


def test_whoever_is_told_may_end_it(path: Path, tmp_path: Path) -> None:
    def told(_: int) -> None:
        raise RuntimeError("enough")

    with snapshot(path) as source, pytest.raises(RuntimeError, match="enough"):
        copy(source, tmp_path / "copy.db", told)


def test_a_copy_takes_the_place_of_nothing(path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine")
    with snapshot(path) as source, pytest.raises(FileExistsError):
        copy(source, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_a_disk_that_takes_no_more_is_an_oserror(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def backup(self, *_: object, **__: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        def execute(self, _: str) -> sqlite3.Cursor:
            return source.execute("PRAGMA page_size")

    with snapshot(path) as source, pytest.raises(OSError, match="disk is full"):
        copy(Full(), tmp_path / "copy.db")  # type: ignore[arg-type]


def test_a_damaged_database_is_not_copied_as_if_it_were_whole(path: Path, tmp_path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 : 4096 * 3 + 200] = b"\xff" * 200
    path.write_bytes(raw)
    with snapshot(path) as source, pytest.raises(Broken, match=r"copy\.db is damaged"):
        copy(source, tmp_path / "copy.db")


def test_what_is_no_database_is_broken(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database at all" * 300)
    with pytest.raises(Broken), snapshot(tmp_path / "x.db"):
        pass
    with pytest.raises(Broken):
        check(tmp_path / "x.db")


def test_root_works_where_nobody_else_moves_things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state"
    state.mkdir()
    if os.geteuid() == 0:
        os.chown(tmp_path, 12345, 12345)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert out_of_reach(state) == state
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert out_of_reach(state) in tmp_path.parents
