"""What a learned skill may do: exactly what was seen, as far as a parameter does not open it, and nothing a model said.

Each step becomes one line: its action, the things it was done to (or the parameter, or the search that they came of)
and for each of its data the values seen or the reach of the parameter.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from claw.base.action import Json
from claw.base.errors import Refused
from claw.gate.restore import never
from claw.house.model import House
from claw.skills.manifest import MOST_CALLS, Bound, Capability, Limits, Selector, Which
from claw.skills.manifest import SLOT as SLOT_IN
from claw.skills.model import Trace
from claw.skills.plan import SLOT, Chosen, Datum, Doing, Fixed, Found, Given, Named, Plan, part
from claw.skills.source import Source
from claw.skills.straight import NOTIFY

_REASONS: Mapping[str, str] = {
    "effects": "what it sets off cannot be taken back",
    "sent": "what was said cannot be unsaid",
    "skipped": "what was skipped does not come again",
}


def capabilities(plan: Plan, texts: Collection[str] | None = None) -> tuple[Capability, ...]:
    """Return what ``plan`` needs, one line for each action on the same things with the same fields.

    ``texts`` are those that stand in a program that was kept.  Raises Refused where it told another one, put together
    from what it saw: a right to tell anything at all is none that was seen.
    """
    found: list[Capability] = []
    for doing in plan.doings:
        one = part(Capability, call=doing.service, on=_on(doing), data=dict(_bounds(plan, doing, texts)))
        at = next((at for at, known in enumerate(found) if _joins(known, one)), None)
        if at is None:
            found.append(one)
        else:
            found[at] = _joined(found[at], one)
    return tuple(found)


def limits(plan: Plan, traces: Sequence[Trace], *, looks: bool) -> Limits:
    """Return how much one run may do: as many calls as were seen, room for other rooms where it goes thing by thing."""
    seen = max(len(plan.doings), *(len(trace.calls) for trace in traces))
    calls = seen if not looks else min(MOST_CALLS, seen + sum(_things(doing) for doing in plan.doings))
    return Limits(calls=calls, seconds=60.0, per_hour=30)


def reads(plan: Plan, sources: Sequence[Source], house: House) -> tuple[Which, ...]:
    """Return what a run looks at besides what it moves, as its programs say it."""
    areas = {str(one.values[-1]): SLOT % one.name for one in plan.parameters if one.spec.type == "area"}
    moved = {entity for doing in plan.doings for ids, _ in doing.seen for entity in ids}
    ids = tuple(sorted({text for one in sources for text in one.texts if text in house.states} - moved))
    searched = [doing.things for doing in plan.doings if isinstance(doing.things, Found)]
    searched += [replace(one, area=areas.get(one.area, one.area)) for source in sources[-1:] for one in source.finds]
    found = [_which(one) for one in searched if _keys(one)]
    return tuple(_once([*([Which(entity=ids)] if ids else []), *found]))


def undo(traces: Sequence[Trace]) -> str:
    """Return ``restore`` where every act can be taken back, else why one of them cannot."""
    for call in (call for trace in traces for call in trace.calls):
        why = never(call)
        if why is not None:
            return _REASONS.get(why, f"{call.name} cannot be taken back")
    return "restore"


def selector(doing: Doing) -> Selector:
    """Return which things a step is about, for a right or a wish."""
    match doing.things:
        case Named(ids=ids):
            return Selector(entity=ids)
        case Chosen(parameter=name):
            return Selector(entity=(SLOT % name,))
        case Found() as what:
            return Selector(**_keys(what))


def _on(doing: Doing) -> Selector | None:
    return None if doing.things == Named(()) else selector(doing)


def _which(what: Found) -> Which:
    return Which(**_keys(what))


def _once(all_: Sequence[Which]) -> Iterator[Which]:
    for at, one in enumerate(all_):
        if one not in all_[:at]:
            yield one


def _keys(what: Found) -> dict[str, Any]:
    area = SLOT % what.area if what.given else what.area
    keys = {"domain": what.domain, "area": area, "floor": what.floor, "label": what.label}
    return {key: (value,) for key, value in {**keys, "device_class": what.device_class}.items() if value}


def _bounds(plan: Plan, doing: Doing, texts: Collection[str] | None) -> Iterator[tuple[str, Bound]]:
    for key, datum in doing.data.items():
        if doing.service == NOTIFY and key in {"to", "text"}:
            if key == "text" and texts is not None and _value(datum) not in texts:
                raise Refused("what it tells is put together anew each time, and what that may be cannot be told")
            yield key, _message(key, datum)
        elif isinstance(datum, Fixed):
            yield key, _exactly(datum.value)
        else:
            yield key, _given(plan, datum)


def _message(key: str, datum: Datum) -> Bound:
    """Return to whom a message may go: to whoever asks, which is another address each time, or to who it went to."""
    value = _value(datum)
    talk = isinstance(value, str) and value.partition(":")[0] in {"conversation", "place"}
    return Bound(any=True) if key == "to" and talk else _exactly(value)


def _value(datum: Datum) -> Json:
    return datum.value if isinstance(datum, Fixed) else None


def _given(plan: Plan, given: Given) -> Bound:
    spec = plan.parameter(given.parameter).spec
    if not given.scale:
        return Bound(values=(SLOT % given.parameter,))
    low, high = spec.min or 0.0, spec.max or 0.0
    if given.scale == "percent":
        return Bound(min=low / 100, max=high / 100)
    return Bound(min=round(low * 255 / 100), max=round(high * 255 / 100))


def _exactly(value: Json) -> Bound:
    """Return exactly this value; a colour, which is a list, has no bound of its own."""
    if not isinstance(value, (str, int, float, bool)) or value == "":
        return Bound(any=True)
    if isinstance(value, str) and SLOT_IN.search(value):
        raise Refused("a text in it has braces, which would mean a parameter")
    return Bound(values=(value,))


def _joins(one: Capability, other: Capability) -> bool:
    """Return whether both differ in the values of one field at most: then in one they say no more than both."""
    if (one.call, one.on, sorted(one.data)) != (other.call, other.on, sorted(other.data)):
        return False
    differ = [(bound, other.data[key]) for key, bound in one.data.items() if bound != other.data[key]]
    return len(differ) <= 1 and all(mine.values is not None and its.values is not None for mine, its in differ)


def _joined(one: Capability, other: Capability) -> Capability:
    data = {
        key: bound if bound == other.data[key] else _either(bound, other.data[key]) for key, bound in one.data.items()
    }
    return one.model_copy(update={"data": data})


def _either(one: Bound, other: Bound) -> Bound:
    return Bound(values=(*(one.values or ()), *(other.values or ())))


def _things(doing: Doing) -> int:
    return max(len(ids) for ids, _ in doing.seen) * 2 if isinstance(doing.things, Found) else 1
