"""From a case as it is written, or a request as it was kept, to a run in a house; and whether what came was expected.

Pure: no house is run here.  Calls are compared in the normal form that the gate gives them, so that a test may be
written the way the program is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.base.action import Action, Json, canonical
from claw.base.errors import Refused
from claw.house.model import House, State
from claw.house.services import validate
from claw.skills.already import needed
from claw.skills.cases import Expect, Told
from claw.skills.model import Trace
from claw.skills.proving_ground import Asked, Rules, Seen, Setting
from claw.skills.trouble import short, without

NOON = datetime(2026, 1, 5, 12, 0)  # noqa: DTZ001  what the clocks of a house show, whatever its zone
"""When a case takes place that names no time: a Monday, at noon."""

_TINY = 1e-6


def asked_of(told: Told) -> Asked:
    """Return what a case asks."""
    case = told.case
    return Asked(
        case.said or "", None if case.said else dict(case.with_ or {}), case.by, case.in_, case.language, case.answer
    )


def setting_of(told: Told, home: House) -> Setting:
    """Return the house of a case; ``home`` is the one that it is played in where it brings none of its own.

    Raises Refused where the case names things or people that are not there.
    """
    case, house = told.case, told.house or home
    house = without(house, _gone(house, case.without))
    values: dict[str, Mapping[str, Json]] = dict(case.given or {})
    if case.home is not None:
        values |= _whereabouts(house, case.home)
    if case.in_ is not None and case.in_ not in house.registry.areas:
        raise Refused(f"there is no area {case.in_} in this house")
    rules: Rules = "open" if told.house is not None else "demo" if told.named else ""
    return Setting(put(house, values), moment(house, case.moment), rules=rules)


def asked_again(trace: Trace) -> Asked:
    """Return what was asked when ``trace`` was kept."""
    return Asked(trace.said, None, trace.origin.person or "owner", trace.place, trace.language or "en", answer=True)


def setting_again(trace: Trace, home: House) -> Setting:
    """Return the house as it was before ``trace``; raises Refused where one of its things is there no more."""
    return Setting(put(home, {one: _flat(state) for one, state in trace.before.items()}), trace.at.astimezone(UTC))


def put(house: House, values: Mapping[str, Mapping[str, Json]]) -> House:
    """Return ``house`` with these states and attributes (the state under ``state``); raises Refused as above."""
    states = dict(house.states)
    for entity, given in values.items():
        old = states.get(entity)
        if old is None:
            raise Refused(f"there is no {entity} in this house")
        attributes = {name: value for name, value in given.items() if name != "state"}
        merged = MappingProxyType({**old.attributes, **attributes})
        states[entity] = State(str(given.get("state", old.value)), merged, old.changed)
    return replace(house, states=MappingProxyType(states))


def moment(house: House, shown: datetime | None) -> datetime:
    """Return the moment in UTC at which the clocks of ``house`` show ``shown``, noon on a Monday where that is None."""
    found = shown or NOON
    return (found if found.tzinfo is not None else found.replace(tzinfo=_zone(house))).astimezone(UTC)


def differs(told: Told, seen: Seen, house: House) -> tuple[str, ...]:
    """Return a sentence for each thing that did not come as the case expects; ``house`` is the one before the run."""
    expect = told.case.expect
    found: list[str] = []
    if seen.ends != expect.ends:
        why = seen.problem or "; ".join(seen.unheld) or seen.says
        found.append(f"it ended as {seen.ends}, not {expect.ends}" + (f" ({why[:200]})" if why else ""))
    if expect.calls is not None:
        found += _calls_differ(expect, seen.calls, house)
    found += _states_differ(expect, seen.after)
    said = seen.says.casefold()
    found += [f"it did not say {one!r} but {seen.says[:200]!r}" for one in expect.says if one.casefold() not in said]
    found += [f"it said {one!r}" for one in expect.says_not if one.casefold() in said]
    return tuple(found)


def differs_from(trace: Trace, seen: Seen, house: House) -> tuple[str, ...]:
    """Return a sentence for each thing that is not as it was when ``trace`` was kept.

    The same acts on the same things: one call for two lamps and a call for each are the same, and what was so already
    need not be done again.
    """
    if seen.ends not in {"done", "started"}:
        why = seen.problem or "; ".join(seen.unheld) or seen.says
        return (f"it ended as {seen.ends}" + (f" ({why[:200]})" if why else ""),)
    wanted, made = _each(trace.calls, house), _each(seen.calls, house)
    missing = _each(needed(trace.calls, house), house) - made
    found = [f"it did not call {what}" for what in sorted(missing.elements())]
    return (*found, *(f"it called {what} besides" for what in sorted((made - wanted).elements())))


def _calls_differ(expect: Expect, calls: Sequence[Action], house: House) -> list[str]:
    wanted = [_normal(Action(one.call, one.on, one.data), house) for one in expect.calls or ()]
    keys, made = [_key(one) for one in wanted], [_key(one) for one in calls]
    same = sorted(keys) == sorted(made) if expect.any_order else keys == made
    if same:
        return []
    if sorted(keys) == sorted(made):
        return [f"it made the calls in another order: {_listed(calls)}"]
    return [f"it called {_listed(calls)}, expected {_listed(wanted)}"]


def _listed(calls: Sequence[Action]) -> str:
    return ", ".join(map(short, calls))[:600] or "nothing"


def _states_differ(expect: Expect, after: House) -> list[str]:
    found: list[str] = []
    for entity, wanted in (expect.states or {}).items():
        state = after.states.get(entity)
        if state is None:
            found.append(f"{entity} is not there")
            continue
        for name, value in wanted.items():
            now = state.value if name == "state" else state.attributes.get(name)
            if not _same(now, value):
                found.append(f"{entity} has {name} {now!r}, expected {value!r}")
    return found


def _same(now: Json, wanted: Json) -> bool:
    if isinstance(now, bool) or isinstance(wanted, bool):
        return now is wanted
    if isinstance(now, (int, float)) and isinstance(wanted, (int, float)):
        return abs(now - wanted) < _TINY
    if isinstance(now, tuple):
        return list(now) == wanted  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  JSON
    return now == wanted


def _normal(action: Action, house: House) -> Action:
    try:
        return validate(house, action)
    except Refused:
        return action  # one of Claw's own, or no act of this house: then nothing is equal to it


def _key(action: Action) -> bytes:
    return canonical([action.name, sorted(action.entities), {k: _figure(v) for k, v in action.data.items()}])


def _figure(value: Json) -> Json:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _each(calls: Sequence[Action], house: House) -> Counter[str]:
    found: Counter[str] = Counter()
    for call in calls:
        one = _normal(call, house)
        for entity in one.entities or ("",):
            found[
                short(Action(one.name, (entity,) if entity else (), {k: _figure(v) for k, v in one.data.items()}))
            ] += 1
    return found


def _gone(house: House, named: Sequence[str]) -> set[str]:
    return {one for one in house.states if one in named or one.partition(".")[0] in named}


def _whereabouts(house: House, home: Sequence[str]) -> dict[str, Mapping[str, Json]]:
    """Return where everybody is: at home who is named, by id, name or entity; away everybody else."""
    people = {called.casefold(): one.entity_id for one in house.registry.people for called in (one.id, one.name)}
    persons = [one for one in house.states if one.startswith("person.")]
    there: set[str] = set()
    for name in home:
        entity = people.get(name.casefold()) or name
        if entity not in house.states:
            raise Refused(f"nobody in this house is called {name}")
        there.add(entity)
    return {one: {"state": "home" if one in there else "not_home"} for one in persons}


def _flat(state: Mapping[str, Json]) -> dict[str, Json]:
    """Return a kept state with its attributes beside it."""
    nested: Json = state.get("attributes")
    rest = {name: value for name, value in state.items() if name != "attributes"}
    return {**nested, **rest} if isinstance(nested, Mapping) else rest


def _zone(house: House) -> tzinfo:
    try:
        return ZoneInfo(house.registry.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
