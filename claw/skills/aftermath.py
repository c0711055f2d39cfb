"""What people do to what Claw did, in the ten minutes after: somebody who puts a lamp back did not want it.

Watched are the things that an act really moved.  A change by a person, at the device or by asking Claw, counts; what a
device settles to, an automation, a routine or another skill does next does not.  One act is told of once.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from claw.base.action import Outcome
from claw.base.clock import Clock, Timer
from claw.base.errors import ClawError
from claw.gate.cause import Causes, Who
from claw.house.mirror import Mirror
from claw.house.model import Change, State
from claw.memory.postures import learnable, posture

logger = logging.getLogger(__name__)

LATELY = timedelta(minutes=10)
"""How long a change by a person means that what was done was wrong."""
SETTLES = timedelta(seconds=30)
"""So long a thing may still be on its way to what the act wished, with nobody named behind it."""
LOOK_S = 2.0
"""A change is judged so much later: who is behind it is in the log a moment after it is seen."""
MOST_FOLLOWED = 200
MOST_WAITING = 500

Told = Callable[[str], None]
"""Called once, with why, in a few words: ``it was undone``, ``light.desk was changed by hand``."""

_MACHINES = ("routine", "system")
_PEOPLE = frozenset({"person", "stranger"})


@dataclass
class _Followed:
    """One act that is followed: its entries of the log, since when, how its things stand, and whom to tell."""

    entries: frozenset[int]
    since: datetime
    stands: dict[str, tuple[str, str | None]]
    told: Told


@dataclass(frozen=True, slots=True)
class _Waiting:
    entity: str
    state: State
    at: datetime


@dataclass
class Aftermath:
    """Follows what was done for a while; used from the event loop only.

    ``mirror.watch(aftermath.take)`` is what lets it see.
    """

    mirror: Mirror
    causes: Causes
    clock: Clock
    timer: Timer
    _followed: list[_Followed] = field(default_factory=list[_Followed])
    _waiting: list[_Waiting] = field(default_factory=list[_Waiting])
    _looking: asyncio.Task[None] | None = None

    def follow(self, outcomes: Iterable[Outcome], told: Told) -> None:
        """Call ``told`` once where a person takes back, or changes, what these outcomes did."""
        done = [one for one in outcomes if one.status in {"done", "started", "sent"}]
        entities = dict.fromkeys(entity for one in done for entity in one.action.entities if _moved(one, entity))
        self.watch(entities, [one.audit for one in done if one.audit is not None], told)

    def watch(self, entities: Collection[str], entries: Collection[int], undone: Told) -> None:
        """Call ``undone`` once, with why, where a person undoes or changes these things within ten minutes.

        ``entries`` are the intents of what was done to them.
        """
        stands = {one: self._stand(one, state) for one in entities if (state := self.mirror.states.get(one))}
        if stands:
            self._followed.append(_Followed(frozenset(entries), self.clock.now(), stands, undone))
            del self._followed[:-MOST_FOLLOWED]

    def take(self, change: Change) -> None:
        """Remember one change of the house, where it is of something that is followed."""
        if not self._followed or change.state is None:
            return
        now = self.clock.now()
        self._followed = [one for one in self._followed if timedelta() <= now - one.since <= LATELY]
        if not any(change.entity_id in one.stands for one in self._followed):
            return
        self._waiting.append(_Waiting(change.entity_id, change.state, now))
        del self._waiting[:-MOST_WAITING]
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._soon())

    async def close(self) -> None:
        """Stop following."""
        self._followed.clear()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _soon(self) -> None:
        while self._waiting:
            await self.timer.sleep(LOOK_S)
            due, self._waiting = self._waiting, []
            for one in due:
                try:
                    self._judge(one)
                except ClawError:
                    logger.exception("Who changed %s cannot be found out", one.entity)
                await asyncio.sleep(0)  # each may read in the log: of many at once, others come between

    def _judge(self, change: _Waiting) -> None:
        now = self._stand(change.entity, change.state)
        concerned = [one for one in self._followed if one.stands.get(change.entity, now) != now]
        if not concerned or now[0] in {"unavailable", "unknown"}:
            return
        who = self.causes.behind(change.state.context, change.state.cause)
        for one in concerned:
            why = self._against(one, change, who)
            if why is None:
                one.stands[change.entity] = now
                continue
            self._followed.remove(one)
            one.told(why)

    def _against(self, followed: _Followed, change: _Waiting, who: Who) -> str | None:
        """Return why this change says that what was done was wrong, None where it says nothing."""
        if who.kind == "claw":
            return self._by_claw(followed, change, who)
        if who.kind in _PEOPLE:
            return f"{change.entity} was changed by hand"
        # Only of what people switch is a change with nobody behind it taken for a hand at the device.
        entity = self.mirror.registry.entities.get(change.entity)
        hand = who.kind == "hand" and entity is not None and learnable(entity)
        return f"{change.entity} was changed by hand" if hand and change.at - followed.since >= SETTLES else None

    def _by_claw(self, followed: _Followed, change: _Waiting, who: Who) -> str | None:
        deed = self.causes.deeds.of(who.entry)
        if deed is None or deed.seq in followed.entries or deed.origin.channel.startswith(_MACHINES):
            return None
        if followed.entries.intersection(deed.undoes):
            return "it was undone"
        return None if deed.origin.skill or deed.origin.routine else f"{change.entity} was changed by asking"

    @staticmethod
    def _stand(entity: str, state: State) -> tuple[str, str | None]:
        return state.value, posture(entity.partition(".")[0], state)


def _moved(outcome: Outcome, entity: str) -> bool:
    return outcome.entities.get(entity, outcome.status) in {"done", "started", "sent"}
