"""The home's own skills on disk: a folder is exchanged whole or not at all, whenever the process ends.

The new folder is written beside the old one, durably; then the lock names its hash, which is when the change has
happened; then the two change places.  Whoever comes next finds a folder that the lock does not name and one aside that
it does, and finishes.  What is aside and not named was never finished and goes.
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Generator, Mapping
from pathlib import Path

from claw.base.errors import Broken, Invalid
from claw.skills.folder import read_folder
from claw.skills.lock import Locked, read_lock, write_lock
from claw.skills.model import Files, content_hash
from claw.skills.places import LOCK
from claw.store.db import PRIVATE_DIRECTORY, PRIVATE_FILE, private_directory, sync_directory

_NEW, _OLD = ".new", ".old"


class Shelf:
    """The folder of the home's own skills; one writer at a time, from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._busy = threading.Lock()

    def lock(self) -> Mapping[str, Locked]:
        """Return the lock; raises Invalid where it is damaged."""
        return read_lock(self.folder / LOCK)

    def put(self, name: str, files: Files, locked: Locked) -> None:
        """Make ``files`` the skill ``name``, and lock them; raises Broken, after which it is the old or the new one.

        Over a damaged lock nothing is written: raises Invalid.
        """
        with self._busy, _told(self.folder):
            private_directory(self.folder)
            others, aside = self.lock(), self._aside(name, _NEW)
            _remove(aside)
            write_files(aside, files)
            write_lock(self.folder / LOCK, {**others, name: locked})
            self._exchange(name)

    def drop(self, name: str) -> None:
        """Take the skill ``name`` away, folder and lock; raises Broken."""
        with self._busy, _told(self.folder):
            if not self.folder.is_dir():
                return
            with contextlib.suppress(Invalid):  # what stands in a damaged lock gives nobody any trust; the folder goes
                if (locked := dict(self.lock())).pop(name, None):
                    write_lock(self.folder / LOCK, locked)
            for path in (self._aside(name, _NEW), self._aside(name, _OLD), self.folder / name):
                _remove(path)
            sync_directory(self.folder)

    def recover(self) -> None:
        """Finish what a crash left half done; raises Broken where the disk does not take it."""
        with self._busy, _told(self.folder):
            if not self.folder.is_dir():
                return
            with contextlib.suppress(Invalid):  # of a damaged lock nothing is said here: nothing is finished, then
                self._finish(self.lock())
            for aside in self.folder.glob(f".*{_OLD}"):
                name = aside.name[1 : -len(_OLD)]
                if (self.folder / name).exists():
                    _remove(aside)
                else:
                    aside.rename(self.folder / name)

    def _finish(self, locked: Mapping[str, Locked]) -> None:
        for aside in self.folder.glob(f".*{_NEW}"):
            name = aside.name[1 : -len(_NEW)]
            if name in locked and _hash(aside) == locked[name].hash != _hash(self.folder / name):
                self._exchange(name)
            else:
                _remove(aside)

    def _exchange(self, name: str) -> None:
        present, aside, old = self.folder / name, self._aside(name, _NEW), self._aside(name, _OLD)
        _remove(old)
        if present.exists() or present.is_symlink():
            present.rename(old)
        aside.rename(present)
        sync_directory(self.folder)
        _remove(old)

    def _aside(self, name: str, what: str) -> Path:
        return self.folder / f".{name}{what}"


def write_files(folder: Path, files: Files) -> None:
    """Write ``files`` into ``folder``, which must not be there, durably; raises OSError."""
    folder.mkdir(mode=PRIVATE_DIRECTORY)
    folders = {folder}
    for path, data in sorted(files.items()):
        target = folder / path
        for above in reversed(target.relative_to(folder).parents):
            if (below := folder / above) not in folders:
                below.mkdir(mode=PRIVATE_DIRECTORY)
                folders.add(below)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for one in sorted(folders, reverse=True):
        sync_directory(one)
    sync_directory(folder.parent)


def _hash(folder: Path) -> str:
    try:
        return content_hash(read_folder(folder))
    except Invalid:
        return ""


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


@contextlib.contextmanager
def _told(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise Broken(f"{folder} cannot be written: {error.strerror or error}") from error
