"""The copy of ``claw.db`` that is kept before a newer version changes its shape, for whoever has to go back.

Two are kept at most.  A copy holds what the database held then, so it is gone as soon as anybody has anything
forgotten: nothing in it can be told apart.
"""

import os
import re
from pathlib import Path

from sqlite_utils import Database

from claw.base.erasure import Erasure
from claw.base.errors import Broken
from claw.store.copying import copy, snapshot
from claw.store.db import sync_directory

MOST = 2
_NAMED = re.compile(r"claw-before-[0-9]{4}\.db")
_PART = "claw-before.part"


def keep_copy(db: Database, upcoming: str) -> Path | None:
    """Copy the file of ``db`` as it is before the step ``upcoming``; return the copy, None for one in memory.

    Raises Broken when the disk does not take it.
    """
    file = next((row[2] for row in db.execute("PRAGMA database_list").fetchall() if row[1] == "main"), "")
    if not file:
        return None
    folder = Path(file).parent
    part, kept = folder / _PART, folder / f"claw-before-{upcoming[:4]}.db"
    try:
        part.unlink(missing_ok=True)
        with snapshot(Path(file)) as now:
            copy(now, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(kept)
        for old in copies(folder)[MOST:]:
            old.unlink()
        sync_directory(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        why = error.strerror or error
        raise Broken(f"claw.db is to be brought up to date, and a copy of it cannot be kept first: {why}") from error
    return kept


def copies(folder: Path) -> list[Path]:
    """Return the copies that are kept in a state directory, the one of the newest step first."""
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if _NAMED.fullmatch(path.name)), reverse=True)


class UpgradeCopies:
    """Lets go of every copy when anything is to be forgotten: an ``Eraser``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def erase(self, erasure: Erasure) -> int:
        """Remove the copies and return how many there were; raises Broken."""
        del erasure
        try:
            gone = copies(self._folder)
            for path in gone:
                path.unlink(missing_ok=True)
            if gone:
                sync_directory(self._folder)
        except OSError as error:
            raise Broken(f"a copy of claw.db cannot be removed: {error.strerror}") from error
        return len(gone)
