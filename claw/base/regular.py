"""Opens only what is a file: a pipe would hold whoever reads it for ever, and a device may give anything or not end.

What a person named or Claw keeps is a file; anything else in its place is a slip or a trap, and is told in a sentence.
"""

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

_KINDS: Final[Mapping[int, str]] = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def check_regular(found: os.stat_result, path: Path) -> None:
    """Raise OSError with a sentence unless ``found``, what is known of ``path``, is that of a file."""
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
        raise OSError(errno.EINVAL, f"it is {kind} and no file", str(path))


def open_regular(path: Path, *, follow: bool = True) -> BinaryIO:
    """Return the file at ``path`` for reading; raises OSError, also for what is none, and waits for nobody.

    ``follow`` False takes no link for it.
    """
    links = 0 if follow else os.O_NOFOLLOW
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | links)
    try:
        check_regular(os.fstat(handle), path)
    except OSError:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")
