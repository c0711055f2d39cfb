"""The tests of a learned skill: each request it was made of, in the house as it was, and what had then to be called.

They stand in its folder like any skill's, so that they are still there when the requests themselves are long forgotten.
Where some of it was so already, the same request is asked once more in a house where nothing of it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from claw.base.action import Action, Json
from claw.gate.prior import kept
from claw.house.model import House, State
from claw.policy.windows import local
from claw.skills.already import is_so, needed
from claw.skills.model import Trace
from claw.skills.plan import Before, Plan
from claw.skills.straight import NOTIFY

MOST_REPLAYS = 6
LONGEST_SAID = 300
TALK = "conversation:proof"
"""To whom a message goes that was for whoever asked: in a proof that is its own talk (``claw/daemon/proving.py``)."""

_OPPOSITE: Mapping[str, str] = {
    "on": "off",
    "off": "on",
    "open": "closed",
    "closed": "open",
    "locked": "unlocked",
    "unlocked": "locked",
    "playing": "paused",
    "paused": "playing",
    "idle": "off",
    "standby": "on",
    "docked": "cleaning",
    "cleaning": "docked",
    "heat": "off",
    "cool": "off",
    "auto": "off",
    "heat_cool": "off",
}
_MOVED: Mapping[str, tuple[float, float]] = {
    "brightness": (3, 250),
    "volume_level": (0.05, 0.95),
    "current_position": (11, 89),
    "percentage": (10, 90),
    "temperature": (16, 24),
    "color_temp_kelvin": (2300, 5900),
    "humidity": (35, 65),
}
"""Figures that an attribute may have instead, one of which is another one."""


def replays(
    plan: Plan, traces: Sequence[Trace], house: House, *, heard: Sequence[bool], rewritten: bool = False
) -> dict[str, Any]:
    """Return the content of a ``tests/*.yaml``; ``heard``: whether each request gives all values by its words.

    A program that was ``rewritten`` calls as the request's own did, one thing at a time where that did.
    """
    cases: list[dict[str, Any]] = []
    for at, trace in list(enumerate(traces))[-MOST_REPLAYS:]:
        acts = trace.calls if rewritten else tuple(Action(doing.service, *doing.seen[at]) for doing in plan.doings)
        before = _house(trace, house)
        calls = needed(acts, before)
        asked = _asked(plan, at, trace, house, heard=heard[at])
        cases.append({"name": f"request {at + 1}", **asked, **_given(trace, before), "expect": _expected(calls)})
        if calls == acts:
            continue
        turned = _turned(acts, before)
        more = needed(acts, turned)
        if more != calls:
            told = _given(trace, turned)
            cases.append({"name": f"request {at + 1}, all of it", **asked, **told, "expect": _expected(more)})
    return {"cases": cases}


def _asked(plan: Plan, at: int, trace: Trace, house: House, *, heard: bool) -> dict[str, Any]:
    case: dict[str, Any] = {}
    if heard and trace.said and len(trace.said) <= LONGEST_SAID:
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
    # Where the rules ask somebody, they were asked then as well, and said yes.
    return {**case, "now": moment.replace(tzinfo=None).isoformat(timespec="minutes"), "answer": True}


def _house(trace: Trace, house: House) -> House:
    """Return the house as it was before a request."""
    before = Before(house, trace.before)
    then = {one: state for one in trace.before if (state := before.state(one)) is not None}
    return House(house.registry, {**house.states, **then})


def _given(trace: Trace, house: House) -> dict[str, Any]:
    """Return how all that was kept with the request is in ``house``."""
    found: dict[str, Any] = {}
    for entity in sorted(trace.before):
        state = house.states.get(entity)
        if state is not None:
            attributes = {key: _plain(value) for key, value in kept(entity, state).items()}
            found[entity] = {"state": state.value, **attributes}
    return {"given": found} if found else {}


def _expected(calls: Sequence[Action]) -> dict[str, Any]:
    """Return what must be called; a message to whoever asked goes to the talk of the proof."""
    found: list[dict[str, Any]] = []
    for action in calls:
        call: dict[str, Any] = {"call": action.name}
        if action.entities:
            call["on"] = list(action.entities)
        data = {key: _plain(value) for key, value in action.data.items()}
        if action.name == NOTIFY and str(data.get("to", "")).partition(":")[0] in {"conversation", "place"}:
            data["to"] = TALK
        if data:
            call["data"] = data
        found.append(call)
    return {"calls": found}


def _plain(value: Json) -> Json:
    return list(value) if isinstance(value, tuple) else value


def _turned(acts: Sequence[Action], house: House) -> House:
    """Return the house with all that was so already otherwise: then everything has to be called."""
    states = dict(house.states)
    for act in acts:
        for entity in act.entities:
            if is_so(act, entity, house):
                states[entity] = _other(act, entity, states[entity], house)
    return House(house.registry, states)


def _other(act: Action, entity: str, state: State, house: House) -> State:
    """Return a state of a thing in which it is not as ``act`` makes it, the nearest that is known; else the same."""
    values = (state.value, _OPPOSITE.get(state.value, state.value))
    figures = [(name, one) for name, ends in _MOVED.items() if name in state.attributes for one in ends]
    tries = [
        replace(state, attributes={**state.attributes, name: one}) for name, one in figures if state.value != "off"
    ]
    tries += [replace(state, value=value) for value in values]
    for one in tries:
        if not is_so(act, entity, House(house.registry, {**house.states, entity: one})):
            return one
    return state
