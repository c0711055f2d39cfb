"""Where the log of the process goes: to the journal with its own levels and fields, else as lines, or as JSON.

The daemon keeps two logs.  What it did stands in the audit log, with its reasons; this one says how the program is
doing.  So it holds no secret (``claw/base/redaction.py``, over all that goes out, tracebacks and other packages' lines
included) and, at the level that is usual, no word of anybody's: of an error that is not Claw's own or the system's it
tells which kind it was and where, as its text may quote what somebody said.  What other packages say is heard from a
warning on; those that put addresses with tokens or what people write into their lines are not heard at all.
"""

import json
import logging
import os
import re
import socket
import sqlite3
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TextIO, get_args

from typing_extensions import override

from claw.base.errors import ClawError
from claw.base.redaction import redacted

Level = Literal["debug", "info", "notice", "warning", "error"]
Form = Literal["text", "json"]

NOTICE = 25
"""What a person wants to see of a daemon that is well: that it is ready, and where."""
LEVELS: Mapping[str, int] = {
    **{one: logging.getLevelNamesMapping().get(one.upper(), NOTICE) for one in get_args(Level)}
}

SOCKET = Path("/run/systemd/journal/socket")
OURS = "claw"
LOOP = "asyncio"
"""It puts what it was to call, with whatever that was given, into its lines."""
MUTE = frozenset({"telegram", "mcp", "paho", "aiomqtt", "openai", "apscheduler"})
"""Packages whose lines may hold what people write, or an address that is a secret: nothing of them goes out."""

TOLD = (ClawError, OSError, sqlite3.Error)
"""Errors whose words are ours or the system's; those of any other may hold what somebody said."""
MOST_ERRORS = 10

_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (NOTICE, 5), (logging.INFO, 6))
_DEBUG = 7
_LINE = "%(levelname)s %(name)s: %(message)s"


def begin(level: Level = "notice", form: Form = "text", stream: TextIO | None = None, journal: Path = SOCKET) -> bool:
    """Have everything that is logged go to ``stream`` (stderr), or to the journal where that is what it is.

    Return whether it is the journal.  Only Claw's own lines follow ``level``.
    """
    out: TextIO = sys.stderr if stream is None else stream
    logging.addLevelName(NOTICE, "NOTICE")
    # What goes wrong while a line is written would print the line itself, with all that is in it.
    logging.raiseExceptions = False
    is_journal = _is_journal(out)
    if form == "json":
        handler: logging.Handler = logging.StreamHandler(out)
        handler.setFormatter(_Json())
    elif is_journal:
        handler = _Journal(out, journal)
    else:
        handler = logging.StreamHandler(out)
        handler.setFormatter(_Lines(_LINE))
    handler.addFilter(heard)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(LEVELS[level])
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable
    return is_journal


def heard(record: logging.LogRecord) -> bool:
    """Return whether a record goes out: all of Claw's own that got here, little of other packages'."""
    package = record.name.partition(".")[0]
    return package == OURS or (package not in MUTE and record.levelno >= logging.WARNING)


def _is_journal(stream: TextIO) -> bool:
    """Return whether systemd connected ``stream`` to the journal: it names device and inode."""
    with suppress(OSError, ValueError):
        found = os.fstat(stream.fileno())
        return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
    return False


class _Plain(logging.Formatter):
    """What every form has in common: where something went wrong is told, not with what."""

    @override
    def formatException(self, ei: Any) -> str:
        return "\n".join(_trace(ei[1], MOST_ERRORS)) if ei[1] is not None else ""


class _Lines(_Plain):
    """A line, and below it where something went wrong."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = _said(record)
        return super().formatMessage(record)


class _Json(_Plain):
    """One JSON object on each line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": _part(record),
            "text": redacted(_said(record)),
            "where": f"{_file(record)}:{record.lineno}",
        }
        if record.exc_info:
            said["error"] = redacted(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False)


class _Journal(logging.Handler):
    """The journal's own datagrams; lines with a level in front, which it reads too, where it takes none."""

    def __init__(self, stream: TextIO, path: Path) -> None:
        super().__init__()
        self._stream = stream
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        self.setFormatter(_Lines())

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            text, priority = self.format(record), _priority(record.levelno)
            fields = {
                "MESSAGE": text,
                "PRIORITY": str(priority),
                "SYSLOG_IDENTIFIER": OURS,
                "CLAW_PART": _part(record),
                "CODE_FILE": _file(record),
                "CODE_LINE": str(record.lineno),
                "CODE_FUNC": record.funcName or "",
            }
            try:
                self._socket.sendto(b"".join(_field(name, value) for name, value in fields.items()), self._path)
            except OSError:
                self._stream.write("".join(f"<{priority}>{_part(record)}: {line}\n" for line in text.splitlines()))
                self._stream.flush()
        except Exception:  # noqa: BLE001  as every handler of Python's: what cannot be logged must not end what logs
            self.handleError(record)

    @override
    def close(self) -> None:
        self._socket.close()
        super().close()


def _field(name: str, value: str) -> bytes:
    """Return one field as the journal's protocol has it: a value of several lines comes with its length."""
    data = value.encode("utf-8", "replace")
    if b"\n" in data:
        return name.encode() + b"\n" + len(data).to_bytes(8, "little") + data + b"\n"
    return f"{name}=".encode() + data + b"\n"


def _priority(level: int) -> int:
    return next((priority for least, priority in _PRIORITIES if level >= least), _DEBUG)


def _part(record: logging.LogRecord) -> str:
    """Return the room that speaks, or the package."""
    ours, _, rest = record.name.partition(".")
    return rest.partition(".")[0] or ours if ours == OURS else ours


def _file(record: logging.LogRecord) -> str:
    """Return the file from the package on: where Claw is installed is nobody's business."""
    parts = Path(record.pathname).parts
    at = len(parts) - 1 - parts[::-1].index(OURS) if OURS in parts else len(parts) - 1
    return "/".join(parts[at:])


def _said(record: logging.LogRecord) -> str:
    """Return the message; of the loop's own only what happened, not with what."""
    try:
        said = record.getMessage()
    except (TypeError, ValueError):
        said = str(record.msg)
    return re.split(r"[(<\n]", said, maxsplit=1)[0].rstrip() if record.name == LOOP else said


def _trace(error: BaseException, left: int) -> list[str]:
    """Return where ``error`` came from and what led to it, at most so many, as lines; the last is the error itself."""
    found: list[str] = []
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and left > 1:
        found += [*_trace(before, left - 1), "and then:"]
    if isinstance(error, BaseExceptionGroup):
        group: BaseExceptionGroup[BaseException] = error
        for at, one in enumerate(group.exceptions[: left - 1], 1):
            found += [f"{at} of {len(group.exceptions)}:", *_trace(one, left // 2)]
    found += ["Traceback (most recent call last):"] if error.__traceback__ is not None else []
    found += [line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)]
    name = type(error).__name__
    return [*found, f"{name}: {error}" if isinstance(error, TOLD) else name]


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(OURS).critical("Claw ends: something went wrong inside it", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        found = (args.exc_type, args.exc_value, args.exc_traceback)
        logging.getLogger(OURS).error("A thread ended: something went wrong in it", exc_info=found)


def _unraisable(args: Any) -> None:
    found = (args.exc_type, args.exc_value, args.exc_traceback)
    # Which object it was is left out: its words may be anybody's.
    logging.getLogger(OURS).error("Something went wrong where nobody could be told", exc_info=found)
