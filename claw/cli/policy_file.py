"""The policy file as ``claw policy apply`` writes it: by its owner alone, whole, with the old one kept beside it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from claw.base.documents import read_text
from claw.base.errors import Broken, Refused
from claw.gate.children import look
from claw.store.db import state_holder

BACKUP = ".bak"
ROOT = 0
MOST_ANCESTORS = 64
PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class PolicyFile:
    """The file at ``path`` with the text that it had when it was looked at."""

    path: Path
    text: str

    @classmethod
    def of(cls, path: Path, state: Path) -> Self:
        """Return the file for somebody who may replace it.

        Raises Refused for anybody but its owner, for what the daemon on ``state`` started, and for a file that comes
        with Claw; Invalid when unreadable.
        """
        path = Path(os.path.realpath(path))
        if path.is_relative_to(PACKAGE):
            raise Refused(
                f"{path} belongs to Claw itself, and the demo keeps it; `claw run` takes a policy of your own"
            )
        text = read_text(path)
        owner, me = path.stat().st_uid, os.geteuid()
        if me not in {owner, ROOT}:
            raise Refused(f"only the owner of {path} may replace it (uid {owner}; this is uid {me})")
        daemon = state_holder(state)
        if daemon is not None and daemon in _ancestors():
            raise Refused("a program that Claw itself started may not change what Claw may do")
        return cls(path, text)

    def replace(self, text: str) -> None:
        """Put ``text`` in its place in one step, same mode and owner; the old text is kept beside it.

        Raises Refused when somebody changed the file meanwhile, Broken when the disk does not take it.
        """
        if read_text(self.path) != self.text:
            raise Refused(f"somebody changed {self.path} meanwhile; look again")
        try:
            _write(self.path.with_name(self.path.name + BACKUP), self.text, self.path)
            _write(self.path, text, self.path)
        except OSError as error:
            raise Broken(f"{self.path} cannot be replaced: {error.strerror or error}") from error

    def write_like(self, text: str, like: Path) -> None:
        """Write ``text`` to this path in one step, with mode and owner of ``like``; raises Broken."""
        try:
            _write(self.path, text, like)
        except OSError as error:
            raise Broken(f"{self.path} cannot be written: {error.strerror or error}") from error

    def put_back(self) -> None:
        """Put the old text back; raises Broken when the disk does not take it."""
        try:
            _write(self.path, self.text, self.path)
        except OSError as error:
            raise Broken(f"the old {self.path} cannot be put back: {error.strerror or error}") from error


def _write(path: Path, text: str, like: Path) -> None:
    """Write a whole file in one step, with the mode and owner of ``like``, and on disk when this returns."""
    was = like.stat()
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if os.geteuid() == ROOT:
                os.fchown(handle, was.st_uid, was.st_gid)
            os.fchmod(handle, was.st_mode & 0o7777)
            os.fsync(handle)
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        new.unlink(missing_ok=True)


def _ancestors() -> set[int]:
    """Return the process ids that led to this one."""
    found: set[int] = set()
    pid = os.getppid()
    while pid > 1 and len(found) < MOST_ANCESTORS:
        found.add(pid)
        process = look(pid)
        pid = process.parent if process else 0
    return found
