from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.errors import Refused
from claw.skills import kept_versions
from claw.skills.kept_versions import KeptVersions
from claw.skills.reading import read_skill
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock
from tests.skill_folders import skill_files

NAME = "reading-light"
FILES = skill_files()
SKILL = read_skill(FILES, NAME)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "claw.db")
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def kept(db: Database) -> KeptVersions:
    versions = KeptVersions(db, HeldClock())
    versions.keep({NAME: (SKILL, FILES)}, {NAME: "0.9.0"})
    return versions


def test_a_version_keeps_its_files_and_what_was_found_in_them(kept: KeptVersions) -> None:
    assert kept.files(NAME, SKILL.hash) == FILES
    found = kept.found(NAME, SKILL.hash)
    assert found is not None
    assert (found.description, found.manifest, found.problems) == (SKILL.description, SKILL.manifest, SKILL.problems)
    assert list(found.manifest.parameters) == ["area", "brightness"]  # in which they are asked for
    assert kept.numbers(NAME) == {SKILL.hash: "1.0.0"}


def test_what_nobody_knows_is_not_there(kept: KeptVersions) -> None:
    assert kept.found("other", SKILL.hash) is None
    assert kept.numbers("other") == {}
    assert kept.meant(NAME) == ""
    with pytest.raises(Refused, match="no such version"):
        kept.files(NAME, "0" * 64)


def test_another_reader_reads_again(kept: KeptVersions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_versions, "READER", kept_versions.READER + 1)
    assert kept.found(NAME, SKILL.hash) is None
    kept.keep({NAME: (SKILL, FILES)})
    assert kept.found(NAME, SKILL.hash) is not None


@pytest.mark.parametrize("row", ["", "{", "[]", "{}", '{"reader": 1}', '{"reader": 1, "problems": [], "manifest": 1}'])
def test_a_damaged_row_is_read_again(row: str, kept: KeptVersions, db: Database) -> None:
    db.execute("UPDATE skill_versions SET found = ?", (row,))
    assert kept.found(NAME, SKILL.hash) is None


@pytest.mark.parametrize("row", ["", "{", "[]", '{"SKILL.md": "x"}', '{"SKILL.md": 1}'])
def test_files_that_are_not_what_they_were_are_not_given(row: str, kept: KeptVersions, db: Database) -> None:
    db.execute("UPDATE skill_versions SET files = ?", (row,))
    with pytest.raises(Refused, match="damaged"):
        kept.files(NAME, SKILL.hash)


def test_a_proof_stays_when_a_version_is_read_anew(kept: KeptVersions, db: Database) -> None:
    db.execute("UPDATE skill_versions SET report = 'green'")
    kept.keep({NAME: (SKILL, FILES)})
    assert db.execute("SELECT report, parent FROM skill_versions").fetchall() == [("green", "0.9.0")]


def test_what_is_dropped_is_gone(kept: KeptVersions) -> None:
    kept.drop(NAME)
    assert kept.numbers(NAME) == {}
