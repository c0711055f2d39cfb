"""Whether a mended policy lets a newcomer, or anything else, do more than the thing that is gone was let do.

The old policy is asked about the house as if every newcomer still were the thing whose place it took: same id, same
part in groups and conditions, everything else as it is today.  What the mended one says beyond that is a widening,
and no repair may bring one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from claw.base.action import Action, Decision, Origin
from claw.house.model import House, Registry
from claw.policy.decide import Policy
from claw.policy.difference import Difference, differences
from claw.policy.overlay import NO_OVERLAY, Lifting
from claw.policy.rates import NO_ACTS, Counting

T = TypeVar("T")


def widened(
    old: Policy, new: Policy, house: House, now: datetime, actions: Iterable[str], pairs: Mapping[str, str]
) -> list[Difference]:
    """Return what ``new`` allows or asks for less strictly in ``house`` than ``old`` did with the old things there.

    ``pairs`` are newcomers' ids by those of the things that are gone; ``now`` carries its zone.
    """
    found = differences(_AsBefore(old, pairs), new, house, now, actions)
    return [one for one in found if _wider(one)]


def as_before(registry: Registry, pairs: Mapping[str, str]) -> Registry:
    """Return ``registry`` as if every newcomer still were what it took the place of; ``pairs`` as in ``widened``."""
    return _Back(pairs).registry(registry)


def _wider(one: Difference) -> bool:
    """Return whether less may stand in the way than before: a question that is asked otherwise may be a weaker one."""
    return one.kind in {"newly allowed", "asked otherwise"} or (one.kind == "newly asked" and one.before == "deny")


class _Back:
    """Gives things of today the ids that they would have had nothing been replaced."""

    def __init__(self, pairs: Mapping[str, str]) -> None:
        self._old = {new: old for old, new in pairs.items()}

    def id(self, entity_id: str) -> str:
        return self._old.get(entity_id, entity_id)

    def action(self, action: Action) -> Action:
        return replace(action, entities=tuple(map(self.id, action.entities)))

    def keyed(self, rows: Mapping[str, T]) -> Mapping[str, T]:
        """Return rows by the old ids; what has an old id today and is another thing gives way."""
        left = {key: row for key, row in rows.items() if key not in self._old}
        return MappingProxyType(left | {old: rows[new] for new, old in self._old.items() if new in rows})

    def registry(self, registry: Registry) -> Registry:
        entities = {
            key: replace(one, entity_id=key, former=None) if key != one.entity_id else one
            for key, one in self.keyed(registry.entities).items()
        }
        groups = {key: tuple(map(self.id, of)) for key, of in self.keyed(registry.groups).items()}
        reaches = {key: tuple(map(self.id, of)) for key, of in self.keyed(registry.reaches).items()}
        steps = {key: tuple(map(self.action, of)) for key, of in self.keyed(registry.steps).items()}
        unsure = frozenset(map(self.id, registry.unsure))
        return replace(registry, entities=entities, groups=groups, reaches=reaches, steps=steps, unsure=unsure)


class _AsBefore(Policy):
    """A policy that is asked about a house of today and answers about one in which nothing was replaced."""

    def __init__(self, policy: Policy, pairs: Mapping[str, str]) -> None:
        nevers = tuple(one.written for one in policy.never)
        super().__init__(policy.rules, policy.people, policy.hash, nevers, policy.safety)
        self._back = _Back(pairs)
        self._registries: dict[int, tuple[Registry, Registry]] = {}

    def decide_as(
        self,
        house: House,
        action: Action,
        origin: Origin,
        role: str | None,
        now: datetime,
        acts: Counting = NO_ACTS,
        overlay: Lifting = NO_OVERLAY,
    ) -> Decision:
        """Return the decision about the same action on the old things."""
        before = House(self._before(house.registry), self._back.keyed(house.states), house.stale)
        return super().decide_as(before, self._back.action(action), origin, role, now, acts, overlay)

    def possible(self, registry: Registry, action: str, entity_id: str = "") -> tuple[Decision, ...]:
        """Return the same for every decision that is possible."""
        return super().possible(self._before(registry), action, self._back.id(entity_id))

    def _before(self, registry: Registry) -> Registry:
        known = self._registries.get(id(registry))
        if known is None:  # it is held, so that its id stays its own
            known = self._registries[id(registry)] = (registry, self._back.registry(registry))
        return known[1]
