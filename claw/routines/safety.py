"""The routines that guard life, which every house has from the start: smoke, carbon monoxide, gas, water and frost.

They are made from the detectors that the house has and from what its policy file lists under ``safety``, and made anew
when either changes; nobody writes them, and nobody else can give a routine an id like theirs.  They tell everybody at
once and do exactly what is listed: no model, no condition, no quiet hours, no cool-down.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from claw.base.action import SYSTEM, Action
from claw.base.clock import Clock
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.policy.decide import Policy
from claw.policy.safety import KINDS, SafetyKind, acts
from claw.routines.detectors import Detector, detectors
from claw.routines.model import SAFETY, Routine
from claw.routines.safety_words import NAMES
from claw.routines.spec import MOST_DETECTORS, Spec

TEST = f"{SAFETY}test"
"""The id of the routine that once a month looks whether the others would work."""
TESTED = "0 11 1 * *"
"""When it does: on the first of each month, when people are awake."""
FROST_FOR = "10 min"
"""So long it must be too cold: a window that is aired is no frost."""


class Shelf(Protocol):
    """Where routines are kept (``claw/routines/book.py``)."""

    def derive(self, prefix: str, routines: Iterable[Routine]) -> None:
        """Let ``routines`` be all of those whose ids begin with ``prefix``; raises Broken."""
        ...


class Safety:
    """Keeps the routines that guard life as the house and its policy are now; used from the event loop only."""

    def __init__(self, book: Shelf, mirror: Mirror, policy: Callable[[], Policy], clock: Clock) -> None:
        """``mirror.on_registry`` and ``reloading.changed`` are what call ``renew`` later."""
        self._book = book
        self._mirror = mirror
        self._policy = policy
        self._clock = clock

    def renew(self) -> tuple[str, ...]:
        """Make them as the house and the policy are now and return their ids; raises Broken where they are not kept.

        Nothing is made of a house that is not known yet: what an earlier daemon knew stays until then.
        """
        if self._mirror.told is None:
            return ()
        made = tuple(safety_routines(self._mirror.house(), self._policy(), self._clock.now()))
        self._book.derive(SAFETY, made)
        return tuple(routine.id for routine in made)


def safety_routines(house: House, policy: Policy, created: datetime) -> Iterator[Routine]:
    """Give the routines that guard life in this house, and the test of them where there are any."""
    found = detectors(house)
    for kind in KINDS:
        if found.get(kind):
            yield routine_of(kind, found[kind], acts(policy.safety.get(kind, ()), house.registry), created)
    if found:
        yield _test(created)


def routine_of(kind: SafetyKind, found: Sequence[Detector], listed: Sequence[Action], created: datetime) -> Routine:
    """Return the routine that guards against ``kind``; ``found`` is one detector at least."""
    # What stands in it is to be read: the words of a message name who told, and each act is done by itself.
    steps: list[dict[str, Any]] = [{"say": NAMES[kind], "to": "everyone", "urgency": "high"}]
    if listed:
        steps.append(
            {"actions": [{"action": one.name, "entities": one.entities, "data": dict(one.data)} for one in listed]}
        )
    # Where there are too many, those that somebody has put into a room come first.
    watched = sorted(found, key=lambda one: not one.area)[:MOST_DETECTORS] if len(found) > MOST_DETECTORS else found
    spec = Spec.model_validate(
        {
            "name": NAMES[kind],
            "kind": "safety",
            "when": [_trigger(one) for one in watched],
            "do": steps,
            "missed": "all",
            "grace": "7 d",
        }
    )
    return Routine(f"{SAFETY}{kind}", spec, SYSTEM, created)


def _trigger(one: Detector) -> dict[str, Any]:
    if one.below is None:
        return {"state": one.entity_id, "to": "on"}
    trigger: dict[str, Any] = {"number": one.entity_id, "below": one.below, "hysteresis": 1.0, "for": FROST_FOR}
    return trigger | ({"attribute": one.attribute} if one.attribute else {})


def _test(created: datetime) -> Routine:
    written = {
        "name": "Test of the alarms",
        "kind": "safety",
        "when": {"cron": TESTED},
        "do": {"say": "Looks whether the alarms would work, and tells the owners."},
        "grace": "7 d",
    }
    return Routine(TEST, Spec.model_validate(written), SYSTEM, created)
