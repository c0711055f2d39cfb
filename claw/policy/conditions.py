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

from claw.base.action import Action, Origin
from claw.house.model import Entity, House, Registry
from claw.policy.bounds import Limit
from claw.policy.forbidden import indirect, may_be_indirect
from claw.policy.globs import channel_matcher, matcher
from claw.policy.people import People
from claw.policy.presence import at_home, away, state_of
from claw.policy.rates import Counting
from claw.policy.risky import risky_actions
from claw.policy.rules import On, Rule, StateWish, When, Who
from claw.policy.windows import Window, sun_is_up

_EXPOSED = {True: "exposed to the voice assistants", False: "not exposed to the voice assistants"}

Holds = Callable[[House, Action, Origin, str | None, datetime, Counting], bool]
"""House, action, origin, the role of the proven asker, the time with its zone, what was done → whether it holds."""

Fits = Callable[[str, Entity | None, Registry], bool]
"""Action name, entity (None where the action has none), registry → whether the condition holds."""


@dataclass(frozen=True, slots=True)
class Static:
    """A condition on action and entity."""

    text: str
    fits: Fits


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A condition on who asks, when, with what data, in what state of the house and how often.

    ``on``, where it is given, makes the test for one entity (None where the action has none), and ``holds`` is that
    for none.
    """

    text: str
    holds: Holds
    on: Callable[[Entity | None], Holds] | None = None

    def test(self, entity: Entity | None) -> Holds:
        """Return the test for ``entity``."""
        return self.on(entity) if self.on else self.holds


def static_conditions(rule: Rule) -> tuple[Static, ...]:
    """Return the conditions of ``rule`` that depend on the entity, besides the action globs."""
    found: list[Static] = []
    if rule.effect == "allow" and any(map(may_be_indirect, rule.actions)):
        found.append(Static("the exact entity id of what is set off, under on: entity", _exactly_named(rule)))
    tightens = rule.effect != "allow"
    if rule.on:
        found += [
            Static(f"{key}: {' or '.join(globs)}", _field(key, globs, either=tightens))
            for key, globs in _listed(rule.on)
        ]
        if rule.on.exposed is not None:
            found.append(Static(_EXPOSED[rule.on.exposed], _exposed(rule.on.exposed, unknown=tightens)))
            if not tightens:
                found.append(Static("an allow that does not rest on exposure: this is risky", _harmless))
    if rule.except_:
        outs = {key: _field(key, globs, either=not tightens) for key, globs in _listed(rule.except_)}
        if rule.except_.exposed is not None:
            outs["exposed"] = _exposed(rule.except_.exposed, unknown=not tightens)
        found += [Static(f"an entity outside except: {key}", _negated(out)) for key, out in outs.items()]
    return tuple(found)


def dynamic_conditions(rule: Rule, people: People) -> tuple[Dynamic, ...]:
    """Return the conditions of ``rule`` that are asked each time, the cheap ones first."""
    unknown = rule.effect != "allow"  # what is not known fits a confirm or deny
    found = who_conditions(rule.who, people) if rule.who else []
    if rule.when:
        if rule.when.tainted is not None:
            found.append(_tainted(rule.when.tainted))
        found += in_house(rule.when, people, unknown=unknown)
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


def _listed(on: On) -> list[tuple[str, tuple[str, ...]]]:
    """Return the keys that list globs, with them."""
    return [(key, globs) for key in On.model_fields if key != "exposed" and (globs := getattr(on, key))]


def _exposed(wanted: bool, *, unknown: bool) -> Fits:  # noqa: FBT001  what the file says
    def fits(_: str, entity: Entity | None, _registry: Registry) -> bool:
        if entity is None:
            return False
        return unknown if entity.exposed is None else entity.exposed is wanted

    return fits


def _harmless(action: str, entity: Entity | None, _: Registry) -> bool:
    """Say whether an allow may rest on exposure: Home Assistant exposes garage doors to everybody by itself."""
    return entity is None or action not in risky_actions(entity)


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


def who_conditions(who: Who, people: People) -> list[Dynamic]:
    """Return what ``who`` asks about the asker; it depends on nothing else."""
    found: list[Dynamic] = []
    if who.authenticated is not None:
        wanted = who.authenticated
        text = "a person who is signed in" if wanted else "nobody who is signed in"
        found.append(Dynamic(text, lambda _h, _a, origin, _r, _n, _d: origin.authenticated is wanted))
    if who.role:
        roles = frozenset[str | None](who.role)
        found.append(Dynamic(f"role: {' or '.join(who.role)}", lambda _h, _a, _o, role, _n, _d: role in roles))
    if who.person:
        persons = frozenset[str | None](who.person)
        found.append(
            Dynamic(
                f"person: {' or '.join(who.person)}",
                lambda _h, _a, origin, _r, _n, _d: origin.authenticated and origin.person in persons,
            )
        )
    if who.channel:
        channel = channel_matcher(who.channel)
        found.append(
            Dynamic(f"channel: {' or '.join(who.channel)}", lambda _h, _a, origin, _r, _n, _d: channel(origin.channel))
        )
    if who.place:
        place = matcher(who.place)
        found.append(
            Dynamic(
                f"place: {' or '.join(who.place)}",
                lambda _h, _a, origin, _r, _n, _d: origin.place is not None and place(origin.place),
            )
        )
    for name, globs in (("routine", who.routine), ("skill", who.skill)):
        if globs:
            found.append(Dynamic(f"{name}: {' or '.join(globs)}", _asked_by(name, globs)))
    if who.rooms:
        found.append(Dynamic("one of the asker's own rooms", _own_room(None, people), lambda e: _own_room(e, people)))
    return found


def _asked_by(name: str, globs: tuple[str, ...]) -> Holds:
    matches = matcher(globs)

    def holds(_h: House, _a: Action, origin: Origin, _r: str | None, _n: datetime, _d: Counting) -> bool:
        asking = origin.routine if name == "routine" else origin.skill
        return asking != "" and matches(asking)

    return holds


def _own_room(entity: Entity | None, people: People) -> Holds:
    area = entity.area if entity else None
    owners = {person.id for person in people if area in person.rooms}
    return lambda _h, _a, origin, _r, _n, _d: origin.authenticated and origin.person in owners


def _tainted(tainted: bool) -> Dynamic:  # noqa: FBT001  what the file says
    text = "an influence from outside" if tainted else "no influence from outside"
    return Dynamic(text, lambda _h, _a, origin, _r, _n, _d: bool(origin.taint) is tainted)


def in_house(when: When, people: People, *, unknown: bool) -> list[Dynamic]:
    """Return what ``when`` asks of the clock and the house; where something is not known the answer is ``unknown``."""
    found: list[Dynamic] = []
    if when.between or when.days:
        start, end = when.between or ("00:00", "24:00")
        days = f" on {', '.join(when.days)}" if when.days else ""
        found.append(
            Dynamic(f"between {start} and {end}{days}", _window(Window(start, end, when.days), unknown=unknown))
        )
    if when.sun:
        found.append(Dynamic(f"the sun {when.sun}", _known(_sun(up=when.sun == "up"), unknown=unknown)))
    for entity_id, wish in when.states.items():
        found.append(Dynamic(f"{entity_id}: {_wanted(wish)}", _state(entity_id, wish, unknown=unknown)))
    if when.home:
        home = _known(lambda house, _: at_home(house, people, when.home), unknown=unknown)
        found.append(Dynamic(f"{' or '.join(when.home)} at home", home))
    if when.away:
        gone = _known(lambda house, _: away(house, people, when.away), unknown=unknown)
        found.append(Dynamic(f"{' or '.join(when.away)} away", gone))
    return found


def _known(known: Callable[[House, datetime], bool | None], *, unknown: bool) -> Holds:
    def holds(house: House, _a: Action, _o: Origin, _r: str | None, now: datetime, _d: Counting) -> bool:
        found = known(house, now)
        return unknown if found is None else found

    return holds


def _sun(*, up: bool) -> Callable[[House, datetime], bool | None]:
    def known(house: House, now: datetime) -> bool | None:
        found = sun_is_up(house.registry, now)
        return None if found is None else found is up

    return known


def _window(window: Window, *, unknown: bool) -> Holds:
    def holds(house: House, _a: Action, _o: Origin, _r: str | None, now: datetime, _d: Counting) -> bool:
        found = window.holds(house.registry, now)
        return unknown if found is None else found

    return holds


def _state(entity_id: str, wish: StateWish, *, unknown: bool) -> Holds:
    values = frozenset(wish.values)
    low = float("-inf") if wish.min is None else wish.min
    high = float("inf") if wish.max is None else wish.max

    def holds(house: House, _a: Action, _o: Origin, _r: str | None, _n: datetime, _d: Counting) -> bool:
        value = state_of(house, entity_id)
        if value is None:
            return unknown
        if values:
            return value in values
        try:
            figure = float(value)
        except ValueError:
            return unknown
        return unknown if figure != figure else low <= figure <= high  # noqa: PLR0124  only NaN differs from itself

    return holds


def _wanted(wish: StateWish) -> str:
    if wish.values:
        return " or ".join(wish.values)
    return " and ".join(
        f"{word} {value:g}" for word, value in (("min", wish.min), ("max", wish.max)) if value is not None
    )


def _within(limit: Limit) -> Holds:
    return lambda house, action, _o, _r, _n, _d: limit.holds(action, house.registry.temperature_unit)


def _beyond(limits: tuple[Limit, ...]) -> Holds:
    if len(limits) == 1:
        limit = limits[0]
        return lambda house, action, _o, _r, _n, _d: not limit.holds(action, house.registry.temperature_unit)

    def holds(house: House, action: Action, _o: Origin, _r: str | None, _n: datetime, _d: Counting) -> bool:
        unit = house.registry.temperature_unit
        for limit in limits:  # noqa: SIM110  asked for every call; a generator doubles the time
            if not limit.holds(action, unit):
                return True
        return False

    return holds


def together(tests: tuple[Holds, ...]) -> Holds | None:
    """Return one test for all of ``tests``, None where there is nothing to ask."""
    if not tests:
        return None
    first, rest = tests[0], together(tests[1:])
    if rest is None:
        return first
    return lambda house, action, origin, role, now, done: (
        first(house, action, origin, role, now, done) and rest(house, action, origin, role, now, done)
    )
