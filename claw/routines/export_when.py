"""Triggers of a routine as Home Assistant writes them, each with what must hold besides where it is this one.

Pure.  What fires at other moments there than here is said in the notes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from claw.base.action import Json
from claw.policy.people import People
from claw.policy.words import seconds
from claw.routines.cron import Fields, fields_of
from claw.routines.export_if import HOME, Condition, Notes, evaluated, expression, inert, on_days, people_of, weekdays
from claw.routines.place import Place
from claw.routines.spec import (
    At,
    Becomes,
    Cron,
    Every,
    Happens,
    Holds,
    Once,
    Passes,
    Presence,
    Sun,
    Trigger,
    offset_s,
    span_s,
)

MOST_TIMES = 48
"""Times of day that are written out; more of them are asked for every minute."""
_UNKNOWN = ("unavailable", "unknown")
_MINUTE = 60
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Exported:
    """A trigger of Home Assistant's, and what must hold where it is this one that fired."""

    trigger: dict[str, Json]
    only: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """What triggers are written for: the people, the wall clock, and when the routine was made."""

    people: People
    place: Place
    created: datetime
    notes: Notes


def exported(trigger: Trigger, around: Around) -> list[Exported]:
    """Return what comes to the same in Home Assistant, nothing where nothing does; why is in the notes."""
    return _WAYS[type(trigger)](trigger, around)


def _clock(text: str) -> str:
    return text if text.count(":") > 1 else f"{text}:00"


def _days(days: tuple[str, ...]) -> tuple[Condition, ...]:
    return (weekdays(days),) if days else ()


def _cron(fields: Fields) -> Exported:
    times = [f"{hour:02}:{minute:02}:00" for hour, minute in product(sorted(fields.hours), sorted(fields.minutes))]
    only: list[Condition] = []
    if len(times) > MOST_TIMES:
        trigger: dict[str, Json] = {"trigger": "time_pattern", "minutes": "*", "seconds": "0"}
        only += [
            evaluated(f"now().{name} in {sorted(values)}")
            for name, values, all_of in (("minute", fields.minutes, _MINUTE), ("hour", fields.hours, 24))
            if len(values) < all_of
        ]
    else:
        trigger = {"trigger": "time", "at": times}
    day, weekday = _day_parts(fields)
    if fields.either and day and weekday:
        only.append(evaluated(f"({day} or {weekday})"))
    else:
        only += [evaluated(part) for part in (day, weekday) if part]
    if len(fields.months) < len(range(12)):
        only.append(evaluated(f"now().month in {sorted(fields.months)}"))
    return Exported(trigger, tuple(only))


def _day_parts(fields: Fields) -> tuple[str, str]:
    day = f"now().day in {sorted(fields.days)}" if len(fields.days) < len(range(31)) else ""
    weekday = on_days((number - 1) % _WEEK for number in fields.weekdays) if len(fields.weekdays) < _WEEK else ""
    return day, weekday


def _every(trigger: Every, around: Around) -> Exported:
    """Return a look at each minute (or second) that counts from the same moment as the routine does."""
    since = trigger.since or around.created
    since = since if since.tzinfo else since.replace(tzinfo=around.place.zone)
    length, anchor = int(span_s(trigger.every)), int(since.timestamp())
    if length % _MINUTE:
        pattern: dict[str, Json] = {"trigger": "time_pattern", "seconds": "*"}
        return Exported(pattern, (evaluated(f"(as_timestamp(now()) | int - {anchor}) % {length} == 0"),))
    if anchor % _MINUTE:
        around.notes.append("an interval is counted from the full minute in Home Assistant")
    pattern = {"trigger": "time_pattern", "minutes": "*", "seconds": "0"}
    counted = f"((as_timestamp(now()) | int) // 60 - {anchor // _MINUTE}) % {length // _MINUTE} == 0"
    return Exported(pattern, (evaluated(counted),))


def _once(trigger: Once, around: Around) -> Exported:
    wall = around.place.wall(trigger.once) if trigger.once.tzinfo else trigger.once
    today = evaluated(f"now().date() | string == '{wall:%Y-%m-%d}'")
    return Exported({"trigger": "time", "at": f"{wall:%H:%M:%S}"}, (today,))


def _sun(trigger: Sun) -> Exported:
    found: dict[str, Json] = {"trigger": "sun", "event": trigger.sun}
    shift = int(offset_s(trigger.offset))
    if shift:
        hours, rest = divmod(abs(shift), 3600)
        found["offset"] = f"{'-' if shift < 0 else ''}{hours:02}:{rest // 60:02}:{rest % 60:02}"
    return Exported(found, _days(trigger.days))


def _for(text: str | None) -> dict[str, Json]:
    return {"for": {"seconds": int(seconds(text))}} if text else {}


def _becomes(trigger: Becomes) -> Exported:
    # What was not known before, or is not known now, is no change here.
    to: dict[str, Json] = {"to": list(trigger.to)} if trigger.to else {"not_to": list(_UNKNOWN)}
    since: dict[str, Json] = {"from": list(trigger.from_)} if trigger.from_ else {"not_from": list(_UNKNOWN)}
    return Exported({"trigger": "state", "entity_id": trigger.state, **since, **to, **_for(trigger.for_)})


def _passes(trigger: Passes, notes: Notes) -> Exported:
    found: dict[str, Json] = {"trigger": "numeric_state", "entity_id": trigger.number}
    if trigger.attribute:
        found["attribute"] = trigger.attribute
    found["above" if trigger.above is not None else "below"] = (
        trigger.above if trigger.above is not None else trigger.below
    )
    if trigger.hysteresis:
        notes.append(
            f"{trigger.number}: a hysteresis of {trigger.hysteresis:g} has no counterpart, so it may fire more often"
        )
    return Exported({**found, **_for(trigger.for_)})


def _happens(trigger: Happens) -> Exported:
    found: dict[str, Json] = {"trigger": "event", "event_type": trigger.event}
    return Exported({**found, "event_data": inert(trigger.data)} if trigger.data else found)


def _presence(trigger: Presence, around: Around) -> list[Exported]:
    lasts = _for(trigger.for_)
    if "first" in trigger.presence or "last" in trigger.presence:
        side: dict[str, Json] = {"above": 0} if trigger.does == "comes" else {"below": 1}
        return [Exported({"trigger": "numeric_state", "entity_id": HOME, **side, **lasts})]
    found = people_of(trigger.presence, around.people, around.notes)
    way = (
        {"to": "home", "not_from": list(_UNKNOWN)}
        if trigger.does == "comes"
        else {"from": "home", "not_to": list(_UNKNOWN)}
    )
    return [Exported({"trigger": "state", "entity_id": found, **way, **lasts})] if found else []


def _holds(trigger: Holds, around: Around) -> list[Exported]:
    said = expression(trigger.holds, around.people, around.notes)
    if not said:
        around.notes.append("a condition that is to become true cannot be said in Home Assistant: left out")
        return []
    return [Exported({"trigger": "template", "value_template": f"{{{{ {said} }}}}", **_for(trigger.for_)})]


_WAYS: Mapping[type, Callable[[Any, Around], list[Exported]]] = {
    At: lambda one, _: [Exported({"trigger": "time", "at": _clock(one.at)}, _days(one.days))],
    Cron: lambda one, _: [_cron(fields_of(one.cron))],
    Every: lambda one, around: [_every(one, around)],
    Once: lambda one, around: [_once(one, around)],
    Sun: lambda one, _: [_sun(one)],
    Becomes: lambda one, _: [_becomes(one)],
    Passes: lambda one, around: [_passes(one, around.notes)],
    Happens: lambda one, _: [_happens(one)],
    Presence: _presence,
    Holds: _holds,
}
