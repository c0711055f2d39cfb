"""What people changed by hand, so that nothing in the background changes it again for a while.

A hand is a person at the device, at Home Assistant's own app, or asking Claw; a routine, an automation, and what a
device settles to afterwards are none.  They are told apart by the context of the change, a moment after it.  The rows
outlive a restart.  The judge asks here (``claw/gate/hand.py``) for every act of a routine, so nothing goes round it;
whoever carries a routine out asks first (``spare``), to do the rest of it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlite_utils import Database

from claw.base.action import Action, Origin, Outcome
from claw.base.clock import Clock, Timer
from claw.base.erasure import Erasure
from claw.base.errors import Broken, ClawError
from claw.gate.cause import Causes
from claw.gate.hand import refused
from claw.house.mirror import Mirror
from claw.house.model import Change, House, Registry
from claw.house.services import expectation
from claw.policy.forbidden import indirect
from claw.policy.people import People
from claw.policy.windows import local
from claw.routines.onlooker import Onlooker, Seen, by_machine, reached
from claw.routines.stance import settable
from claw.routines.touches import How, Touch, Touches

__all__ = ["Hands", "How", "Spared", "Touch"]

logger = logging.getLogger(__name__)

Span = Callable[[str], float]
"""Entity id → for how many seconds a hand counts there; 0 where it never does (``RoutinesConfig.hand_s``)."""

Made = Callable[[str], datetime | None]
"""Routine id → when its person set it up (UTC), None where there is no such routine."""

LOOK_S = 2.0
"""A change is judged so much later: who is behind it is in the log a moment after it is seen."""
MOST_WAITING = 2_000
SAME_BREATH = timedelta(seconds=3)
"""What is still changed so soon after a routine was set up belongs to what was done before."""
_TOUCHED = frozenset({"done", "started", "sent", "unchanged"})


@dataclass(frozen=True, slots=True)
class Spared:
    """What is left of some actions once the things are taken out that people have just changed."""

    actions: tuple[Action, ...]
    left: tuple[Touch, ...]

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is left to do."""
        return not self.actions


class Hands:
    """Watches the mirror and what goes through the gate; used from the event loop only.

    ``mirror.watch(hands.take)``, ``mirror.on_registry(hands.renamed)``, ``follower.noted.append(hands.noted)`` and
    ``judge.hand = hands`` are what it needs; ``close`` ends it.  ``by_request`` says whether a person asked for the run
    in which a routine acts: then it is their hand, too.  ``made`` says when a routine was set up: who turns the oven
    on and then says "turn it off in 20 minutes" wishes the latter.
    """

    def __init__(
        self, db: Database, mirror: Mirror, causes: Causes, people: People, clock: Clock, timer: Timer, span: Span
    ) -> None:
        self._touches = Touches(db, clock.now())
        self._mirror = mirror
        self._clock = clock
        self._timer = timer
        self._span = span
        self._onlooker = Onlooker(mirror, causes, people, clock, span)
        self._waiting: list[Seen] = []
        self._looking: asyncio.Task[None] | None = None
        self.by_request: Callable[[Origin], bool] = _never
        self.made: Made = _unknown

    def take(self, change: Change) -> None:
        """Take one change of the house; who was behind it is looked at a moment later."""
        seen = self._onlooker.take(change)
        known = self._touches.get(seen.entity_id) if seen is not None else None
        if seen is None or (known is not None and known.at >= seen.at):
            return
        self._waiting.append(seen)
        del self._waiting[:-MOST_WAITING]
        self._soon()

    def noted(self, outcome: Outcome, origin: Origin) -> None:
        """Take what came of an act: one that a person asked for is their hand."""
        self._onlooker.landed(outcome.action)
        if by_machine(origin):
            return
        now = self._clock.now()
        for entity_id in outcome.action.entities:
            if outcome.entities.get(entity_id, outcome.status) in _TOUCHED and settable(entity_id):
                self._touches.put(Touch(entity_id, now, "claw", origin.person))
        self._soon()

    def acts(self, action: Action, origin: Origin) -> None:
        """Take that ``action`` is about to be done: what moves next, moves by it."""
        del origin
        self._onlooker.acts(action)

    def check(self, actions: Sequence[Action], origin: Origin, house: House) -> None:
        """Raise Refused where a person has just changed something that one of these changes again."""
        if self.by_request(origin):
            return
        for action in actions:
            left = self._left(action, house, origin.routine)
            if left:
                raise refused(self._name(left[0]), self._when(left[0]))

    def touched(self, entities: Iterable[str]) -> tuple[Touch, ...]:
        """Return which of these a person has just changed, the latest first."""
        found = [touch for one in dict.fromkeys(entities) if (touch := self._fresh(one)) is not None]
        return tuple(sorted(found, key=lambda touch: touch.at, reverse=True))

    def spare(self, actions: Sequence[Action], house: House, routine: str = "") -> Spared:
        """Return ``actions`` without what people have just changed; a scene or script that reaches it goes whole.

        What is as an action would have it already stays in: nothing of it would be changed.  So does what was changed
        before ``routine`` was set up.
        """
        kept: list[Action] = []
        left: dict[str, Touch] = {}
        for action in actions:
            touches = {touch.entity_id: touch for touch in self._left(action, house, routine)}
            left |= touches
            rest = tuple(one for one in action.entities if one not in touches)
            if not touches:
                kept.append(action)
            elif rest and touches.keys() <= set(action.entities) and not indirect(action.name):
                kept.append(replace(action, entities=rest))
        return Spared(tuple(kept), tuple(sorted(left.values(), key=lambda touch: touch.at, reverse=True)))

    def said(self, left: Sequence[Touch]) -> str:
        """Return in a sentence what was left alone, and since when; empty for nothing."""
        parts = [f"{self._name(touch)} (changed by hand {self._when(touch)})" for touch in left[:5]]
        more = f" and {len(left) - len(parts)} more" if len(left) > len(parts) else ""
        return f"left as it is: {', '.join(parts)}{more}" if parts else ""

    def first_time(self, routine: str, left: Iterable[Touch]) -> bool:
        """Return whether this routine leaves one alone for the first time since it was touched: then it is said."""
        touches = tuple(left)
        for touch in touches:  # one that is not judged yet counts all the same, and is said now
            known = self._touches.get(touch.entity_id)
            if known is None or known.at < touch.at:
                self._touches.put(touch)
        news = self._touches.tell(routine, [touch.entity_id for touch in touches])
        if news:
            self._soon()
        return news

    def renamed(self, registry: Registry, renamed: Mapping[str, str]) -> None:
        """Follow things to their new ids."""
        del registry
        if renamed:
            self._touches.rename(renamed)
            self._soon()

    def erase(self, erasure: Erasure) -> int:
        """Let go of the hands of whoever is forgotten, also of those whose hand is not known yet."""
        if erasure.everything or erasure.person is not None or erasure.since is not None:
            self._waiting.clear()
        return self._touches.erase(erasure)

    async def close(self) -> None:
        """Write what is not written yet and end."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        self._flush()

    def _soon(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look(), name="who changed it")

    async def _look(self) -> None:
        while self._waiting or self._touches.unwritten:
            await self._timer.sleep(LOOK_S)
            due = [seen for seen in self._waiting if not self._onlooker.flying(seen.entity_id)]
            self._waiting = [seen for seen in self._waiting if self._onlooker.flying(seen.entity_id)]
            for seen in due:
                self._judge(seen)
                await asyncio.sleep(0)  # each may read in the log: of many at once, others come between
            self._onlooker.forget()
            self._touches.expire(self._clock.now())
            if not self._flush():
                return  # the next change tries again

    def _flush(self) -> bool:
        try:
            self._touches.flush()
        except Broken:
            logger.warning("What was changed by hand cannot be written yet; it counts all the same")
            return False
        return True

    def _judge(self, seen: Seen) -> None:
        try:
            touch = self._onlooker.hand(seen)
            self._onlooker.judged(seen)
        except ClawError:
            logger.exception("Who changed %s cannot be found out", seen.entity_id)
            return
        if touch is not None:
            self._touches.put(touch)

    def _fresh(self, entity_id: str) -> Touch | None:
        """Return how a person left a thing, where that counts now; what is not judged yet counts where it is plain."""
        span = timedelta(seconds=self._span(entity_id))
        now = self._clock.now()
        for seen in reversed(self._waiting):
            if seen.entity_id == entity_id and not self._onlooker.flying(entity_id):
                touch = self._onlooker.hand(seen)
                if touch is not None and abs(now - touch.at) < span:
                    return touch
        touch = self._touches.get(entity_id)
        # A clock that was set back makes no hand last for ever.
        return touch if touch is not None and abs(now - touch.at) < span else None

    def _left(self, action: Action, house: House, routine: str) -> tuple[Touch, ...]:
        """Return what people have changed, since ``routine`` was set up, of all that ``action`` would change."""
        found: list[Touch] = []
        made = self.made(routine)
        if made is not None and made > self._clock.now():
            made = None  # by a clock that ran ahead then: every hand would seem to come before it
        for entity_id in reached(action, house.registry):
            touch = self._fresh(entity_id)
            if touch is None or (made is not None and touch.at <= made + SAME_BREATH):
                continue
            if not _so_already(action, entity_id, house):
                found.append(touch)
        return tuple(found)

    def _name(self, touch: Touch) -> str:
        entity = self._mirror.registry.entities.get(touch.entity_id)
        return entity.name if entity is not None and entity.name else touch.entity_id

    def _when(self, touch: Touch) -> str:
        here = local(self._mirror.registry, touch.at)
        return f"at {here:%H:%M}" if here is not None else f"at {touch.at:%H:%M} UTC"


def _so_already(action: Action, entity_id: str, house: House) -> bool:
    """Return whether a thing is as ``action`` would have it."""
    state = house.states.get(entity_id)
    if state is None or entity_id not in action.entities:
        return False
    wish = expectation(house, action, entity_id)
    return wish.reports and wish.reached(state)


def _never(origin: Origin) -> bool:
    del origin
    return False


def _unknown(routine: str) -> datetime | None:
    del routine
    return None
