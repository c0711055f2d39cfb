"""The triggers of the file refuse what the program never does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from claw.audit.draft import Draft
from claw.audit.file import LogFile
from claw.audit.schema import SCHEMA


@pytest.fixture
def other(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    file = LogFile.open(tmp_path / "audit.db")
    file.write([Draft(1, "note", "{}", None, "{}", b"{}"), Draft(2, "note", "{}", None, "{}", b"{}")], 0)
    file.close(0)
    with closing(sqlite3.connect(tmp_path / "audit.db", isolation_level=None)) as connection:
        yield connection


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE rows SET kind = 'x'", "rows are never changed"),
        ("DELETE FROM rows WHERE seq = 2", "rows are never removed"),
        ("UPDATE payloads SET body = x'00'", "payloads are never changed"),
        ("DELETE FROM payloads WHERE seq = 2", "only removed after an erased row"),
        ("INSERT INTO rows SELECT 1, time, kind, origin, parent, versions, payload_hash, previous, hash FROM rows",
         "only added at the end"),
        ("INSERT INTO payloads VALUES (1, zeroblob(16), x'00')", "only added at the end"),
        ("UPDATE log SET id = zeroblob(16)", "never changed"),
        ("DELETE FROM log", "never removed"),
        ("INSERT INTO log VALUES (2, zeroblob(16), 1, 0)", "one identity"),
    ],
)  # fmt: skip
def test_what_the_program_never_does_the_file_refuses(other: sqlite3.Connection, statement: str, said: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=said):
        other.execute(statement)


def test_every_object_of_the_file_is_named(other: sqlite3.Connection) -> None:
    assert {name for (name,) in other.execute("SELECT name FROM sqlite_master")} == set(SCHEMA)
