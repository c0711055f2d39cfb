from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.errors import Broken
from claw.store.db import open_database
from claw.store.migrations import STEPS, migrate


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(STEPS, "apply", getattr(STEPS.apply, "spared", STEPS.apply))  # each step, every time
    db = open_database(tmp_path / "claw.db")
    yield db
    db.close()


COLUMNS = {
    "pending": ["id", "body", "created", "expires", "state", "answered_by", "answered", "audit"],
    "clients": [
        "id", "name", "person", "kind", "ceiling", "hash", "created", "expires", "last_used", "revoked",
    ],
    "passkeys": ["id", "person", "name", "key", "site", "handle", "counter", "created", "last_used"],
    "drafts": ["id", "person", "name", "text", "changed"],
    "waits": ["thing", "action", "seconds", "seen"],
    "renames": ["registry_id", "entity_id", "seen", "written"],
    "sound_sent": ["day", "seconds"],
    "spending": [
        "id", "day", "at", "purpose", "channel", "person", "background", "tokens_in", "tokens_out", "money", "settled",
    ],
}  # fmt: skip


def test_a_new_file_gets_every_table(db: Database) -> None:
    migrate(db)
    found = {name: sorted(column.name for column in db.table(name).columns) for name in COLUMNS}
    assert found == {name: sorted(columns) for name, columns in COLUMNS.items()}
    assert db.table("waits").pks == ["thing", "action"]
    assert db.table("renames").pks == ["registry_id"]


def test_a_second_start_changes_nothing(db: Database) -> None:
    migrate(db)
    db.table("renames").insert({"registry_id": "a1", "entity_id": "light.hall", "seen": "light.hall", "written": "x"})
    before = db.schema
    migrate(db)
    assert db.schema == before
    assert db.table("renames").count == 1


def test_a_file_of_a_newer_version_is_left_alone(db: Database) -> None:
    migrate(db)
    db.table("_sqlite_migrations").insert(
        {"migration_set": "claw", "name": "9999 from the future", "applied_at": "2030-01-01"}
    )
    with pytest.raises(Broken, match=r"newer version of Claw .*9999 from the future"):
        migrate(db)


def test_a_step_that_cannot_be_applied_leaves_nothing_behind(db: Database) -> None:
    db.table("waits").create({"id": int})
    with pytest.raises(Broken, match=r"claw\.db cannot be brought up to date"):
        migrate(db)
    assert not db.table("pending").exists()
    assert STEPS.applied(db) == []


def test_a_file_of_the_first_version_gets_the_new_columns_and_keeps_its_questions(db: Database) -> None:
    STEPS.apply(db, stop_before="0002 renames and waits belong to a thing")
    assert [column.name for column in db.table("renames").columns] == ["registry_id", "entity_id"]
    db.table("pending").insert(
        {"id": "q", "body": "{}", "created": "a", "expires": "b", "state": "waiting", "audit": 1}
    )
    migrate(db)
    assert db.table("pending").count == 1
    assert db.table("waits").pks == ["thing", "action"]
