import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claw.base.errors import Broken, Invalid
from claw.skills import shelf as shelves
from claw.skills.folder import read_folder
from claw.skills.lock import Locked
from claw.skills.model import Files, content_hash
from claw.skills.shelf import Shelf, write_files
from tests.skill_folders import skill_files

NAME = "reading-light"
FIRST = skill_files()
SECOND = skill_files(change={"CHANGELOG.md": "# 1.0.1\n"})


def locked(files: Files) -> Locked:
    return Locked("1.0.0", content_hash(files))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "state" / "skills")


def test_what_is_put_is_there_and_locked(shelf: Shelf) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    shelf.put("tea-time", SECOND, locked(SECOND))
    assert read_folder(shelf.folder / NAME) == FIRST
    assert shelf.lock() == {NAME: locked(FIRST), "tea-time": locked(SECOND)}
    shelf.put(NAME, SECOND, locked(SECOND))
    assert read_folder(shelf.folder / NAME) == SECOND
    assert {one.name for one in shelf.folder.iterdir()} == {NAME, "tea-time", "skills.lock"}
    assert (shelf.folder / NAME / "program.py").stat().st_mode & 0o777 == 0o600


def test_what_is_dropped_is_gone(shelf: Shelf) -> None:
    shelf.drop(NAME)
    shelf.put(NAME, FIRST, locked(FIRST))
    shelf.drop(NAME)
    assert shelf.lock() == {}
    assert not (shelf.folder / NAME).exists()


STEPS = ("mkdir", "write_lock", "_exchange", "rename", "sync_directory", "_remove")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("times", range(1, 6))
def test_wherever_the_process_ends_it_is_the_old_one_or_the_new_one(
    step: str, times: int, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    ended = False

    class EndedError(BaseException):
        pass

    def ends(real: Callable[..., object]) -> Callable[..., object]:
        left = [times]

        def call(*args: object, **kwargs: object) -> object:
            nonlocal ended
            left[0] -= 1
            if left[0] == 0:
                ended = True
                raise EndedError
            return real(*args, **kwargs)

        return call

    owner = {"mkdir": Path, "rename": Path, "_exchange": Shelf}.get(step, shelves)
    monkeypatch.setattr(owner, step, ends(getattr(owner, step)))
    try:
        shelf.put(NAME, SECOND, locked(SECOND))
    except EndedError:
        assert ended
    monkeypatch.undo()
    again = Shelf(shelf.folder)
    again.recover()
    files = read_folder(shelf.folder / NAME)
    assert files in (FIRST, SECOND)
    assert again.lock()[NAME] == locked(files)
    assert {one.name for one in shelf.folder.iterdir()} == {NAME, "skills.lock"}


def test_what_lies_aside_and_was_never_locked_goes(shelf: Shelf) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    write_files(shelf.folder / f".{NAME}.new", SECOND)
    write_files(shelf.folder / ".other.new", SECOND)
    shelf.recover()
    assert read_folder(shelf.folder / NAME) == FIRST
    assert not list(shelf.folder.glob(".*"))


def test_a_folder_that_somebody_changed_is_not_put_back(shelf: Shelf) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    (shelf.folder / NAME / "program.py").write_text("1")
    shelf.recover()
    assert (shelf.folder / NAME / "program.py").read_text() == "1"


def test_a_link_in_the_place_of_a_skill_is_moved_and_not_followed(shelf: Shelf, tmp_path: Path) -> None:
    outside = write_files_of(tmp_path / "outside")
    shelf.put("other", FIRST, locked(FIRST))
    (shelf.folder / NAME).symlink_to(outside)
    shelf.put(NAME, FIRST, locked(FIRST))
    assert read_folder(shelf.folder / NAME) == FIRST
    assert read_folder(outside) == SECOND


def test_a_link_to_nowhere_is_in_nobodys_way(shelf: Shelf) -> None:
    shelf.put("other", FIRST, locked(FIRST))
    (shelf.folder / NAME).symlink_to("nowhere")
    shelf.put(NAME, FIRST, locked(FIRST))
    assert read_folder(shelf.folder / NAME) == FIRST
    assert {one.name for one in shelf.folder.iterdir()} == {NAME, "other", "skills.lock"}


def test_what_lies_in_the_way_aside_is_put_away(shelf: Shelf) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    (shelf.folder / f".{NAME}.new").write_text("x")
    write_files_of(shelf.folder / f".{NAME}.old")
    shelf.put(NAME, SECOND, locked(SECOND))
    assert read_folder(shelf.folder / NAME) == SECOND
    write_files_of(shelf.folder / f".{NAME}.new")
    shelf.put(NAME, FIRST, locked(FIRST))
    assert read_folder(shelf.folder / NAME) == FIRST


def test_the_old_one_is_put_back_where_the_new_one_never_came(shelf: Shelf) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    (shelf.folder / NAME).rename(shelf.folder / f".{NAME}.old")
    shelf.recover()
    assert read_folder(shelf.folder / NAME) == FIRST


def test_everything_is_on_the_disk_before_the_lock_names_it(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.put("other", FIRST, locked(FIRST))
    synced: list[str] = []
    sizes: dict[str, int] = {}
    fsync, write_lock = os.fsync, shelves.write_lock

    def recorded(handle: int) -> None:
        synced.append(os.path.relpath(os.readlink(f"/proc/self/fd/{handle}"), shelf.folder))  # noqa: PTH115  a name
        sizes[synced[-1]] = os.fstat(handle).st_size
        fsync(handle)

    def locking(*args: Any) -> None:
        synced.append("the lock:")
        write_lock(*args)

    monkeypatch.setattr(os, "fsync", recorded)
    monkeypatch.setattr(shelves, "write_lock", locking)
    shelf.put(NAME, FIRST, locked(FIRST))
    at = synced.index("the lock:")
    aside = f".{NAME}.new"
    assert {f"{aside}/{path}" for path in FIRST} | {aside, f"{aside}/tests", "."} == set(synced[:at])
    assert {path: sizes[f"{aside}/{path}"] for path in FIRST} == {path: len(data) for path, data in FIRST.items()}
    assert sizes[".skills.lock.new"] == (shelf.folder / "skills.lock").stat().st_size
    assert synced[at + 1 :] == [".skills.lock.new", ".", "."]


def write_files_of(folder: Path) -> Path:
    write_files(folder, SECOND)
    return folder


def test_a_disk_that_is_full_is_said_and_never_taken_for_done(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))

    def full(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelves, "sync_directory", full)
    for act in (lambda: shelf.put(NAME, SECOND, locked(SECOND)), lambda: shelf.drop(NAME)):
        with pytest.raises(Broken, match="No space left"):
            act()


def test_that_it_is_gone_is_on_the_disk_as_well(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    gone: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda _handle: gone.append(not (shelf.folder / NAME).exists()))
    shelf.drop(NAME)
    assert gone[-1]


def test_over_a_damaged_lock_nothing_is_written(shelf: Shelf) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    (shelf.folder / "skills.lock").write_text("{")
    with pytest.raises(Invalid):
        shelf.put(NAME, SECOND, locked(SECOND))
    assert read_folder(shelf.folder / NAME) == FIRST
    assert {one.name for one in shelf.folder.iterdir()} == {NAME, "skills.lock"}
    shelf.recover()
    assert read_folder(shelf.folder / NAME) == FIRST


def test_a_disk_that_takes_nothing_is_said(shelf: Shelf) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    shutil.rmtree(shelf.folder)
    shelf.folder.write_text("a file where the folder should be")
    with pytest.raises(Broken):
        shelf.put(NAME, FIRST, locked(FIRST))
    shelf.drop(NAME)
    shelf.recover()
    shelf.folder.unlink()
    shutil.rmtree(shelf.folder.parent)


def test_what_is_to_go_goes_under_a_damaged_lock_as_well(shelf: Shelf) -> None:
    shelf.put(NAME, FIRST, locked(FIRST))
    (shelf.folder / "skills.lock").write_text("{")
    shelf.drop(NAME)
    assert {one.name for one in shelf.folder.iterdir()} == {"skills.lock"}
