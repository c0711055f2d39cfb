"""Room on the disk that is kept for the moment when there is none.

A full disk must not be the reason why a stop, a reset or an outcome cannot be written.  So some room is set aside while
there is plenty, in a file without a name that is gone with its process; when a write fails because the disk is full it
is given back at once.  Until it can be set aside again nothing new is begun: what is left is for ending things well.
"""

import contextlib
import errno
import logging
import os
from pathlib import Path

from claw.base.errors import Refused

logger = logging.getLogger(__name__)

KEPT_BYTES = 64 * 2**20
LARGEST_SHARE = 10
"""A disk that has little room gives at most one part in so many of it."""


class Reserve:
    """The room kept on the disk of one directory; ``check`` refuses new acts while it is used up."""

    def __init__(self, directory: Path, size: int = KEPT_BYTES) -> None:
        self._directory = directory
        self._size = size
        self._handle = -1
        self.kept = 0
        self.used = False

    def keep(self) -> int:
        """Set the room aside, again where it was given back, and return how much; takes its time, never raises.

        What was used up is set aside again only when there is room for it and as much again.
        """
        if self._handle >= 0:
            return self.kept
        free = self._free()
        size = self._size if self.used else min(self._size, free // LARGEST_SHARE)
        if size <= 0 or (self.used and free < 2 * size):
            return 0
        handle = -1
        try:
            handle = self._nameless()
            os.posix_fallocate(handle, 0, size)
        except OSError as error:
            if handle >= 0:
                os.close(handle)
            logger.warning("No room on the disk could be set aside for a stop: %s", error.strerror)
            return 0
        if size < self._size:
            logger.warning("Only %d MB of the disk are kept for a stop: it has little room", size // 2**20)
        self._handle, self.kept, self.used = handle, size, False
        return size

    def give_back(self) -> bool:
        """Give the room back because the disk is full; return whether there was any."""
        self.used = True
        if self._handle < 0:
            return False
        logger.error("The disk is full: what was kept for a stop is used now, and nothing new is begun")
        self.close()
        return True

    def full(self) -> bool:
        """Return whether the disk takes nothing more: asked after a write failed."""
        return self._free() < self._size // LARGEST_SHARE

    def check(self) -> None:
        """Raise Refused while the room is used up."""
        if self.used:
            raise Refused("the disk is full: make room on it, and Claw goes on by itself")

    def close(self) -> None:
        """Give the room back."""
        handle, self._handle, self.kept = self._handle, -1, 0
        if handle >= 0:
            os.close(handle)

    def _free(self) -> int:
        try:
            found = os.statvfs(self._directory)
        except OSError:
            return 0
        return found.f_bavail * found.f_frsize

    def _nameless(self) -> int:
        try:
            return os.open(self._directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno not in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}:
                raise
        path = self._directory / f"reserve.{os.getpid()}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with contextlib.suppress(OSError):
            path.unlink()
        return handle
