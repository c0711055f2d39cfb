"""Room on the disk is kept, given back when the disk is full, and nothing new is begun until it is there again."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from claw.base.errors import Refused
from claw.store.reserve import KEPT_BYTES, Reserve

MB = 2**20


class Disk:
    """What statvfs says of a disk whose free room the test chooses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, free: int) -> None:
        self.free = free
        monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=self.free // 4096, f_frsize=4096))


def blocks(reserve: Reserve) -> int:
    return os.fstat(reserve._handle).st_blocks * 512


def test_the_room_is_really_taken_and_leaves_no_file(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path, 4 * MB)
    assert reserve.keep() == 4 * MB
    assert blocks(reserve) >= 4 * MB
    assert list(tmp_path.iterdir()) == []
    assert reserve.keep() == 4 * MB
    reserve.check()
    reserve.close()


def test_it_is_64_mb_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    assert KEPT_BYTES == 64 * MB
    assert Reserve(tmp_path)._size == KEPT_BYTES


def test_a_disk_with_little_room_gives_a_tenth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Disk(monkeypatch, 20 * MB)
    reserve = Reserve(tmp_path, 4 * MB)
    assert reserve.keep() == 2 * MB
    assert "Only 2 MB" in caplog.text
    reserve.close()


def test_a_full_disk_uses_it_up_and_nothing_new_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = Reserve(tmp_path, 4 * MB)
    reserve.keep()
    disk = Disk(monkeypatch, 0)
    assert reserve.full()
    assert reserve.give_back()
    assert reserve.kept == 0
    with pytest.raises(Refused, match="disk is full"):
        reserve.check()
    assert not reserve.give_back()
    # What it gave back is not room enough to go on: it has to be there a second time.
    disk.free = 7 * MB
    assert reserve.keep() == 0
    with pytest.raises(Refused):
        reserve.check()
    disk.free = 8 * MB
    assert reserve.keep() == 4 * MB
    reserve.check()
    reserve.close()


def test_a_disk_that_has_room_is_not_called_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, 100 * MB)
    assert not Reserve(tmp_path).full()


def test_a_disk_that_takes_nothing_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    reserve = Reserve(tmp_path, 4 * MB)
    assert reserve.keep() == 0
    reserve.check()


def test_a_directory_that_is_gone_is_no_error(tmp_path: Path) -> None:
    assert Reserve(tmp_path / "gone").keep() == 0


def test_a_file_system_without_nameless_files_gets_one_that_is_unlinked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def no_nameless(path: object, flags: int, mode: int = 0o777, **more: object) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(95, "Operation not supported")
        return real(path, flags, mode, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", no_nameless)
    reserve = Reserve(tmp_path, MB)
    assert reserve.keep() == MB
    assert list(tmp_path.iterdir()) == []
    reserve.close()
