"""What people changed by hand, so that nothing in the background changes it again for a while.

A hand is a person at the device, at Home Assistant's own app, or asking Claw; a routine, an automation, a script and
what a device settles to afterwards are none.  They are told apart by the context of the change, a moment after it.
The rows outlive a restart.  The judge asks here (``claw/gate/hand.py``) for every act of a routine, so nothing goes
round it; whoever carries a routine out asks first, to do the rest of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from claw.base.action import Action, Origin, Outcome
from claw.base.clock import Clock, Timer
from claw.gate.cause import Causes
from claw.house.mirror import Mirror
from claw.house.model import Change, House

How = Literal["device", "app", "claw"]
"""By what: a hand at the thing itself, the house's own app, or a word to Claw."""

Span = Callable[[str], float]
"""Entity id → for how many seconds a hand counts there; 0 where it never does (``RoutinesConfig.hand_s``)."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One thing as a person left it: when (UTC), by what, and who where that is known."""

    entity_id: str
    at: datetime
    how: How
    person: str | None = None
    context: str | None = None


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
    ``judge.hand = hands`` are what it needs; ``close`` ends it.
    """

    def __init__(self, db: Database, mirror: Mirror, causes: Causes, clock: Clock, timer: Timer, span: Span) -> None:
        raise NotImplementedError

    def take(self, change: Change) -> None:
        """Take one change of the house; who was behind it is looked at a moment later."""
        raise NotImplementedError

    def noted(self, outcome: Outcome, origin: Origin) -> None:
        """Take what came of an act: one that a person asked for is their hand."""
        raise NotImplementedError

    def acts(self, action: Action, origin: Origin) -> None:
        """Take that ``action`` is about to be done: what moves next, moves by it."""
        raise NotImplementedError

    def check(self, actions: Sequence[Action], house: House) -> None:
        """Raise Refused where a person has just changed something that one of these moves."""
        raise NotImplementedError

    def touched(self, entities: Iterable[str]) -> tuple[Touch, ...]:
        """Return which of these a person has just changed, the latest first."""
        raise NotImplementedError

    def spare(self, actions: Sequence[Action], house: House) -> Spared:
        """Return ``actions`` without what people have just changed; a scene or script that reaches it goes whole."""
        raise NotImplementedError

    def said(self, left: Iterable[Touch]) -> str:
        """Return in a sentence what was left alone, and since when."""
        raise NotImplementedError

    def first_time(self, routine: str, left: Iterable[Touch]) -> bool:
        """Return whether this routine leaves one alone for the first time since it was touched: then it is said."""
        raise NotImplementedError

    async def close(self) -> None:
        """Write what is not written yet and end."""
        raise NotImplementedError
