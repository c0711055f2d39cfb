"""Root who works on the files of a service does it as the service: nothing of root's is left where it cannot read."""

import os
from pathlib import Path

ROOT = 0


def as_owner(state: Path) -> None:
    """Go on as the owner of ``state``, for good, where root was asked and it is somebody else's; raises OSError."""
    if os.geteuid() != ROOT or not state.is_dir():
        return
    found = state.stat()
    if found.st_uid == ROOT:
        return
    os.setgroups([])
    os.setresgid(found.st_gid, found.st_gid, found.st_gid)
    os.setresuid(found.st_uid, found.st_uid, found.st_uid)
