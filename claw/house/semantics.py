"""What an action does to a house, as a pure function: the twin, and the simulated house that runs on it.

The same goals that prove an act on a real device (``claw/house/proof.py``) say here what the states become, so the two
cannot drift apart.  A scene's effects are read from its attribute ``entities`` (entity id to ``state`` and attributes),
a script's from ``actions`` (a list of ``action``, ``entities``, ``data``); where they are missing, as on a real Home
Assistant, only its own time stamp moves.
"""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import cast

from claw.base.action import Action, Json
from claw.base.errors import Refused
from claw.house.model import UNAVAILABLE, House, State
from claw.house.proof import Goal
from claw.house.services import CATALOGUE, validate

_DEPTH = 5  # scripts that call scripts
_HAIR = timedelta(microseconds=1)


def changes(house: House, action: Action, now: datetime) -> dict[str, State]:
    """Return the new states that the valid ``action`` brings about, by entity id; only what really changes."""
    return _Run(house, now).run((action,), _DEPTH)


def apply(house: House, action: Action, now: datetime) -> House:
    """Return the house after the valid ``action``."""
    # A join copies the states as a whole, at a twentieth of what going through their keys costs.
    return replace(house, states=MappingProxyType(MappingProxyType(house.states) | changes(house, action, now)))


def with_goal(state: State, goal: Goal, now: datetime) -> State:
    """Return ``state`` once ``goal`` is reached."""
    attributes: dict[str, Json] = {**state.attributes, **goal.attributes}
    value = state.value if goal.value is None else goal.value
    if goal.stamp is not None:
        old = state.value if goal.stamp == "state" else state.attributes.get(goal.stamp)
        moment = now + timedelta(seconds=goal.stamp_after_s)
        if moment.isoformat() == old:
            moment += _HAIR  # twice in one instant is still twice
        if goal.stamp == "state":
            value = moment.isoformat()
        else:
            attributes[goal.stamp] = moment.isoformat()
    return _moved(state, value, attributes, now)


class _Run:
    """One run of actions over a house, collecting what changes; later actions see the work of earlier ones."""

    def __init__(self, house: House, now: datetime) -> None:
        self._house = house
        self._now = now
        self._changed: dict[str, State] = {}
        # Looked through, not copied: a house has thousands of states.  Only the first of both is ever written to.
        self._states = ChainMap(self._changed, cast("dict[str, State]", house.states))

    def run(self, actions: Sequence[Action], depth: int) -> dict[str, State]:
        for action in actions:
            self._do(action, depth)
        self._follow_groups()
        return self._changed

    def _do(self, action: Action, depth: int) -> None:
        service = CATALOGUE.get(action.name)
        if service is None or service.goal is None or depth == 0:
            return
        for entity_id in action.entities:
            state = self._states.get(entity_id)
            if state is None or state.value == "unavailable":
                continue
            self._put(entity_id, with_goal(state, service.goal(state, action.data), self._now))
            if action.name == "scene.turn_on":
                self._set_scene(state)
            elif action.name == "script.turn_on":
                self._run_script(state, depth)

    def _put(self, entity_id: str, state: State) -> None:
        if state != self._states[entity_id]:
            self._states[entity_id] = state

    def _set_scene(self, scene: State) -> None:
        wished = scene.attributes.get("entities")
        if not isinstance(wished, Mapping):
            return
        for entity_id, row in wished.items():
            state = self._states.get(entity_id)
            if state is None or state.value in UNAVAILABLE or not isinstance(row, Mapping):
                continue
            value = row.get("state", state.value)
            if isinstance(value, bool):
                value = "on" if value else "off"
            attributes = {key: part for key, part in row.items() if key != "state"}
            self._put(entity_id, _moved(state, str(value), {**state.attributes, **attributes}, self._now))

    def _run_script(self, script: State, depth: int) -> None:
        rows = script.attributes.get("actions")
        if not isinstance(rows, (list, tuple)):
            return
        for row in rows:
            try:
                action = validate(House(self._house.registry, self._states), _action(row))
            except Refused:
                return  # as in Home Assistant, a script ends at its first error
            self._do(action, depth - 1)

    def _follow_groups(self) -> None:
        before = self._house.states
        for group, members in self._house.registry.groups.items():
            state = self._states.get(group)
            if state is None or state.value not in {"on", "off"}:
                continue
            if any(self._states.get(member) is not before.get(member) for member in members):
                on = any(self._states[member].value == "on" for member in members if member in self._states)
                self._put(group, _moved(state, "on" if on else "off", state.attributes, self._now))


def _moved(state: State, value: str, attributes: Mapping[str, Json], now: datetime) -> State:
    """Return the new state; ``changed`` is when the value last changed, not the attributes."""
    changed = now if value != state.value else state.changed
    return State(value, MappingProxyType(dict(attributes)), changed, state.context)


def _action(row: object) -> Action:
    match row:
        case {"action": str() as name, **rest}:
            entities, data = rest.get("entities", ()), rest.get("data", {})
        case _:
            raise Refused("a step of a script needs an action")
    if not isinstance(entities, (list, tuple)) or not isinstance(data, Mapping):
        raise Refused("a step of a script names entities in a list and data in a mapping")
    return Action(name, tuple(str(entity_id) for entity_id in entities), data)
