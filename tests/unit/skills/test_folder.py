import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Invalid
from claw.skills import folder
from claw.skills.folder import DEEPEST, MOST_BYTES, MOST_FILES, check_files, read_folder
from tests.skill_folders import skill_files, write_files


@pytest.fixture
def skill(tmp_path: Path) -> Path:
    return write_files(tmp_path / "reading-light", skill_files())


def refused(path: Path, *words: str) -> None:
    with pytest.raises(Invalid) as error:
        read_folder(path)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_a_folder_is_its_files_by_path(skill: Path) -> None:
    assert read_folder(skill) == skill_files()


def test_what_is_not_there_or_no_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "nothing", "not there")
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file", "no folder")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "empty")


def test_a_link_to_a_folder_is_not_followed(skill: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(skill)
    refused(tmp_path / "link", "is a link")


SPOILERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "link to a file of the system": (lambda at: (at / "notes.md").symlink_to("/etc/hostname"), "a link"),
    "link to a folder": (lambda at: (at / "references").symlink_to("/etc"), "a link"),
    "link to nowhere": (lambda at: (at / "notes.md").symlink_to("nowhere"), "a link"),
    "pipe": (lambda at: os.mkfifo(at / "notes.md"), "a pipe"),
    "socket": (lambda at: bound(at / "s"), "a socket"),
    "second name of a file": (lambda at: os.link(at / "program.py", at / "notes.md"), "hard link"),
    "hidden file": (lambda at: (at / ".env").write_text("x"), "hidden"),
    "hidden folder": (lambda at: (at / ".git").mkdir(), "hidden"),
    "name that is drawn backwards": (lambda at: (at / "\u202eyp.exe").write_text("x"), "no plain name"),
    "name that is no text": (lambda at: Path(os.fsdecode(os.fsencode(at) + b"/\xff")).write_text("x"), "no plain name"),
    "name with a line break": (lambda at: (at / "a\nb").write_text("x"), "no plain name"),
    "name with a space": (lambda at: (at / "a b").write_text("x"), "no plain name"),
    "large file": (lambda at: (at / "notes.md").write_bytes(b"x" * (MOST_BYTES + 1)), "larger than"),
    "huge empty file": (lambda at: sparse(at / "notes.md"), "larger than"),
    "bytes that are no text": (lambda at: (at / "notes.md").write_bytes(b"ok\n\xff\xfe"), "notes.md:2"),
    "zero byte": (lambda at: (at / "notes.md").write_bytes(b"ok\n\0"), "zero byte"),
    "too many files": (lambda at: [(at / f"n{n}.md").write_text("x") for n in range(MOST_FILES)], "more than"),
    "too many folders": (lambda at: [(at / f"n{n}").mkdir() for n in range(MOST_FILES)], "more than"),
    "too deep": (lambda at: (at / "a" / "b" / "c").mkdir(parents=True), "deep"),
    "same name but for its case": (lambda at: (at / "Skill.md").write_text("x"), "same name"),
    "too much in all": (lambda at: [(at / f"n{n}.md").write_bytes(b"x" * 64_000) for n in range(9)], "larger than"),
}


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**12)


def bound(path: Path) -> None:
    there = Path.cwd()
    os.chdir(path.parent)  # the path of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(there)


@pytest.mark.parametrize("how", SPOILERS)
def test_a_folder_with_more_than_files_is_refused(how: str, skill: Path) -> None:
    spoil, word = SPOILERS[how]
    spoil(skill)
    refused(skill, word)


def test_a_device_is_not_opened(skill: Path) -> None:
    try:
        os.mknod(skill / "notes.md", 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero never ends
    except PermissionError:
        pytest.skip("only root makes devices")
    refused(skill, "a device")


def test_a_file_that_grows_while_it_is_read_is_refused(skill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def growing(handle: int, size: int, path: object) -> bytes:
        data = read(handle, size, path)
        with (skill / "program.py").open("ab") as file:
            file.write(b"#")
        return data

    read = folder._bytes
    monkeypatch.setattr(folder, "_bytes", growing)
    refused(skill, "changed while")


def test_a_file_that_is_written_over_while_it_is_read_is_refused(skill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def overwriting(handle: int, size: int, path: object) -> bytes:
        data = read(handle, size, path)
        (skill / str(path)).write_bytes(data.swapcase())
        return data

    read = folder._bytes
    monkeypatch.setattr(folder, "_bytes", overwriting)
    refused(skill, "changed while")


def test_as_much_as_may_be_is_read_and_no_byte_more(tmp_path: Path) -> None:
    most = {f"n{at}.md": b"x" * (MOST_BYTES if at < 7 else 1_000) for at in range(MOST_FILES)}
    whole = write_files(tmp_path / "most", most)
    assert read_folder(whole) == most
    check_files({f"a/b/{at}.md": b"x" * MOST_BYTES for at in range(8)})
    for more in (
        {**most, "more.md": b""},
        {"a.md": b"x" * (MOST_BYTES + 1)},
        {**{f"{at}.md": b"x" * MOST_BYTES for at in range(8)}, "b.md": b"x"},
    ):
        with pytest.raises(Invalid, match=r"more than|larger than"):
            check_files(more)
        with pytest.raises(Invalid, match=r"more than|larger than"):
            read_folder(write_files(tmp_path / f"more{len(list(tmp_path.iterdir()))}", more))


def test_folders_as_deep_as_may_be_are_read(tmp_path: Path) -> None:
    assert list(read_folder(write_files(tmp_path / "x", {"a/b/c.md": b"x"}))) == ["a/b/c.md"]


def test_a_folder_that_may_not_be_read_says_so(skill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", failing)
    refused(skill, "cannot be read: Permission denied")


def test_nothing_stays_open(skill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  iterdir() gives no number at once
    read_folder(skill)
    (skill / "link").symlink_to("x")
    refused(skill, "a link")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  see above


def test_what_is_compiled_is_an_installers_only(skill: Path) -> None:
    (skill / "__pycache__").mkdir()
    (skill / "__pycache__" / "a.pyc").write_text("x")
    assert "__pycache__/a.pyc" in read_folder(skill)
    assert "__pycache__/a.pyc" not in read_folder(skill, installed=True)


def test_an_installer_may_link_files_and_leave_compiled_ones(skill: Path, tmp_path: Path) -> None:
    os.link(skill / "program.py", tmp_path / "cache")
    (skill / "__pycache__").mkdir()
    (skill / "__pycache__" / "program.cpython-311.pyc").write_bytes(b"\xff")
    assert read_folder(skill, installed=True) == skill_files()
    refused(skill)


@pytest.mark.parametrize(
    "path", ["../up", "/etc/passwd", "a/../b", "a//b", "", ".", "a\\b", "a/b/c/d", "~", "C:x", "a\x00b", "é"]
)
def test_files_that_no_folder_gives_are_refused(path: str) -> None:
    with pytest.raises(Invalid):
        check_files({"SKILL.md": b"x", path: b"x"})


@given(st.dictionaries(st.text("abc./_", max_size=12), st.binary(max_size=8), max_size=5))
def test_what_is_checked_can_lie_nowhere_but_below_its_folder(files: dict[str, bytes]) -> None:
    try:
        check_files(files)
    except Invalid:
        return
    for path in files:
        assert ".." not in Path(path).parts
        assert not Path(path).is_absolute()
        assert len(Path(path).parts) <= DEEPEST + 1
