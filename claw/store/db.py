"""How a SQLite file is opened: one way, one writer, checked before it is believed.

A state directory belongs to one daemon at a time and to nobody else on the machine.  The lock is an flock, so it dies
with its process and never has to be cleaned up; it lies on a file of its own because closing any other handle of a
database file would drop SQLite's locks on it.  Nothing here may go on with a file that does not hold.
"""

import contextlib
import fcntl
import os
import sqlite3
import stat
from collections.abc import Generator
from contextvars import ContextVar
from pathlib import Path
from typing import Literal, Self

from sqlite_utils import Database

from claw.base.errors import Broken
from claw.base.regular import check_regular

BUSY_MS = 5_000
BUSY_LOOKING_MS = 1_000
LOCK_FILE = "lock"
PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600

UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises: SQLite quotes the damaged schema in its message, which is then no UTF-8."""

_LOOKS = 10_000  # a look lasts microseconds
_looking: ContextVar[bool] = ContextVar("looking", default=False)


class FileLock:
    """An exclusive hold on a lock file, by this process, until ``release`` or its end."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    @classmethod
    def take(cls, path: Path, what: str) -> Self:
        """Hold ``path`` and write this process' id into it; raises Broken when another process holds it.

        ``what`` names the thing the lock stands for, in the error.
        """
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
        except OSError as error:
            raise Broken(f"{path} cannot be opened: {error.strerror}") from error
        try:
            _hold(handle)
            _for_owner(handle, path.parent)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError as error:
            os.close(handle)
            raise Broken(f"another Claw daemon uses {what}") from error
        except OSError as error:
            os.close(handle)
            raise Broken(f"{path} cannot be written: {error.strerror}") from error
        return cls(path, handle)

    def release(self) -> None:
        """Let go; a second call does nothing."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


def _for_owner(handle: int, folder: Path) -> None:
    """Give a file that root has just made to whoever owns its folder: else a service could not start any more."""
    found = os.fstat(handle)
    if os.geteuid() == 0 == found.st_uid and found.st_nlink == 1:  # a second name would be a file from elsewhere
        owner = folder.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _hold(handle: int) -> None:
    """Take the lock; raises BlockingIOError when somebody holds it, not when ``state_holder`` only looks at it."""
    for _ in range(_LOOKS):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(handle, fcntl.LOCK_UN)
            os.sched_yield()
        else:
            return
    raise BlockingIOError


StateLock = FileLock
"""The hold of one daemon on its state directory."""


def lock_state(directory: Path) -> StateLock:
    """Make ``directory`` private (mode 0700, created where missing) and hold it for this process.

    Raises Broken when another daemon holds it, or when it cannot be made or is not ours.
    """
    private_directory(directory)
    return FileLock.take(directory / LOCK_FILE, str(directory))


def state_holder(directory: Path) -> int | None:
    """Return the id of the process that holds ``directory``, None when nobody does or it cannot be told."""
    try:
        handle = os.open(directory / LOCK_FILE, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(handle, 20, 0).strip()
        return int(text) if text.isdigit() else None
    finally:
        os.close(handle)
    return None


def private_directory(directory: Path) -> None:
    """Create ``directory`` with mode 0700, or take everybody else's rights from it; raises Broken when not ours."""
    try:
        directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        found = directory.stat()
        if found.st_uid != os.geteuid():
            raise Broken(f"{directory} belongs to another user (uid {found.st_uid})")
        if stat.S_IMODE(found.st_mode) != PRIVATE_DIRECTORY:
            directory.chmod(PRIVATE_DIRECTORY)
    except OSError as error:
        raise Broken(f"{directory} cannot be used as state directory: {error.strerror}") from error


def sync_directory(directory: Path) -> None:
    """Make the names in ``directory`` durable; raises OSError."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def leaving_no_trace() -> Generator[None]:
    """Read databases in here without making a file beside them, which SQLite does even to read, and with less patience.

    A file whose journal is gone, because whoever wrote it ended well, is then read as if nobody could write it.  Who
    does so for long looks afterwards whether a daemon began meanwhile (``state_holder``), and reads again if one did.
    """
    before = _looking.set(True)
    try:
        yield
    finally:
        _looking.reset(before)


def _how(path: Path, *, read_only: bool) -> str:
    """Return how SQLite is to open ``path``, as its addresses say it."""
    if not read_only:
        return "mode=rw"
    if _looking.get() and not path.with_name(f"{path.name}-wal").exists():
        return "mode=ro&immutable=1"
    return "mode=ro"


def connect(
    path: Path,
    *,
    read_only: bool = False,
    isolation: Literal["DEFERRED"] | None = None,
    any_thread: bool = False,
    trusted: bool = False,
) -> sqlite3.Connection:
    """Return a connection: WAL, every commit on disk before it returns, foreign keys, 5 s patience with a busy file.

    Unless ``trusted``, what the file brings along (views and triggers) may call no function and no virtual table that
    could do more than work with its rows: it may come from elsewhere, in a backup above all.
    ``isolation`` None leaves transactions to the caller.  Raises Broken when the file cannot be opened or is no
    database; a new file gets mode 0600.
    """
    connection: sqlite3.Connection | None = None
    try:
        if not read_only and not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE))
        uri = f"{path.absolute().as_uri()}?{_how(path, read_only=read_only)}"
        check_regular(path.stat(), path)  # SQLite would wait at a pipe for ever
        connection = sqlite3.connect(uri, uri=True, isolation_level=isolation, check_same_thread=not any_thread)
        connection.execute(f"PRAGMA trusted_schema={'ON' if trusted else 'OFF'}")
        connection.execute(f"PRAGMA busy_timeout={BUSY_LOOKING_MS if _looking.get() else BUSY_MS}")
        connection.execute("PRAGMA foreign_keys=ON")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        else:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")  # SQLite opens a file that it may not write without a word
            connection.execute("ROLLBACK")
    except (*UNREADABLE, OSError) as error:
        if connection is not None:
            connection.close()
        raise unusable(path, error) from error
    return connection


def open_database(path: Path) -> Database:
    """Open a database for the one writer it has, checking its pages first; raises Broken when it is damaged."""
    # The triggers by which memories are found write into an index of words, which older SQLites take for unsafe.  So
    # this one trusts its file; nothing of ours can be called by it, since no connection is given any function.
    connection = connect(path, isolation="DEFERRED", trusted=True)
    try:
        connection.execute("PRAGMA secure_delete=ON")  # what is forgotten here must not stay in a free page
        findings = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except UNREADABLE as error:
        connection.close()
        raise unusable(path, error) from error
    if findings != ["ok"]:
        connection.close()
        raise Broken(f"{path} is damaged: {'; '.join(findings)}")
    return Database(connection, execute_plugins=False)


def unusable(path: Path, error: sqlite3.Error | UnicodeDecodeError | OSError) -> Broken:
    """Return the Broken that says in one line what is wrong with ``path``."""
    if isinstance(error, OSError):
        return Broken(f"{path} cannot be opened: {error.strerror}")
    if isinstance(error, sqlite3.OperationalError):
        return Broken(f"{path} cannot be used: {error}")
    return Broken(f"{path} is damaged: {error}")


@contextlib.contextmanager
def writing(path: Path) -> Generator[None]:
    """Turn what SQLite says about a failed write to ``path`` into Broken."""
    try:
        yield
    except sqlite3.Error as error:
        raise unusable(path, error) from error
