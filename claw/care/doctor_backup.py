"""Whether there is a backup, how old it is, whether who reads the disk can read it, and whether it lies elsewhere."""

import shlex
import stat
from collections.abc import Iterator
from datetime import timedelta

from claw.base.config_care import BackupConfig
from claw.base.errors import Broken
from claw.care.doctor_case import AUDIT, Case
from claw.care.finding import Finding
from claw.daemon.backups import Kept, kept_in

ABOUT = "backup"
OLD, VERY_OLD = timedelta(days=2), timedelta(days=8)
"""One is made each day; two may be missed by a machine that sleeps."""
NETWORKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "davfs", "fuse.davfs2", "9p", "afs"})
SMALL_SHARE = 10
"""A backup of less than one part in so many of the one before it has lost something."""
MOUNTS = "/proc/mounts"
WRITABLE = stat.S_IWGRP | stat.S_IWOTH
READABLE = stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH


def backup(case: Case) -> Iterator[Finding]:
    """Give how the backups are."""
    settings = case.config.backup if case.config is not None else None
    if settings is None:
        if case.config is not None:
            text = "No backup is made: when this disk dies, the log, the memory and the skills are gone."
            yield Finding(ABOUT, "warning", text, "Add backup: {folder: ...} to the configuration (docs/backup.md).")
        return
    if not settings.folder.is_dir():
        text = f"The folder for backups, {settings.folder}, is not there: it may not be mounted."
        yield Finding(ABOUT, "problem", text, "Mount or make it; the next night writes there.")
        return
    yield from _age(case, settings)
    yield from _open(settings)
    yield from _place(case, settings)


def _open(settings: BackupConfig) -> Iterator[Finding]:
    """Give whether others may write or enter the folder, or write a backup in it."""
    mode, quoted = stat.S_IMODE(settings.folder.stat().st_mode), shlex.quote(str(settings.folder))
    if mode & WRITABLE:
        text = f"The folder of the backups can be written by others (mode {mode:o}): they may remove or swap a backup."
        yield Finding(ABOUT, "problem", text, f"chmod go-w {quoted}")
    if mode & READABLE and settings.key_file is None:
        text = f"Others can enter the folder of the backups (mode {mode:o}), which are not encrypted."
        yield Finding(ABOUT, "warning", text, f"chmod go= {quoted}")
    swapped = [one for one in kept_in(settings.folder) if stat.S_IMODE(one.path.stat().st_mode) & WRITABLE]
    if swapped:
        text = f"{len(swapped)} backups can be written by others, such as {swapped[0].path.name}."
        files = " ".join(shlex.quote(str(one.path)) for one in swapped)
        yield Finding(ABOUT, "problem", text, f"chmod go-w {files}")


def _age(case: Case, settings: BackupConfig) -> Iterator[Finding]:
    mend = case.claw_configured("backup make")
    every, now = kept_in(settings.folder, _log(case)), case.clock.now()
    found = [one for one in every if one.made <= now]
    if len(found) < len(every):
        text = f"{len(every) - len(found)} backups have a time that is still to come, such as {every[0].path.name}."
        yield Finding(ABOUT, "warning", text, "Look whether the clock is right; remove what nobody knows.")
    if not found:
        text = f"There is no backup of this log in {settings.folder}."
        yield Finding(ABOUT, "warning", text, mend)
        return
    newest = found[0]
    age = now - newest.made
    text = f"The newest backup, {newest.path.name}, is {_span(age)} old."
    if age > OLD:
        yield Finding(ABOUT, "problem" if age > VERY_OLD else "warning", text, mend)
    else:
        yield Finding(ABOUT, "ok", text)
    yield from _shape(newest, found, settings, mend)


def _shape(newest: Kept, found: list[Kept], settings: BackupConfig, mend: str) -> Iterator[Finding]:
    """Give what is odd about the newest file."""
    if len(found) > 1 and newest.size * SMALL_SHARE < found[1].size:
        text = f"The newest backup is much smaller than the one before it: {newest.size} bytes, {found[1].size} before."
        yield Finding(ABOUT, "warning", text, mend)
    if stat.S_IMODE(newest.path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO) and not newest.encrypted:
        text = f"The newest backup can be read by others, and is not encrypted: {newest.path}."
        yield Finding(ABOUT, "problem", text, f"chmod 600 {shlex.quote(str(newest.path))}")
    if settings.key_file is not None and not settings.key_file.exists():
        text = f"The key of the backups, {settings.key_file}, is not there: none can be made, and none be read."
        yield Finding(ABOUT, "problem", text, "Put the copy of it there that you keep elsewhere.")


def _place(case: Case, settings: BackupConfig) -> Iterator[Finding]:
    try:
        same = settings.folder.stat().st_dev == case.state.stat().st_dev
    except OSError:
        same = False
    if same:
        text = "The backups lie on the same disk as what they are of: they die with it."
        level = "warning" if case.wanted.security else "note"
        yield Finding(ABOUT, level, text, "Name a folder on another disk or machine as backup: folder:.")
    if settings.key_file is None and _is_remote(str(settings.folder.resolve())):
        text = "The backups go over the network, and are not encrypted: who reads that disk reads what Claw knows."
        yield Finding(ABOUT, "warning", text, "Name a key as backup: key_file: (docs/backup.md).")


def _is_remote(folder: str) -> bool:
    """Return whether a folder lies on another machine, as far as the kernel's list of mounts tells."""
    try:
        with open(MOUNTS, encoding="utf-8", errors="replace") as file:  # noqa: PTH123  replaced in its test
            rows = [line.split(" ") for line in file]
    except OSError:
        return False
    best, kind = "", ""
    for row in rows:
        if len(row) < 3:  # noqa: PLR2004  device, place, kind
            continue
        place = row[1].replace("\\040", " ")
        if (folder == place or folder.startswith(place.rstrip("/") + "/")) and len(place) >= len(best):
            best, kind = place, row[2]
    return kind in NETWORKS


def _log(case: Case) -> str:
    """Return the id of this log in hex, empty where it cannot be read."""
    try:
        with case.database(AUDIT) as log:
            row = log.execute("SELECT id FROM log").fetchone() if log is not None else None
    except Broken:  # which is told of the log; a backup is what is needed then
        return ""
    return row[0].hex() if row is not None and isinstance(row[0], bytes) else ""


def _span(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{age.days} days" if hours >= 48 else f"{max(hours, 0)} hours"  # noqa: PLR2004  days read better
