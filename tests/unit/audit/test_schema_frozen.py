"""A log as an earlier version left it, in a file that never changes, still holds and is gone on with."""

import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest

from claw.audit.file import LogFile
from claw.audit.schema import FORMAT, SCHEMA
from claw.audit.verify import verify
from claw.base.errors import Broken
from tests.backup_room import rows_of
from tests.signed_log import proven, serious, signed_log, tamper

FROZEN = sorted((Path(__file__).parents[2] / "upgrades").glob("audit-*.sql"))


def laid_down(folder: Path, frozen: Path) -> Path:
    """Return the audit.db of that time, with the key that signed it."""
    state = folder / "state"
    (state / "keys").mkdir(parents=True)
    for each in (state, state / "keys"):
        each.chmod(0o700)
    key = state / "keys" / "audit.key"
    key.write_text(f"claw audit key 1 {b64encode(b'k' * 32).decode()}\n")
    key.chmod(0o600)
    path = state / "audit.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(frozen.read_text(encoding="utf-8"))
    path.chmod(0o600)
    return path


def test_every_format_has_its_frozen_file() -> None:
    assert [path.stem for path in FROZEN] == [f"audit-{number}" for number in range(1, FORMAT + 1)]


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
async def test_it_holds_is_opened_and_goes_on(frozen: Path, tmp_path: Path) -> None:
    path = laid_down(tmp_path, frozen)
    found = verify(path)
    assert found.problems == []
    assert found.last == 11
    async with signed_log(tmp_path) as signed:
        assert signed.problems == []
        assert signed.audit.entry(1).payload["action"]["name"] == "light.turn_on"  # type: ignore[union-attr,index]
        assert signed.audit.entry(4).payload is None  # type: ignore[union-attr]
        await signed.rows(3)
        await signed.checkpoints.now("schedule")
    found = verify(path)
    assert (found.problems, found.last) == ([], 15)
    assert serious(proven(path.parent, signed.witness)) == []


def test_the_frozen_shape_is_the_shape_of_today(tmp_path: Path) -> None:
    """Whoever changes the schema makes a new format: verify holds every file to its words."""
    with closing(sqlite3.connect(laid_down(tmp_path, FROZEN[-1]))) as connection:
        shape = dict(connection.execute("SELECT name, sql FROM sqlite_master"))
    assert shape == SCHEMA


def test_a_log_of_a_newer_format_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = laid_down(tmp_path, FROZEN[-1])
    tamper(path, "UPDATE log SET format = format + 1")
    before = rows_of(path.parent)
    with pytest.raises(Broken, match="run the version that wrote it or a newer one, or restore a backup that this one"):
        LogFile.open(path)
    assert rows_of(path.parent) == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT format FROM log").fetchone() == (FORMAT + 1,)
