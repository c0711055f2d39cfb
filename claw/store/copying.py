"""Copies a database that somebody else is writing: as it was at one moment, without a writer having to wait.

In WAL mode whoever reads holds one moment of the file and holds up nobody who writes.  So the copy is made under one
read transaction: SQLite's backup interface would begin anew after every commit of another connection, and on a busy
database never end.  Meanwhile the write-ahead log cannot be cut short, which is why a copy is made without a pause.
"""

import contextlib
import os
import sqlite3
import stat
from collections.abc import Callable, Generator
from pathlib import Path

from claw.base.errors import Broken
from claw.store.db import PRIVATE_FILE, UNREADABLE, connect, leaving_no_trace, unusable

STEP_PAGES = 64
"""256 KiB: between two steps whoever watches is told, and may end it."""

_ROOT = 0
_WRITABLE = stat.S_IWGRP | stat.S_IWOTH

Step = Callable[[int], None]
"""Told how many bytes went since it was told last; what it raises ends the copy."""


def out_of_reach(folder: Path) -> Path:
    """Return where root works on copies of what is in ``folder``: there, or above it, where nobody else moves things.

    SQLite opens files by name: in a folder of another user's, that user could put a link there meanwhile, and root
    would write where it leads.  Whoever is not root works in ``folder`` itself.
    """
    if os.geteuid() != _ROOT:
        return folder
    found = Path("/")
    for one in (*reversed(folder.resolve().parents), folder.resolve()):
        about = one.stat()
        if about.st_uid != _ROOT or (about.st_mode & _WRITABLE and not about.st_mode & stat.S_ISVTX):
            break
        found = one
    return found


@contextlib.contextmanager
def snapshot(path: Path) -> Generator[sqlite3.Connection]:
    """Give a connection that sees the database as it is now until it is left; raises Broken when it cannot be read."""
    connection = connect(path, read_only=True)
    with contextlib.closing(connection):
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # BEGIN alone holds nothing yet
        except UNREADABLE as error:
            raise unusable(path, error) from error
        yield connection


def copy(source: sqlite3.Connection, to: Path, told: Step = lambda _: None) -> None:
    """Write what ``source`` sees into the new file ``to``, mode 0600, and check its pages.

    Raises Broken when the pages do not hold, OSError when the disk takes no more.
    """
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE))
    (size,) = source.execute("PRAGMA page_size").fetchone()
    left = -1

    def progress(_status: int, remaining: int, total: int) -> None:
        nonlocal left
        left = total if left < 0 else left
        told((left - remaining) * size)
        left = remaining

    with contextlib.closing(sqlite3.connect(to, isolation_level=None)) as target:
        try:
            target.execute("PRAGMA synchronous=OFF")  # a copy that is cut short is no copy; whoever keeps it syncs it
            source.backup(target, pages=STEP_PAGES, progress=progress)
        except sqlite3.OperationalError as error:
            raise OSError(28, f"{to} cannot be written: {error}") from error
    check(to)


def check(path: Path) -> None:
    """Raise Broken unless the pages of the database at ``path``, which nobody else has open, hold."""
    try:
        with leaving_no_trace(), contextlib.closing(connect(path, read_only=True)) as connection:
            findings = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except UNREADABLE as error:
        raise unusable(path, error) from error
    if findings != ["ok"]:
        raise Broken(f"{path.name} is damaged: {'; '.join(findings)}")
