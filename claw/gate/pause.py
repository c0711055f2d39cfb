"""A pause: Claw does nothing new for a while, because somebody wants peace.  It is not the stop, and never called one.

What runs goes on and is told about, questions about the house are answered, and an adult may end it through any
channel.  It survives a restart by a small file, which is also read when somebody else wrote it: a file that cannot be
read is a pause without an end.
"""

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from claw.base.action import Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused

PAUSE = "pause"
"""Name of the file in the state directory."""
PAUSE_BYTES = 4096
LONGEST_S = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class PauseState:
    """Whether Claw pauses; why, by whom, since when and until when (ISO 8601, empty where it has no end)."""

    paused: bool
    reason: str = ""
    by: str = ""
    since: str = ""
    until: str = ""


GOING = PauseState(paused=False)


class Pause:
    """The pause of one daemon; ``told`` are called when it begins or is ended."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._path = directory / PAUSE
        self._clock = clock
        self.told: list[Callable[[PauseState], None]] = []

    def state(self) -> PauseState:
        """Return how it stands now: a pause whose time is over is none."""
        state = self._read()
        if state.until:
            try:
                over = datetime.fromisoformat(state.until) <= self._clock.now()
            except (ValueError, TypeError):  # no moment, or one without a timezone
                return PauseState(paused=True, reason="the file of the pause is damaged")
            if over:
                return GOING
        return state

    def check(self) -> None:
        """Raise Refused while Claw pauses."""
        state = self.state()
        if state.paused:
            raise Refused("paused" + (f" until {state.until}" if state.until else ""))

    def begin(self, reason: str, origin: Origin, seconds: float | None = None) -> PauseState:
        """Pause, for ``seconds`` where they are given; raises Refused for a wrong length, Broken when not kept."""
        if seconds is not None and not 0 < seconds <= LONGEST_S:
            raise Refused("a pause lasts up to 30 days")
        now = self._clock.now()
        until = (now + timedelta(seconds=seconds)).isoformat(timespec="seconds") if seconds is not None else ""
        since = now.isoformat(timespec="seconds")
        state = PauseState(True, reason, origin.person or origin.channel, since, until)  # noqa: FBT003  as its first field
        fresh = self._path.with_name(f"{PAUSE}.{os.getpid()}.new")
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, json.dumps(asdict(state)).encode())
                os.fsync(handle)
            finally:
                os.close(handle)
            fresh.replace(self._path)
        except OSError as error:
            raise Broken(f"the pause cannot be kept: {error.strerror}. Use `claw stop` to be sure") from error
        self._tell(state)
        return state

    def end(self) -> PauseState:
        """Go on; return how it stood.  Raises Refused when Claw does not pause, Broken when the file stays."""
        state = self.state()
        if not state.paused:
            raise Refused("it is not paused")
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise Broken(f"the pause {self._path} cannot be removed: {error.strerror}") from error
        self._tell(GOING)
        return state

    def _read(self) -> PauseState:
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return GOING
        except OSError:
            return PauseState(paused=True, reason="the file of the pause cannot be read")
        try:
            stored = json.loads(os.read(handle, PAUSE_BYTES))
            return PauseState(True, *(str(stored[key]) for key in ("reason", "by", "since", "until")))  # noqa: FBT003  as above
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return PauseState(paused=True, reason="the file of the pause is damaged")
        finally:
            with contextlib.suppress(OSError):
                os.close(handle)

    def _tell(self, state: PauseState) -> None:
        for tell in tuple(self.told):
            tell(state)
