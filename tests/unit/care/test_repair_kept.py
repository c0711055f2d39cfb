import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from claw.care.repair_kept import Kept, Use, kept, mentioned, rewritten, skills
from claw.house.model import Entity, Registry
from claw.store.migrations import migrate

LAMP = Entity("light.lamp", "Lamp", registry_id="new")
SAME = Entity("light.same", "Same", registry_id="s2")
REGISTRY = Registry(entities={one.entity_id: one for one in (LAMP, SAME, Entity("light.yaml", "Yaml"))})
TEXT = "version: 1\n"


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    made = sqlite_utils.Database(memory=True)
    migrate(made)
    yield made.conn
    made.conn.close()


def put(db: sqlite3.Connection, table: str, **row: object) -> None:
    """Insert a row with the least that the table asks for."""
    for _, name, kind, required, default, _ in db.execute(f"PRAGMA table_info({table})").fetchall():
        if required and default is None and name not in row:
            row[name] = 0 if kind in {"INTEGER", "REAL"} else "{}"
    names, holes = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({holes})", tuple(row.values()))  # noqa: S608  names of ours


def routine(db: sqlite3.Connection, ident: str, entity: str, registry_id: str | None, state: str = "on") -> None:
    do = [{"actions": [{"action": "light.turn_on", "entities": [entity]}]}]
    spec = {"name": "x", "when": [{"at": "07:00"}], "do": do}
    things = {"things": {entity: registry_id} if registry_id else {}}
    put(db, "routines", id=ident, spec=json.dumps(spec), kept=json.dumps(things), state=state)


def memory(db: sqlite3.Connection, ident: int, subject: str, kind: str = "alias", seen: str = "household") -> None:
    value = json.dumps({"name": "Jupiter"})
    row = {"id": ident, "kind": kind, "subject": subject, "value": value, "visibility": seen, "status": "active"}
    put(db, "memories", key=str(ident), **row)


def test_there_may_be_nothing(tmp_path: Path) -> None:
    assert kept(None, REGISTRY, TEXT) == Kept()
    assert kept(sqlite3.connect(":memory:"), REGISTRY, TEXT) == Kept()
    assert skills(tmp_path) == {}


def test_a_routine_means_a_thing_by_its_registry_id(db: sqlite3.Connection) -> None:
    routine(db, "r1", "light.gone", "old")
    routine(db, "r2", "light.same", "s1")  # another thing has its id today
    routine(db, "r3", "light.once", "new")  # it was renamed
    routine(db, "r4", "light.yaml", None)
    routine(db, "r5", "light.gone", "old", state="removed")
    put(db, "routines", id="r6", spec="{broken", kept="{}", state="on")
    found = kept(db, REGISTRY, TEXT).uses
    assert [(use.id, use.entity_id, use.gone) for use in found] == [
        ("r1", "light.gone", True),
        ("r2", "light.same", True),
        ("r3", "light.lamp", False),
        ("r4", "light.yaml", False),
    ]


def test_a_memory_is_found_by_what_the_thing_was_called_last(db: sqlite3.Connection) -> None:
    put(db, "renames", registry_id="old", entity_id="light.was", seen="light.last", written="x")
    memory(db, 1, "entity:old")
    memory(db, 2, "entity:old", seen="person:anna")
    memory(db, 3, "entity:new", kind="preference")
    memory(db, 4, "entity:nobody-knows")
    memory(db, 5, "person:anna", kind="preference")
    memory(db, 6, "entity:old", kind="fact")
    found = kept(db, REGISTRY, TEXT)
    assert found.uses == (
        Use("alias", "1", "light.last", True, "Jupiter"),
        Use("alias", "2", "light.last", True),
        Use("preference", "3", "light.lamp", False),
    )
    assert found.unknown == 1


def test_renames_count_for_the_text_that_they_were_kept_for(db: sqlite3.Connection) -> None:
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    put(db, "renames", registry_id="s2", entity_id="light.same", seen="light.same", written=digest)
    put(db, "renames", registry_id="new", entity_id="light.before", seen="light.lamp", written=digest)
    put(db, "renames", registry_id="old", entity_id="light.gone", seen="light.gone", written=digest)
    found = kept(db, REGISTRY, TEXT)
    assert found.renamed == {"light.before": "light.lamp"}
    assert kept(db, REGISTRY, TEXT + "#").renamed == {}
    assert found.before("light.gone") == {"s2", "new"}
    assert found.before("light.same") == found.before("light.other") == frozenset()


def test_only_whole_ids_of_a_skill_are_written_anew(tmp_path: Path) -> None:
    text = 'turn_on("light.lamp", "light.lamp_two", x.light.lamp)  # light.lamp.'
    assert rewritten(text, {"light.lamp": "light.new", "light.lamp_two": "light.lamp"}) == (
        'turn_on("light.new", "light.lamp", x.light.lamp)  # light.new.'
    )
    assert rewritten(text, {}) == text
    assert mentioned([text], ["light.lamp", "light.la", "light.lamp_two"]) == {"light.lamp", "light.lamp_two"}
    folder = tmp_path / "skills" / "mine"
    folder.mkdir(parents=True)
    (folder / "program.py").write_text(text)
    (tmp_path / "skills" / "wrong").symlink_to(tmp_path)
    assert skills(tmp_path) == {"mine": {"program.py": text}}
