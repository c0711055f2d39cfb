"""A witness that is a file somewhere else: another disk, another machine's mount, or at least another directory.

It is named by the id of the log and not by where the log lies, so a log that was moved or restored finds its own.  The
file is only ever appended to.  What is in it may be anything by the time it is read: a note counts by its signature,
and everything else is counted and passed over.
"""

import contextlib
import fcntl
import os
import stat
import struct
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from claw.audit.note import Note, home_of
from claw.audit.witness import Errand
from claw.base.errors import Broken, Unavailable
from claw.store.db import PRIVATE_FILE, sync_directory

SUFFIX = ".checkpoints"
MOST_BYTES = 16 << 20
"""How much of the end of a file is read: some 60,000 notes."""
MOST_OTHERS = 200
_OTHERS_BYTES = 4096
_GET_FLAGS = 0x80086601  # FS_IOC_GETFLAGS of linux/fs.h on 64 bits
_APPEND_ONLY = 0x20  # FS_APPEND_FL: what chattr +a sets
_ROOT = 0
_NAMED = "the file "


def default_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where witness files lie when no place is configured: outside every state directory."""
    base = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base).absolute() / "claw-witness"


def witness_path(place: Path, log: bytes) -> Path:
    """Return the file for the log ``log``: in ``place`` where that is a directory or has no ending, else ``place``."""
    if place.is_dir() or not place.suffix:
        return place / f"{log.hex()}{SUFFIX}"
    return place


class FileWitness:
    """Keeps notes in ``path``; reads also what its neighbours say about the state directory marked ``home``.

    ``uid`` is the user that the daemon runs as.
    """

    def __init__(self, path: Path, home: str = "", uid: int | None = None) -> None:
        self.path = path
        self._home = home
        self._uid = os.geteuid() if uid is None else uid
        self._errand = Errand(self.name)

    @property
    def name(self) -> str:
        """How a sentence names it."""
        return f"{_NAMED}{self.path}"

    @property
    def writable_by_claw(self) -> bool:
        """Whether Claw may change what is in it, or put another file in its place.

        It may not when it is not root, the file is append-only (``chattr +a``) and so is, or is another's, every
        directory that would have to be renamed.
        """
        if self._uid == _ROOT or not _append_only(self.path):
            return True
        return any(_movable(each, self._uid) for each in {*self.path.absolute().parents, *self.path.resolve().parents})

    async def keep(self, note: Note, key: str) -> None:
        """Append ``note``, and ``key`` where the file does not begin with it; raises Unavailable or Broken."""
        await self._errand.run(partial(self._append, note, key))

    def read(self) -> list[str]:
        """Return the file, and the ends of its neighbours that know this state directory; raises as ``keep`` does."""
        try:
            own = [_end(self.path, MOST_BYTES)]
        except FileNotFoundError:
            own = []
        except OSError as error:
            raise Broken(f"{self.name} cannot be read: {error.strerror or error}") from error
        return [*self._neighbours(), *own]

    def _neighbours(self) -> list[str]:
        if self.path.suffix != SUFFIX or not self._home:
            return []
        found: list[str] = []
        with contextlib.suppress(OSError):
            for other in sorted(self.path.parent.glob(f"*{SUFFIX}"))[:MOST_OTHERS]:
                if other != self.path:
                    with contextlib.suppress(OSError):
                        found.append(_end(other, _OTHERS_BYTES))
        return [text for text in found if f" in {self._home}" in text]

    def _append(self, note: Note, key: str) -> None:
        """Write at the end, behind an empty line, so that what a power cut left there spoils one note at most."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = not self.path.exists()
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(self.path, flags, PRIVATE_FILE)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise Broken(f"{self.name} is no file")
                known = key.encode() in os.pread(handle, _OTHERS_BYTES, 0)
                text = ("" if known else f"key {key}\n") + "\n" + note.text
                whole = text.encode()
                if os.write(handle, whole) != len(whole):
                    raise Unavailable(f"{self.name} did not take all of it: its disk is full")
                os.fsync(handle)
            finally:
                os.close(handle)
            if fresh:
                sync_directory(self.path.parent)
        except OSError as error:
            raise Unavailable(f"{self.name} cannot be written: {error.strerror or error}") from error


def _append_only(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        (flags,) = struct.unpack("l", fcntl.ioctl(handle, _GET_FLAGS, bytes(struct.calcsize("l"))))
    except OSError:
        return False
    finally:
        os.close(handle)
    return bool(flags & _APPEND_ONLY)


def _movable(directory: Path, uid: int) -> bool:
    """Return whether ``uid`` may give ``directory`` another name; a group that may write is taken to have it."""
    try:
        own, above = directory.stat(), directory.parent.stat()
    except OSError:
        return True
    open_to_all = above.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if above.st_uid != uid and (not open_to_all or (above.st_mode & stat.S_ISVTX and own.st_uid != uid)):
        return False
    return not _append_only(directory)


def _end(path: Path, most: int) -> str:
    """Return the beginning's first line (the key) and at most ``most`` bytes of the end; raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(22, "it is no file")
        head = b"" if found.st_size <= most else os.pread(handle, _OTHERS_BYTES, 0)
        rest = os.pread(handle, most, max(found.st_size - most, 0))
    finally:
        os.close(handle)
    return (head + b"\n" + rest).decode(errors="replace")


def witness_file(place: Path | None, log: bytes, state: Path) -> FileWitness:
    """Return the file witness of the log ``log`` in the state directory ``state``; ``place`` as it is configured."""
    return FileWitness(witness_path(place or default_directory(), log), home_of(state), state.stat().st_uid)


def file_named(name: str) -> Path | None:
    """Return the path of the file witness that a log calls ``name``, None where that is another kind of witness."""
    return Path(name.removeprefix(_NAMED)) if name.startswith(_NAMED) else None
