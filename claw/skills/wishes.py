"""What must be so after a run: what was seen to be so after the requests, as far as a run is sure to bring it about.

The goal of an act (``claw/house/semantics.py``) says what proves it; here it becomes a wish about the same things.
What an act later in the run changes again is no wish, nor is anything that hangs on a decision of the program.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from claw.base.action import Json
from claw.house.model import House, State
from claw.house.proof import Between, Check, Goal, NoneOf, OneOf
from claw.house.services import CATALOGUE
from claw.skills.capabilities import selector
from claw.skills.manifest import Value, Wish
from claw.skills.model import Trace
from claw.skills.plan import SLOT, Before, Doing, Found, Given, Plan, part

_STATE = ""


@dataclass(frozen=True, slots=True)
class _Wished:
    doing: Doing
    attribute: str
    check: Check


def wishes(plan: Plan, traces: Sequence[Trace], house: House, *, decides: bool) -> tuple[Wish, ...]:
    """Return what must be so after a run; nothing of a program that ``decides``: another time it decides otherwise."""
    if decides:
        return ()
    kept: list[_Wished] = []
    for doing in plan.doings:
        moved = {entity for ids, _ in doing.seen for entity in ids}
        new = list(_wished(doing, traces[-1], house))
        # What is done to a thing later is what counts of it: a lamp that is turned off has no brightness any more.
        named = {one.attribute for one in new}
        over = named if named - {_STATE} else None
        kept = [
            one
            for one in kept
            if moved.isdisjoint(entity for ids, _ in one.doing.seen for entity in ids)
            or (over is not None and one.attribute not in over)
        ]
        kept += new
    return tuple(wish for one in kept if (wish := _wish(plan, one)) is not None)


def _wished(doing: Doing, trace: Trace, house: House) -> Iterator[_Wished]:
    """Yield what every thing of a step comes to show."""
    service, before = CATALOGUE.get(doing.service), Before(house, trace.before)
    entities, data = doing.seen[-1]
    if service is None or service.goal is None or not entities:
        return
    goals: list[Goal] = []
    for entity in entities:
        state = before.state(entity)
        if state is None or not _reports(state):
            return
        goals.append(service.goal(state, data))
    if not all(goal.reports and goal.stamp is None for goal in goals):
        return
    if goals[0].state is not None and all(goal.state == goals[0].state for goal in goals):
        yield _Wished(doing, _STATE, goals[0].state)
    for name, check in goals[0].seen.items():
        if all(goal.seen.get(name) == check for goal in goals):
            yield _Wished(doing, name, check)


def _reports(state: State) -> bool:
    return state.attributes.get("assumed_state") is not True


def _wish(plan: Plan, one: _Wished) -> Wish | None:
    """Return the wish in the words of the manifest, None where those have none for it."""
    given = _given(one.doing, one.check, plan)
    if given is not None:
        attribute = one.attribute or None
        return part(Wish, of=selector(one.doing), attribute=attribute, values=(given,)) if given else None
    what = one.doing.things
    if isinstance(what, Found) and what.state and not one.attribute and isinstance(one.check, OneOf):
        # Those that were so are so no longer; what was otherwise before was none of these things.
        none_so = what.state not in one.check.values
        return part(Wish, of=selector(one.doing), values=(what.state,), how="none") if none_so else None
    some = isinstance(what, Found) and bool(what.modes or what.needs or what.state)
    return _plainly(one, "any" if some else "each")


def _plainly(one: _Wished, how: Literal["each", "any"]) -> Wish | None:
    of, attribute = selector(one.doing), one.attribute or None
    match one.check:
        case OneOf(values=values) if plain := _plain(values):
            return part(Wish, of=of, attribute=attribute, values=plain, how=how)
        case NoneOf(values=values) if plain := _plain(values):
            return part(Wish, of=of, attribute=attribute, values=plain, how="none")
        case Between(low=low, high=high) if attribute is not None:
            return part(Wish, of=of, attribute=attribute, min=low, max=high, how=how)
        case _:
            return None


def _given(doing: Doing, check: Check, plan: Plan) -> str | None:
    """Return the parameter that a wish is about, empty for one that no wish can follow, None where none is."""
    for key, datum in doing.data.items():
        if not isinstance(datum, Given):
            continue
        value: Json = doing.seen[-1][1][key]
        if isinstance(check, OneOf) and isinstance(value, str) and value in check.values:
            return SLOT % datum.parameter
        if isinstance(check, Between) and plan.parameter(datum.parameter).spec.type == "number":
            return ""  # a device rounds, and by how much hangs on the figure
    return None


def _plain(values: Sequence[Json]) -> tuple[Value, ...]:
    kept = tuple(one for one in values if isinstance(one, (str, int, float, bool)) and one != "")
    return kept if len(kept) == len(values) else ()
