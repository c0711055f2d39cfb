"""Reports what must never be and is so now, whoever brought it about: a person, an automation, the wind.

Claw's own plans are stopped before they get there.  For everything else it can only look and say so, once for each time
that it becomes so, loudly and to everybody; what was left unlocked it does not lock by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from claw.audit.log import AuditLog
from claw.base.action import SYSTEM, Message
from claw.base.clock import Clock
from claw.base.errors import ClawError
from claw.gate.judge import Judge
from claw.house.model import Change
from claw.policy.never import Predicate

logger = logging.getLogger(__name__)

TO = "everyone"


class Breaches:
    """Looks at the house whenever something changes that a predicate is about."""

    def __init__(
        self, judge: Judge, audit: AuditLog, clock: Clock, tell: Callable[[Message], Awaitable[object]]
    ) -> None:
        self._judge = judge
        self._audit = audit
        self._clock = clock
        self._tell = tell
        self._so: frozenset[str] = frozenset()
        self._looking: asyncio.Task[None] | None = None
        judge.mirror.watch(self._changed)

    def look(self) -> None:
        """Look at the house soon: what is so may also come with the time of day, or with a new policy."""
        if self._looking is not None and not self._looking.done():
            self._again = True
            return
        self._looking = asyncio.get_running_loop().create_task(self._look(), name="breaches")

    async def close(self) -> None:
        """End looking."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _changed(self, change: Change) -> None:
        if self._judge.policy.never and change.entity_id in self._judge.looks_at:
            self.look()

    async def _look(self) -> None:
        while True:
            self._again = False
            if self._judge.mirror.ready:
                found = {
                    one.id: one for one in self._judge.policy.breached(self._judge.mirror.house(), self._clock.now())
                }
                fresh = [one for name, one in found.items() if name not in self._so]
                self._so = frozenset(found)
                for one in fresh:
                    await self._report(one)
            if not self._again:
                return

    async def _report(self, one: Predicate) -> None:
        states, renamed = self._judge.mirror.states, self._judge.mirror.registry.renamed
        entities = sorted(renamed.get(entity, entity) for entity in one.entities)
        seen = {entity: states[entity].value for entity in entities if entity in states}
        logger.warning("What must never be is so: %s", one.id)
        try:
            await self._audit.append(
                "breach",
                {"id": one.id, "why": one.why, "seen": seen},
                origin=SYSTEM,
                versions=self._judge.versions(),
            )
            await self._tell(Message(TO, one.why, "alarm", "high"))
        except ClawError:
            logger.exception("A breach could not be reported")
