"""A command at a real terminal, and somebody who types there."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from tests.running import CLAW, environment


class Screen:
    """What stands on the terminal, and its keys."""

    def __init__(self, terminal: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.shown = ""
        self._terminal = terminal

    def types(self, text: str) -> None:
        """Press these keys; ``\\x03`` is Ctrl-C, ``\\x04`` Ctrl-D."""
        os.write(self._terminal, text.encode())

    def interrupts(self, *wanted: str) -> str:
        """Press Ctrl-C until something is shown, and return what; then wait until all of it is.

        Python hears none in the instant between drawing its prompt and waiting for a key.
        """
        self.types("\x03")
        until = time.monotonic() + 20
        while not select.select([self._terminal], [], [], 2.0)[0]:
            assert time.monotonic() < until
            self.types("\x03")
        return self.shows(*wanted)

    def ended_by(self, key: str, code: int = 0) -> None:
        """Press this key until the command has ended, as above: well, or with this code."""
        for _ in range(10):
            self.types(key)
            with suppress(subprocess.TimeoutExpired):
                assert self.process.wait(2) == code
                return
        raise AssertionError("it goes on")

    def shows(self, *wanted: str) -> str:
        """Wait until all of it was shown since the last time, and return what was."""
        raw, until = b"", time.monotonic() + 20
        while not all(one in raw.decode(errors="replace") for one in wanted):
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, until - time.monotonic()))
            assert ready, raw
            raw += os.read(self._terminal, 4096)
        self.shown += raw.decode(errors="replace")
        return raw.decode(errors="replace")


def chatting(state: Path, term: str) -> AbstractContextManager[Screen]:
    """Give ``claw chat`` at a terminal of this kind; it is killed at the end if it has not ended."""
    return at_terminal("chat", "--state-dir", str(state), term=term)


@contextmanager
def at_terminal(*words: str, term: str = "dumb") -> Iterator[Screen]:
    """Give ``claw WORDS`` at a terminal of this kind; it is killed at the end if it has not ended."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            # A session of its own, whose terminal this is, and no signal ignored by whoever runs the tests in the
            # background: else Ctrl-C would be a key like any other.
            ["env", "--default-signal=INT", "setsid", "--ctty", str(CLAW), *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment() | {"TERM": term},
        ) as process:
            try:
                yield Screen(ours, process)
            finally:
                process.kill()
    finally:
        os.close(ours)
        os.close(theirs)
