"""A trigger as a phrase that fits into a sentence: "every weekday at 07:00", with the names of the house."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from claw.house.model import NO_DATA, House, Registry
from claw.house.text import plain, quoted
from claw.mind.nouns import Naming
from claw.mind.phrases import phrases as words_of
from claw.policy.rules import When
from claw.policy.windows import DAYS
from claw.routines.place import place_of
from claw.routines.spec import (
    At,
    Becomes,
    ByClock,
    ByHouse,
    Cron,
    Every,
    Happens,
    Holds,
    Once,
    Passes,
    Presence,
    Spec,
    Sun,
    Trigger,
    offset_s,
)
from claw.routines.wording_cron import cron_words

_FULL = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEK = timedelta(days=7)
_YEAR = timedelta(days=300)
"""Further away than this a day is named with its year."""


def phrase(trigger: Trigger, registry: Registry, *, once: bool = False) -> str:
    """Return the trigger as an English phrase, with the names of ``registry``; ``once``: it counts one time."""
    if isinstance(trigger, Once):
        return _by_clock(trigger, registry)
    by_clock = isinstance(trigger, At | Cron | Every | Sun)
    said = _by_clock(trigger, registry) if by_clock else f"when {_by_house(trigger, registry)}"
    return f"{said}, once" if once else said


def phrases(spec: Spec, registry: Registry) -> str:
    """Return when a routine is due: all its triggers, joined by "or"."""
    return _listed([phrase(one, registry, once=spec.max_runs == 1) for one in spec.when], "or")


def moment(when: datetime, now: datetime, registry: Registry) -> str:
    """Return a moment on the wall clock as short as it is clear: "today 07:00", "Tue 07:00", "27 Nov 07:00"."""
    place = place_of(registry)
    wall, today = place.wall(when), place.wall(now)
    days = (wall.date() - today.date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    time = f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"
    if near:
        return f"{near} {time}"
    if timedelta(0) < when - now and days < _WEEK.days:
        return f"{_FULL[wall.weekday()][:3]} {time}"
    year = f" {wall.year}" if abs(when - now) > _YEAR else ""
    return f"{wall.day} {_month(wall)}{year} {time}"


def condition(when: When, registry: Registry) -> str:
    """Return a condition as an English clause: "the sun is down and nobody is at home"."""
    parts: list[str] = []
    if when.between:
        parts.append(f"it is between {when.between[0]} and {when.between[1]}")
    if when.days:
        parts.append(f"it is {_listed([_FULL[DAYS.index(day)] for day in _in_order(when.days)], 'or')}")
    if when.sun:
        parts.append(f"the sun is {when.sun}")
    for entity, wish in when.states.items():
        if wish.values:
            parts.append(f"{_name(entity, registry)} is {_listed([plain(one, 30) for one in wish.values], 'or')}")
        else:
            least = f"at least {wish.min:g}" if wish.min is not None else ""
            most = f"at most {wish.max:g}" if wish.max is not None else ""
            parts.append(f"{_name(entity, registry)} is {' and '.join(one for one in (least, most) if one)}")
    parts += [_there(when.home, "at home", registry)] if when.home else []
    parts += [_there(when.away, "away", registry)] if when.away else []
    if when.tainted is not None:
        parts.append("it stems from outside text" if when.tainted else "it does not stem from outside text")
    return _listed(parts, "and")


def _by_clock(trigger: ByClock, registry: Registry) -> str:
    match trigger:
        case At():
            return f"{days_words(trigger.days)} at {trigger.at}"
        case Cron():
            return cron_words(trigger.cron)
        case Every():
            since = f", counted from {_stamp(trigger.since, registry)}" if trigger.since else ""
            return f"every {trigger.every}{since}"
        case Once():
            return f"on {_stamp(trigger.once, registry)}"
        case Sun():
            return f"{days_words(trigger.days)} {_sun(trigger)}"


def _by_house(trigger: ByHouse, registry: Registry) -> str:
    match trigger:
        case Becomes():
            return _becomes(trigger, registry)
        case Passes():
            return _passes(trigger, registry)
        case Happens():
            data = ", ".join(f"{plain(key, 30)} {plain(str(value), 60)}" for key, value in trigger.data.items())
            return f"Home Assistant tells of {plain(trigger.event)}{f' with {data}' if data else ''}"
        case Presence():
            return _presence(trigger, registry)
        case Holds():
            held = f"it becomes so that {condition(trigger.holds, registry)}"
            return f"{held}, and stays so for {trigger.for_}" if trigger.for_ else held


def days_words(days: Sequence[str]) -> str:
    """Return days of the week as "every day", "every weekday" or "every Monday and Friday"."""
    named = _in_order(days)
    if not named or len(named) == len(DAYS):
        return "every day"
    if named == list(DAYS[:5]):
        return "every weekday"
    return f"every {_listed([_FULL[DAYS.index(day)] for day in named], 'and')}"


def _in_order(days: Sequence[str]) -> list[str]:
    return [day for day in DAYS if day in days]


def _sun(trigger: Sun) -> str:
    offset = offset_s(trigger.offset)
    if not offset:
        return f"at {trigger.sun}"
    return f"{trigger.offset.lstrip('+-')} {'before' if offset < 0 else 'after'} {trigger.sun}"


def _becomes(trigger: Becomes, registry: Registry) -> str:
    name = _name(trigger.state, registry)
    to = _listed([plain(one, 30) for one in trigger.to], "or")
    from_ = _listed([plain(one, 30) for one in trigger.from_], "or")
    if not to:
        left = f"{name} is no longer {from_}" if from_ else f"{name} changes"
        return f"{left}, and stays so for {trigger.for_}" if trigger.for_ else left
    if trigger.for_:
        return f"{name} has been {to} for {trigger.for_}" + (f" after {from_}" if from_ else "")
    return f"{name} goes from {from_} to {to}" if from_ else f"{name} turns {to}"


def _passes(trigger: Passes, registry: Registry) -> str:
    name = _name(trigger.number, registry)
    name = f"the {trigger.attribute.replace('_', ' ')} of {name}" if trigger.attribute else name
    side, bound = ("above", trigger.above) if trigger.above is not None else ("below", trigger.below)
    if trigger.for_:
        return f"{name} has been {side} {bound:g} for {trigger.for_}"
    return f"{name} {'rises' if side == 'above' else 'falls'} {side} {bound:g}"


def _presence(trigger: Presence, registry: Registry) -> str:
    word = trigger.presence[0]
    special = {"anyone": "somebody", "first": "the first person", "last": "the last person"}
    who = special[word] if word in special else _listed([_person(one, registry) for one in trigger.presence], "or")
    if trigger.for_:
        return f"{who} has been {'home' if trigger.does == 'comes' else 'gone'} for {trigger.for_}"
    return f"{who} {'comes home' if trigger.does == 'comes' else 'leaves'}"


def _there(who: Sequence[str], where: str, registry: Registry) -> str:
    special = {"anyone": "somebody is", "nobody": "nobody is"}
    if who[0] in special:
        return f"{special[who[0]]} {where}"
    names = [_person(one, registry) for one in who]
    return f"{_listed(names, 'and')} {'are' if len(names) > 1 else 'is'} {where}"


def _person(ident: str, registry: Registry) -> str:
    return plain(next((one.name for one in registry.people if one.id == ident), ident)) or "somebody"


def _name(entity: str, registry: Registry) -> str:
    if entity not in registry.entities:
        return quoted(entity)
    return Naming(House(registry, NO_DATA), words_of("en")).one(entity)


def _stamp(written: datetime, registry: Registry) -> str:
    wall = place_of(registry).wall(written) if written.tzinfo is not None else written
    time = f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"
    return f"{_FULL[wall.weekday()][:3]} {wall.day} {_month(wall)} {wall.year} at {time}"


def _month(wall: datetime) -> str:
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return names[wall.month - 1]


def _listed(parts: Sequence[str], word: str) -> str:
    if len(parts) < 2:  # noqa: PLR2004  one needs no word
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"
