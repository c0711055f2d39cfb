"""What a daemon tells systemd, heard by a test: a datagram socket as systemd's own is."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST = 4096
PATIENCE_S = 30.0


class Heard:
    """The messages so far, each as names and values."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.messages: list[dict[str, str]] = []

    def fetch(self) -> list[dict[str, str]]:
        """Return the messages that are there and were not fetched before."""
        found: list[dict[str, str]] = []
        self._listener.setblocking(False)
        try:
            while True:
                found.append(self._take())
        except BlockingIOError:
            return found

    def wait(self, name: str, patience_s: float = PATIENCE_S) -> dict[str, str]:
        """Return the next message that says ``name``; raises TimeoutError."""
        self._listener.settimeout(patience_s)
        while True:
            if name in (found := self._take()):
                return found

    def until(self, status: str, patience_s: float = PATIENCE_S) -> None:
        """Return once the last that was told of how it is begins with ``status``; raises TimeoutError."""
        self._listener.settimeout(patience_s)
        while not next((one["STATUS"] for one in reversed(self.messages) if "STATUS" in one), "").startswith(status):
            self._take()

    def nothing(self, name: str, within_s: float) -> bool:
        """Return whether no message says ``name`` for so long."""
        try:
            self.wait(name, within_s)
        except TimeoutError:
            return True
        return False

    def _take(self) -> dict[str, str]:
        lines = self._listener.recv(LONGEST).decode().split("\n")
        message = dict(line.split("=", 1) for line in lines)
        self.messages.append(message)
        return message


@contextmanager
def notified(path: Path | str) -> Iterator[Heard]:
    """Listen as systemd does, at ``path``, or at a name that begins with ``@``."""
    address = str(path).replace("@", "\0", 1) if str(path).startswith("@") else str(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        yield Heard(listener)
