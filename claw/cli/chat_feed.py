"""What happens while somebody types: the daemon's feed, followed in a thread of its own, also after a restart."""

import contextlib
import signal
import threading
from collections.abc import Callable, Generator

from typing_extensions import override

from claw.base.action import Json
from claw.base.errors import ClawError
from claw.cli.client import Client

AGAIN_S = 1.0

GONE: dict[str, Json] = {"type": "gone"}
BACK: dict[str, Json] = {"type": "back"}
"""What is heard of the daemon itself: it does not answer any more, and it does again."""


@contextlib.contextmanager
def without_interrupts() -> Generator[None]:
    """Have threads that begin inside take no Ctrl-C.

    The system gives it to any thread, and only one that waits for a key, or for the daemon, is to be woken by it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Feed(threading.Thread):
    """Passes on each event as it comes; ends with the process, or with ``end``."""

    def __init__(self, client: Client, hear: Callable[[dict[str, Json]], None], again_s: float = AGAIN_S) -> None:
        super().__init__(name="claw chat feed", daemon=True)
        self._client = client
        self._hear = hear
        self._again_s = again_s
        self._over = threading.Event()
        self.following = threading.Event()
        """Set once the daemon was asked: what is said to it from now on is heard of."""

    @override
    def start(self) -> None:
        """Begin to follow."""
        with without_interrupts():
            super().start()

    def end(self) -> None:
        """Follow no further than to the next event."""
        self._over.set()

    def run(self) -> None:
        """Follow until the end; whoever was cut off for falling behind, or by a restart, follows anew."""
        there = True
        while not self._over.is_set():
            if there:
                self._follow()
            self._over.wait(self._again_s)
            before, there = there, self._answers()
            if there != before and not self._over.is_set():
                self._hear(BACK if there else GONE)

    def _follow(self) -> None:
        try:
            for event in self._client.follow(self.following.set):
                if self._over.is_set():
                    return
                self._hear(event)
        except (ClawError, OSError, ValueError):
            return  # the next look says whether the daemon is there

    def _answers(self) -> bool:
        try:
            self._client.ask("status")
        except ClawError:
            return False
        return True
