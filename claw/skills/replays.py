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
    case["expect"] = {"calls": _calls(plan, at), "any_order": True}
    return case


def _given(state: Mapping[str, Json]) -> dict[str, Json]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in state.items()}


def _calls(plan: Plan, at: int) -> list[dict[str, Any]]:
    """Return what must be called; to whom a message goes is that of each talk and not of a test."""
    found: list[dict[str, Any]] = []
    for doing in plan.doings:
        entities, data = doing.seen[at]
        call: dict[str, Any] = {"call": doing.service}
        if entities:
            call["on"] = list(entities)
        if data and doing.service != NOTIFY:
            call["data"] = {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}
        found.append(call)
    return found
