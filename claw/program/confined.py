"""How the sandbox's process is started, and how it is ended.

The interpreter in it gives a program nothing, but it is a young one.  Where bubblewrap is there, the process therefore
has no network, no file but its own libraries, no other process to see and no rights, and dies with its parent.  Either
way it starts with limits of the kernel's, which hold when the interpreter's own do not.

A process is ended by a handle, never by its number alone: the kernel may have given the number to somebody else.
"""

import asyncio
import contextlib
import logging
import os
import shlex
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from claw.base.errors import Broken

logger = logging.getLogger(__name__)

Kind = Literal["bubblewrap", "plain"]

BINARY = "monty"
DYING_S = 1.0
TRY_S = 5
"""Seconds within which a first try of the launcher must have answered."""
LIMITS = {"-c": 0, "-n": 64, "-f": 0, "-v": 1_048_576, "-t": 300}
"""Of the shell's ulimit: no core, few files open, none written, kB of address space, seconds of processor."""
APART = (
    ("--unshare-all",),
    # Inside a systemd unit that gives out no more than that; there its filter refuses what the other namespaces split.
    ("--unshare-user", "--unshare-pid", "--unshare-net"),
)
"""What bubblewrap takes from the process, most first: the first that works here counts."""
_WRAPPED = (
    "--die-with-parent",
    "--clearenv",
    *("--cap-drop", "ALL"),
    *(word for folder in ("/lib", "/lib64", "/usr/lib", "/usr/lib64") for word in ("--ro-bind-try", folder, folder)),
)
_INSIDE = "/monty"


def binary() -> Path | None:
    """Return the sandbox's program as it was installed with this Python, None where there is none."""
    path = Path(sysconfig.get_path("scripts")) / BINARY
    return path if os.access(path, os.X_OK) else None


def bubblewrap() -> str | None:
    """Return the path of bubblewrap, None where it is not installed."""
    return shutil.which("bwrap")


def launcher(folder: Path, program: Path, wrap: str | None, apart: Sequence[str] = APART[0]) -> Path:
    """Write the script that starts ``program`` confined, in bubblewrap where its path ``wrap`` is given; return it.

    ``apart`` is one of ``APART``.
    """
    limits = "; ".join(f"ulimit {flag} {limit} 2>/dev/null" for flag, limit in LIMITS.items())
    # A session and a group of its own: what is typed at a terminal to end the daemon is not for the sandbox to hear
    # first, and the stop freezes and kills all of it by one signal, before it looks what else there may be.
    setsid = shutil.which("setsid")
    words = [setsid] if setsid else []
    if wrap is None:
        words.append(str(program))
    else:
        alone = () if setsid else ("--new-session",)  # else what is inside could type at the daemon's terminal
        bound = ("--ro-bind", str(program), _INSIDE, "--remount-ro", "/", "--chdir", "/")
        words += [wrap, *apart, *_WRAPPED, *alone, *bound, "--", _INSIDE]
    path = folder / f"sandbox-{'plain' if wrap is None else 'bubblewrap'}"
    # What the sandbox writes to standard error is for nobody: a program could make it say anything in Claw's journal.
    path.write_text(f'#!/bin/sh\nexec 2>/dev/null\n{limits}\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    path.chmod(0o700)
    return path


def starts(path: Path) -> bool:
    """Return whether a launcher brings up the sandbox's program here; takes tens of milliseconds."""
    try:
        done = subprocess.run(  # noqa: S603  a file that we wrote
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TRY_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.startswith(BINARY.encode())


async def brought_up(
    enter: Callable[[], Awaitable[object]],
    leave: Callable[[], Awaitable[object]],
    later: Callable[[Coroutine[Any, Any, None]], object],
) -> None:
    """Bring a process up by ``enter``, to its end also where nobody waits for it any more: then ``later`` it is left.

    Bubblewrap that is killed in its first millisecond leaves a process behind that waits for it for ever.
    """
    entering = asyncio.ensure_future(enter())

    async def left() -> None:
        (failed,) = await asyncio.gather(entering, return_exceptions=True)
        if not isinstance(failed, BaseException):
            await asyncio.gather(leave(), return_exceptions=True)

    try:
        await asyncio.shield(entering)
    except asyncio.CancelledError:
        later(left())
        raise


class Worker:
    """One process of the sandbox, held so that only this one is ever ended."""

    def __init__(self, pid: int, handle: int) -> None:
        self.pid = pid
        self._handle = handle
        self._killed = False

    @classmethod
    def hold(cls, pid: int) -> Self:
        """Take hold of the process ``pid``; raises Broken when there is none."""
        try:
            return cls(pid, os.pidfd_open(pid))
        except OSError:
            raise Broken(f"the sandbox's process {pid} is gone before it did anything") from None

    def alive(self) -> bool:
        """Return whether it still runs, or is dead and not collected."""
        return self._send(0)

    def kill(self) -> None:
        """End it at once; what is dead already is no error."""
        self._killed = True
        self._send(signal.SIGKILL)

    async def gone(self) -> None:
        """Return when a process that was ended is dead, which takes it a moment, or does not die; else at once."""
        if not self._killed or self._handle < 0:
            return
        loop, dead = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._handle, dead.set)  # a handle of a process can be read when that is dead
        try:
            async with asyncio.timeout(DYING_S):
                await dead.wait()
        except TimeoutError:
            logger.warning("Process %d of the sandbox was killed and does not die", self.pid)
        finally:
            loop.remove_reader(self._handle)

    def release(self) -> None:
        """Let go of it without ending it; it can be neither asked nor ended any more."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _send(self, number: int) -> bool:
        if self._handle < 0:
            return False
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._handle, number)
            return True
        return False


class Registers(Protocol):
    """The stop's list of processes (``gate/children.py``)."""

    def register(self, pid: int, name: str) -> None:
        """Put the process under the stop; raises Broken when there is none."""
        ...

    def forget(self, pid: int) -> None:
        """Let go of it."""
        ...

    def holds(self, pid: int) -> bool:
        """Return whether it is still under the stop: after the stop killed, nothing is."""
        ...


def met(functions: Iterable[str]) -> str:
    """Return a text that runs nothing, and whose check of types meets every function once: later ones are quicker."""
    return f"lambda one: ({''.join(f'{name}(*one, **one), ' for name in functions)})"
