"""Every shape that ``claw.db`` ever had, in files that never change, becomes the newest one and loses no row."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from claw.base.errors import Broken
from claw.store.before_upgrade import copies
from claw.store.db import open_database
from claw.store.migrations import STEPS, migrate
from tests.living import living
from tests.upgrades.freeze import OWN, frozen

FROZEN = sorted((Path(__file__).parents[2] / "upgrades").glob("claw-*.sql"))
STEP_NAMES = [step.name for step in STEPS.pending(Database(memory=True))]
FUTURE = "9999 from the future"
MADE_ANEW = {1: {"renames", "waits"}}
"""Tables that a step behind this one made anew, without what was in them: what was learned there was learned again."""


def laid_down(folder: Path, frozen_file: Path) -> Path:
    """Return a database as the version of that time left it."""
    path = folder / "claw.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(frozen_file.read_text(encoding="utf-8"))
    path.chmod(0o600)
    return path


def rows_of(path: Path) -> dict[str, list[dict[str, object]]]:
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection, execute_plugins=False)
        tables = [name for name in db.table_names() if not name.startswith(("passages_fts", "sqlite_", "_"))]
        return {name: list(db.table(name).rows) for name in tables}


def shape_of(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return sorted(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


@pytest.fixture
def newest(tmp_path: Path) -> list[tuple[str, str]]:
    folder = tmp_path / "newest"
    folder.mkdir()
    db = open_database(folder / "claw.db")
    migrate(db)
    db.close()
    return shape_of(folder / "claw.db")


def test_every_step_has_its_frozen_file() -> None:
    assert [int(path.stem.removeprefix("claw-")) for path in FROZEN] == list(range(1, len(STEP_NAMES) + 1)), (
        "a new step: python -m tests.upgrades.freeze NUMBER"
    )


@pytest.mark.parametrize("frozen_file", FROZEN, ids=lambda path: path.stem)
def test_a_file_of_any_version_gets_the_newest_shape_and_keeps_every_row(
    frozen_file: Path, tmp_path: Path, newest: list[tuple[str, str]]
) -> None:
    path, number = laid_down(tmp_path, frozen_file), int(frozen_file.stem[-4:])
    before = rows_of(path)
    assert all(len(rows) == 2 for rows in before.values())
    db = open_database(path)
    migrate(db)
    db.close()
    after = rows_of(path)
    assert shape_of(path) == newest
    for table, rows in before.items():
        if table not in MADE_ANEW.get(number, ()):
            kept = [{name: row[name] for name in rows[0]} for row in after[table]]
            assert kept == rows, table
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if "passages" in before:
            found = connection.execute("SELECT count(*) FROM passages_fts WHERE passages_fts MATCH 'passages'")
            assert found.fetchone() == (2,)


@pytest.mark.parametrize("frozen_file", [FROZEN[0], FROZEN[6], FROZEN[-1]], ids=lambda path: path.stem)
async def test_a_whole_daemon_starts_on_what_an_older_one_left(frozen_file: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    laid_down(state, frozen_file)
    async with living(tmp_path) as daemon:
        assert not daemon.stop.engaged
        assert [client.name for client in daemon.clients.all()]


def test_the_files_are_what_the_steps_make() -> None:
    """A step that has shipped was not edited: it still makes the file that was frozen then."""
    for path in FROZEN:
        made = [line for line in frozen(int(path.stem[-4:])).splitlines() if f"INTO {OWN}" not in line]
        kept = [line for line in path.read_text(encoding="utf-8").splitlines() if f"INTO {OWN}" not in line]
        assert made == kept, path.name


def test_a_copy_is_kept_before_the_shape_changes(tmp_path: Path) -> None:
    path = laid_down(tmp_path, FROZEN[5])
    before = rows_of(path)
    db = open_database(path)
    migrate(db)
    migrate(db)
    db.close()
    (kept,) = copies(tmp_path)
    assert kept.name == "claw-before-0007.db"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert rows_of(kept) == before
    again = open_database(kept)  # whoever goes back starts with it
    migrate(again)
    again.close()
    assert sorted(path.name for path in tmp_path.glob("*.part*")) == []


def test_a_new_database_leaves_no_copy(tmp_path: Path) -> None:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    db.close()
    assert copies(tmp_path) == []


def test_a_newer_database_is_refused_in_one_sentence_and_left_as_it_is(tmp_path: Path) -> None:
    path = laid_down(tmp_path, FROZEN[2])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"INSERT INTO {OWN} VALUES (99, 'claw', '{FUTURE}', '2030')")  # noqa: S608  names of ours
        connection.commit()
    before = rows_of(path)
    db = open_database(path)
    with pytest.raises(Broken) as refused:
        migrate(db)
    db.close()
    assert str(refused.value) == (
        f"claw.db was written by a newer version of Claw (it has the step {FUTURE!r}): run that version or a newer "
        "one, or restore a backup that this one made"
    )
    assert rows_of(path) == before
    assert copies(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from claw.store.db import open_database
from claw.store.migrations import migrate
db, left = open_database(Path(sys.argv[1])), int(sys.argv[2])
def count(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
db.conn.set_trace_callback(count)
migrate(db)
print("done")
"""


def killed_after(statements: int, path: Path) -> bool:
    """Migrate in a process that dies before its n-th statement; return whether it came to its end."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(statements)],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.returncode in {0, -9}, done.stderr
    return done.stdout == b"done\n"


def assert_whole(path: Path, newest: list[tuple[str, str]], tmp_path: Path) -> None:
    """The file is in the shape of some step, whole; a later start makes it the newest."""
    with closing(sqlite3.connect(path)) as connection:
        applied = [name for (name,) in connection.execute(f"SELECT name FROM {OWN} ORDER BY id")]  # noqa: S608  names of ours
    assert applied == STEP_NAMES[: len(applied)]
    here = tmp_path / "as_it_should_be"
    here.mkdir(exist_ok=True)
    (here / "claw.db").unlink(missing_ok=True)
    with closing(sqlite3.connect(here / "claw.db")) as connection:
        db = Database(connection, execute_plugins=False)
        following = STEP_NAMES[len(applied)] if len(applied) < len(STEP_NAMES) else None
        Migrations.apply(STEPS, db, stop_before=following)
        db.conn.commit()
    assert shape_of(path) == shape_of(here / "claw.db")
    db = open_database(path)
    migrate(db)
    db.close()
    assert shape_of(path) == newest


@pytest.mark.parametrize("statements", [1, 40, 75, 150])
def test_kill_9_in_the_middle_leaves_the_shape_of_some_step_whole(
    statements: int, tmp_path: Path, newest: list[tuple[str, str]]
) -> None:
    path = laid_down(tmp_path, FROZEN[3])
    rows = rows_of(path)
    assert not killed_after(statements, path)
    assert_whole(path, newest, tmp_path)
    assert {table: rows_of(path)[table] for table in rows} == rows


@pytest.mark.prove
@pytest.mark.timeout(1200)
def test_kill_9_before_any_statement_of_a_migration(tmp_path: Path, newest: list[tuple[str, str]]) -> None:
    for statements in range(1, 1000):
        folder = tmp_path / str(statements)
        folder.mkdir()
        path = laid_down(folder, FROZEN[0])
        ended = killed_after(statements, path)
        assert_whole(path, newest, tmp_path)
        with suppress(FileNotFoundError):
            path.unlink()
        if ended:
            return
    raise AssertionError("it never came to its end")
