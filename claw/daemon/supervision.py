"""Has every part of a running daemon go on, and the list of what does not work say how each of them is.

A part that fails is begun again (``claw/base/supervised.py``); a channel that cannot begin leaves the daemon up without
it, and is tried again.  What stays fatal is what a person has to mend before anything can be trusted: a configuration
that makes no sense, secrets that cannot be read, and the local socket, without which nobody at the machine could stop,
ask or reset.  Parts that know themselves how they do are looked at every few seconds, which costs less than having each
of them report.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from claw.base.clock import SystemClock
from claw.base.degraded import Degraded
from claw.base.errors import ClawError
from claw.base.supervised import Looked, Supervised, Work

logger = logging.getLogger(__name__)

LOOK_S = 5.0
PATIENCE_S = 30.0
"""A link that breaks and comes back within this is nobody's business."""

Problem = Callable[[], str]


@dataclass
class _Look:
    """Something that knows whether it works, and since when it has not."""

    problem: Problem
    patience_s: float
    since: float | None = field(default=None)


class Supervision:
    """What one daemon keeps going, and what it looks at; used from the event loop only."""

    def __init__(self, degraded: Degraded, clock: SystemClock) -> None:
        """What does not work goes to ``degraded``."""
        self._degraded = degraded
        self._clock = clock
        self._kept: list[Supervised] = []
        self._looks: dict[str, list[_Look]] = {}

    def keep(self, part: str, work: Work, *, guards: bool = False) -> Supervised:
        """Begin work that goes on until ``close``; ``guards`` where nothing may move without it."""
        kept = Supervised(part, work, self._clock, self._clock, guards=guards)
        self._kept.append(kept)
        self.watch((kept,))
        kept.start()
        return kept

    async def begin(self, part: str, start: Callable[[], Awaitable[object]]) -> bool:
        """Begin a channel and return whether it began; one that did not is tried again until it does."""
        try:
            await start()
        except Exception as error:  # noqa: BLE001  the boundary of each channel: none is worth the gate; it is logged
            again = Supervised(part, start, self._clock, self._clock, ends=True)
            self._kept.append(again)
            self.watch((again,))
            again.start(error)
            self._degraded.fails(part, again.problem)
            return False
        return True

    def watch(self, parts: Iterable[Looked]) -> None:
        """Look at parts that are kept going elsewhere, too."""
        for one in parts:
            self.look_at(one.part, lambda one=one: one.problem, 0)

    def look_at(self, part: str, problem: Problem, patience_s: float = PATIENCE_S) -> None:
        """Ask ``problem`` again and again what is wrong with ``part``; empty is nothing.

        It counts once it has been so for ``patience_s``.
        """
        self._looks.setdefault(part, []).append(_Look(problem, patience_s))

    async def run(self) -> None:
        """Look at everything every few seconds, until cancelled."""
        while True:
            self.look()
            await self._clock.sleep(LOOK_S)

    def look(self) -> None:
        """Look at everything now."""
        for part, looks in self._looks.items():
            found = [text for look in looks if (text := self._found(look))]
            if found:
                self._degraded.fails(part, found[0])
            else:
                self._degraded.works(part)

    async def close(self) -> None:
        """End all that is kept going here, the newest first."""
        for kept in reversed(self._kept):
            await kept.close()

    def _found(self, look: _Look) -> str:
        try:
            problem = look.problem()
        except ClawError as error:
            problem = str(error)
        except Exception as error:
            # One part that cannot even be asked must not hide all others.
            logger.exception("A part could not be asked how it does")
            problem = f"it cannot be asked how it does ({type(error).__name__})"
        if not problem:
            look.since = None
            return ""
        now = self._clock.monotonic()
        look.since = now if look.since is None else look.since
        return problem if now - look.since >= look.patience_s else ""
