"""Once a day: are the installed files still those that were installed?  A process of its own looks, at low priority.

The lists of ten thousand files and the reading of all of them would cost the loop time and the daemon memory that it
never gives back.  What is found is one line in what does not work, and one entry in the log; nothing else comes of it,
and nothing is mended: whoever changes files may be mending something right now.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from claw.base.action import Json
from claw.base.clock import Timer, within
from claw.base.degraded import Degraded
from claw.base.errors import Broken, Unavailable
from claw.base.installed import Compared, from_json

if TYPE_CHECKING:  # it is made there
    from claw.daemon.build import Daemon

logger = logging.getLogger(__name__)

PART = "installed files"
LOOK = "look at the installed files"
"""What is kept going, and not what it found: that it goes on again makes no file as it was."""
KIND = "installed"
"""Of the log's entry."""
FIRST_LOOK_S = 900.0
DAY_S = 86_400.0
PATIENCE_S = 900.0
"""A slow card takes minutes to read all of it at low priority."""
LONGEST_ANSWER = 1 << 20
SOON_S = 3600.0
"""A look that failed is tried again so soon: a stop ends it with all that runs on Claw's behalf."""
FAILURES = 3
"""So many in a row are told."""
NAMED = 3
LOGGED = 20
_BLOCK = 1 << 16


class Children(Protocol):
    """What the stop knows of processes (``claw/gate/children.py``)."""

    def register(self, pid: int, name: str) -> None:
        """Take a process under the stop; raises Broken when there is none."""
        ...

    def forget(self, pid: int) -> None:
        """Let go of a process that ended."""
        ...


Note = Callable[[str, dict[str, Json]], None]


class InstalledFiles:
    """Looks once a day; ``compared`` does, and raises Unavailable where it cannot."""

    def __init__(
        self, compared: Callable[[], Awaitable[Compared]], degraded: Degraded, note: Note, timer: Timer
    ) -> None:
        """``note`` writes an entry of a kind into the log."""
        self._compared = compared
        self._degraded = degraded
        self._note = note
        self._timer = timer
        self._known: tuple[str, ...] = ()
        self._failed = 0

    async def run(self) -> None:
        """Look a quarter of an hour after the start, and then each day, until cancelled."""
        await self._timer.sleep(FIRST_LOOK_S)
        while True:
            looked = await self.look()
            await self._timer.sleep(DAY_S if looked else SOON_S)

    async def look(self) -> bool:
        """Look once: say what differs, or that nothing does any more; the log hears of each difference once.

        Return whether it could be looked.
        """
        try:
            found = await self._compared()
        except Unavailable as error:
            self._failed += 1
            if self._failed >= FAILURES:
                self._degraded.fails(PART, f"they could not be compared with what was installed: {error}")
            return False
        self._failed = 0
        different = tuple(f"{one.kind} {one.path}" for one in found.differences)
        if found.ok:
            self._degraded.works(PART)
        else:
            self._degraded.fails(PART, _told(found))
        if different != self._known:
            self._known = different
            logger.warning("Installed files differ from what was installed: %d", found.found)
            self._note(KIND, {"differ": found.found, "files": list(different[:LOGGED])})
        return True


def installed_files(daemon: "Daemon") -> InstalledFiles:
    """Return what looks after this daemon's installed files, once it is run."""

    async def compared() -> Compared:
        return await compared_apart(daemon.stopping.children, daemon.clock)

    return InstalledFiles(compared, daemon.degraded, daemon.audit.note, daemon.clock)


async def compared_apart(children: Children, timer: Timer, roots: Sequence[Path] = ()) -> Compared:
    """Return what a process of its own found in ``roots``, by default where this Python has its packages.

    Raises Unavailable where it could not look, or the stop ended it.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", "-m", "claw.base.installed", *map(str, roots)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
            limit=LONGEST_ANSWER,
        )
    except OSError as error:
        raise Unavailable(f"no process could be started: {error.strerror or error}") from error
    try:
        return await _answer(process, children, timer)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        children.forget(process.pid)


async def _answer(process: asyncio.subprocess.Process, children: Children, timer: Timer) -> Compared:
    try:
        children.register(process.pid, PART)
    except Broken as error:
        raise Unavailable(str(error)) from error
    said = bytearray()

    async def read() -> None:
        while (
            process.stdout is not None and len(said) < LONGEST_ANSWER and (block := await process.stdout.read(_BLOCK))
        ):
            said.extend(block)
        await process.wait()

    if not await within(timer, PATIENCE_S, read()):
        raise Unavailable(f"it took longer than {PATIENCE_S / 60:.0f} minutes")
    try:
        return from_json(bytes(said))
    except ValueError:
        raise Unavailable("the process that looks ended before it had looked") from None


def _told(found: Compared) -> str:
    files = ", ".join(one.path for one in found.differences[:NAMED])
    more = f" and {found.found - NAMED} more" if found.found > NAMED else ""
    return f"not as they were installed: {files}{more}; `claw doctor --only installed` says which and how to mend it"
