"""A witness that is the system's journal: written by root's daemon, so that Claw cannot take back what is in it.

Notes go in by journald's own datagram protocol and come back by ``journalctl``.  Anybody may write a line that looks
like ours, but not in another user's name: only entries of the uid that owns the state directory are read, and a note
counts by its signature.
"""

import json
import shutil
import socket
import subprocess
from pathlib import Path

from claw.audit.note import Note
from claw.base.errors import Unavailable

SOCKET = Path("/run/systemd/journal/socket")
MOST_LINES = 50_000
READ_S = 30.0
_ROOT = 0


class JournalWitness:
    """Keeps notes of the log ``log`` in the journal; ``home`` marks its state directory, ``uid`` owns that."""

    name = "the system journal"

    def __init__(self, log: bytes, home: str, uid: int, path: Path = SOCKET) -> None:
        self._log = log.hex()
        self._home = home
        self._uid = uid
        self._path = path

    @property
    def writable_by_claw(self) -> bool:
        """Whether Claw may change what is in it: only as root."""
        return self._uid == _ROOT

    @property
    def there(self) -> bool:
        """Whether this machine has a journal."""
        return self._path.exists()

    async def keep(self, note: Note, key: str) -> None:
        """Send ``note`` to the journal; raises Unavailable when there is none or it does not take it."""
        size = note.checkpoint.size
        fields = {
            "MESSAGE": f"Checkpoint of the audit log {self._log[:8]}: {size} entries",
            "PRIORITY": "6",
            "SYSLOG_IDENTIFIER": "claw",
            "CLAW_LOG_ID": self._log,
            "CLAW_STATE": self._home,
            "CLAW_KEY": key,
            "CLAW_CHECKPOINT": note.line,
        }
        datagram = "".join(f"{name}={value}\n" for name, value in fields.items()).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
            journal.settimeout(0)
            try:
                journal.sendto(datagram, str(self._path))
            except OSError as error:
                raise Unavailable(f"{self.name} does not take it: {error.strerror or error}") from error

    def read(self) -> list[str]:
        """Return the notes of this log and of others in this state directory; raises Unavailable without a journal."""
        program = shutil.which("journalctl")
        if program is None or not self.there:
            raise Unavailable(f"{self.name} is not there")
        ours = [f"_UID={self._uid}"]
        command = [
            *(program, "--quiet", "--no-pager", "--all", "-o", "json", "-n", str(MOST_LINES)),
            "--output-fields=CLAW_CHECKPOINT,CLAW_KEY",
            *ours, f"CLAW_LOG_ID={self._log}", "+", *ours, f"CLAW_STATE={self._home}",
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=READ_S, check=True)  # noqa: S603  journalctl, with a hex id
        except (OSError, subprocess.SubprocessError) as error:
            raise Unavailable(f"{self.name} cannot be read: {error}") from error
        return [text for line in done.stdout.splitlines() if (text := _text(line))]


def _text(line: bytes) -> str:
    """Return the note and key of one line, empty when the journal has something else there."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    note, key = entry.get("CLAW_CHECKPOINT"), entry.get("CLAW_KEY")
    return f"key {key}\n{note}\n" if isinstance(note, str) and isinstance(key, str) else ""
