import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claw.audit.chain import Problem
from claw.audit.draft import Draft
from claw.audit.file import LogFile
from claw.audit.log import AuditLog
from claw.audit.schema import SCHEMA
from claw.audit.verify import MOST_PROBLEMS, TAIL_ROWS, verify, verify_tail
from claw.base.action import Origin
from claw.base.clock import SystemClock
from claw.base.errors import Broken

TRIGGERS = [name for name, statement in SCHEMA.items() if "TRIGGER" in statement]


def written(path: Path, rows: int) -> Path:
    """Write a log of intents, each followed by its outcome."""
    file = LogFile.open(path)
    origin, versions = '{"channel":"cli","person":"anna"}', '{"policy":"1"}'
    file.write(
        [
            Draft(1_000 + seq, "outcome", origin, seq - 1, versions, b'{"status":"done"}')
            if seq % 2 == 0
            else Draft(1_000 + seq, "intent", origin, None, versions, b'{"n":%d}' % seq)
            for seq in range(1, rows + 1)
        ],
        0,
    )
    file.close(rows)
    return path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("original") / "audit.db", 6)


@pytest.fixture
def path(tmp_path: Path, original: Path) -> Path:
    path = tmp_path / "audit.db"
    path.write_bytes(original.read_bytes())
    return path


def tamper(path: Path, *statements: str) -> None:
    """Change the file as somebody who owns it would: triggers out, change, triggers back, no trace in the schema."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for name in TRIGGERS:
            other.execute(f"DROP TRIGGER {name}")
        other.execute("PRAGMA ignore_check_constraints=ON")
        for statement in statements:
            other.execute(statement)
        for name in TRIGGERS:
            other.execute(SCHEMA[name])
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def moved(old: int, new: int) -> list[str]:
    """Return the statements that give a row and its payload another number."""
    return [f"UPDATE {table} SET seq = {new} WHERE seq = {old}" for table in ("rows", "payloads")]  # noqa: S608  the attack


def copied(old: int, new: int) -> list[str]:
    """Return the statements that put a copy of a row and its payload under another number."""
    columns = "time, kind, origin, parent, versions, payload_hash, previous, hash"
    return [
        f"INSERT INTO rows SELECT {new}, {columns} FROM rows WHERE seq = {old}",  # noqa: S608  the attack
        f"INSERT INTO payloads SELECT {new}, salt, body FROM payloads WHERE seq = {old}",  # noqa: S608  the attack
    ]


def found(path: Path) -> list[tuple[int | None, str]]:
    verification = verify(path)
    serious = [(problem.seq, problem.what) for problem in verification.problems if not problem.warning]
    assert verification.ok == (not serious)
    return serious


LOOSE = """
UPDATE sqlite_master SET sql = replace(replace(replace(replace(
    sql, ' STRICT', ''), ' INTEGER NOT', ' NOT'), ' INTEGER CHECK (parent', ' CHECK (parent'), ' TEXT', '')
WHERE type = 'table'"""


def misshapen(path: Path, change: str) -> None:
    """Change the file as ``tamper`` does, to something that its columns do not hold."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        (version,) = other.execute("PRAGMA schema_version").fetchone()
        for name in TRIGGERS:
            other.execute(f"DROP TRIGGER {name}")
        other.execute("PRAGMA writable_schema=ON")
        other.execute(LOOSE)
        other.execute(f"PRAGMA schema_version={version + 1}")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA ignore_check_constraints=ON")
        other.execute(change)
        other.execute("PRAGMA writable_schema=ON")
        for name in ("log", "rows", "payloads"):
            other.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (SCHEMA[name], name))
        other.execute(f"PRAGMA schema_version={version + 2}")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for name in TRIGGERS:
            other.execute(SCHEMA[name])


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        ("UPDATE rows SET kind = 5 WHERE seq = 3", 3),
        ("UPDATE rows SET time = 'noon' WHERE seq = 3", 3),
        ("UPDATE rows SET time = 1.5 WHERE seq = 3", 3),
        ("UPDATE rows SET parent = 'x' WHERE seq = 4", 4),
        ("UPDATE rows SET previous = 7 WHERE seq = 3", 3),
        ("UPDATE rows SET hash = 7 WHERE seq = 3", 3),
        ("UPDATE rows SET payload_hash = 'x' WHERE seq = 3", 3),
        ("UPDATE payloads SET salt = 7 WHERE seq = 3", 3),
        ("UPDATE payloads SET body = 'x' WHERE seq = 3", 3),
    ],
)
def test_a_column_of_another_type_is_found(path: Path, change: str, seq: int) -> None:
    misshapen(path, change)
    assert not any("in the file is" in what for _, what in found(path))
    assert seq in [number for number, _ in found(path)]
    assert f"at row {seq}" in verify_tail(path)


def test_an_untouched_log_holds(path: Path) -> None:
    verification = verify(path)
    assert (verification.ok, verification.rows, verification.problems) == (True, 6, [])
    assert verify_tail(path) == ""


def test_an_empty_log_holds(tmp_path: Path) -> None:
    verification = verify(written(tmp_path / "empty.db", 0))
    assert (verification.ok, verification.rows) == (True, 0)
    assert verify_tail(tmp_path / "empty.db") == ""


def test_tampering_without_a_change_leaves_no_trace(path: Path) -> None:
    tamper(path)
    assert found(path) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("time", "time + 1"),
        ("kind", "'note'"),
        ("origin", "replace(origin, 'anna', 'otto')"),
        ("parent", "NULL"),
        ("parent", "1"),
        ("versions", "'{}'"),
        ("payload_hash", "zeroblob(32)"),
        ("previous", "zeroblob(32)"),
        ("hash", "zeroblob(32)"),
    ],
)
def test_a_change_of_any_column_is_found_where_it_was_made(path: Path, column: str, value: str) -> None:
    tamper(path, f"UPDATE rows SET {column} = {value} WHERE seq = 6")  # noqa: S608  the attack
    assert found(path)[0][0] == 6
    assert verify_tail(path).startswith("the audit log does not hold at row 6: ")
    assert not verify(path, payloads=False).ok


def test_one_byte_of_a_payload_is_found(path: Path) -> None:
    tamper(path, """UPDATE payloads SET body = CAST(replace(body, '"n":5', '"n":7') AS BLOB) WHERE seq = 5""")
    assert found(path) == [(5, "the payload was changed: its hash does not fit")]
    assert verify_tail(path) == "the audit log does not hold at row 5: the payload was changed: its hash does not fit"


def test_another_salt_is_found(path: Path) -> None:
    tamper(path, "UPDATE payloads SET salt = randomblob(16) WHERE seq = 2")
    assert found(path) == [(2, "the payload was changed: its hash does not fit")]


def test_swapped_payloads_are_found(path: Path) -> None:
    tamper(path, moved(1, 99)[1], moved(2, 1)[1], moved(99, 2)[1])
    assert [seq for seq, _ in found(path)] == [1, 2]


def test_a_removed_row_is_found(path: Path) -> None:
    tamper(path, "DELETE FROM rows WHERE seq = 3", "DELETE FROM payloads WHERE seq = 3")
    assert found(path) == [(4, "row 3 is missing")]
    assert "at row 4: row 3 is missing" in verify_tail(path)


def test_a_removed_beginning_is_found(path: Path) -> None:
    tamper(path, "DELETE FROM rows WHERE seq < 4", "DELETE FROM payloads WHERE seq < 4")
    assert found(path) == [(4, "rows 1 to 3 are missing")]


def test_a_cut_middle_whose_numbers_were_closed_up_is_found(path: Path) -> None:
    cut = ["DELETE FROM rows WHERE seq = 3", "DELETE FROM payloads WHERE seq = 3"]
    tamper(path, *cut, *moved(4, 3), *moved(5, 4), *moved(6, 5))
    assert found(path)[0][0] == 3


def test_reordered_rows_are_found(path: Path) -> None:
    tamper(path, *moved(1, 99), *moved(3, 1), *moved(99, 3))
    assert {1, 3} <= {seq for seq, _ in found(path)}


def test_a_duplicated_row_is_found(path: Path) -> None:
    tamper(path, *copied(6, 7))
    assert {seq for seq, _ in found(path)} == {7}


def test_an_inserted_row_is_found(path: Path) -> None:
    tamper(path, *moved(6, 7), *moved(5, 6), *copied(1, 5))
    assert 5 in {seq for seq, _ in found(path)}


def test_a_row_of_another_log_is_found(path: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.db", 6)
    tamper(
        path,
        f"ATTACH '{other}' AS other",
        "DELETE FROM rows",
        "INSERT INTO rows SELECT * FROM other.rows",
        "DELETE FROM payloads",
        "INSERT INTO payloads SELECT * FROM other.payloads",
        "DETACH other",
    )
    assert found(path) == [(1, "the row does not follow row 0: one of them was put there or changed")]


def test_another_identity_is_found(path: Path) -> None:
    tamper(path, "UPDATE log SET id = randomblob(16)")
    assert [seq for seq, _ in found(path)] == [1]


@pytest.mark.parametrize("change", ["DELETE FROM log", "UPDATE log SET format = 2"])
def test_a_log_without_identity_or_of_another_format_is_found(path: Path, change: str) -> None:
    tamper(path, change)
    assert (None, "the log has no identity, or another format") in found(path)


def test_a_payload_that_went_without_an_erased_entry_is_found(path: Path) -> None:
    tamper(path, "DELETE FROM payloads WHERE seq = 2")
    assert found(path) == [(2, "the payload is missing and no erased entry names it")]
    assert "at row 2: the payload is missing" in verify_tail(path)


def test_an_erased_entry_explains_one_missing_payload_only(path: Path) -> None:
    async def erase() -> None:
        log = AuditLog.open(path, SystemClock())
        await log.append("erased", {"reason": "asked"}, origin=Origin("cli", "anna"), parent=2)
        await log.close()

    asyncio.run(erase())
    tamper(path, "DELETE FROM payloads WHERE seq IN (2, 3)")
    assert found(path) == [(3, "the payload is missing and no erased entry names it")]


def test_a_payload_without_a_row_is_found(path: Path) -> None:
    tamper(path, "INSERT INTO payloads VALUES (50, zeroblob(16), zeroblob(2))")
    assert found(path) == [(50, "there is a payload but no row")]


def test_an_intent_without_an_outcome_is_a_warning(tmp_path: Path) -> None:
    async def write() -> None:
        log = AuditLog.open(tmp_path / "audit.db", SystemClock())
        await log.append("intent", {})
        await log.append("intent", {})
        await log.append("outcome", {}, parent=1)
        await log.close()

    asyncio.run(write())
    verification = verify(tmp_path / "audit.db")
    assert verification.ok
    assert verification.problems == [Problem(2, "the intent has no outcome", warning=True)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TRIGGER rows_update", "'rows_update' in the file is missing"),
        ("DROP INDEX children", "'children' in the file is missing"),
        ("CREATE TABLE more (x)", "'more' in the file is not one of ours"),
        (
            "CREATE TRIGGER quiet BEFORE INSERT ON rows BEGIN SELECT RAISE(IGNORE); END",
            "'quiet' in the file is not one of ours",
        ),
    ],
)
def test_a_changed_shape_is_found(path: Path, change: str, said: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(change)
    assert found(path) == [(None, said)]
    assert said in verify_tail(path)


def test_a_trigger_that_was_made_harmless_is_found(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DROP TRIGGER rows_update")
        other.execute("CREATE TRIGGER rows_update BEFORE UPDATE ON rows BEGIN SELECT 1; END")
    assert found(path) == [(None, "'rows_update' in the file is changed")]


def test_an_index_that_hides_a_row_is_found(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA writable_schema=ON")
        other.execute("UPDATE sqlite_master SET sql = 'CREATE INDEX children ON rows (time)' WHERE name = 'children'")
    assert (None, "'children' in the file is changed") in found(path)


def test_a_file_that_is_not_there_is_broken(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="there is no audit log"):
        verify(tmp_path / "audit.db")


def test_a_file_that_is_no_database_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    path.write_text("letters " * 1_000)
    verification = verify(path)
    assert not verification.ok
    assert "file is not a database" in verification.problems[0].what
    assert "file is not a database" in verify_tail(path)


def test_a_file_that_was_cut_off_does_not_hold(tmp_path: Path) -> None:
    path = written(tmp_path / "audit.db", 200)
    path.write_bytes(path.read_bytes()[: 14 * 4096])
    assert not verify(path).ok
    assert verify_tail(path)


def test_the_list_of_problems_ends(tmp_path: Path) -> None:
    path = written(tmp_path / "audit.db", MOST_PROBLEMS + 200)
    tamper(path, "UPDATE rows SET kind = 'note'")
    verification = verify(path)
    assert not verification.ok
    assert verification.rows == MOST_PROBLEMS + 200
    assert len(verification.problems) == MOST_PROBLEMS + 1
    assert verification.problems[-1] == Problem(None, "200 more problems are not listed")


def test_the_tail_is_the_last_thousand_rows(tmp_path: Path) -> None:
    path = written(tmp_path / "audit.db", TAIL_ROWS + 10)
    tamper(path, "UPDATE payloads SET body = x'00' WHERE seq = 10")
    assert verify_tail(path) == ""
    assert found(path) == [(10, "the payload was changed: its hash does not fit")]
    tamper(path, "UPDATE payloads SET body = x'00' WHERE seq = 11")
    assert "at row 11" in verify_tail(path)


def test_a_log_is_verified_beside_its_writer_and_left_as_it_is(path: Path) -> None:
    async def run() -> None:
        log = AuditLog.open(path, SystemClock())
        await log.append("request", {})
        assert verify(path).rows == 7
        assert await log.append("request", {}) == 8
        await log.close()

    asyncio.run(run())
    before = path.read_bytes()
    assert verify(path).ok
    assert path.read_bytes() == before


def spans(path: Path) -> list[range]:
    """Return where the bytes of every row and payload lie in the file."""
    content = path.read_bytes()
    with closing(sqlite3.connect(path)) as other:
        cells = [
            value
            for row in other.execute("SELECT hash, payload_hash, previous, origin, versions FROM rows")
            for value in row
        ]
        cells += [value for row in other.execute("SELECT salt, body FROM payloads") for value in row]
    wanted = {value.encode() if isinstance(value, str) else value for value in cells}
    found: list[range] = []
    for value in wanted:
        start = content.find(value)
        while start >= 0:
            found.append(range(start, start + len(value)))
            start = content.find(value, start + 1)
    return found


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_changed_byte_anywhere_in_a_row_or_payload_is_found(path: Path, original: Path, data: st.DataObject) -> None:
    path.write_bytes(original.read_bytes())
    offset = data.draw(st.sampled_from(data.draw(st.sampled_from(spans(path)))))
    changed = bytearray(original.read_bytes())
    changed[offset] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    assert not verify(path).ok


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(offset=st.integers(0), flip=st.integers(1, 255))
def test_a_changed_byte_anywhere_in_the_file_changes_no_row_unnoticed(
    path: Path, original: Path, offset: int, flip: int
) -> None:
    path.write_bytes(original.read_bytes())
    with closing(sqlite3.connect(path)) as other:
        before = content_of(other)
    changed = bytearray(original.read_bytes())
    changed[offset % len(changed)] ^= flip
    path.write_bytes(changed)
    if verify(path).ok:
        with closing(sqlite3.connect(path)) as other:
            assert content_of(other) == before


def content_of(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    statements = ("SELECT * FROM rows ORDER BY seq", "SELECT * FROM payloads ORDER BY seq")
    return [connection.execute(statement).fetchall() for statement in statements]
