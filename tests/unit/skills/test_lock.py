import os
import subprocess
import sys
from pathlib import Path

import pytest

from claw.base.errors import Broken, Invalid
from claw.skills.lock import Locked, fresh, lock_text, read_lock, seal, skill_folders, write_lock
from claw.skills.model import content_hash
from claw.skills.reading import sealed
from tests.skill_folders import PROGRAM, skill_files, write_files

ONE = Locked("1.0.0", "a" * 64)
OTHER = Locked("2.0.1", "b" * 64, "c" * 64)


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "skills.lock"
    assert read_lock(path) == {}
    for locked in ({}, {"a": ONE}, {"good-night": OTHER, "a": ONE}):
        write_lock(path, locked)
        assert read_lock(path) == locked
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["skills.lock"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"skills": []}',
        '{"skills": {"a": {"version": "1.0.0"}}}',
        '{"skills": {"a": {"version": "1", "hash": "' + "a" * 64 + '"}}}',
        '{"skills": {"a": {"version": "1.0.0", "hash": "zz"}}}',
        '{"skills": {"../a": {"version": "1.0.0", "hash": "' + "a" * 64 + '"}}}',
        '{"skills": {}, "trusted": true}',
        "[" * 100_000,
    ],
)
def test_a_damaged_lock_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "skills.lock"
    path.write_text(text)
    with pytest.raises(Invalid, match=r"skills\.lock: is no lock: \w"):
        read_lock(path)


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    write_lock(tmp_path / "real", {"a": ONE})
    (tmp_path / "skills.lock").symlink_to(tmp_path / "real")
    with pytest.raises(Invalid, match="a link"):
        read_lock(tmp_path / "skills.lock")


def test_a_lock_that_is_a_link_to_nowhere_is_none_either(tmp_path: Path) -> None:
    (tmp_path / "skills.lock").symlink_to("nowhere")
    with pytest.raises(Invalid, match="a link"):
        read_lock(tmp_path / "skills.lock")


def test_a_place_that_is_no_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Invalid, match="cannot be read"):
        skill_folders(tmp_path / "file")


def test_what_an_installer_linked_is_locked_as_it_is(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "shipped" / "reading-light", skill_files())
    (tmp_path / "cache").hardlink_to(folder / "program.py")
    assert seal(tmp_path / "shipped") == ("reading-light",)
    assert (tmp_path / "shipped" / "skills.lock").stat().st_mode & 0o777 == 0o644


def test_a_lock_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="cannot be written"):
        write_lock(tmp_path / "missing" / "skills.lock", {})


def test_a_lock_is_on_the_disk_whole_before_it_takes_the_place_of_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, steps = tmp_path / "skills.lock", list[str]()
    write_lock(path, {})
    old = path.read_text()

    def synced(handle: int) -> None:
        folder = Path(f"/proc/self/fd/{handle}").resolve().is_dir()
        steps.append("folder" if folder else Path(f"/proc/self/fd/{handle}").read_text())
        assert folder or path.read_text() == old

    monkeypatch.setattr(os, "fsync", synced)
    write_lock(path, {"a": ONE})
    assert steps == [lock_text({"a": ONE}), "folder"]
    assert path.read_text() == steps[0]


def test_sealing_a_place_writes_hashes_and_lock(tmp_path: Path) -> None:
    files = skill_files()
    write_files(tmp_path / "reading-light", {**files, "program.py": f"{PROGRAM}# more\n".encode()})
    write_files(tmp_path / "tea-time", skill_files("tea-time"))
    assert seal(tmp_path) == ("reading-light", "tea-time")
    expected = sealed({**files, "program.py": f"{PROGRAM}# more\n".encode()})
    assert (tmp_path / "reading-light" / "skill.yaml").read_bytes() == expected["skill.yaml"]
    lock = read_lock(tmp_path / "skills.lock")
    assert lock == fresh(tmp_path)
    assert lock["reading-light"] == Locked("1.0.0", content_hash(expected))


def test_only_folders_that_show_are_skills(tmp_path: Path) -> None:
    (tmp_path / ".aside.new").mkdir()
    (tmp_path / "skills.lock").write_text("")
    (tmp_path / "a").mkdir()
    assert skill_folders(tmp_path) == (tmp_path / "a",)
    assert skill_folders(tmp_path / "none") == ()


def test_as_a_program_it_seals_a_folder_or_says_why_not(tmp_path: Path) -> None:
    write_files(tmp_path / "reading-light", skill_files())
    command = [sys.executable, "-m", "claw.skills.lock", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "1 skills sealed and locked\n"
    (tmp_path / "reading-light" / "skill.yaml").write_text("version: x\n")
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "skill.yaml:1: version" in failed.stderr
