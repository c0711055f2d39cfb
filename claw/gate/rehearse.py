"""A plan on the twin: what each step would find and leave behind, before anything real moves.

The twin is a copy of the house, and the same rules that the simulated house runs on say what becomes of it.  What it
cannot know (what a script of Home Assistant's does) stays as it is; that is why such a step counts as risky, and why
what it might do is looked at beside it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from claw.base.action import Action
from claw.house.model import House, Registry, State
from claw.house.semantics import apply, changes
from claw.policy.forbidden import indirect
from claw.policy.reach import parts_of


@dataclass(frozen=True, slots=True)
class Step:
    """One action on the twin: the house before and after it, and the states it moved."""

    action: Action
    before: House
    after: House
    moved: Mapping[str, State]

    @property
    def found(self) -> dict[str, str]:
        """The states of the action's own entities when its turn came."""
        states = self.before.states
        return {entity: states[entity].value for entity in self.action.entities if entity in states}


def rehearse(house: House, actions: Sequence[Action], now: datetime) -> Iterator[Step]:
    """Give the steps of ``actions`` (valid ones) in order; the later ones see the work of the earlier."""
    twin = replace(house, states=MappingProxyType(dict(house.states)))
    for action in actions:
        moved = changes(twin, action, now)
        after = replace(twin, states=MappingProxyType({**twin.states, **moved})) if moved else twin
        yield Step(action, twin, after, moved)
        twin = after


def may_move(registry: Registry, action: Action, things: Collection[str]) -> bool:
    """Return whether ``action`` may move any of ``things``: one of its own entities, or what it sets off."""
    parts = parts_of(registry, action)
    if parts is None or indirect(action.name):
        return True
    return any(part.entity in things for part in parts)


def might(step: Step, things: Collection[str], now: datetime) -> Iterator[House]:
    """Give the house after ``step`` once for each of ``things`` that it sets off nobody knows how.

    Each counts as moved in the dangerous direction, as it does for the policy.
    """
    known = {*step.action.entities, *step.moved}
    for part in parts_of(step.before.registry, step.action) or ():
        if part.certain and part.entity in things and part.entity not in known:
            yield apply(step.after, part.action, now)
