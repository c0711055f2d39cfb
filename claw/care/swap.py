"""Puts one folder in the place of another in a single step, so that no moment has neither.

A daemon that is started at the wrong moment must find the old state or the new one: where there is none it would make
an empty one, which remembers nothing and is not stopped.
"""

import ctypes
import errno
import os
from pathlib import Path

from claw.store.db import sync_directory

_AT_FDCWD = -100
_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h


def exchange(one: Path, other: Path) -> None:
    """Give each of two folders in the same folder the name of the other, durably; raises OSError.

    Where the file system knows no such step ``one`` is renamed first, and a crash can leave only ``other`` and it.
    """
    try:
        _exchange(one, other)
    except OSError as error:
        if error.errno not in {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}:
            raise
        aside = one.with_name(f"{other.name}.old")
        one.rename(aside)
        other.rename(one)
        aside.rename(other)
    sync_directory(one.parent)


def _exchange(one: Path, other: Path) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    rename = getattr(library, "renameat2", None)
    if rename is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one))
