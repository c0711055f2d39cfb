"""Every process that Claw starts, so that the stop can end all of them at once.

A room that starts a process registers it here before the process is given anything to do.  The stop kills whole process
groups, and what a child started in a group of its own; it asks nobody and waits for nobody.  A number that the kernel
has meanwhile given to another process is never killed: a child is known by its number *and* by when it started.

The same look at /proc answers who is at the other end of the local socket: what Claw itself started must not reset a
stop or approve a question, whatever user it runs as.
"""

import contextlib
import logging
import os
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from claw.base.errors import Broken

logger = logging.getLogger(__name__)

PROC = Path("/proc")
STAT_BYTES = 1024
MOST_GENERATIONS = 1000
"""A chain of parents longer than this is a loop or a lie."""
DEDICATED_BELOW = 1000
"""User numbers below this belong to the system; a daemon with one of these has it for itself."""

_PARENT, _GROUP, _SESSION, _STARTED = 1, 2, 3, 19  # fields of /proc/<pid>/stat, counted after the name


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the kernel's table: who started it, its group and session, and when (in ticks since boot)."""

    pid: int
    parent: int
    group: int
    session: int
    started: int


def look(pid: int) -> Process | None:
    """Return what the kernel says about ``pid``, None when there is no such process or it may not be looked at."""
    try:
        handle = os.open(f"{PROC}/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            line = os.read(handle, STAT_BYTES)
        finally:
            os.close(handle)
        fields = line[line.rindex(b")") + 1 :].split()  # a name may hold anything, brackets too
        return Process(pid, *(int(fields[at]) for at in (_PARENT, _GROUP, _SESSION, _STARTED)))
    except (OSError, ValueError, IndexError):
        return None


def descends(pid: int, ancestor: int) -> bool:
    """Return whether ``ancestor`` is the process ``pid`` or started it, however indirectly.

    Also True when that cannot be told: who asks wants to keep such a process out.
    """
    for _ in range(MOST_GENERATIONS):
        if pid == ancestor:
            return True
        found = look(pid)
        if found is None:
            return True  # gone, or of another pid namespace: the kernel has no number (0) for it here
        if found.parent == 0:
            return False
        pid = found.parent
    return True


class Family:
    """Tells whether a process at the local socket is one of the daemon's own: started by it, or of its unit or user."""

    def __init__(
        self, environment: Mapping[str, str] = os.environ, *, pid: int | None = None, uid: int | None = None
    ) -> None:
        """``pid`` and ``uid`` are the daemon's own where they are not given."""
        self._pid = os.getpid() if pid is None else pid
        uid = os.geteuid() if uid is None else uid
        self._dedicated = uid if 0 < uid < DEDICATED_BELOW else None
        self._told_by_user = self._dedicated is not None and _stays_itself(self._pid)
        # systemd says whom it started: a daemon typed into a shell must not take that shell's unit for its own.
        self._unit = _unit(self._pid) if environment.get("SYSTEMD_EXEC_PID") == str(self._pid) else None

    def owns(self, pid: int, uid: int) -> bool:
        """Return whether the peer ``pid`` with ``uid`` belongs to the daemon; True where it cannot be told."""
        if uid == self._dedicated:
            return True
        if self._told_by_user:
            return False  # and need not be looked at: a service does not see other people's processes
        if descends(pid, self._pid):
            return True
        if self._unit is None:
            return False
        theirs = _unit(pid)
        return theirs is None or theirs == self._unit or theirs.startswith(self._unit + "/")


def _stays_itself(pid: int) -> bool:
    """Return whether neither a process nor anything it starts can ever become another user, by the kernel's word."""
    try:
        lines = (PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    said = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return said.get("NoNewPrivs") == "1" and said.get("CapPrm", "1").strip("0") == ""


def _unit(pid: int) -> str | None:
    """Return the control group of a process, None when it cannot be read."""
    try:
        lines = (PROC / str(pid) / "cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return next((line.removeprefix("0::") for line in lines if line.startswith("0::")), None)


@dataclass(frozen=True, slots=True)
class _Child:
    name: str
    process: Process


class Children:
    """The processes that run on Claw's behalf; ``kill`` is a hook of the stop.

    ``begun`` counts them by the first word of their names.
    """

    def __init__(self) -> None:
        self._children: dict[int, _Child] = {}
        self.begun = Counter[str]()

    def register(self, pid: int, name: str) -> None:
        """Take the process ``pid`` under the stop; raises Broken when there is none.

        It should lead a process group of its own (``start_new_session``): then all of its group dies with it.
        """
        found = look(pid)
        if found is None or pid <= 1 or pid == os.getpid():
            raise Broken(f"{name}: there is no process {pid} to register")
        known = self._children.get(pid)
        if known is None or known.process.started != found.started:
            self.begun[name.partition(" ")[0]] += 1
        self._children[pid] = _Child(name, found)

    def forget(self, pid: int) -> None:
        """Let go of a process that ended by itself, before its number is collected; a stranger's is no error."""
        self._children.pop(pid, None)

    def holds(self, pid: int) -> bool:
        """Return whether ``pid`` is registered: after a kill nothing is, so what it still says is not heard."""
        return pid in self._children

    def alive(self) -> list[str]:
        """Return the names of the registered processes that still run."""
        return [child.name for child in self._children.values() if _same(child.process)]

    def kill(self) -> list[str]:
        """Send SIGKILL to every registered process, its group and all it started; return the names.  Never raises."""
        children, self._children = list(self._children.values()), {}
        if not children:
            return []
        groups = [child for child in children if _leads(child.process)]
        for child in groups:
            # Frozen first: a process that is dead has no descendants any more, and one that runs makes new ones.
            _signal_group(child.process, signal.SIGSTOP)
        started = started_by({child.process.pid: child.process for child in children})
        for child in groups:
            _signal_group(child.process, signal.SIGKILL)
        for process in started:
            _kill_one(process)
        return [child.name for child in children]


def _same(process: Process) -> bool:
    found = look(process.pid)
    return found is not None and found.started == process.started


def _leads(process: Process) -> bool:
    """Return whether it leads a process group that is not ours, and is still the process that was registered."""
    return process.group == process.pid and process.group != os.getpgrp() and _same(process)


def _signal_group(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.group, number)


def _kill_one(process: Process) -> None:
    """Kill exactly this process: the handle is of one process, and is compared before it is used."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        if _same(process):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        logger.warning("Process %d could not be killed", process.pid)
    finally:
        os.close(handle)


def started_by(known: Mapping[int, Process]) -> list[Process]:
    """Return the ``known`` processes that are still the same, and all that descends from them."""
    processes = _everybody()
    below: dict[int, list[Process]] = {}
    for one in processes.values():
        below.setdefault(one.parent, []).append(one)
    found = {pid: one for pid, one in known.items() if pid in processes and processes[pid].started == one.started}
    waiting = list(found)
    while waiting:
        for one in below.get(waiting.pop(), ()):
            if one.pid not in found:
                found[one.pid] = one
                waiting.append(one.pid)
    return [one for one in found.values() if one.pid > 1 and one.pid != os.getpid()]


def _everybody() -> dict[int, Process]:
    try:
        pids = [int(name) for name in os.listdir(PROC) if name.isdigit()]  # noqa: PTH208  quicker, and this hurries
    except OSError:
        return {}
    return {pid: process for pid in pids if (process := look(pid)) is not None}
