import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.store.db import (
    BUSY_LOOKING_MS,
    connect,
    leaving_no_trace,
    lock_state,
    open_database,
    private_directory,
    state_holder,
    writing,
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_a_database_commits_to_disk_before_it_answers(tmp_path: Path) -> None:
    db = open_database(tmp_path / "claw.db")
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert db.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert db.execute("PRAGMA busy_timeout").fetchone() == (5_000,)
    db.close()


def test_a_new_file_is_nobody_elses_business(tmp_path: Path) -> None:
    open_database(tmp_path / "claw.db").close()
    assert stat.S_IMODE((tmp_path / "claw.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("brought", "statement"),
    [
        ("CREATE VIEW seen AS SELECT boom(1) AS x", "SELECT * FROM seen"),
        ("CREATE TRIGGER t AFTER INSERT ON rows BEGIN SELECT boom(1); END", "INSERT INTO rows VALUES (1)"),
    ],
)
def test_what_a_file_brings_along_runs_nothing_of_ours(tmp_path: Path, brought: str, statement: str) -> None:
    """Somebody put it into a backup: it does not get at a function that might have effects."""
    path = tmp_path / "claw.db"
    with contextlib.closing(sqlite3.connect(path)) as hostile:
        hostile.create_function("boom", 1, str, deterministic=True)
        hostile.execute("CREATE TABLE rows(x)")
        hostile.execute(brought)
        hostile.commit()
    ran: list[object] = []
    with contextlib.closing(sqlite3.connect(path)) as careless:
        careless.create_function("boom", 1, lambda x: ran.append(x) or "x", deterministic=True)
        careless.execute(statement).fetchall()
        careless.rollback()
    assert ran  # it is a trap
    ran.clear()
    with contextlib.closing(connect(path)) as connection:
        connection.create_function("boom", 1, ran.append, deterministic=True)
        with pytest.raises(sqlite3.OperationalError, match=r"unsafe use of boom\(\)"):
            connection.execute(statement)
    assert not ran


def test_nobody_gives_a_database_functions_or_extensions() -> None:
    """The one connection that trusts its file is safe because of that."""
    source = Path(__file__).parents[3] / "claw"
    texts = [path.read_text(encoding="utf-8") for path in source.rglob("*.py")]
    assert len(texts) > 100
    for word in ("create_function", "create_aggregate", "create_window_function", "enable_load_extension"):
        assert not any(word in text for text in texts), word


def test_what_is_no_file_is_said_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "lock").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "lock")
    for read_only in (False, True):
        with pytest.raises(Broken, match="pipe cannot be opened: it is a pipe and no file"):
            connect(tmp_path / "pipe", read_only=read_only)
        with pytest.raises(Broken, match="it is a folder and no file"):
            connect(tmp_path, read_only=read_only)
    assert state_holder(tmp_path) is None


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    db = open_database(tmp_path / "claw.db")
    db.table("things").insert({"id": 1, "name": "lamp"}, pk="id")
    db.close()
    again = open_database(tmp_path / "claw.db")
    assert list(again.table("things").rows) == [{"id": 1, "name": "lamp"}]
    again.close()


def test_a_file_that_is_no_database_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "claw.db"
    path.write_text("this is a letter to my aunt, not a database" * 100)
    with pytest.raises(Broken, match=r"claw\.db is damaged: file is not a database"):
        open_database(path)


def test_damaged_pages_are_broken(tmp_path: Path) -> None:
    path = tmp_path / "claw.db"
    db = open_database(path)
    db.table("things").insert_all(({"id": i, "name": "x" * 200} for i in range(500)), pk="id")
    db.close()
    content = bytearray(path.read_bytes())
    content[2 * 4096 : 2 * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(Broken, match=r"claw\.db is damaged"):
        open_database(path)


def test_rows_that_break_their_own_table_are_broken(tmp_path: Path) -> None:
    path = tmp_path / "claw.db"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE things (name TEXT)")
    raw.execute("INSERT INTO things VALUES (NULL)")
    raw.execute("PRAGMA writable_schema=ON")
    raw.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE things (name TEXT NOT NULL)'")
    raw.commit()
    raw.close()
    with pytest.raises(Broken, match=r"claw\.db is damaged: NULL value in things\.name"):
        open_database(path)


def test_a_place_that_cannot_be_written_is_broken(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="cannot be opened: No such file or directory"):
        open_database(tmp_path / "missing" / "claw.db")


def test_a_read_only_connection_cannot_write(tmp_path: Path) -> None:
    open_database(tmp_path / "claw.db").close()
    reader = connect(tmp_path / "claw.db", read_only=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("CREATE TABLE t (x)")
    reader.close()


def test_a_read_only_connection_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="cannot be opened: No such file"):
        connect(tmp_path / "claw.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_is_broken(tmp_path: Path) -> None:
    db = open_database(tmp_path / "claw.db")
    db.execute("CREATE TABLE t (x)")
    db.execute("PRAGMA query_only=ON")
    with (
        pytest.raises(Broken, match=r"claw\.db cannot be used: attempt to write a readonly database"),
        writing(tmp_path / "claw.db"),
    ):
        db.execute("INSERT INTO t VALUES (1)")
    db.close()


def test_the_state_directory_is_made_private(state: Path) -> None:
    lock = lock_state(state)
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    lock.release()


def test_an_open_state_directory_is_closed_to_others(state: Path) -> None:
    state.mkdir(mode=0o755)
    state.chmod(0o755)
    private_directory(state)
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_a_state_directory_that_is_a_file_is_broken(state: Path) -> None:
    state.write_text("")
    with pytest.raises(Broken, match="cannot be used as state directory"):
        lock_state(state)


def test_somebody_elses_state_directory_is_broken(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.mkdir()
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(Broken, match=rf"belongs to another user \(uid {owner}\)"):
        lock_state(state)


def test_a_second_daemon_is_refused_in_the_same_process(state: Path) -> None:
    lock = lock_state(state)
    with pytest.raises(Broken, match="another Claw daemon uses"):
        lock_state(state)
    lock.release()
    lock_state(state).release()


def test_a_second_daemon_is_refused_from_another_process_and_named(state: Path) -> None:
    lock = lock_state(state)
    code = (
        "from pathlib import Path; from claw.store.db import lock_state, state_holder;"
        f"d = Path({str(state)!r}); print(state_holder(d)); lock_state(d)"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert other.stdout.strip() == str(os.getpid())
    assert f"another Claw daemon uses {state}" in other.stderr
    lock.release()


def test_the_lock_dies_with_its_process(state: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from claw.store.db import lock_state;"
        f"lock = lock_state(Path({str(state)!r})); os.kill(os.getpid(), signal.SIGKILL)"
    )
    dead = subprocess.run([sys.executable, "-c", code], check=False)
    assert dead.returncode == -9
    assert state_holder(state) is None
    lock_state(state).release()


def test_nobody_holds_a_directory_that_was_released_or_never_was(state: Path) -> None:
    assert state_holder(state) is None
    lock_state(state).release()
    assert state_holder(state) is None


def test_a_look_at_the_holder_does_not_refuse_a_daemon(state: Path) -> None:
    private_directory(state)
    code = f"""
from pathlib import Path
from claw.store.db import state_holder
print("looking", flush=True)
while True:
    state_holder(Path({str(state)!r}))
"""
    looker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert looker.stdout is not None
        looker.stdout.readline()
        for _ in range(300):
            lock_state(state).release()
    finally:
        looker.kill()
        looker.communicate()


def test_a_lock_file_that_is_a_link_is_not_followed(state: Path, tmp_path: Path) -> None:
    private_directory(state)
    (tmp_path / "precious").write_text("keep")
    (state / "lock").symlink_to(tmp_path / "precious")
    with pytest.raises(Broken, match="cannot be opened"):
        lock_state(state)
    assert (tmp_path / "precious").read_text() == "keep"


def test_who_only_looks_leaves_nothing_beside_a_database_that_nobody_writes(tmp_path: Path) -> None:
    path = tmp_path / "still.db"
    writer = connect(path)
    writer.execute("CREATE TABLE t (x)")
    writer.execute("INSERT INTO t VALUES (1)")
    with leaving_no_trace(), contextlib.closing(connect(path, read_only=True)) as reader:
        assert reader.execute("SELECT count(*) FROM t").fetchone() == (1,), "the journal is read while there is one"
        assert reader.execute("PRAGMA busy_timeout").fetchone() == (BUSY_LOOKING_MS,)
    writer.close()
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    with leaving_no_trace(), contextlib.closing(connect(path, read_only=True)) as reader:
        assert reader.execute("SELECT count(*) FROM t").fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError):
            reader.execute("INSERT INTO t VALUES (2)")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before
    connect(path, read_only=True).close()
    assert {each.name for each in tmp_path.iterdir()} != set(before), "what is read in any other way leaves its files"
