"""The routines that guard life, which every house has from the start: smoke, carbon monoxide, gas, water and frost.

They are made from the detectors that the house has and from what its policy file lists under ``safety``, and made anew
when either changes; nobody writes them, and nobody else can give a routine an id like theirs.  They tell everybody at
once and do exactly what is listed: no model, no condition, no quiet hours, no cool-down.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from claw.base.action import Action
from claw.base.clock import Clock
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.policy.decide import Policy
from claw.routines.model import SAFETY, Routine

TEST = f"{SAFETY}test"
"""The id of the routine that once a month looks whether the others would work."""

KINDS: Mapping[str, str] = {f"{SAFETY}{kind}": kind for kind in ("smoke", "co", "gas", "leak", "freeze")}
"""Routine id → the key of the policy file's ``safety`` that lists what it does."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One thing that tells of a danger; ``attribute`` and ``below`` where a figure does."""

    entity_id: str
    name: str
    area: str
    attribute: str | None = None
    below: float | None = None


class Shelf(Protocol):
    """Where routines are kept (``claw/routines/book.py``)."""

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id, None where there is none."""
        ...

    def put(self, routine: Routine) -> None:
        """Keep a routine, in the place of what has its id; raises Broken."""
        ...


def detectors(house: House) -> Mapping[str, Sequence[Detector]]:
    """Return the detectors of this house, by the key of what they tell of."""
    raise NotImplementedError


def routine_of(kind: str, found: Sequence[Detector], acts: Sequence[Action], created: datetime) -> Routine:
    """Return the routine that guards against ``kind``; suspended, with why, where nothing would tell of it."""
    raise NotImplementedError


class Safety:
    """Keeps the routines that guard life as the house and its policy are now; used from the event loop only."""

    def __init__(self, book: Shelf, mirror: Mirror, policy: Callable[[], Policy], clock: Clock) -> None:
        """``mirror.on_registry`` and ``reloading.changed`` are what call ``renew`` later."""
        raise NotImplementedError

    def renew(self) -> tuple[str, ...]:
        """Make them anew where something differs and return the ids of those; raises Broken where it is not kept."""
        raise NotImplementedError
