"""What of an audit file only shows when it is damaged, sealed, erased from or let go."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from claw.audit import file as module
from claw.audit.draft import Draft
from claw.audit.file import LogFile
from claw.audit.segments import SEALED_FILE
from claw.audit.verify import verify
from claw.base.errors import Broken, Unavailable
from claw.store.db import BUSY_MS
from tests.unit.audit.test_file import drafted
from tests.unit.audit.test_verify import misshapen, tamper

SECRET = b'{"said":"blue socks"}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.db"


@pytest.fixture
def file(path: Path) -> Iterator[LogFile]:
    file = LogFile.open(path)
    yield file
    file.close(0)


def continued(*unfinished: object) -> Draft:
    body = b'{"unfinished":[%b]}' % b",".join(b"%a" % one if isinstance(one, int) else b'"x"' for one in unfinished)
    return drafted("continued", body=body)


def settled(file: LogFile) -> int:
    return file.read.running.execute("SELECT settled FROM log").fetchone()[0]


def handles(path: Path) -> list[str]:
    """Return the files beside ``path`` that this process has open."""
    links = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return [link.name for link in links if link.parent == path.parent]


def unsafe(monkeypatch: pytest.MonkeyPatch, opens: ModuleType) -> list[str]:
    """Let SQLite leave erased bytes where they are, as it does in most builds; return what it is told from then on."""
    real: Any = opens.connect
    told: list[str] = []

    def connected(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = real(*args, **kwargs)
        connection.execute("PRAGMA secure_delete=OFF")
        connection.set_trace_callback(told.append)
        return connection

    monkeypatch.setattr(opens, "connect", connected)
    return told


# ------------------------------------------------------------------------------------------------------- the opening


def test_a_file_that_is_refused_is_let_go_and_said_once(path: Path) -> None:
    LogFile.open(path).close(0)
    misshapen(path, "UPDATE log SET format = 2")
    with pytest.raises(Broken) as refused:
        LogFile.open(path)
    assert str(refused.value) == (
        f"{path} has another format (2) than this version of Claw writes (1): run the version that wrote it or a newer "
        "one, or restore a backup that this one made"
    )
    assert handles(path) == []


@pytest.mark.parametrize(
    "change", ["DELETE FROM log", "UPDATE log SET id = 'a text of another sort'", "UPDATE log SET settled = 'much'"]
)
def test_a_file_without_its_identity_is_broken(path: Path, change: str) -> None:
    LogFile.open(path).close(0)
    misshapen(path, change)
    with pytest.raises(Broken, match="is damaged: it has lost its identity"):
        LogFile.open(path)


def test_a_file_whose_last_row_has_no_hash_is_broken(path: Path) -> None:
    file = LogFile.open(path)
    file.write([drafted()], 0)
    file.close(0)
    misshapen(path, "UPDATE rows SET hash = 'a text of another sort'")
    with pytest.raises(Broken, match="its last row has no hash"):
        LogFile.open(path)


def test_a_file_that_is_closed_is_wholly_let_go(path: Path) -> None:
    file = LogFile.open(path)
    file.write([drafted()], 0)
    assert handles(path)
    file.close(0)
    assert handles(path) == []


def test_what_was_written_is_in_the_file_itself_when_it_is_closed_also_while_somebody_has_it_open(path: Path) -> None:
    file = LogFile.open(path)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("SELECT count(*) FROM rows").fetchall()
        file.write([drafted()], 0)
        file.close(0)
        assert path.with_name("audit.db-wal").stat().st_size == 0


# ---------------------------------------------------------------------------------------------- what is still waiting


def test_the_mark_of_what_is_settled_moves_by_thousands(file: LogFile) -> None:
    file.write([drafted() for _ in range(2_000)], 0)
    for reached, mark in ((999, 0), (1_000, 1_000), (1_500, 1_000), (1_999, 1_000), (2_000, 2_000)):
        file.write([drafted(), drafted()], reached)
        assert settled(file) == mark
    file.write([drafted()], 2_500)
    assert settled(file) == 2_000


def test_only_a_file_that_goes_on_from_another_has_intents_handed_on(file: LogFile) -> None:
    file.write([drafted("note", body=b'{"unfinished":[1]}')], 0)
    assert file.open_intents() == []


def test_an_intent_that_was_handed_on_waits_for_its_outcome_and_nothing_else(file: LogFile) -> None:
    file.write([drafted("intent") for _ in range(3)], 0)
    file.seal(continued(1, "x", 2, 3))
    file.write([drafted("outcome", parent=2), drafted("note", parent=3)], 0)
    assert file.open_intents() == [1, 3]


def test_a_file_that_lost_the_word_on_what_was_handed_on_still_opens(path: Path) -> None:
    file = LogFile.open(path)
    file.write([drafted("intent")], 0)
    file.seal(continued(1))
    file.close(0)
    tamper(path, "DELETE FROM payloads")
    file = LogFile.open(path)
    assert file.open_intents() == []
    file.close(0)


# ------------------------------------------------------------------------------------------------------- the sealing


class Stubborn:
    """A connection that says another mode than it was told, without a word of complaint."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str) -> sqlite3.Cursor:
        return self._connection.execute(statement.replace("=DELETE", ""))


def test_a_file_that_stays_in_two_parts_is_not_sealed(file: LogFile) -> None:
    file.write([drafted()], 0)
    writer, file._writer = file._writer, Stubborn(file._writer)  # type: ignore[assignment]
    with pytest.raises(Unavailable, match="reads the log"):
        file._fold()
    file._writer = writer


def test_a_sealing_does_not_wait_for_whoever_reads_and_writing_does_again(path: Path, file: LogFile) -> None:
    file.write([drafted()], 0)
    told: list[str] = []
    file._writer.set_trace_callback(told.append)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("SELECT count(*) FROM rows").fetchall()
        with pytest.raises(Unavailable, match="reads the log"):
            file._fold()
    assert told[:2] == ["PRAGMA busy_timeout=0", "PRAGMA journal_mode=DELETE"]
    assert file._writer.execute("PRAGMA busy_timeout").fetchone() == (BUSY_MS,)


def test_after_a_sealing_another_thread_may_write_too(file: LogFile) -> None:
    file.write([drafted()], 0)
    file.seal(continued())
    writing = threading.Thread(target=file.write, args=([drafted()], 0))
    writing.start()
    writing.join()
    assert file.head.seq == 3


def test_the_next_file_is_whole_and_has_its_name_before_the_old_one_loses_its_own(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish, synced = module._furnish, list[Path]()
    looking: list[sqlite3.Connection] = []

    def furnished(writer: sqlite3.Connection, identity: bytes, *rows: Any) -> None:
        furnish(writer, identity, *rows)
        looking.append(sqlite3.connect(path))  # somebody who makes a copy: the last one to close would fold the file
        looking[0].execute("SELECT count(*) FROM rows").fetchall()

    monkeypatch.setattr(module, "_furnish", furnished)
    monkeypatch.setattr(module, "sync_directory", synced.append)
    row = (1, 1, "note", "{}", None, "{}", b"h" * 32, b"p" * 32, b"o" * 32, b"s" * 16, b"{}")
    module._create(path, b"i" * 16, row)
    shutil.copy(path, path.with_name("copy.db"))
    looking[0].close()
    with closing(sqlite3.connect(path.with_name("copy.db"))) as copy:
        assert copy.execute("SELECT seq FROM rows").fetchall() == [(1,)]
    assert synced == [path.parent]


# ------------------------------------------------------------------------------------------------------- the erasing


def erased(file: LogFile, seq: int) -> None:
    file.write([drafted("erased", parent=seq)], 0)
    file.erase(seq)


@pytest.mark.parametrize("sealed", [False, True])
def test_an_opened_file_is_told_to_leave_no_erased_byte(
    path: Path, monkeypatch: pytest.MonkeyPatch, sealed: bool
) -> None:
    unsafe(monkeypatch, module)
    file = LogFile.open(path)
    if sealed:
        file.write([drafted()], 0)
        file.seal(continued())
    assert file.write([drafted(body=SECRET)], 0) == (3 if sealed else 1)
    erased(file, file.head.seq)
    assert file._writer.execute("PRAGMA secure_delete").fetchone() == (1,)
    file.close(0)


def test_the_last_entry_of_a_sealed_file_is_erased_for_good(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LogFile.open(path)
    file.write([drafted(), drafted(body=SECRET)], 0)
    sealed = file.seal(continued())
    assert file.read.entry(2) is not None
    told = unsafe(monkeypatch, sqlite3)
    modes: list[int] = []
    chmod = Path.chmod
    monkeypatch.setattr(Path, "chmod", lambda at, mode: (modes.append(mode), chmod(at, mode))[1])
    erased(file, 2)
    assert file.read._sealed == {}, "what is erased stays in no open file's memory"
    assert SECRET not in sealed.read_bytes()
    assert "PRAGMA synchronous=EXTRA" in told
    assert modes == [0o600, SEALED_FILE], "whoever is not root could not write it otherwise"
    file.close(0)
    assert verify(path).ok


def test_a_sealed_file_that_cannot_be_changed_is_said_and_left_as_it_was(path: Path) -> None:
    file = LogFile.open(path)
    file.write([drafted(body=SECRET)], 0)
    sealed = file.seal(continued())
    sealed.chmod(0o600)
    with closing(sqlite3.connect(sealed)) as other:
        other.execute("DROP TRIGGER payloads_delete")
    before = sealed.read_bytes()
    with pytest.raises(Unavailable, match="the payload of entry 1 cannot be erased"):
        erased(file, 1)
    assert sealed.read_bytes() == before
    assert sealed.stat().st_mode & 0o777 == SEALED_FILE
    file.close(0)


def test_at_a_start_only_what_is_still_there_is_erased(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LogFile.open(path)
    file.write([drafted() for _ in range(3)], 0)
    erased(file, 1)
    file.write([drafted("erased", parent=2), drafted("erased", parent=3)], 0)
    file.close(0)
    tamper(path, "DELETE FROM rows WHERE seq = 3", "DELETE FROM payloads WHERE seq = 3")
    done: list[int] = []
    monkeypatch.setattr(LogFile, "erase", lambda _, seq: done.append(seq))
    LogFile.open(path).close(0)
    assert done == [2]


# -------------------------------------------------------------------------------------------------------- the writing


def test_a_write_that_reached_the_disk_and_failed_after_it_is_believed(
    file: LogFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = LogFile._commit

    def late(self: LogFile, rows: Sequence[Any], settled: int) -> None:
        commit(self, rows, settled)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(LogFile, "_commit", late)
    with pytest.raises(sqlite3.OperationalError):
        file.write([drafted(), drafted()], 0)
    file.reread_head()
    assert file.write([drafted()], 0) == 3
    assert verify(path).ok
