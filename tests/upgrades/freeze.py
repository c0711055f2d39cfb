"""Writes ``claw.db`` down as it was after each step, with rows in every table, for the tests of upgrades.

    python -m tests.upgrades.freeze 17

What is frozen is never written again: it stands for the files that people have.  A new step gets a new file.
"""

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from claw.store.migrations import STEPS

HERE = Path(__file__).parent
OWN = "_sqlite_migrations"
SHADOWS = ("_data", "_idx", "_content", "_docsize", "_config")
"""What full-text search keeps for itself: made with its table, filled by triggers."""

TIMES = """
    accepted accepted_at answered applied_at approved at began changed confirmed created due ended
    expires first last last_run last_used made recorded retired revoked since until valid_from
    valid_to
"""
KNOWN: dict[tuple[str, str], object] = {
    ("accounts", "role"): "adult",
    ("approved_names", "names"): "[]",
    ("clients", "kind"): "token",
    ("overlay", "body"): "{}",
    ("memories", "kind"): "fact",
    ("memories", "status"): "active",
    ("pending", "body"): "{}",
    ("pending", "state"): "answered",
    ("skills", "enabled"): 0,
    ("skills", "made"): "learned",
    ("skills", "people"): "[]",
    ("skills", "state"): "draft",
}
"""What a room would not start with where it is any text."""


def frozen(step: int) -> str:
    """Return the SQL that makes the database as step number ``step`` left it, rows included."""
    db = Database(memory=True)
    names = [one.name for one in STEPS.pending(db)]
    following = names[step] if step < len(names) else None
    Migrations.apply(STEPS, db, stop_before=following)
    db.conn.commit()
    for table in _tables(db.conn):
        _fill(db.conn, table)
    db.conn.commit()
    return "\n".join(_written(db.conn)) + "\n"


def _objects(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    ).fetchall()
    searched = [name for kind, name, sql in rows if kind == "table" and "VIRTUAL TABLE" in sql.upper()]
    shadows = {f"{name}{shadow}" for name in searched for shadow in SHADOWS}
    return [row for row in rows if row[1] not in shadows and not row[1].startswith("sqlite_")]


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [
        name
        for kind, name, sql in _objects(connection)
        if kind == "table" and "VIRTUAL TABLE" not in sql.upper() and name != OWN
    ]


def _fill(connection: sqlite3.Connection, table: str) -> None:
    """Put two rows into ``table``, with a value of its own in every column."""
    columns = connection.execute(f"SELECT name, type, pk FROM pragma_table_info('{table}') ORDER BY cid").fetchall()  # noqa: S608  a table of ours
    for number in (1, 2):
        values = [KNOWN.get((table, name), _value(table, name, kind, number)) for name, kind, _ in columns]
        marks = ", ".join("?" for _ in columns)
        connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608  as above


def _value(table: str, name: str, kind: str, number: int) -> object:
    if kind.upper() == "INTEGER":
        return number
    if kind.upper() in {"FLOAT", "REAL"}:
        return number + 0.5
    if kind.upper() == "BLOB":
        return f"{table} {name} {number}".encode()
    if name in TIMES.split():
        return f"2026-01-0{number}T12:00:00+00:00"
    return f"{table} {name} {number}"


def _written(connection: sqlite3.Connection) -> Iterator[str]:
    objects = _objects(connection)
    for _, _, sql in objects:
        yield f"{sql};"
    for table in [OWN, *_tables(connection)]:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        quoted = " || ', ' || ".join(f'quote("{name}")' for name in names)
        for (values,) in connection.execute(f"SELECT {quoted} FROM {table}"):  # noqa: S608  as above
            yield f"INSERT INTO {table} VALUES ({values});"  # noqa: S608  as above


if __name__ == "__main__":
    for number in map(int, sys.argv[1:]):
        path = HERE / f"claw-{number:04}.sql"
        if path.exists():
            sys.exit(f"{path} is frozen")
        path.write_text(frozen(number), encoding="utf-8")
