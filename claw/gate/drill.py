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
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, Self

from claw.base.action import Action, Json, Origin
from claw.base.clock import Stopwatch
from claw.base.errors import ClawError, Unavailable
from claw.gate.children import Children, look, started_by

WORKERS = 8
LOADERS = 8
LOAD_S = 0.2
"""How long the load runs before the latch."""
AFTER_S = 0.1
"""How long it is watched that nothing comes after it."""
DEAD_S = 2.0
NO_SANDBOX = "none"
"""What children ran in that are no programs, on a machine that has no sandbox for any."""
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
    sandbox: str = NO_SANDBOX


@dataclass(frozen=True, slots=True)
class Figures:
    """What all trips of one drill showed."""

    trips: tuple[Trip, ...]

    @property
    def sandbox(self) -> str:
        """What the children ran in."""
        return self.trips[-1].sandbox if self.trips else NO_SANDBOX

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


class Busy(Protocol):
    """Children that do not want to end; whoever made them ends them."""

    @property
    def sandbox(self) -> str:
        """Return what they run in."""
        ...

    def pids(self) -> Sequence[int]:
        """Return the registered process of each that runs now."""
        ...


class Workers:
    """Children that spin, each in a process group of its own, registered with the stop under test."""

    sandbox = NO_SANDBOX

    def __init__(self, children: Children, count: int = WORKERS, command: Sequence[str] = SPIN) -> None:
        self._children = children
        self._count = count
        self._command = tuple(command)
        self._processes: list[subprocess.Popen[bytes]] = []

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[Self]:
        """Give them, without holding up the loop while they start and end; raises Unavailable."""
        with contextlib.ExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, self)
            try:
                yield self
            finally:
                await asyncio.to_thread(stack.close)

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

    def pids(self) -> Sequence[int]:
        """Return the process of each."""
        return [process.pid for process in self._processes]


class Watch:
    """Tells when each of some children died, with all that it started, by the kernel's word."""

    def __init__(self, pids: Sequence[int]) -> None:
        """Take hold of ``pids`` and what they started, as it is now: before they are killed."""
        self._left: dict[int, int] = {}
        self._handles: dict[int, int] = {}
        for pid, top in _trees(pids).items():
            with contextlib.suppress(ProcessLookupError):  # it ended by itself, just now
                self._handles[os.pidfd_open(pid)] = top
                self._left[top] = self._left.get(top, 0) + 1

    def until_dead(self, since: Stopwatch) -> tuple[tuple[float, ...], int]:
        """Block until all are dead, two seconds at most; return the ms by ``since`` of each, and how many survived."""
        began = since.total()
        poll = select.poll()
        for handle in self._handles:
            poll.register(handle, select.POLLIN)
        dead: list[float] = []
        while self._handles and (left := DEAD_S * 1000 - (since.total() - began)) > 0:
            for handle, _ in poll.poll(left):
                poll.unregister(handle)
                os.close(handle)
                top = self._handles.pop(handle)
                self._left[top] -= 1
                if self._left[top] == 0:
                    dead.append(since.total())
        survivors = len(set(self._handles.values()))
        self.close()
        return tuple(dead), survivors

    def close(self) -> None:
        """Let go of those that still live."""
        for handle in self._handles:
            os.close(handle)
        self._handles.clear()


def _trees(pids: Sequence[int]) -> dict[int, int]:
    """Return each of ``pids`` and each process below it, with the one of ``pids`` that it belongs to."""
    known = {pid: found for pid in pids if (found := look(pid)) is not None}
    parents = {one.pid: one.parent for one in started_by(known)}
    return {pid: _top(pid, parents, known) for pid in parents}


def _top(pid: int, parents: Mapping[int, int], tops: Mapping[int, object]) -> int:
    while pid not in tops:
        pid = parents[pid]
    return pid


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
