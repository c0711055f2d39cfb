"""What must never be: states that may not meet, whoever or whatever brings them together.

A plan is stopped by what it may bring about, so what is not known counts against it; a house is reported for what is
so, and there it does not.
"""

from datetime import datetime

from claw.base.action import SYSTEM, Action
from claw.house.model import House
from claw.policy.conditions import in_house
from claw.policy.people import People
from claw.policy.presence import entities_of
from claw.policy.rates import NO_ACTS
from claw.policy.rules import Never


class Predicate:
    """One thing that must never be so, as it is ``written``; ``entities`` are those it looks at, by the file's ids."""

    def __init__(self, written: Never, people: People) -> None:
        self.written = written
        self.id = written.id
        self.why = written.why or f"{written.id} must never be"
        wanted = (*written.when.home, *written.when.away)
        self.entities = frozenset(written.when.states) | frozenset(entities_of(people, wanted)) - {""}
        self._surely = [one.holds for one in in_house(written.when, people, unknown=False)]
        self._maybe = [one.holds for one in in_house(written.when, people, unknown=True)]

    def holds(self, house: House, now: datetime) -> bool:
        """Return whether it is so in ``house``, for certain."""
        return all(holds(house, _NOTHING, SYSTEM, None, now, NO_ACTS) for holds in self._surely)

    def reached(self, before: House, after: House, now: datetime) -> bool:
        """Return whether it is, or may be, so ``after`` a step that changed one of its entities."""
        renamed = after.registry.renamed
        changed = any(
            _value(before, entity_id) != _value(after, entity_id)
            for entity_id in (renamed.get(one, one) for one in self.entities)
        )
        return changed and all(holds(after, _NOTHING, SYSTEM, None, now, NO_ACTS) for holds in self._maybe)


_NOTHING = Action("")


def _value(house: House, entity_id: str) -> str | None:
    state = house.states.get(entity_id)
    return state.value if state else None
