"""Puts a backup in the place of a state directory: unpacked and proved beside it first, then swapped in one step.

What was there is moved aside and never deleted.  A restored home is stopped until a person at its console has looked:
what it remembers is older than the house, and whoever was shut out since the backup is let in again.  That it was
restored stands in its log from the first moment, so that no restore can pass for a log that always ended there.
"""

import asyncio
import contextlib
import itertools
import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from claw.audit.log import AuditLog
from claw.audit.schema import RESTORED
from claw.base.action import Json, Origin
from claw.base.clock import Clock, SystemClock
from claw.base.errors import Broken, Refused
from claw.care.backup import Told, examined, unpacked
from claw.care.swap import exchange
from claw.daemon.backups import AUDIT, CLAW, SPARE
from claw.gate.stop import LATCH, StopState, read_latch, write_latch
from claw.house.text import plain
from claw.store.archive import Contents, allowed, private_folders
from claw.store.db import LOCK_FILE, FileLock, connect, leaving_no_trace, sync_directory
from claw.store.encrypted import Secret

WRITTEN = "restored"
"""Where in the state directory configuration, policy and secrets of a backup go when no other place is named."""


@dataclass(frozen=True)
class Restored:
    """What was restored: ``aside`` is where the old state lies now, ``written`` where a person's own files went.

    ``warnings`` are what has to be known before the home is let go on.
    """

    state: Path
    made: str
    entries: int
    aside: Path | None
    written: Sequence[Path]
    warnings: Sequence[str]
    stopped: str

    def as_json(self) -> dict[str, Json]:
        """Return the same as JSON."""
        return {
            "state": str(self.state),
            "made": self.made,
            "entries": self.entries,
            "aside": str(self.aside) if self.aside else None,
            "written": [str(path) for path in self.written],
            "warnings": list(self.warnings),
            "stopped": self.stopped,
        }


@dataclass(frozen=True)
class Wanted:
    """What is to be restored: the backup ``file`` to ``state``, which may be there or not; ``by`` is who asked for it.

    ``secret`` is what it was encrypted with, ``written_to`` where configuration and policy go.
    """

    file: Path
    state: Path
    by: Origin
    secret: Secret | None = None
    written_to: Path | None = None


def restore(wanted: Wanted, clock: Clock, told: Told = lambda _done, _of: None) -> Restored:
    """Restore a backup.

    Raises Refused when the backup is not whole, of a newer Claw, or ``state`` is something else than Claw's; Broken
    when a daemon runs there, the backup cannot be read or the disk does not take it.  Then nothing has changed.
    """
    file, state = wanted.file, Path(os.path.realpath(wanted.state))
    fresh = state.with_name(f"{state.name}.restoring")
    with contextlib.ExitStack() as stack:
        try:
            _take(state, stack)
            _clear(fresh, file, stack)
            contents = unpacked(file, fresh, wanted.secret, told)
            found = examined(fresh, contents)
            if found.problems:
                raise Refused(f"the backup does not hold, and was not restored: {'; '.join(found.problems[:3])}")
            before = _before(state)
            warnings = [*found.warnings, *_since(str(contents.about.get("made")))]
            _stop(fresh, contents, clock)
            asyncio.run(_told_in_log(fresh, contents, before, wanted.by))
            places = _laid_out(fresh, contents, warnings)
            _own(fresh, state)
            _sync(fresh)
            aside = _swap(fresh, state, clock)
        except OSError as error:
            raise Broken(f"{state} cannot be restored, and is as it was: {error.strerror or error}") from error
        written = _handed_over(state, places, wanted.written_to, warnings)
        stopped = read_latch(state / LATCH).reason
        made = str(contents.about.get("made"))
        return Restored(state, made, found.entries, aside, tuple(written), tuple(warnings), stopped)


def _take(state: Path, stack: contextlib.ExitStack) -> None:
    """Hold the old state where there is one, so that no daemon begins on it; raises Refused or Broken."""
    if not state.parent.is_dir():
        raise Refused(f"there is no folder {state.parent}")
    if not os.path.lexists(state):
        return
    if not state.is_dir():
        raise Refused(f"{state} is no folder")
    names = {path.name for path in state.iterdir()}
    if names and not names & {CLAW, AUDIT, LOCK_FILE}:
        raise Refused(f"{state} holds something else than Claw's state; name another folder")
    stack.callback(FileLock.take(state / LOCK_FILE, str(state)).release)


def _clear(fresh: Path, file: Path, stack: contextlib.ExitStack) -> None:
    """Make the empty folder in which a backup is unpacked, and hold it; what an earlier try left there goes."""
    if fresh.is_dir():
        left = FileLock.take(fresh / LOCK_FILE, f"{fresh} (another restore)")
        shutil.rmtree(fresh)
        left.release()
    size = file.stat().st_size if file.is_file() else 0
    free = shutil.disk_usage(fresh.parent).free
    if free < size + SPARE:
        raise Broken(f"the disk of {fresh.parent} has {free >> 20} MB free; the backup needs {(size + SPARE) >> 20} MB")
    fresh.mkdir(mode=0o700)
    stack.callback(shutil.rmtree, fresh, ignore_errors=True)  # once it has taken its place there is none of that name
    stack.callback(FileLock.take(fresh / LOCK_FILE, str(fresh)).release)


def _before(state: Path) -> dict[str, Json]:
    """Return which log lay here and how far it went, as far as that can still be read."""
    with leaving_no_trace(), contextlib.suppress(Broken, sqlite3.Error, TypeError):
        with contextlib.closing(connect(state / AUDIT, read_only=True)) as log:
            (identity,) = log.execute("SELECT id FROM log").fetchone()
            (last,) = log.execute("SELECT coalesce(max(seq), 0) FROM rows").fetchone()
        return {"log": identity.hex(), "entries": last}
    return {}


def _since(made: str) -> list[str]:
    back = f"whoever was shut out, and whatever was revoked or forgotten, since {made} is back"
    return [f"{back}: look at `claw people` and `claw clients`, and do it again"]


def _stop(fresh: Path, contents: Contents, clock: Clock) -> None:
    """Engage the stop, at this console only; one that was engaged at the backup keeps its reason."""
    was = read_latch(fresh / LATCH)
    reason = f"restored from the backup of {plain(str(contents.about.get('made')), 40)}: look, then `claw reset`"
    now = clock.now().isoformat(timespec="seconds")
    if was.engaged:
        reason = f"{was.reason} (and {reason})"
    write_latch(fresh / LATCH, StopState(engaged=True, reason=reason, by=was.by or "restore", since=now, local=True))


async def _told_in_log(fresh: Path, contents: Contents, before: Mapping[str, Json], origin: Origin) -> None:
    about = contents.about
    made, entries = plain(str(about.get("made")), 40), about.get("entries")
    what = f"restored from the backup of {made}: what came after entry {entries} is not in this log"
    if before.get("log") == about.get("log") and isinstance(last := before.get("entries"), int):
        what += f"; the one that it replaced went up to entry {last}"
    audit = AuditLog.open(fresh / AUDIT, SystemClock())
    try:
        payload = {"what": what, "made": made, "entries": entries, "checkpoint": about.get("checkpoint")}
        await audit.append(RESTORED, {**payload, "replaced": dict(before)}, origin=origin)
    finally:
        await audit.close()


def _laid_out(fresh: Path, contents: Contents, warnings: list[str]) -> list[str]:
    """Move configuration, policy and secrets where they lie beside each other; return each one's place there."""
    told = contents.about.get("places")
    places = told if isinstance(told, dict) else {}
    laid: list[str] = []
    for member in contents.members:
        if not member.name.startswith(("config/", "secrets/")):
            continue
        place = str(places.get(member.name, ""))
        if not _is_inside(place):
            name = Path(place).name
            if place:
                warnings.append(f"the configuration names {plain(place, 200)}; the backup's copy is {plain(name, 80)}")
            place = name if _is_inside(name) else member.name.replace("/", "-")
        target = fresh / WRITTEN / place
        private_folders(fresh, target.parent)
        if os.path.lexists(target):
            raise Refused(f"this is no backup of Claw: two of its files belong to {plain(place, 80)}")
        (fresh / member.name).rename(target)
        laid.append(place)
    for name in ("config", "secrets"):
        shutil.rmtree(fresh / name, ignore_errors=True)
    return laid


def _handed_over(state: Path, places: Sequence[str], to: Path | None, warnings: list[str]) -> list[Path]:
    """Put a person's own files into the folder ``to``, over nothing that lies there; return where each is now."""
    own = state / WRITTEN
    if to is None:
        return [own / place for place in places]
    written: list[Path] = []
    for place in places:
        try:
            written.append(_placed(_held(state, f"{WRITTEN}/{place}"), to / place))
        except OSError as error:
            warnings.append(f"{to / place} could not be written ({error.strerror}); it is {own / place}")
            written.append(own / place)
    if all(not path.is_relative_to(own) for path in written):
        shutil.rmtree(own, ignore_errors=True)
    return written


def _is_inside(place: str) -> bool:
    return allowed(f"config/{place}")


def _held(state: Path, name: str) -> bytes:
    """Return what the file ``name`` below ``state`` holds; raises OSError where a link is on the way to it.

    The state is its owner's again by now: a link put there would have root read any file to them.
    """
    handle = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    for part in name.split("/"):
        above = handle
        try:
            handle = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=above)
        finally:
            os.close(above)
    with os.fdopen(handle, "rb") as file:
        return file.read()


def _placed(data: bytes, target: Path) -> Path:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.path.lexists(target):
        if target.is_file() and target.read_bytes() == data:
            return target
        target = target.with_name(f"{target.name}.restored")
        target.unlink(missing_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(target.parent)
    return target


def _own(fresh: Path, state: Path) -> None:
    """Give everything to whoever owned the old state: root restores for the user that Claw runs as."""
    if os.geteuid() != 0 or not state.is_dir():
        return
    owner = state.stat()
    for path in (fresh, *fresh.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _sync(fresh: Path) -> None:
    for path in (fresh, *fresh.rglob("*")):
        if path.is_dir():
            sync_directory(path)


def _swap(fresh: Path, state: Path, clock: Clock) -> Path | None:
    """Put ``fresh`` in the place of ``state`` and return where that lies now, None where there was none.

    ``fresh`` takes the name first that the old state is to have: a crash leaves no folder of a name that a later
    restore would clear away.
    """
    if not state.is_dir():
        fresh.rename(state)
        sync_directory(state.parent)
        return None
    stamp = clock.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (f"{state.name}.before-{stamp}{f'-{number}' if number else ''}" for number in itertools.count())
    aside = next(path for name in names if not os.path.lexists(path := state.with_name(name)))
    fresh.rename(aside)
    try:
        exchange(state, aside)
    except OSError:
        aside.rename(fresh)
        raise
    return aside
