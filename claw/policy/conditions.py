"""What a rule looks at, compiled once into small tests.

*Static* conditions depend on the action's name and the entity only, so their answer is kept for every pair of the two.
*Dynamic* ones are asked each time.  Each carries the words that say what was lacking when it does not hold.  What is
not known (a state that is unavailable, a clock whose zone is unknown) fits a confirm or deny and never an allow.

A thing may have been renamed since the file was written.  Where an entity id makes a rule stricter it fits what is
called so now or was then; where it makes a rule more lenient, only what the file means by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.base.action import Action, Origin
from claw.house.model import UNAVAILABLE, Entity, House, Registry
from claw.policy.bounds import Limit
from claw.policy.forbidden import indirect, may_be_indirect
from claw.policy.globs import channel_matcher, matcher
from claw.policy.rules import On, Rule, StateWish, When, Who

Holds = Callable[[House, Action, Origin, str | None, datetime], bool]
"""House, action, origin, the role of the proven asker, the time with its zone → whether the condition holds."""

Fits = Callable[[str, Entity | None, Registry], bool]
"""Action name, entity (None where the action has none), registry → whether the condition holds."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Static:
    """A condition on action and entity."""

    text: str
    fits: Fits


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A condition on who asks, when, with what data and in what state of the house."""

    text: str
    holds: Holds


def static_conditions(rule: Rule) -> tuple[Static, ...]:
    """Return the conditions of ``rule`` that depend on the entity, besides the action globs."""
    found: list[Static] = []
    if rule.effect == "allow" and any(map(may_be_indirect, rule.actions)):
        found.append(Static("the exact entity id of what is set off, under on: entity", _exactly_named(rule)))
    tightens = rule.effect != "allow"
    if rule.on:
        found += [
            Static(f"{key}: {' or '.join(_part(rule.on, key))}", _field(key, _part(rule.on, key), either=tightens))
            for key in On.model_fields
            if _part(rule.on, key)
        ]
    if rule.except_:
        outs = {
            key: _field(key, _part(rule.except_, key), either=not tightens)
            for key in On.model_fields
            if _part(rule.except_, key)
        }
        found += [Static(f"an entity outside except: {key}", _negated(out)) for key, out in outs.items()]
    return tuple(found)


def dynamic_conditions(rule: Rule) -> tuple[Dynamic, ...]:
    """Return the conditions of ``rule`` that are asked each time, the cheap ones first."""
    strict = rule.effect == "allow"
    found = _who(rule.who) if rule.who else []
    if rule.when:
        found += _when(rule.when, strict=strict)
    within, beyond = rule.limits
    found += [Dynamic(f"within: {limit.text}", _within(limit)) for limit in within]
    if beyond:
        found.append(Dynamic(f"beyond: {' or '.join(limit.text for limit in beyond)}", _beyond(beyond)))
    return tuple(found)


def _exactly_named(rule: Rule) -> Fits:
    exact = frozenset(rule.on.entity if rule.on else ())  # a glob in it equals no entity id

    def fits(action: str, entity: Entity | None, _: Registry) -> bool:
        return not indirect(action) or (entity is not None and entity.meant in exact)

    return fits


def _part(on: On, key: str) -> tuple[str, ...]:
    return getattr(on, key)


def _negated(fits: Fits) -> Fits:
    return lambda action, entity, registry: not fits(action, entity, registry)


def _field(key: str, globs: tuple[str, ...], *, either: bool) -> Fits:
    """Return a test of one key; ``either``: an entity fits by its present id as well as by the one the file means."""
    matches = matcher(globs)

    def fits(_: str, entity: Entity | None, registry: Registry) -> bool:
        if entity is None:
            return False
        match key:
            case "label":
                return any(map(matches, entity.labels))
            case "entity":
                return matches(entity.meant) or (either and matches(entity.entity_id))
            case "floor":
                value = registry.floor_of(entity)
            case "area":
                value = entity.area
            case _:
                value = entity.device_class
        return value is not None and matches(value)

    return fits


def _who(who: Who) -> list[Dynamic]:
    found: list[Dynamic] = []
    if who.authenticated is not None:
        wanted = who.authenticated
        text = "a person who is signed in" if wanted else "nobody who is signed in"
        found.append(Dynamic(text, lambda _h, _a, origin, _r, _n: origin.authenticated is wanted))
    if who.role:
        roles = frozenset[str | None](who.role)
        found.append(Dynamic(f"role: {' or '.join(who.role)}", lambda _h, _a, _o, role, _n: role in roles))
    if who.person:
        persons = frozenset[str | None](who.person)
        found.append(
            Dynamic(
                f"person: {' or '.join(who.person)}",
                lambda _h, _a, origin, _r, _n: origin.authenticated and origin.person in persons,
            )
        )
    if who.channel:
        channel = channel_matcher(who.channel)
        found.append(
            Dynamic(f"channel: {' or '.join(who.channel)}", lambda _h, _a, origin, _r, _n: channel(origin.channel))
        )
    if who.place:
        place = matcher(who.place)
        found.append(
            Dynamic(
                f"place: {' or '.join(who.place)}",
                lambda _h, _a, origin, _r, _n: origin.place is not None and place(origin.place),
            )
        )
    return found


def _when(when: When, *, strict: bool) -> list[Dynamic]:
    found: list[Dynamic] = []
    if when.tainted is not None:
        tainted = when.tainted
        text = "an influence from outside" if tainted else "no influence from outside"
        found.append(Dynamic(text, lambda _h, _a, origin, _r, _n: bool(origin.taint) is tainted))
    if when.between or when.days:
        start, end = when.between or ("00:00", "24:00")
        days = f" on {', '.join(when.days)}" if when.days else ""
        found.append(Dynamic(f"between {start} and {end}{days}", _window(when, unknown=not strict)))
    for entity_id, wish in when.states.items():
        found.append(Dynamic(f"{entity_id}: {_wanted(wish)}", _state(entity_id, wish, unknown=not strict)))
    return found


def _window(when: When, *, unknown: bool) -> Holds:
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in when.between or ("00:00", "24:00"))
    days = frozenset(DAYS.index(day) for day in when.days or DAYS)

    def holds(house: House, _a: Action, _o: Origin, _r: str | None, now: datetime) -> bool:
        zone = _zone(house.registry.time_zone)
        if zone is None:
            return unknown
        local = now.astimezone(zone)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if start < end:
            return start <= minute < end and day in days
        if minute >= start:
            return day in days
        return minute < end and (day - 1) % 7 in days  # a night belongs to its evening

    return holds


@lru_cache(8)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _state(entity_id: str, wish: StateWish, *, unknown: bool) -> Holds:
    values = frozenset(wish.values)
    low = float("-inf") if wish.min is None else wish.min
    high = float("inf") if wish.max is None else wish.max

    def holds(house: House, _a: Action, _o: Origin, _r: str | None, _n: datetime) -> bool:
        renamed = house.registry.renamed  # nearly always empty, and asked for at every decision
        state = house.states.get(renamed.get(entity_id, entity_id) if renamed else entity_id)
        if state is None or state.value in UNAVAILABLE:
            return unknown
        if values:
            return state.value in values
        try:
            number = float(state.value)
        except ValueError:
            return unknown
        return unknown if number != number else low <= number <= high  # noqa: PLR0124  only NaN differs from itself

    return holds


def _wanted(wish: StateWish) -> str:
    if wish.values:
        return " or ".join(wish.values)
    return " and ".join(
        f"{word} {value:g}" for word, value in (("min", wish.min), ("max", wish.max)) if value is not None
    )


def _within(limit: Limit) -> Holds:
    return lambda house, action, _o, _r, _n: limit.holds(action, house.registry.temperature_unit)


def _beyond(limits: tuple[Limit, ...]) -> Holds:
    if len(limits) == 1:
        limit = limits[0]
        return lambda house, action, _o, _r, _n: not limit.holds(action, house.registry.temperature_unit)

    def holds(house: House, action: Action, _o: Origin, _r: str | None, _n: datetime) -> bool:
        unit = house.registry.temperature_unit
        return not all(limit.holds(action, unit) for limit in limits)

    return holds


def together(conditions: tuple[Dynamic, ...]) -> Holds | None:
    """Return one test for all of ``conditions``, None where there is nothing to ask."""
    if not conditions:
        return None
    first = conditions[0].holds
    rest = together(conditions[1:])
    if rest is None:
        return first
    return lambda house, action, origin, role, now: (
        first(house, action, origin, role, now) and rest(house, action, origin, role, now)
    )
