"""A plan on the twin: what each step would find and leave behind, before anything real moves.

The twin is a copy of the house, and the same rules that the simulated house runs on say what becomes of it.  What it
cannot know (what a script of Home Assistant's does) stays as it is; that is why such a step counts as risky, and why
what it might do is looked at beside it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from claw.base.action import Action
from claw.base.errors import Refused
from claw.house.model import STATELESS, House, Registry, State
from claw.house.semantics import apply, changes
from claw.house.services import validate
from claw.policy.forbidden import indirect
from claw.policy.reach import parts_of, unforeseen, with_members


@dataclass(frozen=True, slots=True)
class Step:
    """One action on the twin: the house before and after it, and the states it moved."""

    action: Action
    before: House
    after: House
    moved: Mapping[str, State]

    @property
    def found(self) -> dict[str, str]:
        """The states of the action's own entities when its turn came, of those that have one."""
        return stood(self.before, self.action.entities)


def stood(house: House, entities: Iterable[str]) -> dict[str, str]:
    """Return the states of ``entities`` that a yes is bound to: when a button was last pressed is none."""
    states = house.states
    return {one: states[one].value for one in entities if one in states and one.partition(".")[0] not in STATELESS}


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


def unsure(step: Step, things: Collection[str]) -> set[str]:
    """Return which of ``things`` may be in any state after ``step``: what it reaches nobody knows how."""
    registry = step.before.registry
    touched = unforeseen(registry, step.action)
    if not touched:
        return set()
    return {thing for thing in things if not touched.isdisjoint(with_members(registry, (thing,)))}


def afterwards(step: Step, things: Collection[str], loose: Collection[str], now: datetime) -> Iterator[House]:
    """Give the house after ``step``, and before that after each of ``things`` that it is known to set off, in order.

    The twin has only the end of a script, and none of what goes through a group.  Of what is ``loose`` nothing is
    known any more.
    """
    house, known = step.before, set(things).difference(loose, step.action.entities)
    for part in parts_of(house.registry, step.action) or ():
        if part.entity in known:
            try:
                action = validate(house, replace(part.action, entities=(part.entity,)))
            except Refused:
                continue  # what is not valid moves nothing, and what comes after it may still be done
            house = apply(house, action, now)
            yield _without(house, loose)
    yield _without(step.after, loose)


def _without(house: House, loose: Collection[str]) -> House:
    if not loose:
        return house
    return replace(house, states=MappingProxyType({one: at for one, at in house.states.items() if one not in loose}))
