"""Root who works on the files of a service does it as the service: nothing of root's is left where it cannot read."""

import os
from pathlib import Path

ROOT = 0


def as_owner(state: Path, into: Path | None = None) -> None:
    """Go on as the owner of ``state``, for good, where root was asked and it is somebody else's; raises OSError.

    With ``into``, only where that folder is the same user's, too: what root wants in a folder of root's stays root's.
    """
    if os.geteuid() != ROOT or not state.is_dir():
        return
    found = state.stat()
    if found.st_uid == ROOT or (into is not None and (not into.is_dir() or into.stat().st_uid != found.st_uid)):
        return
    os.setgroups([])
    os.setresgid(found.st_gid, found.st_gid, found.st_gid)
    os.setresuid(found.st_uid, found.st_uid, found.st_uid)
