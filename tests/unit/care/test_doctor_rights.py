from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.errors import Refused
from claw.care.doctor_rights import rights
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.doctor_room import case, found, mends, told, worse
from tests.held_clock import HeldClock

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
CONFIG = "house: {simulated: h.yaml}\npeople: [{id: anna, name: Anna, role: owner}]\n"
POLICY = "version: 1\nrules:\n  - {id: alarm, confirm: alarm_control_panel.alarm_disarm, ask: {strength: signed}}\n"


@pytest.fixture
def db(tmp_path: Path) -> Database:
    (tmp_path / "state").mkdir()
    database = open_database(tmp_path / "state" / "claw.db")
    migrate(database)
    return database


def let_in(
    db: Database,
    ident: str,
    ceiling: str = "stop talk",
    kind: str = "token",
    *,
    made: float = 1,
    used: float | None = 1,
    left: float = 100,
    revoked: bool = False,
) -> None:
    """Let a program in that was made and used so many days ago."""
    row = {
        "id": ident,
        "name": f"{ident}\x1b[2J",
        "person": "anna",
        "kind": kind,
        "ceiling": ceiling,
        "hash": ident,
        "created": (NOW - timedelta(days=made)).isoformat(),
        "expires": (NOW + timedelta(days=left)).isoformat(),
        "last_used": (NOW - timedelta(days=used)).isoformat() if used is not None else None,
        "revoked": NOW.isoformat() if revoked else None,
    }
    with db.conn:
        db.table("clients").insert(row)


def look(folder: Path) -> list[tuple[str, str]]:
    return worse(rights, case(folder, clock=HeldClock(NOW)))


def test_those_that_may_little_and_come_often_are_well(tmp_path: Path, db: Database) -> None:
    let_in(db, "phone")
    let_in(db, "browser", "approve read_log reset stop talk", "session")
    let_in(db, "over", "approve", left=-1)
    let_in(db, "gone", "approve", revoked=True)
    let_in(db, "fresh", used=None)
    assert look(tmp_path) == []
    assert [level for level, _ in found(rights, case(tmp_path / "nowhere"))] == ["ok"]


@pytest.mark.parametrize(
    ("client", "level", "word"),
    [
        ({"ceiling": "approve reset stop"}, "warning", "may approve and reset"),
        ({"ceiling": "read_log"}, "note", "may read the log"),
        ({"left": 500}, "note", "more than a year"),
        ({"used": None, "made": 60}, "warning", "was never used"),
        ({"used": 200, "made": 300}, "warning", "not used for 200 days"),
        ({"used": 200, "made": 300, "kind": "session"}, "warning", "The browser"),
    ],
)
def test_each_that_may_too_much_or_lies_about_is_told_with_what_ends_it(
    tmp_path: Path, db: Database, client: dict[str, object], level: str, word: str
) -> None:
    let_in(db, "c1", **client)  # type: ignore[arg-type]
    ((one, text),) = look(tmp_path)
    assert (one, word in text) == (level, True)
    if level == "warning":
        assert mends(rights, case(tmp_path, clock=HeldClock(NOW))) == ["claw clients revoke c1"]


def test_an_owner_without_a_passkey_is_told_louder_where_a_rule_asks_for_one(tmp_path: Path, db: Database) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\nrules: []\n")
    about = case(tmp_path, config=CONFIG)
    assert [level for level, _ in worse(rights, about)] == ["note"]
    (tmp_path / "policy.yaml").write_text(POLICY)
    assert [level for level, _ in worse(rights, about)] == ["warning"]
    with db.conn:
        db.execute("INSERT INTO passkeys VALUES ('k', 'anna', 'phone', x'00', 's', 'h', 0, 'now', NULL)")
    assert worse(rights, about) == []


def test_owners_that_only_the_daemon_knows_are_told_too(tmp_path: Path) -> None:
    people = [
        {"id": "ben", "role": "owner", "barred": False},
        {"id": "gone", "role": "owner", "barred": True},
        {"id": "mia", "role": "child", "barred": False},
    ]
    answers = {"status": told(), "policy_ground": {}, "people": people}
    assert [text.split()[2] for _, text in worse(rights, case(tmp_path, answers))] == ["ben"]
    answers["people"] = Refused("not you")
    assert worse(rights, case(tmp_path, answers)) == []
