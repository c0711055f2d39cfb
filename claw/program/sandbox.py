"""Where a model's program runs: in a process of its own that can do nothing but stop and ask.

The only file that imports the package pydantic-monty, whose interface changes with every release; the tests of this
file and of ``claw/program/session.py`` are its contract.  Every process is registered with the stop before it is given
anything.  A process whose program did not come to its end by itself is never used again.

Processes are kept in a pool while programs run, one of them warm: what it may call is known to it already, which is
most of what a check of types costs.  After a minute without a program all of them are let go.
"""

import asyncio
import atexit
import contextlib
import importlib.util
import logging
import shutil
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from claw.base.clock import Timer
from claw.base.errors import Broken, ClawError, Unavailable
from claw.program.confined import APART, Registers, Worker, binary, brought_up, bubblewrap, launcher, met, starts
from claw.program.frozen import Frozen
from claw.program.session import STUB, Outside, Session
from claw.program.waiting import functions_of

if TYPE_CHECKING:
    from pydantic_monty import AsyncMonty, AsyncMontySession

logger = logging.getLogger(__name__)

Kind = Literal["bubblewrap", "plain", "none"]

NO_SANDBOX = "There is no sandbox for this machine, so only what I understand by myself works here."
BUSY = "Too many programs run at the moment. Please try again."
CLOSED = "I am shutting down."
STOPPED = "stopped"

IDLE_S = 60.0
PROCESSES = 6
REQUEST_S = 10.0
"""A process that does not answer for so long is killed, whatever it does; also what a check of types may take."""
CHECKOUT_S = 5.0
CHECKOUTS = 50
"""Programs that came to their end in one process before it is replaced."""
LIMITS: Any = {
    "max_feed_duration_secs": 2.0,
    "max_turn_duration_secs": 1.0,
    "max_memory": 64 << 20,
    "max_recursion_depth": 200,
    "max_suspensions": 900,  # calls of the API are counted apart; looks at the clock come on top of them
    "max_total_sleep_secs": 0.0,
}
EXIT_PAUSE_S = 0.1
"""The package's threads run on for a moment after its pool closed; Python must not be gone by then, or it aborts."""


@cache
def _monty() -> Any:
    """Return the package, imported where a program runs for the first time: it costs 80 ms and 5 MB."""
    import pydantic_monty  # noqa: PLC0415  see above

    # Before Python takes itself apart.  Without it one exit of a few ends in SIGABRT.
    atexit.register(threading.Event().wait, EXIT_PAUSE_S)
    return pydantic_monty


@dataclass(frozen=True, slots=True)
class _Held:
    """A process checked out of the pool, under the stop."""

    raw: "AsyncMontySession"
    worker: Worker
    stubs: str
    offset: timedelta


class Sandbox:
    """The processes in which programs run."""

    def __init__(
        self,
        register: Registers,
        timer: Timer,
        stopped: Callable[[], bool],
        *,
        wrapper: Literal["auto", "plain"] = "auto",
    ) -> None:
        """``stopped`` tells whether the stop is engaged; ``wrapper`` whether bubblewrap is used where it is there."""
        self._register = register
        self._timer = timer
        self._stopped = stopped
        self._binary = binary() if importlib.util.find_spec("pydantic_monty") else None
        self._wrap = bubblewrap() if wrapper == "auto" else None
        self._wants_wrap = wrapper == "auto"
        self._folder: Path | None = None
        self._launcher: Path | None = None
        self._pool: AsyncMonty | None = None
        self._opening = asyncio.Lock()
        self._warming = asyncio.Lock()
        self._live: set[Worker] = set()
        self._seen: set[int] = set()
        self._spare: _Held | None = None
        self._wanted: tuple[str, datetime] | None = None
        self._bare: _Held | None = None
        self._bare_for: timedelta | None = None
        self._active = 0
        self._later: set[asyncio.Task[None]] = set()
        self._returning: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.Task[None] | None = None
        self._closed = False

    @classmethod
    def open(
        cls,
        register: Registers,
        timer: Timer,
        stopped: Callable[[], bool],
        *,
        wrapper: Literal["auto", "plain"] = "auto",
    ) -> Self:
        """Look what is there; starts nothing and imports nothing, and never fails: see ``kind``."""
        return cls(register, timer, stopped, wrapper=wrapper)

    @property
    def kind(self) -> Kind:
        """What programs run in; ``bubblewrap`` is an expectation until the first one did, or ``ready`` returned."""
        if self._binary is None:
            return "none"
        return "bubblewrap" if self._wrap else "plain"

    async def ready(self) -> Kind:
        """Bring up the pool and return what programs really run in."""
        if self._binary is not None and not self._closed:
            with contextlib.suppress(Broken):
                async with self._used():
                    pass
        return self.kind

    @asynccontextmanager
    async def session(self, stubs: str, now: datetime, seed: int, *, typed: bool = True) -> AsyncGenerator[Session]:
        """Give a process to one program, which has the functions of ``stubs``, the time ``now``, chance by ``seed``.

        ``typed`` False leaves out the check of types, for a program that passed it already.  Raises Broken where this
        machine has no sandbox, Unavailable when too many programs run or the daemon ends.
        """
        frozen = Frozen(now, seed)
        async with self._used() as pool:
            held = await (self._from_spare(stubs, frozen.offset) if typed else self._from_bare(frozen.offset))
            held = held or await self._checkout(pool, stubs if typed else "", frozen.offset)
            outside = Outside(_monty(), held.worker, partial(self._halted, held.worker.pid), frozen)
            session = Session(held.raw, outside, functions_of(stubs))
            try:
                yield session
            finally:
                back = self._task(self._give_back(self._let_be(held, reuse=session.tidy)))  # milliseconds
                if session.tidy:
                    self._returning.add(back)
                    back.add_done_callback(self._returning.discard)

    async def warm(self, stubs: str, now: datetime) -> None:
        """Keep one process ready that knows ``stubs``, in place of any other; also after each program from now on.

        Raises what ``session`` raises, and Broken where ``stubs`` are no valid stubs.
        """
        self._wanted = None  # until there is one: what cannot be had would else be tried for again at once, for ever
        async with self._warming, self._used() as pool:
            offset = Frozen(now, 0).offset
            if self._spare and (self._spare.stubs, self._spare.offset) == (stubs, offset):
                self._wanted = (stubs, now)
                return
            spare, self._spare = self._spare, None
            await self._drop(spare)
            held = await self._checkout(pool, stubs, offset)
            try:
                await held.raw.feed_run(met(functions_of(stubs).functions))
            except _monty().MontyError:
                await self._give_back(self._let_be(held, reuse=False))
                raise Broken("the functions of the house cannot be described to the sandbox") from None
            except BaseException:
                self._wanted = (stubs, now)  # cut short by whoever wanted it, who may want it again
                await self._give_back(self._let_be(held, reuse=False))
                raise
            self._spare, self._wanted = held, (stubs, now)
            # And one beside it that knows nothing yet, for the run that follows a rehearsal: a megabyte, and 3-12 ms.
            with contextlib.suppress(Unavailable):
                await self._give_back(await self._checkout(pool, "", offset))

    def stay_ready(self, now: datetime) -> None:
        """Keep one process that knows nothing yet from here on, for programs whose types are known to fit."""
        self._bare_for = Frozen(now, 0).offset

    async def close(self) -> None:
        """End everything that runs; nothing starts afterwards.  Early in a shutdown: its threads need their moment."""
        self._closed = True
        self._wanted = self._bare_for = None
        for worker in self._live:
            worker.kill()
        if self._alarm:
            self._alarm.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)
        async with self._opening:
            await self._let_go()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    # ------------------------------------------------------------------ the pool

    @asynccontextmanager
    async def _used(self) -> "AsyncGenerator[AsyncMonty]":
        """Give the pool, which stays as long as it is used."""
        if self._closed or self._stopped():
            raise Unavailable(CLOSED if self._closed else STOPPED)
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        self._active += 1
        try:
            async with self._opening:
                pool = self._pool = self._pool or await self._opened()
            yield pool
        finally:
            self._active -= 1
            if self._active == 0 and not self._closed:
                self._rest()

    async def _opened(self) -> "AsyncMonty":
        if self._launcher is None:
            self._launcher = await asyncio.to_thread(self._launch)
        package = await asyncio.to_thread(_monty)  # beside the loop, which must not stand still for it
        pool: AsyncMonty = package.AsyncMonty(
            binary_path=self._launcher,
            max_processes=PROCESSES,
            checkout_timeout=CHECKOUT_S,
            request_timeout=REQUEST_S,
            max_checkouts_per_worker=CHECKOUTS,
        )
        await pool.__aenter__()
        return pool

    def _launch(self) -> Path:
        """Write the launcher and try it once; raises Broken where nothing starts."""
        if self._binary is None:
            raise Broken(NO_SANDBOX)
        self._folder = self._folder or Path(tempfile.mkdtemp(prefix="claw-sandbox-"))
        if self._wrap:
            for apart in APART:
                path = launcher(self._folder, self._binary, self._wrap, apart)
                if starts(path):
                    return path
            self._wrap = None
        if self._wants_wrap:
            logger.warning("Bubblewrap is missing or does not work here: programs run in the plain sandbox")
        path = launcher(self._folder, self._binary, None)
        if starts(path):
            return path
        self._binary = None
        raise Broken(NO_SANDBOX)

    async def _checkout(self, pool: "AsyncMonty", stubs: str, offset: timedelta) -> _Held:
        if self._returning and len(self._seen) <= len(self._live):
            # None is free, but one will be sooner than a new one has come up.
            await asyncio.wait(self._returning, return_when=asyncio.FIRST_COMPLETED)
        for _ in range(PROCESSES + 1):  # one that died while nobody used it is noticed here
            raw = pool.checkout(
                limits=LIMITS,
                type_check=bool(stubs),
                type_check_stubs=stubs + STUB if stubs else None,
                type_check_format="concise",
                os_policy={
                    "datetime": "call_host",
                    "random_start": "call_host",
                    "sleep": "zero",
                    "timezone": {"offset_seconds": int(offset.total_seconds())},
                },
            )
            try:
                await brought_up(raw.__aenter__, partial(raw.__aexit__, None, None, None), self._task)
            except _monty().MontyCrashedError:
                continue
            except TimeoutError:
                raise Unavailable(BUSY) from None
            try:
                return self._hold(raw, stubs, offset)
            except Broken:  # gone already
                await raw.__aexit__(None, None, None)
        raise Unavailable(BUSY)

    def _hold(self, raw: "AsyncMontySession", stubs: str, offset: timedelta) -> _Held:
        pid = raw.worker_pid or 0
        worker = Worker.hold(pid)
        self._register.register(pid, "sandbox")
        self._seen.add(pid)
        self._live.add(worker)
        if self._closed or self._stopped():  # while it was coming up: too late for the stop's own kill
            worker.kill()
            self._register.forget(pid)
        return _Held(raw, worker, stubs, offset)

    def _let_be(self, held: _Held, *, reuse: bool) -> _Held:
        """End the process of a program at once where it shall serve no other, before it is given back."""
        if not reuse:
            held.worker.kill()
            self._register.forget(held.worker.pid)
            self._seen.discard(held.worker.pid)
        return held

    async def _give_back(self, held: _Held) -> None:
        """Let a process forget its program, and the pool have it, or what is left of it."""
        try:
            await held.worker.gone()  # the pool would give one that is dying to the next program
            await held.raw.__aexit__(None, None, None)
        except (_monty().MontyError, RuntimeError):  # the second of a process that makes no sense
            logger.debug("A process of the sandbox was gone when it was given back")
        finally:
            self._live.discard(held.worker)
            held.worker.release()

    def _halted(self, pid: int) -> bool:
        return self._stopped() or not self._register.holds(pid)

    async def _from_spare(self, stubs: str, offset: timedelta) -> _Held | None:
        held = self._spare
        if held is None or (held.stubs, held.offset) != (stubs, offset):
            return None
        self._spare = None
        if self._register.holds(held.worker.pid):
            return held
        await self._drop(held)  # the stop killed it
        return None

    async def _from_bare(self, offset: timedelta) -> _Held | None:
        held, self._bare = self._bare, None
        if held is None or (held.offset == offset and self._register.holds(held.worker.pid)):
            return held
        await self._drop(held)
        return None

    async def _drop(self, held: _Held | None) -> None:
        if held is not None:
            await self._give_back(self._let_be(held, reuse=False))

    def _rest(self) -> None:
        """Nobody uses the pool: prepare for the next program, and let go of everything when none comes."""
        if self._wanted and self._spare is None:
            self._task(self._again(*self._wanted))
        elif self._bare_for is not None and self._bare is None:
            self._task(self._bare_again(self._bare_for))
        else:
            self._alarm = self._task(self._retire())

    def _task(self, work: Any) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name="sandbox")
        self._later.add(task)
        task.add_done_callback(self._later.discard)
        return task

    async def _again(self, stubs: str, now: datetime) -> None:
        try:
            await self.warm(stubs, now)
        except ClawError as error:
            if not (self._closed or self._stopped()):
                logger.warning("No warm process for programs, the next one will take longer: %s", error)

    async def _bare_again(self, offset: timedelta) -> None:
        try:
            async with self._warming, self._used() as pool:
                if self._bare is None:
                    self._bare = await self._checkout(pool, "", offset)
        except ClawError as error:
            if not (self._closed or self._stopped()):
                logger.warning("No process ready for skills, the next one will take longer: %s", error)

    async def _retire(self) -> None:
        await self._timer.sleep(IDLE_S)
        self._alarm = None
        async with self._opening:
            if self._active or (self._bare is not None and self._seen == {self._bare.worker.pid}):
                return
            await self._let_go()
        if self._bare_for is not None:
            await self._bare_again(self._bare_for)

    async def _let_go(self) -> None:
        spares, self._spare, self._bare = (self._spare, self._bare), None, None
        for held in spares:
            await self._drop(held)
        pool, self._pool = self._pool, None
        if pool:
            await pool.__aexit__(None, None, None)
        for pid in self._seen:
            self._register.forget(pid)
        self._seen.clear()
