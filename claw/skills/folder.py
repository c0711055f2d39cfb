"""Reads the folder of a skill as if somebody had prepared it for us: which he may well have.

A folder that is imported, or that lies where another program may write, can hold a link to a file of the system, a
pipe that never ends, a device, a file that grows, a thousand files, or names that are drawn as other names.  Nothing is
followed, nothing but regular files is opened, and what is read is held in memory once: whoever hashes it and whoever
runs it have the same bytes.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from claw.base.errors import Invalid
from claw.house.text import quoted
from claw.skills.model import Files

MOST_FILES = 60
MOST_BYTES = 64 * 1024
MOST_BYTES_ALL = 512 * 1024
DEEPEST = 2
"""Folders below that of the skill."""
COMPILED = "__pycache__"
"""What an installer leaves beside the programs of shipped skills; nothing reads it."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe must not keep us waiting


def read_folder(path: Path, *, installed: bool = False) -> Files:
    """Return all files below ``path``; raises Invalid, with the file's name, where it is more or other than a skill.

    ``installed`` folders are as an installer wrote them, which may link files to its cache and compile programs.
    """
    try:
        handle = os.open(path, _OPEN | os.O_DIRECTORY)
    except OSError as error:
        problem = "is a link or no folder" if path.is_symlink() or path.exists() else "is not there"
        raise Invalid(str(path), None, f"{problem} ({error.strerror})") from error
    try:
        files = dict(_Reading(installed=installed).below(handle, PurePosixPath()))
    except OSError as error:
        raise Invalid(str(path), None, f"cannot be read: {error.strerror}") from error
    finally:
        os.close(handle)
    check_files(files)
    return files


def check_files(files: Files) -> None:
    """Raise Invalid, with the file's name, where ``files`` are none that ``read_folder`` could have returned."""
    if len(files) > MOST_FILES:
        raise Invalid("the folder", None, f"holds more than {MOST_FILES} files")
    if not files:
        raise Invalid("the folder", None, "is empty")
    if sum(len(data) for data in files.values()) > MOST_BYTES_ALL:
        raise Invalid("the folder", None, f"holds more than {MOST_BYTES_ALL // 1024} kB")
    seen: dict[str, str] = {}
    for path, data in files.items():
        _check_path(path)
        if (twin := seen.setdefault(path.lower(), path)) != path:
            raise Invalid(path, None, f"has the same name as {twin} on many disks")
        _check_text(path, data)


def _check_path(path: str) -> None:
    parts = path.split("/")
    for part in parts:
        if not _NAME.fullmatch(part):
            raise Invalid(quoted(path, 120), None, "is no plain name: letters, digits, . _ and -, and none is hidden")
    if len(parts) - 1 > DEEPEST:
        raise Invalid(path, None, f"lies more than {DEEPEST} folders deep")


def _check_text(path: str, data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise Invalid(path, None, f"is larger than {MOST_BYTES // 1024} kB")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(path, line, f"holds the byte 0x{data[error.start]:02x}: it is no UTF-8 text") from error
    if "\0" in text:
        raise Invalid(path, text.count("\n", 0, text.index("\0")) + 1, "holds a zero byte: it is no text")


class _Reading:
    """One reading of a folder; stops at the first thing too many."""

    def __init__(self, *, installed: bool) -> None:
        self._installed = installed
        self._entries = 0
        self._bytes = 0

    def below(self, folder: int, path: PurePosixPath) -> Iterator[tuple[str, bytes]]:
        for name in self._names(folder, path):
            here = path / name
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                yield from self._deeper(folder, name, here)
            elif stat.S_ISREG(found.st_mode):
                yield str(here), self._file(folder, name, here)
            else:
                raise Invalid(str(here), None, f"is {_kind(found.st_mode)}, expected a file")

    def _names(self, folder: int, path: PurePosixPath) -> list[str]:
        names: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if self._installed and entry.name == COMPILED:
                    continue
                self._entries += 1
                if self._entries > MOST_FILES + DEEPEST:
                    raise Invalid(str(path), None, f"holds more than {MOST_FILES} files")
                if not _NAME.fullmatch(entry.name):
                    shown = quoted(os.fsencode(entry.name).decode("utf-8", "replace"), 120)
                    raise Invalid(shown, None, "is no plain name: letters, digits, . _ and -, and none is hidden")
                names.append(entry.name)
        return sorted(names)

    def _deeper(self, folder: int, name: str, path: PurePosixPath) -> Iterator[tuple[str, bytes]]:
        if len(path.parts) > DEEPEST:
            raise Invalid(str(path), None, f"lies more than {DEEPEST} folders deep")
        handle = os.open(name, _OPEN | os.O_DIRECTORY, dir_fd=folder)
        try:
            yield from self.below(handle, path)
        finally:
            os.close(handle)

    def _file(self, folder: int, name: str, path: PurePosixPath) -> bytes:
        handle = os.open(name, _OPEN, dir_fd=folder)
        try:
            before = os.fstat(handle)
            if not stat.S_ISREG(before.st_mode):
                raise Invalid(str(path), None, f"is {_kind(before.st_mode)}, expected a file")
            if before.st_nlink > 1 and not self._installed:
                raise Invalid(str(path), None, "has a second name elsewhere (a hard link), by which it can be changed")
            data = _bytes(handle, before.st_size, path)
            after = os.fstat(handle)
            if _marks(before) != _marks(after):
                raise Invalid(str(path), None, "was changed while it was read")
        finally:
            os.close(handle)
        self._bytes += len(data)
        if self._bytes > MOST_BYTES_ALL:
            raise Invalid(str(path), None, f"makes the folder larger than {MOST_BYTES_ALL // 1024} kB")
        return data


def _bytes(handle: int, size: int, path: PurePosixPath) -> bytes:
    if size > MOST_BYTES:
        raise Invalid(str(path), None, f"is larger than {MOST_BYTES // 1024} kB")
    data = b""
    while more := os.read(handle, MOST_BYTES + 1 - len(data)):
        data += more
    return data


def _marks(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFLNK: "a link",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFBLK: "a device",
        stat.S_IFCHR: "a device",
        stat.S_IFDIR: "a folder",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")
