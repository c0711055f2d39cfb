"""Tells the hand of a person from everything else that moves in a house.

By the context of a change: a user of Home Assistant, or a deed that a person asked Claw for, is a hand; a deed of a
routine, an automation and what either sets off are none.  A change with nobody behind it is a hand at the thing itself,
unless the thing has just been set going and is still on its way, or settles where it was sent.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from claw.base.action import Action, Origin
from claw.base.clock import Clock
from claw.gate.cause import Causes, Who
from claw.house.mirror import Mirror
from claw.house.model import Change, Registry, State
from claw.house.proof import Expectation
from claw.house.services import expectation
from claw.policy.people import People
from claw.policy.reach import parts_of
from claw.routines.stance import FLICKER, LEVELS, MOVING, Stance, settable, settles, stance, turned
from claw.routines.touches import Touch

FLIGHT = timedelta(seconds=30)
"""An act is under way for at most so long; until it has come back nobody knows in which context its things move."""

_MACHINES = ("routine", "system")


@dataclass(frozen=True, slots=True)
class Seen:
    """One change that may have been a hand.

    ``turned``: in a way that a hand at the thing itself may have; ``word``: not only how much of it there is.
    """

    entity_id: str
    state: State
    at: datetime
    turned: bool = False
    word: bool = False


@dataclass(frozen=True, slots=True)
class _Going:
    """What set a thing going: since when, what it is to become where that is known, and when it was that."""

    since: datetime
    wish: Expectation | None = None
    arrived: datetime | None = None


class Onlooker:
    """Sees every change and every act; used from the event loop only."""

    def __init__(
        self, mirror: Mirror, causes: Causes, people: People, clock: Clock, span: Callable[[str], float]
    ) -> None:
        """``span`` gives for how many seconds a hand counts on an entity."""
        self._mirror = mirror
        self._causes = causes
        self._people = people
        self._clock = clock
        self._span = span
        self._stands: dict[str, tuple[Stance, Stance | None]] = {}
        self._going: dict[str, _Going] = {}
        self._flying: dict[str, datetime] = {}

    def take(self, change: Change) -> Seen | None:
        """Take one change; return it where somebody's hand may have been in it."""
        entity_id, state = change.entity_id, change.state
        if state is None or not settable(entity_id):
            return None
        now, before = stance(entity_id, state), self._stands.get(entity_id)
        if now is None:
            return None  # away for a moment: what it comes back with is held against what was known
        by_device = turned(entity_id, state)
        self._stands[entity_id] = (now, by_device)
        self._arrive(entity_id, state)
        if before is not None and before[0] == now:
            return None
        if before is None or not self._mirror.ready:
            return self._found(entity_id, state)
        turned_ = before[1] is not None and by_device is not None and before[1] != by_device
        return Seen(entity_id, state, self._clock.now(), turned_, before[0][0] != now[0])

    def acts(self, action: Action) -> None:
        """Take that an act is about to be done."""
        house, now = self._mirror.house(), self._clock.now()
        for entity_id in reached(action, house.registry):
            wish = expectation(house, action, entity_id) if entity_id in action.entities else None
            self._flying[entity_id] = now
            self._going[entity_id] = _Going(now, wish if wish is not None and wish.reports else None)

    def landed(self, action: Action) -> None:
        """Take that an act has come back: in which context its things move is known now."""
        for entity_id in reached(action, self._mirror.registry):
            self._flying.pop(entity_id, None)

    def flying(self, entity_id: str) -> bool:
        """Return whether an act on this thing is under way."""
        since = self._flying.get(entity_id)
        return since is not None and abs(self._clock.now() - since) < FLIGHT

    def hand(self, seen: Seen) -> Touch | None:
        """Return whose hand a change was, None where it was none; raises Broken where the log cannot be read."""
        who, context = self._who(seen.state), seen.state.context
        if who.kind == "claw":
            deed = self._causes.deeds.of(who.entry)
            if deed is None or by_machine(deed.origin):
                return None
            # When it was asked for, not when the device said so: what was asked for after that is a later wish.
            return Touch(seen.entity_id, min(deed.time, seen.at), "claw", deed.origin.person, context)
        if who.kind in {"person", "stranger"} or (who.kind == "script" and who.person is not None):
            return Touch(seen.entity_id, seen.at, "app", self._person(who), context)
        if who.kind == "hand" and seen.turned and not self._settling(seen):
            return Touch(seen.entity_id, seen.at, "device", None, context)
        return None

    def judged(self, seen: Seen) -> None:
        """Take that a change was looked at: where something known was behind it, the thing may settle after it."""
        known = self._going.get(seen.entity_id)
        if (known is None or known.since < seen.at) and self._who(seen.state).kind != "hand":
            there = None if seen.state.value in MOVING else seen.at
            self._going[seen.entity_id] = _Going(seen.at, arrived=there)

    def forget(self) -> None:
        """Let go of what is too long ago to matter."""
        now = self._clock.now()
        self._flying = {one: since for one, since in self._flying.items() if abs(now - since) < FLIGHT}
        self._going = {
            one: going
            for one, going in self._going.items()
            if abs(now - (going.arrived or going.since)) < max(LEVELS, settles(one))
        }

    def _found(self, entity_id: str, state: State) -> Seen | None:
        """Return what was found so, at the start or when the house came back, where a user is named behind it."""
        if state.changed is None or state.cause is None or state.cause.user is None:
            return None
        lately = abs(self._clock.now() - state.changed) < timedelta(seconds=self._span(entity_id))
        return Seen(entity_id, state, state.changed) if lately else None

    def _arrive(self, entity_id: str, state: State) -> None:
        going = self._going.get(entity_id)
        if going is not None and going.wish is not None and going.arrived is None and going.wish.reached(state):
            self._going[entity_id] = replace(going, arrived=self._clock.now())

    def _who(self, state: State) -> Who:
        cause, context = state.cause, state.context
        if cause is not None and cause.user is not None:
            return self._causes.behind(context, cause)
        # Most of what moves in a house has no user behind it: the log on disk need not be read for each.
        for seq, (_, known) in reversed(self._causes.deeds.follower.recent.items()):
            if known is not None and known == context:
                deed = self._causes.deeds.of(seq)
                return self._causes.by(deed) if deed is not None else Who("unseen")
        run = self._causes.chronicle.run(context)
        if run is not None:
            return Who("automation", run=run)
        return Who("unnamed") if cause is not None and cause.parent is not None else Who("hand")

    def _settling(self, seen: Seen) -> bool:
        going = self._going.get(seen.entity_id)
        if going is None:
            return False
        if going.arrived is not None:
            return abs(seen.at - going.arrived) < (FLICKER if seen.word else LEVELS)
        return abs(seen.at - going.since) < settles(seen.entity_id)

    def _person(self, who: Who) -> str | None:
        return next((one.id for one in self._people if one.name == who.person), None)


def reached(action: Action, registry: Registry) -> tuple[str, ...]:
    """Return all things that an action moves and people set, what it sets off included, as far as that is known."""
    parts = parts_of(registry, action)
    found = (part.entity for part in parts) if parts is not None else action.entities
    return tuple(one for one in dict.fromkeys(found) if one and settable(one))


def by_machine(origin: Origin) -> bool:
    """Return whether no person asks: a routine does, or the daemon itself."""
    return bool(origin.routine) or origin.channel.partition(":")[0] in _MACHINES
