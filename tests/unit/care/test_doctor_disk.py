import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from claw.care import doctor_disk
from claw.care.doctor_disk import GIB, disk
from claw.store.db import lock_state
from tests.doctor_room import case, found, told, worse


def room(monkeypatch: pytest.MonkeyPatch, free: int, inodes: int = 10**6) -> None:
    full = SimpleNamespace(f_bavail=free // 4096, f_frsize=4096, f_files=10**7, f_favail=inodes)
    monkeypatch.setattr(doctor_disk.os, "statvfs", lambda _: full)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def test_no_directory_is_a_note(tmp_path: Path) -> None:
    assert [level for level, _ in found(disk, case(tmp_path))] == ["note"]


@pytest.mark.parametrize(("free", "level"), [(50 * GIB, "ok"), (GIB // 2, "warning"), (GIB // 8, "problem")])
def test_how_much_is_free_is_told(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    room(monkeypatch, free)
    assert [one for one, _ in found(disk, case(tmp_path))] == [level]


def test_a_disk_without_names_left_and_one_that_says_nothing_are_told(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room(monkeypatch, 50 * GIB, inodes=12)
    assert worse(disk, case(tmp_path)) == [("warning", "The disk takes only 12 more files.")]

    def fails(_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(doctor_disk.os, "statvfs", fails)
    assert [level for level, _ in worse(disk, case(tmp_path))] == ["problem"]


def test_a_reserve_that_is_used_or_missing_is_told(tmp_path: Path, state: Path) -> None:
    for reserve, level in (({"bytes": 0, "used": True}, "problem"), ({"bytes": 0, "used": False}, "warning")):
        about = case(tmp_path, {"status": told(stopping={"reserve": reserve})})
        assert [one for one, _ in worse(disk, about)] == [level]


def test_databases_that_grew_large_are_told(tmp_path: Path, state: Path) -> None:
    with (state / "audit-1-9.db").open("wb") as file:
        file.truncate(5 * GIB)
    (state / "claw.db").write_bytes(b"x" * 4096)
    ((level, text),) = worse(disk, case(tmp_path))
    assert (level, "audit-1-9.db (5.0 GB)" in text) == ("warning", True)


def test_what_the_daemon_writes_a_day_is_told_once_it_has_run_for_long(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_disk, "PROC", tmp_path / "proc")
    (tmp_path / "proc" / str(os.getpid())).mkdir(parents=True)
    io = tmp_path / "proc" / str(os.getpid()) / "io"
    lock = lock_state(state)
    try:
        long, short = {"status": told(uptime_s=86_400.0)}, {"status": told(uptime_s=60.0)}
        for megabytes, level in ((20, "ok"), (900, "warning")):
            io.write_text(f"rchar: 1\nwrite_bytes: {megabytes * 2**20}\n")
            assert (level, f"The daemon writes {megabytes} MB a day.") in found(disk, case(tmp_path, long))
            assert not [text for _, text in found(disk, case(tmp_path, short)) if "a day" in text]
        io.write_text("nothing")
        assert not [text for _, text in found(disk, case(tmp_path, long)) if "a day" in text]
        io.unlink()
        assert not [text for _, text in found(disk, case(tmp_path, long)) if "a day" in text]
    finally:
        lock.release()
