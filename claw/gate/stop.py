"""The kill switch: a latch on disk and a flag in memory, asked before every act.

It must work when nothing else does.  So engaging it takes no lock, waits for no log and needs no disk: the flag is set
first, the hooks cut what is running, and only then is the latch written.  Anything odd about the latch (its directory
gone, the file unreadable or not ours) counts as engaged; a file that is simply absent from an existing directory is the
one sign of "not engaged".  Nothing in here resets by itself.
"""

import contextlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from claw.base.action import SYSTEM, Action, Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused

logger = logging.getLogger(__name__)

LATCH = "stop"
"""Name of the latch in the state directory."""

VOIDED = "Claw was stopped since it was asked"
"""Why no question that waited at a stop counts after it."""

UNWATCHED = (
    "While Claw is stopped, safety routines are held too: it does not react to smoke, gas, carbon monoxide, water or "
    "frost, and tells nobody of them."
)
"""What nobody may have to find out by a fire; the detectors' own alarms go on without Claw."""

OWN = "claw"
"""The domain of Claw's own actions."""

ALOUD = frozenset({"assist_satellite.announce", "tts.speak"})
"""How a message of Claw's own sounds in a room."""

ROOT = 0
LATCH_BYTES = 4096
"""More than a latch of ours ever holds; a longer one is damaged."""

REMOTE_CHANNELS = ("web", "voice", "screen", "chat", "helper", "mcp", "mqtt", "openai", "phone", "telegram")
"""Stops that came through one of these may be reset by an adult on an authenticated screen; any other only locally."""


@dataclass(frozen=True, slots=True)
class StopState:
    """Whether the switch is engaged; why, by whom, since when (ISO 8601); whether only the local console may reset."""

    engaged: bool
    reason: str = ""
    by: str = ""
    since: str = ""
    local: bool = False


RUNNING = StopState(engaged=False)


def write_latch(latch: Path, state: StopState) -> None:
    """Write ``state`` to the latch file and make it durable; raises OSError."""
    fresh = latch.with_name(f"{latch.name}.{os.getpid()}.new")  # two who stop at once must not share it
    fresh.unlink(missing_ok=True)
    # Root writes it in a directory of somebody else's, who may have put a link there: what is not new is not written.
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if os.geteuid() == ROOT:  # else a service could not read its own latch
            found = latch.parent.stat()
            with contextlib.suppress(OSError):
                os.fchown(handle, found.st_uid, found.st_gid)
        os.write(handle, json.dumps(asdict(state)).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    fresh.replace(latch)
    _sync_directory(latch.parent)


def read_latch(latch: Path) -> StopState:
    """Return what the latch says; anything but a missing file in an existing directory is engaged."""
    try:
        raw = _read(latch)
    except FileNotFoundError:
        if os.path.lexists(latch):
            return StopState(engaged=True, reason="the latch leads nowhere", local=True)
        if latch.parent.is_dir():
            return RUNNING
        return StopState(engaged=True, reason="the state directory is gone", local=True)
    except OSError as error:
        return StopState(engaged=True, reason=f"the latch cannot be read: {error.strerror}", local=True)
    try:
        stored = json.loads(raw)
        return StopState(
            engaged=True,
            reason=str(stored["reason"]),
            by=str(stored["by"]),
            since=str(stored["since"]),
            local=stored["local"] is not False,
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        why = "is damaged" if raw else "is empty: put there by hand, or on a full disk"
        return StopState(engaged=True, reason=f"the latch {why}", local=True)


def _read(latch: Path) -> bytes:
    """Return what is in the file, whatever lies there: a pipe must not hold up the one who asks, nor a huge file."""
    handle = os.open(latch, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(handle, LATCH_BYTES)
    finally:
        os.close(handle)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Stop:
    """The switch of one running daemon.

    ``hooks`` are called when it engages and must not block; ``told`` when its state changes in either direction,
    for a latch that somebody else wrote as soon as it is seen.  ``guards`` are other reasons why nothing may move just
    now (the daemon does not respond, the disk is full): each raises Refused while it holds, and none leaves a latch.
    ``pauses`` are the same for everything but Claw's own messages, which still say what becomes of what runs, and for
    what guards life: ``unpaused`` says of an asker whether it does (the gate asks its judge).
    ``times`` counts how often somebody stopped it, also while it was engaged already.
    """

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._latch = directory / LATCH
        self._clock = clock
        self._flag = read_latch(self._latch)
        self.times = 0
        self.hooks: list[Callable[[], None]] = []
        self.told: list[Callable[[StopState], None]] = []
        self.guards: list[Callable[[], None]] = []
        self.pauses: list[Callable[[], None]] = []
        self.unpaused: Callable[[Origin], bool] = _nobody

    @property
    def engaged(self) -> bool:
        """True while nothing may move; reads the disk each time, so that a latch written by anybody counts.

        What was seen once holds until a reset: taking the file away from a running daemon releases nothing.
        """
        if self._flag.engaged:
            return True
        if os.path.lexists(self._latch) or not self._latch.parent.is_dir():
            found = read_latch(self._latch)
            self._hold(found)
            self._tell(found)
            return True
        return False

    def state(self) -> StopState:
        """Return the state with reason and author."""
        if not self.engaged:
            return RUNNING
        return replace(self._flag, local=self._flag.local or read_latch(self._latch).local)

    def check(self, actions: Sequence[Action] = (), origin: Origin | None = None) -> None:
        """Raise Refused while engaged, or while a guard holds; ``actions`` are what ``origin`` is about to do."""
        if self.engaged:
            raise Refused("stopped")
        for guard in self.guards:
            guard()
        own = bool(actions) and all(_own(action, origin) for action in actions)
        if self.pauses and not own and (origin is None or not self.unpaused(origin)):
            for pause in self.pauses:
                pause()

    def engage(self, reason: str, origin: Origin) -> StopState:
        """Stop everything now; never waits, never fails, and a second call never weakens the first."""
        local = origin.channel.partition(":")[0] not in REMOTE_CHANNELS
        self.times += 1
        before = self.state()
        state = StopState(
            engaged=True,
            reason=before.reason or reason,
            by=before.by or origin.person or origin.channel,
            since=before.since or self._clock.now().isoformat(timespec="seconds"),
            local=before.local or local,
        )
        self._hold(state)
        try:
            write_latch(self._latch, state)
        except OSError:
            logger.exception("The stop holds in memory, but its latch could not be written")
            # An empty latch needs no space and counts as engaged: on a full disk the stop outlives the daemon too.
            with contextlib.suppress(OSError):  # a link counts as engaged, and is not followed
                flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
                os.close(os.open(self._latch, flags, 0o600))
        self._tell(state)
        return state

    def may_reset(self, reason: str, *, console: bool, adult: bool) -> StopState:
        """Return the present state; raises Refused unless it is engaged, a reason is given and the one who asks may.

        ``console``: the request came over the local socket from the state directory's owner or root.  ``adult``: it
        came from an owner or adult on an authenticated screen, which is enough only for a stop that came the same way.
        """
        state = self.state()
        if not state.engaged:
            raise Refused("it is not stopped")
        if not reason.strip():
            raise Refused("a reset needs a reason")
        if not console and (state.local or not adult):
            raise Refused("this stop can only be reset at the local console, with `claw reset`")
        if not self._latch.parent.is_dir():
            raise Refused("the state directory is gone: restore it and start again")
        return state

    def reset(self, reason: str, *, console: bool, adult: bool, times: int | None = None) -> StopState:
        """Release the switch and return how it stood; raises Refused as ``may_reset`` does, Broken when it holds.

        ``times`` is what the switch had counted when the reset was asked for: one who stopped since is not overruled.
        """
        state = self.may_reset(reason, console=console, adult=adult)
        if times is not None and times != self.times:
            raise Refused("somebody stopped it again meanwhile")
        try:
            self._latch.unlink(missing_ok=True)
            _sync_directory(self._latch.parent)
        except OSError as error:
            raise Broken(f"the latch {self._latch} cannot be removed: {error.strerror}") from error
        self._flag = RUNNING
        self._tell(RUNNING)
        return state

    def _hold(self, state: StopState) -> None:
        """Take ``state``, and cut what runs: once per stop, however the stop came about."""
        before, self._flag = self._flag, state
        if before.engaged:
            return
        for hook in self.hooks:
            try:
                hook()
            except Exception:
                # One that fails must not keep the others from cutting, nor the latch from being written.
                logger.exception("A part of the stop failed; the rest goes on")

    def _tell(self, state: StopState) -> None:
        for tell in tuple(self.told):
            try:
                tell(state)
            except Exception:
                # One that cannot hear it must not keep the others from hearing it.
                logger.exception("A listener of the stop failed")


def _own(action: Action, origin: Origin | None) -> bool:
    """Return whether an action moves nothing of the house, and at most says in it what a message says."""
    return action.domain == OWN or (action.name in ALOUD and origin == SYSTEM)


def _nobody(origin: Origin) -> bool:
    del origin
    return False
