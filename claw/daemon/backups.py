"""What a backup of a home holds, how one is made beside a running daemon, and which of the old ones may go.

``claw.db`` is copied first, then a checkpoint is asked for, then the log is copied: the log in a backup is never older
than what relies on it, and ends in a signed head.  A file gets its name only when it is whole, on disk and was read
back; what a crash leaves has another name, and the next backup removes it.  Copies of databases lie for a moment beside
the backup, or, where that is to be encrypted, in the state directory, which has them anyway.
"""

import contextlib
import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from claw.audit.keys import KEYS
from claw.audit.schema import FORMAT as AUDIT_FORMAT
from claw.audit.segments import held
from claw.base.action import Json
from claw.base.errors import Broken, Refused, Unavailable
from claw.base.regular import open_regular
from claw.gate.pause import PAUSE
from claw.gate.stop import LATCH
from claw.skills.places import OWN as SKILLS
from claw.store.archive import Contents, Writer, allowed, read_through
from claw.store.copying import copy, out_of_reach, snapshot
from claw.store.db import PRIVATE_FILE, UNREADABLE, sync_directory, unusable
from claw.store.encrypted import MAGIC, Decrypting, Encrypting, Secret

CLAW, AUDIT = "claw.db", "audit.db"
PLAIN, ENCRYPTED = ".tar", ".tar.encrypted"
MOST_FILE = 16 << 20
"""A latch, a key, a page of a skill, a policy: what is larger is none of them."""
SPARE = 64 << 20
"""Room that a backup leaves on a disk: a full one stops the house."""

_NAMED = re.compile(r"claw-(?P<log>[0-9a-f]{8})-(?P<time>[0-9]{8}T[0-9]{6}Z)(\.tar|\.tar\.encrypted)")
_TIME = "%Y%m%dT%H%M%SZ"
_STEPS = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'claw' ORDER BY name"

Told = Callable[[int, int], None]
"""How many bytes are done, and of how many."""
Checkpoint = Callable[[], str]
"""Has the head of the log signed and returns the note, empty where nobody can."""


@dataclass(frozen=True)
class Home:
    """What is backed up: a state directory, and the files that a person wrote for it.

    ``policy`` is where the policy lies, and ``secrets`` where each secret does that was asked for, by what the
    configuration calls it (its path from the configuration's folder, or the file's name).
    """

    state: Path
    config: Path | None = None
    policy: Path | None = None
    secrets: Mapping[str, Path] = field(default_factory=dict[str, Path])


@dataclass(frozen=True)
class Made:
    """A backup that is whole: where it lies, its size in bytes, what it holds, and what of the home is not in it."""

    path: Path
    size: int
    contents: Contents
    left_out: Sequence[str]


@dataclass(frozen=True)
class Kept:
    """A backup of some home in a folder: its file, its size, when it was made, and the first digits of its log's id."""

    path: Path
    size: int
    made: datetime
    log: str

    @property
    def encrypted(self) -> bool:
        """Whether it needs a key."""
        return self.path.name.endswith(ENCRYPTED)


def file_name(log: str, now: datetime, *, encrypted: bool) -> str:
    """Return what a backup of the log ``log`` (hex) made ``now`` is called in a folder of backups."""
    return f"claw-{log[:8]}-{now.astimezone(UTC).strftime(_TIME)}{ENCRYPTED if encrypted else PLAIN}"


def kept_in(folder: Path, log: str = "") -> list[Kept]:
    """Return the backups in ``folder``, newest first, of one log where ``log`` is given; raises Broken.

    A file counts that has the name of one and begins as one; nothing else is ours.
    """
    found: list[Kept] = []
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise Broken(f"the folder of backups {folder} cannot be read: {error.strerror}") from error
    for entry in entries:
        named = _NAMED.fullmatch(entry.name)
        with contextlib.suppress(OSError, ValueError):
            if named and named["log"].startswith(log[:8]) and entry.is_file(follow_symlinks=False) and _ours(entry):
                made = datetime.strptime(named["time"], _TIME).replace(tzinfo=UTC)
                size = entry.stat(follow_symlinks=False).st_size
                found.append(Kept(Path(entry.path), size, made, named["log"]))
    return sorted(found, key=lambda one: one.made, reverse=True)


def prune(folder: Path, log: str, keep: int, now: datetime) -> list[Path]:
    """Remove all but the newest ``keep`` backups of the log ``log`` in ``folder``; return what went.  Raises Broken.

    One from after ``now`` counts for nothing and stays: made while the clock was wrong, or named so by whoever else
    writes there, it would be the newest for years, and each new backup would go as soon as it was made.
    """
    gone = [one.path for one in kept_in(folder, log) if one.made <= now][keep:]
    try:
        for path in gone:
            path.unlink(missing_ok=True)
        if gone:
            sync_directory(folder)
    except OSError as error:
        raise Broken(f"an old backup in {folder} cannot be removed: {error.strerror}") from error
    return gone


def log_of(state: Path) -> str:
    """Return the id of the log in a state directory, in hex; raises Broken where there is none."""
    with held(state / AUDIT) as files, snapshot(files[-1]) as log:
        return _asked(log, "SELECT id FROM log", files[-1])[0].hex()


def make(
    home: Home,
    to: Path,
    now: datetime,
    secret: Secret | None = None,
    checkpoint: Checkpoint = str,
    told: Told = lambda _done, _of: None,
) -> Made:
    """Write a backup of ``home`` to the file ``to``, encrypted where a ``secret`` is given; it takes its time.

    May run in a thread beside the daemon, or in another process.  What ``told`` raises ends it.  Raises Refused where
    something lies at ``to``, Unavailable while another backup is made or where the disk has no room, Broken when what
    is to be backed up is damaged or ``to`` cannot be written; then nothing of it is left.
    """
    if home.secrets and secret is None:
        raise Refused("secrets are only put into a backup that is encrypted")
    with _alone(home.state), contextlib.ExitStack() as stack:
        if os.path.lexists(to):
            raise Refused(f"{to} is there already")
        try:
            return _Making(home, to, now, secret, told, stack).make(checkpoint)
        except OSError as error:
            raise Broken(f"the backup {to} could not be written: {error.strerror or error}") from error


class _Making:
    def __init__(
        self, home: Home, to: Path, now: datetime, secret: Secret | None, told: Told, stack: contextlib.ExitStack
    ) -> None:
        self._home, self._to, self._now, self._secret = home, to, now, secret
        self._told, self._done, self._all = told, 0, 0
        self._left_out: list[str] = []
        self._stack = stack
        log = log_of(home.state)[:8]
        self._part = to.with_name(f".claw-{log}-{to.name[:100]}.part")
        for left in (*to.parent.glob(f".claw-{log}-*.part"), *to.parent.glob(f".claw-{log}-work"), self._work(log)):
            _remove(left)  # of a backup that was cut short: nobody else makes one of this home now
        self._folder = self._work(log)
        stack.callback(_remove, self._part)
        stack.callback(_remove, self._folder)
        self._folder.mkdir(mode=0o700)

    def _work(self, log: str) -> Path:
        return out_of_reach(self._home.state if self._secret else self._to.parent) / f".claw-{log}-work"

    def make(self, checkpoint: Checkpoint) -> Made:
        state = self._home.state
        with snapshot(state / CLAW) as claw:
            steps = _steps(claw, state / CLAW)
            self._room([claw], [])
            copy(claw, self._folder / CLAW, self._step)
        note = checkpoint()
        handle = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(handle, "w+b") as file, held(state / AUDIT) as files:
            with snapshot(files[-1]) as log:
                self._room([log], files[:-1])
                identity = _asked(log, "SELECT id FROM log", files[-1])[0]
                entries = _asked(log, "SELECT coalesce(max(seq), 0) FROM rows", files[-1])[0]
                copy(log, self._folder / AUDIT, self._step)
            about: dict[str, Json] = {
                "claw": version("claw"),
                "made": self._now.astimezone(UTC).isoformat(timespec="seconds"),
                "log": identity.hex(),
                "entries": entries,
                "checkpoint": note,
                "steps": steps,
                "audit_format": AUDIT_FORMAT,
                "stopped": os.path.lexists(state / LATCH),
                "places": {},
            }
            contents = self._write(file, about, files[:-1])
            file.flush()
            os.fsync(file.fileno())
            self._read_back(file, contents)
            size = file.tell()
        if os.path.lexists(self._to):
            raise Refused(f"{self._to} is there already")
        self._part.rename(self._to)
        sync_directory(self._to.parent)
        return Made(self._to, size, contents, tuple(self._left_out))

    def _write(self, file: BinaryIO, about: dict[str, Json], sealed: Sequence[Path]) -> Contents:
        encrypting = Encrypting(file, self._secret) if self._secret else None
        writer = Writer(encrypting or file, self._step)
        for name in (CLAW, AUDIT):
            self._add(writer, name)
        for path in sealed:
            with snapshot(path) as segment:
                copy(segment, self._folder / path.name, self._step)
            self._add(writer, path.name)
        for name, path in self._files():
            self._small(writer, name, path)
        about["places"] = self._persons(writer)
        contents = writer.end(about)
        if encrypting is not None:
            encrypting.end()
        return contents

    def _add(self, writer: Writer, name: str) -> None:
        path = self._folder / name
        with path.open("rb") as file:
            writer.add(name, file, path.stat().st_size)
        path.unlink()

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Give what lies in the state directory besides the databases, each by its name in the backup."""
        state = self._home.state
        for name in (LATCH, PAUSE):
            if os.path.lexists(state / name):
                yield name, state / name
        for folder in (KEYS, SKILLS):
            for path in sorted(_beneath(state / folder)):
                yield path.relative_to(state).as_posix(), path

    def _persons(self, writer: Writer) -> dict[str, Json]:
        """Add what a person wrote and return which place each has, from the folder of the configuration."""
        home = self._home
        if home.config is None:
            return {}
        folder = home.config.parent
        wanted = [("config/config.yaml", home.config, home.config.name)]
        if home.policy is not None:
            inside = home.policy.is_relative_to(folder)
            place = home.policy.relative_to(folder).as_posix() if inside else str(home.policy)
            wanted.append(("config/policy.yaml", home.policy, place))
        wanted += [(f"secrets/{at}", path, place) for at, (place, path) in enumerate(sorted(home.secrets.items()))]
        return {name: place for name, path, place in wanted if self._small(writer, name, path)}

    def _small(self, writer: Writer, name: str, path: Path) -> bool:
        """Add a small file as it is now; what cannot be read is left out and said, but a latch never is."""
        data = _bytes_of(path) if allowed(name) else None
        if data is None and name == LATCH:
            data = b""  # an empty latch is one: whatever lies there, it means stopped
        if data is None:
            self._left_out.append(str(path))
            return False
        writer.add_bytes(name, data)
        return True

    def _room(self, databases: Sequence[sqlite3.Connection], files: Sequence[Path]) -> None:
        """Count what is to be done, and raise Unavailable where the disks have no room for it."""
        sizes = [_asked(one, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", None)[0]
                 for one in databases] + [path.stat().st_size for path in files]  # fmt: skip
        self._all += 3 * sum(sizes)  # copied, written, read back
        for folder, most in ((self._folder, max(sizes) + SPARE), (self._to.parent, sum(sizes) + SPARE)):
            free = shutil.disk_usage(folder).free
            if free < most:
                needs = f"the backup needs {most >> 20} MB and {free >> 20} MB are free"
                raise Unavailable(f"the disk of {folder.parent if folder == self._folder else folder} is full: {needs}")

    def _read_back(self, file: BinaryIO, contents: Contents) -> None:
        """Hold what is on the disk against what was meant; raises Broken."""
        with contextlib.suppress(OSError):  # what the system still has in memory says nothing about the disk
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        file.seek(0)
        try:
            found = read_through(Decrypting(file, self._secret) if self._secret else file, self._step)
        except Refused as error:
            raise Broken(f"the backup {self._to} does not hold what was written into it: {error}") from error
        if found.members != contents.members:
            raise Broken(f"the backup {self._to} does not hold what was written into it")

    def _step(self, size: int) -> None:
        self._done += size
        self._told(self._done, max(self._all, self._done))


@contextlib.contextmanager
def _alone(state: Path) -> Generator[None]:
    """Make one backup of a home at a time; raises Unavailable while another one is made, or Broken.

    The folder itself is what is held: a file for it, once root had made it, would be in the daemon's way.
    """
    try:
        handle = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Broken(f"there is no state of Claw at {state}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(f"another backup of {state} is being made") from None
        yield
    finally:
        os.close(handle)


def _ours(entry: "os.DirEntry[str]") -> bool:
    with Path(entry.path).open("rb") as file:
        return file.read(len(MAGIC)) in {MAGIC, CLAW.encode().ljust(len(MAGIC), b"\0")}


def _steps(connection: sqlite3.Connection, path: Path) -> list[Json]:
    try:
        return [str(row[0]) for row in connection.execute(_STEPS)]
    except UNREADABLE as error:
        raise unusable(path, error) from error


def _asked(connection: sqlite3.Connection, statement: str, path: Path | None) -> Sequence[Json]:
    try:
        row = connection.execute(statement).fetchone()
    except UNREADABLE as error:
        raise unusable(path or Path(CLAW), error) from error
    if row is None:
        raise Broken(f"{path} is damaged: it has lost its identity")
    return row


def _beneath(folder: Path) -> Iterator[Path]:
    """Give every regular file below ``folder``; no link is followed and what is hidden is passed over."""
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield Path(root) / name


def _bytes_of(path: Path) -> bytes | None:
    """Return what a small regular file holds, None for anything else."""
    try:
        with open_regular(path, follow=False) as file:
            data = file.read(MOST_FILE + 1)
    except OSError:
        return None
    return data if len(data) <= MOST_FILE else None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
