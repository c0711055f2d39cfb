"""What a drill measures: that nothing moves after the latch, and how soon everything is dead.

A switch that was never tried is a hope.  So a drill trips one, under load, with children that do not want to end, and
reports figures and not a tick: how many actions came after the latch, how long after it the last one went out, how long
the children lived.  A drill in which nothing moved before the latch has shown nothing, and says so.
"""

import asyncio
import contextlib
import math
import os
import select
import signal
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self

from claw.base.action import Action, Json, Origin
from claw.base.clock import Stopwatch
from claw.base.errors import ClawError, Unavailable
from claw.gate.children import Children

WORKERS = 8
LOADERS = 8
LOAD_S = 0.2
"""How long the load runs before the latch."""
AFTER_S = 0.1
"""How long it is watched that nothing comes after it."""
DEAD_S = 2.0
SPIN = ("/bin/sh", "-c", "while :; do :; done")

Perform = Callable[[Sequence[Action], Origin], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip: what was sent before, what after, when the last went out and when each child was dead (ms)."""

    sent_before: int
    after_latch: int
    last_send_ms: float
    dead_ms: tuple[float, ...]
    survivors: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What all trips of one drill showed."""

    trips: tuple[Trip, ...]
    sandbox: str = "plain"

    @property
    def ok(self) -> bool:
        """Whether the stop held every time, and there was something to stop."""
        return bool(self.trips) and all(
            trip.sent_before > 0 and trip.after_latch == 0 and trip.survivors == 0 for trip in self.trips
        )

    def as_json(self) -> dict[str, Json]:
        """Return the figures as a program may read them, and as they stand in the log."""
        dead = [ms for trip in self.trips for ms in trip.dead_ms]
        return {
            "ok": self.ok,
            "actions_after_latch": sum(trip.after_latch for trip in self.trips),
            "latch_to_last_send_ms": round(max((trip.last_send_ms for trip in self.trips), default=0.0), 3),
            "workers_dead_ms_p99": round(percentile(dead, 0.99), 3),
            "workers_dead_ms_p50": round(percentile(dead, 0.5), 3),
            "workers_alive": sum(trip.survivors for trip in self.trips),
            "workers": sum(len(trip.dead_ms) + trip.survivors for trip in self.trips),
            "actions_before_latch": sum(trip.sent_before for trip in self.trips),
            "trips": len(self.trips),
            "sandbox": self.sandbox,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of all are not above (nearest rank); 0 where there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


class Workers:
    """Children that spin, each in a process group of its own, registered with the stop under test."""

    def __init__(self, children: Children, count: int = WORKERS, command: Sequence[str] = SPIN) -> None:
        self._children = children
        self._count = count
        self._command = tuple(command)
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        """Start them; raises Unavailable when the machine does not let us."""
        try:
            for number in range(self._count):
                process = subprocess.Popen(  # noqa: S603  a fixed command
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={},
                    start_new_session=True,
                )
                self._processes.append(process)
                self._children.register(process.pid, f"drill worker {number}")
        except (OSError, ClawError) as error:
            self.__exit__()
            raise Unavailable(f"the drill cannot start its workers: {error}") from error
        return self

    def __exit__(self, *_: object) -> None:
        """End and collect them, whatever the stop did."""
        for process in self._processes:
            self._children.forget(process.pid)
            with contextlib.suppress(ProcessLookupError):  # dead already, as it should be
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def watch(self) -> "Watch":
        """Return a watch on all of them, made before they are killed."""
        return Watch([process.pid for process in self._processes])


class Watch:
    """Tells when each of some children died, by the kernel's word."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._handles = {os.pidfd_open(pid) for pid in pids}

    def until_dead(self, since: Stopwatch) -> tuple[tuple[float, ...], int]:
        """Block until all are dead, two seconds at most; return the ms since ``since`` of each, and who survived."""
        poll = select.poll()
        for handle in self._handles:
            poll.register(handle, select.POLLIN)
        dead: list[float] = []
        while self._handles and since.total() < DEAD_S * 1000:
            for handle, _ in poll.poll(DEAD_S * 1000):
                dead.append(since.total())
                poll.unregister(handle)
                os.close(handle)
                self._handles.discard(handle)
        survivors = len(self._handles)
        self.close()
        return tuple(dead), survivors

    def close(self) -> None:
        """Let go of those that still live."""
        while self._handles:
            os.close(self._handles.pop())


class Load:
    """Callers that act without a pause, each on a device of its own, until they are ended."""

    def __init__(self, perform: Perform, devices: Sequence[str]) -> None:
        self._perform = perform
        self._devices = tuple(devices)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin."""
        self._tasks = [asyncio.create_task(self._toggle(device), name="drill load") for device in self._devices]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _toggle(self, device: str) -> None:
        origin = Origin(channel="drill", source=f"drill {device}")
        on = True
        while True:
            await self._perform((Action("light.turn_on" if on else "light.turn_off", (device,)),), origin)
            on = not on
            await asyncio.sleep(0)  # a refusal waits for nothing, and must not keep the others out
