"""What systemd is told of a daemon: that it is ready, how it is, that it reads its policy again, that it ends.

While it lives it says so in time; when it does not, it says nothing, and systemd ends and starts it again.  So nothing
here may say ``WATCHDOG=1`` for any other reason than that somebody looked.  Started by anybody else there is no
``$NOTIFY_SOCKET``, and nothing is told to anybody.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Self

from claw.base.clock import Clock, Timer
from claw.channels.vital import Vital
from claw.daemon.reloading import SETTLE_S
from claw.daemon.vital import Vitals, vitals

if TYPE_CHECKING:
    from claw.daemon.build import Daemon

logger = logging.getLogger(__name__)

SOCKET_VARIABLE, SPAN_VARIABLE, PID_VARIABLE = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"
LOOK_S = 20.0
"""How often life is looked at, by whoever asks for it: also where nobody waits for a sign of it."""
SIGNS = 3
"""Signs of life within the span in which systemd wants one: two may be lost, or late."""
LONGEST_STATUS = 200


class Notifier:
    """The socket on which systemd listens, if any does; it never waits and never fails."""

    def __init__(self, address: str = "", span_s: float = 0.0) -> None:
        """``address`` is a path, ``@`` and a name, or empty; a sign of life is wanted every ``span_s`` (0: never)."""
        # Bytes: an abstract name begins with a zero.
        self._address = os.fsencode(address.replace("@", "\0", 1) if address.startswith("@") else address)
        self.span_s = span_s
        self._failed = False

    @classmethod
    def of(cls, environment: MutableMapping[str, str], pid: int | None = None) -> Self:
        """Take what systemd said in the environment, out of it: no child speaks for the daemon."""
        address = environment.pop(SOCKET_VARIABLE, "")
        span, meant = environment.pop(SPAN_VARIABLE, ""), environment.pop(PID_VARIABLE, "")
        if not address.startswith(("/", "@")):
            return cls()
        ours = not meant or meant == str(os.getpid() if pid is None else pid)
        return cls(address, int(span) / 1e6 if span.isdigit() and ours else 0.0)

    @property
    def listened_to(self) -> bool:
        """Whether anybody asked to be told."""
        return bool(self._address)

    def tell(self, **said: str | int) -> bool:
        """Send one message of names and values; return whether it went out."""
        if not self._address:
            return False
        lines = (f"{name}={_line(str(value))}" for name, value in said.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as peer:
                peer.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._failed:
                logger.warning("systemd cannot be told how Claw is: %s", error.strerror or error)
            self._failed = True
            return False
        self._failed = False
        return True


class Service:
    """One daemon as a service; ``status`` says in a few words how it is, without a word of anybody's."""

    def __init__(
        self,
        notifier: Notifier,
        look: Vitals,
        status: Callable[[Vital], str],
        clock: Clock,
        timer: Timer,
        reload: Callable[[], object] = lambda: None,
    ) -> None:
        """``reload`` has the policy file looked at, in the background."""
        self._notifier = notifier
        self._vitals = look
        self._status = status
        self._clock = clock
        self._timer = timer
        self._reload = reload
        self._said, self._found = "", Vital()
        self._begun = False
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def of(cls, daemon: "Daemon", environment: MutableMapping[str, str]) -> Self:
        """Return the service that a built daemon is; its desk answers from now on whether it lives."""
        return cls(
            Notifier.of(environment),
            vitals(daemon),
            lambda found: status(found, daemon.desk.status()),
            daemon.clock,
            daemon.clock,
            daemon.reloading.wake,
        )

    def ready(self) -> None:
        """Say that it listens and answers; look from now on whether it lives."""
        self._begun, self._said = True, self._now(self._vitals.now())
        self._notifier.tell(READY=1, STATUS=self._said)
        self._tasks.add(asyncio.get_running_loop().create_task(self.run(), name="signs of life"))

    async def run(self) -> None:
        """Look again and again until cancelled, and give a sign of life each time that there is life."""
        span = self._notifier.span_s
        pause = min(LOOK_S, span / SIGNS) if span else LOOK_S
        while True:
            self.look()
            await self._timer.sleep(pause)

    def look(self) -> None:
        """Look once."""
        self._vitals.look()
        found = self._vitals.now()
        said: dict[str, str | int] = {}
        if (text := self._now(found)) != self._said:
            said["STATUS"] = text
        if found.alive and self._notifier.span_s:
            said["WATCHDOG"] = 1
        if found != self._found and not found.alive:
            logger.error("Claw is not alive: %s", "; ".join(found.reasons))
        self._found = found
        if said and self._notifier.tell(**said):
            self._said = text

    def reload(self) -> None:
        """Have the policy file looked at, and say while that is so."""
        self._reload()
        if self._begun and self._notifier.listened_to:
            self._notifier.tell(RELOADING=1, MONOTONIC_USEC=int(self._clock.monotonic() * 1e6))
            task = asyncio.get_running_loop().create_task(self._reloaded(), name="reload")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stopping(self) -> None:
        """Say that it ends, and look no more."""
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._notifier.tell(STOPPING=1, STATUS="Ending")

    async def _reloaded(self) -> None:
        await self._timer.sleep(2 * SETTLE_S)  # it has been looked at twice by then
        self._notifier.tell(READY=1)

    def _now(self, found: Vital) -> str:
        try:
            return self._status(found)
        except Exception:
            # What is only shown must not end what is looked at.
            logger.exception("How Claw is cannot be said")
            return "Running"


def status(found: Vital, desk: Mapping[str, object]) -> str:
    """Return one line for ``systemctl status``, which everybody on the machine may read."""
    if not found.alive:
        return f"Not alive: {'; '.join(found.reasons)}"
    stop, link, degraded = desk.get("stop"), desk.get("link"), desk.get("degraded")
    if isinstance(stop, Mapping) and stop.get("engaged"):
        return "Stopped: nothing moves until `claw reset`"
    if isinstance(link, Mapping) and not link.get("ready"):
        return "Running, without the house: it cannot be reached"
    if isinstance(degraded, list) and degraded:
        return f"Running; not everything works (`claw status`): {len(degraded)}"
    return "Running"


def _line(value: str) -> str:
    """Return a value as one line: a second one would be a message of its own."""
    return " ".join(value.split())[:LONGEST_STATUS]
