"""The tests of a learned skill: each request it was made of, in the house as it was, and what was then called.

They stand in its folder like any skill's, so that they are still there when the requests themselves are long forgotten.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from claw.base.action import Json
from claw.house.model import House
from claw.policy.windows import local
from claw.skills.model import Trace
from claw.skills.plan import Plan
from claw.skills.straight import NOTIFY

MOST_REPLAYS = 6


def replays(plan: Plan, traces: Sequence[Trace], house: House, heard: bool) -> dict[str, Any]:  # noqa: FBT001  a plain fact
    """Return the content of a ``tests/*.yaml``; ``heard``: every request is one of its phrases."""
    cases = [_replay(plan, at, trace, house, heard=heard) for at, trace in enumerate(traces)][-MOST_REPLAYS:]
    return {"cases": cases}


def _replay(plan: Plan, at: int, trace: Trace, house: House, *, heard: bool) -> dict[str, Any]:
    case: dict[str, Any] = {"name": f"request {at + 1}"}
    if heard and trace.said and len(trace.said) <= 300:  # noqa: PLR2004  as a case has it
        case["said"] = trace.said
    else:
        case["with"] = {one.name: one.values[at] for one in plan.parameters}
    if trace.language != "en":
        case["language"] = trace.language
    if trace.origin.person:
        case["by"] = trace.origin.person
    if trace.place:
        case["in"] = trace.place
    moment = local(house.registry, trace.at) or trace.at
    case["now"] = moment.replace(tzinfo=None).isoformat(timespec="minutes")
    given = {entity: _given(state) for entity, state in sorted(trace.before.items()) if entity in house.states}
    if given:
        case["given"] = given
    case["expect"] = {"calls": _calls(plan, at)}
    return case


def _given(state: Mapping[str, Json]) -> dict[str, Json]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in state.items()}


def _calls(plan: Plan, at: int, house: House) -> list[dict[str, Any]]:
    """Return what must be called in a house; to whom a message goes is that of each talk and not of a test."""
    found: list[dict[str, Any]] = []
    for action in needed([Action(doing.service, *doing.seen[at]) for doing in plan.doings], house):
        call: dict[str, Any] = {"call": action.name}
        if action.entities:
            call["on"] = list(action.entities)
        if action.data:
            call["data"] = {key: list(value) if isinstance(value, tuple) else value for key, value in action.data.items()}
        found.append(call)
    return found


def _turned(trace: Trace, house: House) -> House:
    """Return the house as if nothing of what was done had been so before: then every call is needed."""
    states = dict(house.states)
    for call in trace.calls:
        for entity in call.entities:
            state = states.get(entity)
            if state is not None and is_so(call, entity, house):
                states[entity] = _other(state)
    return House(house.registry, states)


def _other(state: State) -> State:
    """Return a state that is not this one, as a thing of its kind may have it."""
    dim = {"brightness": 1 if state.attributes.get("brightness") != 1 else 2} if state.value == "on" else {}
    return State(_OPPOSITE.get(state.value, state.value), {**state.attributes, **dim})
