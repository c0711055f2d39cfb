import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw.audit.draft import Draft
from claw.audit.file import LogFile
from claw.audit.verify import verify
from claw.base.action import Origin
from claw.base.errors import Broken

LARGE = 10**30


def drafted(kind: str = "note", parent: int | None = None, body: bytes = b"{}") -> Draft:
    return Draft(1_767_614_400_000_000, kind, '{"channel":"cli","person":"anna"}', parent, '{"policy":"1"}', body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.db"


@pytest.fixture
def file(path: Path) -> Iterator[LogFile]:
    file = LogFile.open(path)
    yield file
    file.close(0)


def test_a_commit_is_on_disk_before_write_returns(file: LogFile) -> None:
    assert file._writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert file._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_file_is_private(file: LogFile, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_rows_are_numbered_from_one_and_read_back_as_they_were(file: LogFile) -> None:
    assert file.write([drafted("request"), drafted("intent", body=b'{"a":[1]}')], 0) == 1
    assert file.write([drafted("outcome", parent=2)], 0) == 3
    entry = file.read.entry(2)
    assert entry is not None
    assert entry.time == datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    assert (entry.seq, entry.kind, entry.parent) == (2, "intent", None)
    assert entry.origin == Origin("cli", "anna")
    assert entry.payload == {"a": [1]}
    assert entry.versions == {"policy": "1"}
    assert file.read.entry(3).hash == file.head.hash
    assert file.head.seq == 3
    assert [child.seq for child in file.read.children(2)] == [3]


def test_every_log_has_an_identity_of_its_own(file: LogFile, tmp_path: Path) -> None:
    other = LogFile.open(tmp_path / "other.db")
    assert len(file.id) == 16
    assert other.id != file.id
    assert other.head.hash != file.head.hash
    other.close(0)


def test_a_reopened_file_goes_on_where_it_ended(path: Path) -> None:
    file = LogFile.open(path)
    file.write([drafted()], 0)
    head, identity = file.head, file.id
    file.close(0)
    file = LogFile.open(path)
    assert (file.head, file.id) == (head, identity)
    file.write([drafted()], 0)
    file.close(0)
    assert verify(path).ok


def test_rows_are_selected_by_number_kind_and_direction(file: LogFile) -> None:
    file.write([drafted("a"), drafted("b"), drafted("a"), drafted("c"), drafted("a")], 0)

    def seqs(after: int, limit: int, *kinds: str, newest_first: bool = False) -> list[int]:
        return [entry.seq for entry in file.read.entries(after, limit, newest_first=newest_first, kinds=kinds)]

    assert seqs(0, 10) == [1, 2, 3, 4, 5]
    assert seqs(2, 2) == [3, 4]
    assert seqs(2, 2, newest_first=True) == [5, 4]
    assert seqs(0, 10, "a") == [1, 3, 5]
    assert seqs(1, 2, "a", "c") == [3, 4]
    assert seqs(0, 0) == []


@pytest.mark.parametrize("seq", [0, -1, 99, LARGE])
def test_a_number_that_is_not_there_finds_nothing(file: LogFile, seq: int) -> None:
    file.write([drafted()], 0)
    assert file.read.entry(seq) is None
    assert file.read.children(seq) == []
    assert file.read.entries(max(seq, 1), 5, newest_first=False, kinds=()) == []


def test_intents_without_an_outcome_are_found(file: LogFile) -> None:
    file.write([drafted("intent"), drafted("intent"), drafted("note", parent=1), drafted("outcome", parent=2)], 0)
    assert file.open_intents() == [1]


def test_the_search_for_open_intents_starts_behind_what_is_settled(path: Path) -> None:
    file = LogFile.open(path)
    file.write([drafted("intent"), drafted("intent")], 0)
    file.close(1)
    file = LogFile.open(path)
    assert file.open_intents() == [2]
    file.close(0)


def test_the_mark_of_what_is_settled_moves_while_writing(path: Path) -> None:
    file = LogFile.open(path)
    file.write([drafted() for _ in range(1_000)], 0)
    file.write([drafted()], 999)
    assert file.read.running.execute("SELECT settled FROM log").fetchone() == (0,)
    file.write([drafted()], 1_000)
    assert file.read.running.execute("SELECT settled FROM log").fetchone() == (1_000,)
    file.close(None)


def test_a_second_writer_is_refused_in_the_same_process(file: LogFile, path: Path) -> None:
    with pytest.raises(Broken, match="another Claw daemon uses the audit log"):
        LogFile.open(path)
    file.write([drafted()], 0)


def test_a_second_writer_is_refused_from_another_process(file: LogFile, path: Path) -> None:
    code = f"from pathlib import Path; from claw.audit.file import LogFile; LogFile.open(Path({str(path)!r}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "another Claw daemon uses the audit log" in other.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rows SET kind = 'x' WHERE seq = 1",
        "UPDATE rows SET seq = 9 WHERE seq = 2",
        "DELETE FROM rows WHERE seq = 1",
        "DELETE FROM rows",
        "UPDATE payloads SET body = x'00' WHERE seq = 1",
        "DELETE FROM payloads WHERE seq = 1",
        "DELETE FROM payloads",
        "INSERT OR REPLACE INTO rows SELECT * FROM rows WHERE seq = 1",
        "INSERT OR REPLACE INTO payloads SELECT * FROM payloads WHERE seq = 1",
        "INSERT INTO rows SELECT 0, time, kind, origin, parent, versions, payload_hash, previous, hash FROM rows",
        "UPDATE log SET id = x'00'",
        "UPDATE log SET format = 2",
        "DELETE FROM log",
        "INSERT OR REPLACE INTO log VALUES (1, x'00', 1, 0)",
    ],
)
def test_sql_changes_nothing_that_was_written(file: LogFile, path: Path, statement: str) -> None:
    file.write([drafted(), drafted()], 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other, pytest.raises(sqlite3.IntegrityError):
        other.execute(statement)
    found = verify(path)
    assert found.ok
    assert found.rows == 2


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("time", "noon"),
        ("kind", None),
        ("parent", 7),
        ("parent", 0),
        ("payload_hash", b"short"),
        ("hash", "text" * 8),
    ],
)
def test_a_row_of_the_wrong_shape_is_refused_by_the_file_itself(file: LogFile, column: str, value: object) -> None:
    row = {
        "seq": 1, "time": 1, "kind": "note", "origin": "{}", "parent": None, "versions": "{}",
        "payload_hash": b"p" * 32, "previous": b"q" * 32, "hash": b"h" * 32,
    } | {column: value}  # fmt: skip
    with pytest.raises(sqlite3.IntegrityError):
        file._writer.execute(
            "INSERT INTO rows VALUES"
            " (:seq, :time, :kind, :origin, :parent, :versions, :payload_hash, :previous, :hash)",
            row,
        )


def test_a_payload_may_go_once_an_erased_row_names_it(file: LogFile, path: Path) -> None:
    file.write([drafted(body=b'{"secret":"blue socks"}'), drafted()], 0)
    with pytest.raises(sqlite3.IntegrityError, match="only removed after an erased row"):
        file._writer.execute("DELETE FROM payloads WHERE seq = 1")
    file.write([drafted("erased", parent=1)], 0)
    file._writer.execute("DELETE FROM payloads WHERE seq = 1")
    assert file.read.entry(1).payload is None
    assert verify(path).ok
    with pytest.raises(sqlite3.IntegrityError):
        file._writer.execute("DELETE FROM payloads WHERE seq = 2")


def test_nothing_is_left_of_an_erased_payload(path: Path) -> None:
    file = LogFile.open(path)
    file.write([drafted(body=b'{"secret":"blue socks"}')], 0)
    file.write([drafted("erased", parent=1)], 0)
    file._writer.execute("DELETE FROM payloads WHERE seq = 1")
    file.close(0)
    assert b"blue socks" not in path.read_bytes()


def test_a_failed_write_leaves_nothing_and_the_next_one_goes_on(file: LogFile, path: Path) -> None:
    file.write([drafted()], 0)
    head = file.head
    file._writer.execute("PRAGMA query_only=ON")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        file.write([drafted(), drafted()], 0)
    assert file.head == head
    file._writer.execute("PRAGMA query_only=OFF")
    assert file.write([drafted()], 0) == 2
    assert verify(path).rows == 2


def test_a_write_that_fails_half_way_leaves_nothing(file: LogFile, path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        file.write([drafted(), drafted(parent=9)], 0)
    assert file.head.seq == 0
    assert file.write([drafted()], 0) == 1
    assert verify(path).rows == 1


def test_a_write_that_ends_in_a_bug_leaves_no_transaction_behind(file: LogFile, path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        file._commit([(1, *["\ud800"] * 10)], 0)
    assert file.write([drafted()], 0) == 1
    assert verify(path).rows == 1


def test_damaged_rows_are_shown_as_far_as_they_go(file: LogFile) -> None:
    file.write([drafted(body=b"{}")], 0)
    for trigger in ("rows_update", "payloads_update"):
        file._writer.execute(f"DROP TRIGGER {trigger}")
    file._writer.execute(
        'UPDATE rows SET origin = \'{"channel":"cli","taint":5}\', versions = \'[]\', time = ?', (2**62,)
    )
    file._writer.execute("UPDATE payloads SET body = x'ff00'")
    entry = file.read.entry(1)
    assert entry.time.year == 9999
    assert entry.origin == Origin("cli")
    assert entry.versions == {}
    assert entry.payload == {"unreadable": "b'\\xff\\x00'"}


def test_a_file_that_is_no_log_is_broken_and_let_go(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name)")
    for _ in range(2):
        with pytest.raises(Broken, match="no such table: log"):
            LogFile.open(path)


def test_a_log_of_another_format_is_broken(path: Path) -> None:
    LogFile.open(path).close(0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DROP TRIGGER log_update")
        other.execute("UPDATE log SET format = 2")
    with pytest.raises(Broken, match="another format"):
        LogFile.open(path)


def test_garbage_is_broken(path: Path) -> None:
    path.write_bytes(os.urandom(8_192))
    with pytest.raises(Broken, match="is damaged: file is not a database"):
        LogFile.open(path)
