"""What a look at a log finds where its rows alone show nothing, or almost nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from claw.audit import verify as module
from claw.audit.chain import Problem
from claw.audit.draft import Draft
from claw.audit.file import LogFile
from claw.audit.schema import SCHEMA
from claw.audit.verify import MOST_PROBLEMS, Proof, Verification, verify, verify_tail
from tests.unit.audit.test_verify import copied, found, misshapen, tamper, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path / "audit.db", 6)


def test_an_entry_that_was_taken_out_of_the_index_is_found(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DROP INDEX children")
        other.execute("CREATE INDEX children ON rows (parent) WHERE parent IS NOT NULL AND seq <> 4")
        other.execute("PRAGMA writable_schema=ON")
        other.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'children'", (SCHEMA["children"],))
    whats = [problem.what for problem in verify(path).problems]
    assert whats
    assert all(what.startswith("the file is damaged: ") for what in whats)


def test_a_row_before_the_first_is_found_in_the_tail_too(path: Path) -> None:
    tamper(path, *copied(1, 0))
    assert verify_tail(path) != ""


def test_a_second_identity_is_found_in_the_tail_too(path: Path) -> None:
    tamper(path, "INSERT INTO log SELECT 2, id, format, settled FROM log")
    assert verify_tail(path) == "the audit log does not hold: the log has no identity, or another format"


def test_an_identity_of_another_type_is_said(path: Path) -> None:
    misshapen(path, "UPDATE log SET id = 7")
    assert (None, "the log has no identity, or another format") in found(path)
    assert verify_tail(path) == "the audit log does not hold: the log has no identity, or another format"


def test_a_row_that_cannot_be_hashed_is_one_problem(path: Path) -> None:
    misshapen(path, "UPDATE rows SET time = 'noon' WHERE seq = 3")
    rows = [problem for problem in verify(path).problems if problem.seq is not None]
    assert rows == [Problem(3, "the row is damaged: a column holds what it never could")]


def test_only_a_retired_entry_says_that_others_were_retired() -> None:
    check = module._Check()
    head = b"h" * 32
    for kind, warning in (("checkpoint", False), ("retired", True)):
        check.found.proofs[:] = [Proof(9, 0, kind, {"last": 5, "hash": head.hex()})]
        assert check._beginning(5, head).warning is warning
        assert not check._beginning(4, head).warning
        assert not check._beginning(5, b"x" * 32).warning


def test_a_table_beside_ours_is_named_with_the_index_that_comes_with_it(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE hidden (name TEXT UNIQUE)")
        other.commit()
    whats = [problem.what for problem in verify(path).problems]
    assert whats == [
        "'hidden' in the file is not one of ours",
        "'sqlite_autoindex_hidden_1' in the file is not one of ours",
    ]


def test_as_many_problems_as_may_be_listed_are_all_listed() -> None:
    found = Verification(problems=[Problem(seq, "odd") for seq in range(MOST_PROBLEMS)])
    assert found.cut().problems == [Problem(seq, "odd") for seq in range(MOST_PROBLEMS)]


def test_what_is_appended_while_a_log_is_checked_is_not_part_of_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = LogFile.open(path)
    begin = module._Check._begin

    def begun(check: module._Check, connection: sqlite3.Connection) -> None:
        writer.write([Draft(9_000, "note", "{}", None, "{}", b"{}")], 0)
        begin(check, connection)

    monkeypatch.setattr(module._Check, "_begin", begun)
    try:
        found = verify(path)
    finally:
        writer.close(None)
    assert (found.rows, found.last, found.ok) == (6, 6, True)
    monkeypatch.undo()
    assert verify(path).last == 7


def test_a_row_far_before_the_first_is_found_in_the_tail_too(path: Path) -> None:
    tamper(path, *copied(1, -5))
    assert verify_tail(path) != ""


def test_a_log_may_begin_with_any_kind_of_entry(tmp_path: Path) -> None:
    file = LogFile.open(tmp_path / "audit.db")
    file.write([Draft(1, "continued", "{}", None, "{}", b"{}")], 0)
    file.close(0)
    assert verify(tmp_path / "audit.db").problems == []


def test_a_log_that_goes_on_from_something_that_is_no_hash_is_said(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    file = LogFile.open(path)
    file.write([Draft(1, "note", "{}", None, "{}", b"{}")], 0)
    file.seal(Draft(2, "continued", "{}", None, "{}", b"{}")).unlink()
    file.write([Draft(3, "retired", "{}", None, "{}", b'{"last":1,"hash":"07"}')], 0)
    file.close(0)
    misshapen(path, "UPDATE rows SET previous = 7 WHERE seq = 2")
    assert (2, "the row is damaged: a column holds what it never could") in found(path)


def test_a_payload_of_another_type_is_said(path: Path) -> None:
    misshapen(path, "UPDATE payloads SET body = 7 WHERE seq = 2")
    assert (2, "the payload was changed: its hash does not fit") in found(path)


def test_only_its_outcome_ends_an_intent(tmp_path: Path) -> None:
    file = LogFile.open(tmp_path / "audit.db")
    rows = [("intent", None), ("note", 1), ("outcome", None), ("outcome", 2), ("intent", None), ("outcome", 5)]
    file.write([Draft(1, kind, "{}", parent, "{}", b"{}") for kind, parent in rows], 0)
    file.close(0)
    assert verify(tmp_path / "audit.db").problems == [Problem(1, "the intent has no outcome", warning=True)]
