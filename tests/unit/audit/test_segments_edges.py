"""What of the files of a log no whole sealing shows: names that must be on the disk, and an erasure cut short."""

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from claw.audit import segments as module
from claw.audit.segments import SEALED_FILE, next_path, recover, running_file, seal_name, segment_path
from claw.base.errors import Broken


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The directories whose names were made durable."""
    found: list[Path] = []
    monkeypatch.setattr(module, "sync_directory", found.append)
    return found


def test_where_nothing_is_the_running_file_has_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    assert running_file(path) == path
    next_path(path).touch()
    assert running_file(path) == next_path(path)
    path.touch()
    assert running_file(path) == path


def test_the_next_file_has_its_name_for_good_before_anything_is_written(tmp_path: Path, synced: list[Path]) -> None:
    path = tmp_path / "audit.db"
    next_path(path).touch()
    recover(path)
    assert path.exists()
    assert synced == [tmp_path]
    sealed = seal_name(path, 1, 9)
    assert sealed == segment_path(path, 1, 9)
    assert synced == [tmp_path, tmp_path]


def test_a_sealed_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    path.write_text("running")
    segment_path(path, 1, 9).write_text("sealed")
    with pytest.raises(FileExistsError):
        seal_name(path, 1, 9)
    assert path.read_text() == "running"
    assert segment_path(path, 1, 9).read_text() == "sealed"


def test_what_cannot_be_put_in_order_is_said(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    path.touch()
    next_path(path).mkdir()
    with pytest.raises(Broken, match="cannot be put in order"):
        recover(path)


def test_an_erasure_that_was_cut_short_in_a_sealed_file_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, made = tmp_path / "audit.db", tmp_path / "made.db"
    sealed = segment_path(path, 1, 9)
    path.touch()
    with closing(sqlite3.connect(made, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE payloads (seq INTEGER PRIMARY KEY, body BLOB)")
        writer.executemany("INSERT INTO payloads VALUES (?, ?)", [(seq, bytes(3_000)) for seq in range(100)])
        before = made.read_bytes()
        writer.execute("PRAGMA cache_size=1")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE payloads SET body = zeroblob(2000)")
        shutil.copy(made, sealed)
        shutil.copy(f"{made}-journal", f"{sealed}-journal")
    assert sealed.read_bytes() != before, "half of it is in the file"
    sealed.chmod(SEALED_FILE)
    modes: list[int] = []
    chmod = Path.chmod

    def noted(self: Path, mode: int) -> None:
        modes.append(mode)
        chmod(self, mode)

    monkeypatch.setattr(Path, "chmod", noted)
    recover(path)
    assert modes == [0o600, SEALED_FILE]
    assert stat.S_IMODE(sealed.stat().st_mode) == SEALED_FILE
    assert sealed.read_bytes() == before
    assert not sealed.with_name(f"{sealed.name}-journal").exists()
