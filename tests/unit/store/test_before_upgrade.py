"""The copies that are kept before an upgrade: two at most, none of which outlives a forgetting."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.erasure import Erasure
from claw.base.errors import Broken
from claw.store import before_upgrade
from claw.store.before_upgrade import UpgradeCopies, copies, keep_copy
from claw.store.db import open_database


def test_two_are_kept_and_the_oldest_goes(tmp_path: Path) -> None:
    db = open_database(tmp_path / "claw.db")
    db["t"].insert({"id": 1})  # type: ignore[union-attr]
    for step in ("0003 one", "0004 two", "0005 three"):
        keep_copy(db, step)
    db.close()
    assert [path.name for path in copies(tmp_path)] == ["claw-before-0005.db", "claw-before-0004.db"]


def test_a_database_in_memory_has_none() -> None:
    assert keep_copy(Database(memory=True), "0003 one") is None


def test_what_a_crash_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "claw-before.part").write_text("half")
    db = open_database(tmp_path / "claw.db")
    assert keep_copy(db, "0003 one") == tmp_path / "claw-before-0003.db"
    db.close()
    assert not (tmp_path / "claw-before.part").exists()


def test_a_disk_that_takes_no_copy_keeps_the_database_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(before_upgrade, "copy", full)
    db = open_database(tmp_path / "claw.db")
    with pytest.raises(Broken, match="a copy of it cannot be kept first: No space left"):
        keep_copy(db, "0003 one")
    db.close()
    assert copies(tmp_path) == []


def test_forgetting_anything_lets_go_of_every_copy(tmp_path: Path) -> None:
    db = open_database(tmp_path / "claw.db")
    keep_copy(db, "0003 one")
    db.close()
    (tmp_path / "claw-before-mine.db").write_text("not ours")
    eraser = UpgradeCopies(tmp_path)
    assert eraser.erase(Erasure()) == 1
    assert eraser.erase(Erasure()) == 0
    assert (tmp_path / "claw-before-mine.db").exists()
    assert UpgradeCopies(tmp_path / "nowhere").erase(Erasure()) == 0


def test_a_copy_that_cannot_be_removed_is_said(tmp_path: Path) -> None:
    (tmp_path / "claw-before-0003.db").mkdir()
    with pytest.raises(Broken, match="cannot be removed"):
        UpgradeCopies(tmp_path).erase(Erasure())
