"""Which files a log consists of: the running one, and those that were sealed before it.

``audit.db`` is written; ``audit-1-500000.db`` and the like are finished, read-only and never written again.  Sealing
moves one file and puts the next in its place, and the machine may die between the two: ``recover`` finishes what was
begun, or forgets it, and never starts a second log beside the first.
"""

import contextlib
import os
import re
import sqlite3
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

from claw.base.errors import Broken
from claw.store.db import connect, sync_directory

SEALED_FILE = 0o400
_SIDES = ("-wal", "-shm", "-journal")


class Segment(NamedTuple):
    """One sealed file and the numbers of its first and last entry, as its name says."""

    first: int
    last: int
    path: Path


def segments(path: Path) -> list[Segment]:
    """Return the sealed files of the log whose running file is ``path``, oldest first."""
    name = re.compile(rf"{re.escape(path.stem)}-([1-9][0-9]{{0,17}})-([1-9][0-9]{{0,17}}){re.escape(path.suffix)}")
    try:
        beside = list(path.parent.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    named = [(name.fullmatch(other.name), other) for other in beside]
    return sorted(Segment(int(found[1]), int(found[2]), other) for found, other in named if found)


def segment_path(path: Path, first: int, last: int) -> Path:
    """Return where the running file ``path`` goes when it is sealed."""
    return path.with_name(f"{path.stem}-{first}-{last}{path.suffix}")


def next_path(path: Path) -> Path:
    """Return where the next running file is made before it takes the place of ``path``."""
    return path.with_name(f"{path.name}.next")


def remove_database(path: Path) -> None:
    """Remove a database and what lies beside it; raises OSError."""
    for side in ("", *_SIDES):
        path.with_name(path.name + side).unlink(missing_ok=True)


def running_file(path: Path) -> Path:
    """Return the file that is, or after a recovery will be, the running one of the log at ``path``."""
    fresh = next_path(path)
    return fresh if not path.exists() and fresh.exists() else path


@contextlib.contextmanager
def held(path: Path) -> Generator[list[Path]]:
    """Give the files of a whole log, oldest first; no entry moves to another file until whoever reads them is done.

    Raises Broken when there is no log at ``path``.
    """
    running = running_file(path)
    if not running.is_file():
        raise Broken(f"there is no audit log at {path}")
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(Broken):  # whoever reads it says what is wrong with it
            stack.enter_context(contextlib.closing(connect(running, read_only=True)))
        yield [*(segment.path for segment in segments(path)), running]


def recover(path: Path) -> None:
    """Finish or forget a sealing that was cut short; raises Broken when the running file is gone."""
    fresh = next_path(path)
    try:
        if path.exists():
            remove_database(fresh)
        elif fresh.exists():
            fresh.rename(path)
            sync_directory(path.parent)
        elif sealed := segments(path):
            raise Broken(
                f"{path} is gone: there are sealed entries up to {sealed[-1].last}, but not the log behind them"
            )
        for segment in segments(path):
            _heal(segment.path)
    except OSError as error:
        raise Broken(f"the audit log {path} cannot be put in order: {error.strerror}") from error


def _heal(sealed: Path) -> None:
    """Let SQLite take back an erasure that was cut short, and make the file read-only again."""
    if sealed.with_name(f"{sealed.name}-journal").exists():
        sealed.chmod(0o600)
        with contextlib.closing(sqlite3.connect(sealed)) as connection, contextlib.suppress(sqlite3.Error):
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # what is wrong with it, verify says
    if sealed.stat().st_mode & 0o777 != SEALED_FILE:
        sealed.chmod(SEALED_FILE)


def seal_name(path: Path, first: int, last: int) -> Path:
    """Move the running file ``path`` to its sealed name, durably, and return that; raises OSError."""
    sealed = segment_path(path, first, last)
    if os.path.lexists(sealed):
        raise FileExistsError(17, "a sealed file of that name is there already", str(sealed))
    path.rename(sealed)
    sync_directory(path.parent)
    return sealed
