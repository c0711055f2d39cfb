"""How Claw has been doing, for a page that draws it: how long turns take, what a model costs, drills, the link.

Turns are counted since this daemon started, in memory and without a word of theirs; money and drills come from what is
on disk anyway.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from claw.audit.finding import Wanted, matching
from claw.audit.log import AuditLog
from claw.base.action import Json, Reply
from claw.base.clock import Clock
from claw.channels.durations import Durations
from claw.channels.shown import shown
from claw.channels.turns import Turns
from claw.house.backend import Link
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.policy.windows import local

STAGES = ("recognise", "skill", "model", "decide", "disk", "device", "verify", "total")
"""In the order in which they come; what a reply tells of besides is left out."""
DAYS = 30
DRILLS = 30
LINKS = 100
DRILL = "drill"
FIGURES = (
    "ok", "actions_after_latch", "latch_to_last_send_ms", "workers_dead_ms_p99", "workers_alive", "workers", "trips",
)  # fmt: skip
"""What of a drill is told here; the rest is in the log."""

Spent = Callable[[date, int], list[dict[str, Json]]]
"""Today, by the household's clock, and a number of days → what a model cost on each of them."""


@dataclass(frozen=True)
class Caps:
    """What a model may cost in a day, None where nothing limits it; ``model`` whether there is one."""

    model: bool = False
    tokens: int | None = None
    money: float | None = None


class Health:
    """Answers about how it goes; one for all channels."""

    def __init__(self, audit: AuditLog, mirror: Mirror, spent: Spent, caps: Caps, clock: Clock) -> None:
        self._audit = audit
        self._mirror = mirror
        self._spent = spent
        self._caps = caps
        self._clock = clock
        self._since = clock.now()
        self._stages = {stage: Durations() for stage in STAGES}
        self._replies = 0
        self._asking = Turns()
        self._links: deque[dict[str, Json]] = deque(maxlen=LINKS)
        self.linked(mirror.link)
        mirror.on_link(self.linked)

    def replied(self, reply: Reply) -> None:
        """Count how long a turn took."""
        self._replies += 1
        self._count(reply.timings)

    def linked(self, link: Link) -> None:
        """Keep when the link to the house changed."""
        at = self._clock.now().isoformat()
        self._links.append({"at": at, "status": link.status, "detail": plain(link.detail, 200)})

    async def status(self) -> dict[str, Json]:
        """Return the figures: since the start of this daemon for turns and link, of the last days for the rest."""
        now = self._clock.now()
        today = (local(self._mirror.registry, now) or now).date()
        return {
            "now": now.isoformat(),
            "since": self._since.isoformat(),
            "turns": self._replies,
            "stages": [{"stage": name, **stage.as_json()} for name, stage in self._stages.items() if stage.count],
            "model": self._caps.model,
            "tokens_per_day": self._caps.tokens,
            "money_per_day": self._caps.money,
            "days": self._spent(today, DAYS),
            "drills": await self._drills(),
            "links": list(self._links),
        }

    def _count(self, timings: Mapping[str, float]) -> None:
        for name, ms in timings.items():
            if name in self._stages and ms > 0:  # a stage that was not come to took no time
                self._stages[name].add(ms)

    async def _drills(self) -> list[dict[str, Json]]:
        """Return the figures of the last drills, oldest first: few entries, anywhere in a long log."""
        wanted = Wanted(kinds=(DRILL,), limit=DRILLS)
        async with self._asking.turn():
            found = await asyncio.to_thread(matching, self._audit.path, wanted)
        entries = [entry for seq in reversed(found.seqs) if (entry := self._audit.entry(seq)) is not None]
        return [
            {
                "seq": entry.seq,
                "time": entry.time.isoformat(),
                **{name: shown((entry.payload or {}).get(name)) for name in FIGURES},
            }
            for entry in entries
        ]
