"""Tells the household once that something does not work, and once that it works again: a message like any other.

What is over within moments is not told, what comes and goes is told once an hour at most, and what begins together is
told together.  A message is no alarm, but where nothing moves any more because of it.  It goes through the gate, so a
stop, a policy or a disk that is full can keep it from going; then it is tried again for as long as it is so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from claw.base.action import Message
from claw.base.clock import Clock, Timer, within
from claw.base.degraded import Degraded, Fault
from claw.base.errors import ClawError
from claw.mind.replies import reply_text

logger = logging.getLogger(__name__)

SETTLE_S = 20.0
"""What does not work for less is not told."""
WELL_S = 60.0
"""What has worked for so long works again."""
TOGETHER_S = 2.0
HOUR_S = 3600.0
FIRST_AGAIN_S = 60.0
TO = "everyone"

HOLD_EVERYTHING = frozenset({"log", "disk", "heartbeat", "latch"})
"""While one of these does not work nothing moves, so it is told at once, and aloud."""

_NAMED = {
    "heartbeat": "guard",
    "latch": "guard",
    "mcp": "agents",
    "openai": "agents",
    "policy file": "policy",
    "checkpoints": "log",
    "retention": "log",
    "installed files": "files",
    "look at the installed files": "look",
}
_KNOWN = frozenset(
    {"house", "model", "ears", "microphone", "wyoming", "page", "telegram", "mqtt", "phone", "notifier", "log", "disk"}
    | {"routines", "backup", "traces"}
)

Tell = Callable[[Message], Awaitable[bool]]


class News:
    """Follows what does not work and tells of it; ``run`` is its task."""

    def __init__(self, degraded: Degraded, tell: Tell, clock: Clock, timer: Timer, language: str) -> None:
        """``tell`` sends a message and returns whether it went; ``language`` is the household's."""
        self._tell = tell
        self._clock = clock
        self._timer = timer
        self._language = language
        self._since: dict[str, float] = {}
        self._well: dict[str, float] = {}
        self._untold: set[str] = set()
        """Parts that fail and were not told; those that were are in ``_told``, with when."""
        self._told: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._again_s = 0.0
        self._not_before = 0.0
        self._changed = asyncio.Event()
        for fault in degraded.now():
            self._take(fault, works=False)
        degraded.on_change(lambda fault, works: self._take(fault, works=works))

    async def run(self) -> None:
        """Tell what is to be told, until cancelled."""
        while True:
            self._changed.clear()
            wait_s = self._next()
            if wait_s is None:
                await self._changed.wait()
            elif wait_s > 0:
                await within(self._timer, wait_s, self._changed.wait())
            else:
                await self._timer.sleep(TOGETHER_S)
                await self._round()

    def _take(self, fault: Fault, *, works: bool) -> None:
        part, now = fault.part, self._clock.monotonic()
        if works:
            self._since.pop(part, None)
            self._untold.discard(part)
            if part in self._told:
                self._well[part] = now
        else:
            self._since[part] = now
            self._well.pop(part, None)
            if part not in self._told:
                self._untold.add(part)
        self._again_s = self._not_before = 0.0
        self._changed.set()

    def _due(self) -> dict[str, float]:
        """Return when each part that is to be told of is due, by the monotonic clock."""
        due: dict[str, float] = {}
        for part in self._untold:
            settled = self._since[part] + (0.0 if part in HOLD_EVERYTHING else SETTLE_S)
            due[part] = max(settled, self._last.get(part, float("-inf")) + HOUR_S)
        due.update({part: since + WELL_S for part, since in self._well.items()})
        return due

    def _next(self) -> float | None:
        due = self._due()
        if not due:
            return None
        return max(0.0, max(min(due.values()), self._not_before) - self._clock.monotonic())

    async def _round(self) -> None:
        now = self._clock.monotonic()
        due = [part for part, moment in self._due().items() if moment <= now]
        fails = sorted(part for part in due if part in self._untold)
        works = sorted(part for part in due if part in self._well)
        if not due or not await self._said(fails, works):
            return
        for part in fails:
            self._last[part] = self._told[part] = now
            self._untold.discard(part)
            if part not in self._since:  # it came back while that was said
                self._well[part] = now
        for part in works:
            if self._well.pop(part, None) is not None:
                self._told.pop(part, None)

    async def _said(self, fails: list[str], works: list[str]) -> bool:
        urgency = "high" if HOLD_EVERYTHING.intersection(fails) else "normal"
        text = " ".join(
            reply_text(key, self._language, parts=self._names(parts))
            for key, parts in (("parts_fail", fails), ("parts_work", works))
            if parts
        )
        try:
            went = await self._tell(Message(TO, text, "note", urgency))
        except ClawError as error:
            logger.warning("What does not work cannot be told now: %s", error)
            went = False
        if not went:
            self._again_s = min(HOUR_S, max(FIRST_AGAIN_S, 2 * self._again_s))
            self._not_before = self._clock.monotonic() + self._again_s
        return went

    def _names(self, parts: list[str]) -> str:
        return ", ".join(dict.fromkeys(self._name(part) for part in parts))

    def _name(self, part: str) -> str:
        kind = _NAMED.get(part, part.partition(" ")[0])
        known = kind if kind in _KNOWN or kind in _NAMED.values() else "inside"
        return reply_text(f"part_{known}", self._language)
