"""What a child of Claw's leaves behind when it ends stays Claw's: two forks make no stranger of it.

A process whose parent is gone belongs to init, and nobody can tell any more whose it was; at the local socket it would
count as somebody of this machine, who may approve and reset.  So the daemon has the kernel hand such processes to it,
and collects them when they are dead.
"""

import contextlib
import os
from pathlib import Path

PROC = Path("/proc")
LOOKS = 30
"""Looks at a dead process before it is collected: whoever waits for one of their own does so long before."""

_SET_CHILD_SUBREAPER = 36  # of linux/prctl.h


def adopt() -> bool:
    """Have the kernel give this process whatever its children leave behind; return whether it does."""
    import ctypes  # noqa: PLC0415  a megabyte that no command of a moment needs

    try:
        return ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


class Orphans:
    """Collects what adopted processes leave; ``collect`` is called about once a second."""

    def __init__(self) -> None:
        self._dead: dict[int, int] = {}

    def collect(self) -> None:
        """Let go of every child that has been dead for ``LOOKS`` looks; never waits, never raises."""
        dead = {pid: self._dead.get(pid, 0) + 1 for pid in _below(os.getpid()) if _is_dead(pid)}
        for pid in [pid for pid, looks in dead.items() if looks >= LOOKS]:
            del dead[pid]
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        self._dead = dead


def _below(pid: int) -> list[int]:
    """Return the children of a process, none where the kernel does not tell."""
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        for children in (PROC / str(pid) / "task").glob("*/children"):
            found += map(int, children.read_text(encoding="ascii").split())
    return found


def _is_dead(pid: int) -> bool:
    try:
        line = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return False
    return line[line.rfind(b")") + 1 :].split()[:1] == [b"Z"]
