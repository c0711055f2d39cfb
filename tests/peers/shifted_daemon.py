"""The real program with a wall clock that somebody else sets while it runs.

``python -m tests.peers.shifted_daemon FILE run --config ...`` runs ``claw run ...``; FILE holds one double, the seconds
that its clock is ahead of the machine's, and is read each time the time is asked for.
"""

import mmap
import struct
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claw.base.clock import SystemClock
from claw.cli.main import main

SHAPE = struct.Struct("<d")


def write(path: Path, seconds: float) -> None:
    """Set the clock of a daemon that runs, or will."""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(SHAPE.pack(seconds))


def shifted(path: Path) -> Callable[[SystemClock], datetime]:
    """Return what tells the time that much ahead."""
    with path.open("rb") as file:
        shared = mmap.mmap(file.fileno(), SHAPE.size, prot=mmap.PROT_READ)

    def now(_: SystemClock) -> datetime:
        (ahead,) = SHAPE.unpack(shared[: SHAPE.size])
        return datetime.now(UTC) + timedelta(seconds=ahead)  # noqa: TID251  this is a clock

    return now


if __name__ == "__main__":
    SystemClock.now = shifted(Path(sys.argv[1]))  # type: ignore[method-assign]
    sys.argv = ["claw", *sys.argv[2:]]
    main()
