"""What is seen while somebody shows something: the changes of what people move, and how those things were before.

It only looks.  What came about while Claw did not look (a restart, a lost link) was shown to nobody: there the thing
begins as it was found.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from claw.base.action import Json
from claw.gate.prior import KEPT
from claw.house.mirror import Mirror
from claw.house.model import UNAVAILABLE, Change, State
from claw.skills.demonstration_lines import Snapshot, moved_by_people, snapshot
from claw.skills.demonstration_steps import Step, step_of

MOST_STEPS = 500
"""Changes that are looked at in one demonstration; nobody moves more by hand."""


class Watch:
    """The changes of one demonstration, in order."""

    def __init__(
        self, mirror: Mirror, machine: Callable[[State], bool], steps: Sequence[Step], began: Mapping[str, Snapshot]
    ) -> None:
        """``machine`` tells whether a state is known to be an automation's.

        ``steps`` and ``began`` are what was seen before a restart; of all else begins what is found now.
        """
        self._mirror = mirror
        self._machine = machine
        self._steps = list(steps)
        self._began = {entity: State(one.value, one.attributes) for entity, one in began.items()}
        for entity_id, state in mirror.states.items():
            if self.moves(entity_id) and state.value not in UNAVAILABLE:
                self._began.setdefault(entity_id, state)

    @property
    def steps(self) -> Sequence[Step]:
        """What was seen, in order."""
        return self._steps

    def began(self) -> dict[str, Snapshot]:
        """Return how the things that changed were before."""
        return {step.entity: snapshot(step.entity, self._began[step.entity]) for step in self._steps}

    def before(self, entity_id: str) -> dict[str, Json]:
        """Return a thing's state before (``state``) with those of its attributes that can be put back."""
        state, now = self._began[entity_id], self._mirror.states.get(entity_id)
        known = {*state.attributes, *(now.attributes if now is not None else ())}
        moves = [name for name in KEPT.get(entity_id.partition(".")[0], ()) if name in known]
        return {**{name: state.attributes.get(name) for name in moves}, "state": state.value}

    def moves(self, entity_id: str) -> bool:
        """Return whether a thing is one that people move; a group is not, its members are."""
        registry = self._mirror.registry
        entity = registry.entities.get(entity_id)
        return entity is not None and entity_id not in registry.groups and moved_by_people(entity)

    def take(self, change: Change, at: datetime) -> bool | None:
        """Take one change; return whether a thing came to another value, None where nothing was taken."""
        entity_id, state = change.entity_id, change.state
        if state is None or state.value in UNAVAILABLE or not self.moves(entity_id):
            return None
        if not self._mirror.ready or entity_id not in self._began:
            return self._found_so(entity_id, state)
        # What a thing still does in the context in which it stood at the beginning was begun before.
        before = state.context is not None and state.context == self._began[entity_id].context
        return self._put(step_of(entity_id, state, at, machine=before or self._machine(state)))

    def _found_so(self, entity_id: str, state: State) -> bool | None:
        """Take a state that nobody saw come about."""
        last = next((step for step in reversed(self._steps) if step.entity == entity_id), None)
        if last is None:
            self._began[entity_id] = state
        elif last.context is not None and last.context == state.context:
            return self._put(replace(last, shot=snapshot(entity_id, state)))  # it went on where it was last seen
        return None

    def _put(self, step: Step) -> bool | None:
        at = next((n for n in range(len(self._steps) - 1, -1, -1) if self._steps[n].entity == step.entity), None)
        last = self._steps[at] if at is not None else None
        turned = last is None or last.shot.value != step.shot.value
        if at is not None and last is not None and not turned and last.context == step.context:
            self._steps[at] = replace(step, at=last.at)
        elif len(self._steps) < MOST_STEPS:
            self._steps.append(step)
        else:
            return None
        return turned
