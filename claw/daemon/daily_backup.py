"""The backup of the day, where the configuration has a ``backup`` section.

It is made in a thread with connections of its own, so that no act waits for it; its code is not even imported before
one is due.  A backup that could not be made is tried again within the hour, and said until one could.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import TimeoutError as Waited
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from claw.audit.checkpoint import Checkpointer
from claw.audit.log import AuditLog
from claw.base.clock import Clock
from claw.base.config import Config
from claw.base.degraded import Degraded
from claw.base.errors import Broken, ClawError, Unavailable
from claw.policy.windows import local

if TYPE_CHECKING:
    from claw.base.config_care import BackupConfig
    from claw.daemon.backups import Made
    from claw.daemon.build import Daemon

logger = logging.getLogger(__name__)

PART = "backup"
AGAIN = timedelta(hours=1)
DAY = timedelta(days=1)
_LOOK_S = 0.2


@dataclass(frozen=True)
class Around:
    """What the backup of the day stands on; ``now`` is the time as the clocks in the house show it."""

    config: Config
    state: Path
    audit: AuditLog
    checkpoints: Checkpointer
    clock: Clock
    degraded: Degraded
    now: Callable[[], datetime]


class DailyBackup:
    """Makes a backup each day; ``look`` does what is due."""

    def __init__(self, around: Around, wanted: "BackupConfig") -> None:
        self._on = around
        self._wanted = wanted
        self._made: datetime | None = None
        self._failed: datetime | None = None

    async def look(self) -> None:
        """Make the backup that is due, if one is; what went wrong with it is reported and not raised."""
        on, now = self._on, self._on.clock.now()
        if self._failed is not None and timedelta() <= now - self._failed < AGAIN:
            return
        if self._made is None:
            self._made = await asyncio.to_thread(self._newest, now)
        if self._made >= self._due():
            return
        try:
            await self._make(now)
        except (ClawError, OSError) as error:
            self._failed = now
            logger.error("The backup of the day could not be made: %s", error)  # noqa: TRY400  the sentence says it all
            since = "none yet" if self._made == _LONG_AGO else f"the last one is of {self._made.date().isoformat()}"
            on.degraded.fails(PART, f"the backup of the day could not be made ({since})")
            on.audit.note("backup", {"status": "failed", "detail": str(error)})
        else:
            self._made, self._failed = now, None
            on.degraded.works(PART)

    def _due(self) -> datetime:
        """Return when the last backup was to be made."""
        here = self._on.now()
        at = here.replace(hour=0, minute=0, second=0, microsecond=0)
        at = datetime.combine(at.date(), time.fromisoformat(self._wanted.at), here.tzinfo)
        return at if at <= here else at - DAY

    def _newest(self, now: datetime) -> datetime:
        """Return when the newest backup of this home was made; one from the future is none."""
        from claw.daemon.backups import kept_in  # noqa: PLC0415  see the top of this file

        try:
            kept = kept_in(self._wanted.folder, self._on.audit.id.hex())
        except Broken:
            return _LONG_AGO  # making one says what is wrong with the folder
        return next((one.made for one in kept if one.made <= now), _LONG_AGO)

    async def _make(self, now: datetime) -> None:
        ended, loop = threading.Event(), asyncio.get_running_loop()
        working = asyncio.ensure_future(asyncio.to_thread(self._work, now, ended, loop))
        working.add_done_callback(lambda done: done.cancelled() or done.exception())  # read, whoever still waits
        try:
            made = await asyncio.shield(working)
        except asyncio.CancelledError:
            ended.set()  # it looks between two steps; whoever ends the daemon waits for its threads
            raise
        size, entries = made.size, made.contents.about["entries"]
        self._on.audit.note("backup", {"status": "done", "file": made.path.name, "bytes": size, "entries": entries})

    def _work(self, now: datetime, ended: threading.Event, loop: asyncio.AbstractEventLoop) -> "Made":
        from claw.daemon.backups import Home, file_name, make, prune  # noqa: PLC0415  see the top of this file
        from claw.store.encrypted import read_key_file  # noqa: PLC0415  the same

        on, wanted = self._on, self._wanted
        if not wanted.folder.is_dir():
            raise Broken(f"there is no folder {wanted.folder}: make it, or is its disk not there?")
        secret = read_key_file(wanted.key_file) if wanted.key_file is not None else None

        def told(_done: int, _of: int) -> None:
            if ended.is_set():
                raise Unavailable("the daemon ends")

        def sign() -> str:
            signing = asyncio.run_coroutine_threadsafe(on.checkpoints.now("backup"), loop)
            while True:
                try:
                    note = signing.result(_LOOK_S)
                except Waited:
                    if ended.is_set():  # nobody would ever sign it
                        signing.cancel()
                        told(0, 0)
                else:
                    return note.text if note is not None else ""

        log = on.audit.id.hex()
        home = Home(on.state, on.config.file, on.config.policy)
        to = wanted.folder / file_name(log, now, encrypted=secret is not None)
        made = make(home, to, now, secret, sign, told)
        prune(wanted.folder, log, wanted.keep, now)
        return made


_LONG_AGO = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


def daily_backup(daemon: "Daemon") -> tuple[tuple[str, Callable[[], Awaitable[object]]], ...]:
    """Return the chore that makes the backup of the day, none where the configuration has no backups."""
    wanted: BackupConfig | None = daemon.config.backup
    if wanted is None:
        return ()

    def now() -> datetime:
        moment = daemon.clock.now()
        return local(daemon.mirror.registry, moment) or moment.astimezone()

    state = daemon.audit.path.parent
    on = (daemon.config, state, daemon.audit, daemon.checkpoints, daemon.clock, daemon.degraded)
    return (("the backup of the day", DailyBackup(Around(*on, now), wanted).look),)
