"""The whole policy language read literally, from docs/policy.md and from nothing else.

Slow, linear, three-valued where the page says "not known", and made of other parts than the judge it is compared with:
it remembers nothing, finds nothing by index, and asks every rule about every part of every request.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import sunrise, sunset

from claw.base.action import Action, Effect, Origin, Terms
from claw.house.model import Entity, House
from claw.policy.people import People, Person
from claw.policy.rules import Rate, Rule, StateWish, When
from tests.unit.policy.reference import (
    DAYS,
    FORBIDDEN,
    INDIRECT,
    any_glob,
    dangerous,
    ids,
    inside,
    keys_that_fit,
    state_fits,
    strictest_terms,
)

WORST = {"lock": ["lock.unlock", "lock.open"], "cover": ["cover.open_cover"]}
ORDER = ["tap", "session", "signed"]
USUAL = {"sunrise": 360, "sunset": 1080}
SECONDS = {"s": 1, "min": 60, "h": 3600}


@dataclass(frozen=True)
class Done:
    """An act of before."""

    at: datetime
    action: Action
    origin: Origin


@dataclass(frozen=True)
class World:
    """All that a decision depends on, besides the rules and the action."""

    house: House
    people: People
    origin: Origin
    now: datetime
    done: tuple[Done, ...] = ()

    @property
    def local(self) -> datetime:
        return self.now.astimezone(ZoneInfo(self.house.registry.time_zone))


# ------------------------------------------------------------------------------------------------------------- time


def minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:5])


def end_on(text: str, day: datetime, world: World) -> datetime | None:
    """When an end of a span falls on the local day that begins at ``day``; None where that is not known."""
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if text[:1].isdigit():
        return midnight + timedelta(minutes=minutes(text))
    event, offset = text.rstrip("0123456789:+-"), offset_of(text)
    if world.house.registry.location is None:
        return None
    rises_or_sets = {"sunrise": sunrise, "sunset": sunset}[event]
    zone = ZoneInfo(world.house.registry.time_zone)
    found = rises_or_sets(Observer(*world.house.registry.location), midnight.date(), zone)
    return found.replace(tzinfo=None) + timedelta(minutes=offset)


def offset_of(text: str) -> int:
    event = text.rstrip("0123456789:+-")
    return minutes(text[len(event) + 1 :]) * (-1 if text[len(event)] == "-" else 1) if text != event else 0


def usual(text: str) -> int:
    if text[:1].isdigit():
        return minutes(text)
    return USUAL[text.rstrip("0123456789:+-")] + offset_of(text)


def in_span(start: str, end: str, days: Sequence[str], world: World) -> bool | None:
    """Whether it is now within a span that began today or yesterday, on one of these days."""
    now = world.local.replace(tzinfo=None)
    over = usual(start) >= usual(end)
    answers: list[bool | None] = []
    for back in (0, 1):
        day = now - timedelta(days=back)
        if days and DAYS[day.weekday()] not in days:
            continue
        first, last = end_on(start, day, world), end_on(end, day + timedelta(days=over), world)
        answers.append(None if first is None or last is None else first <= now < last)
    return True if True in answers else None if None in answers else False


def sun_fits(wanted: str, world: World) -> bool | None:
    up = in_span("sunrise", "sunset", (), world)
    return None if up is None else up == (wanted == "up")


# ---------------------------------------------------------------------------------------------------------- presence


def state_now(entity_id: str, world: World) -> str | None:
    """The state of what the file means by an id: a renamed thing is asked, one that took the id over is not."""
    entities = world.house.registry.entities
    meant = [
        one.entity_id for one in entities.values() if (one.entity_id if one.former is None else one.former) == entity_id
    ]
    if not meant and entity_id in entities:
        return None
    state = world.house.states.get(meant[0] if meant else entity_id)
    return state.value if state else None


def is_home(person: Person | None, world: World) -> bool | None:
    value = state_now(person.entity, world) if person and person.entity else None
    return None if value in {None, "unknown", "unavailable"} else value == "home"


def some(answers: Sequence[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers or not answers else False


def home_fits(wanted: Sequence[str], world: World) -> bool | None:
    everybody = [is_home(person, world) for person in world.people if person.entity]
    if list(wanted) == ["anyone"]:
        return some(everybody)
    if list(wanted) == ["nobody"]:
        anyone = some(everybody)
        return None if anyone is None else not anyone
    return some([is_home(world.people.get(name), world) for name in wanted])


def away_fits(wanted: Sequence[str], world: World) -> bool | None:
    homes = [is_home(world.people.get(name), world) for name in wanted]
    return some([None if home is None else not home for home in homes])


# --------------------------------------------------------------------------------------------------------- conditions


def counted(person: Person, world: World) -> bool:
    """Whether somebody counts as themselves now."""
    if person.end is not None and world.local.date() > person.end:
        return False
    return not person.hours or any(in_span(span.start, span.end, span.days, world) for span in person.hours)


def proven(world: World) -> World:
    person = world.people.get(world.origin.person) if world.origin.authenticated else None
    if person is not None and not counted(person, world):
        return replace(world, origin=replace(world.origin, person=None, authenticated=False, strength=None))
    return world


def who_fits(rule: Rule, entity: Entity | None, origin: Origin, people: People) -> bool:
    who = rule.who
    if who is None:
        return True
    person = people.get(origin.person) if origin.authenticated else None
    kind = origin.channel.split(":", maxsplit=1)[0]
    return (
        (not who.role or (person is not None and person.role in who.role))
        and (not who.person or (origin.authenticated and origin.person in who.person))
        and (not who.place or any_glob(who.place, origin.place))
        and who.authenticated in {None, origin.authenticated}
        and (not who.channel or any_glob(who.channel, origin.channel) or any_glob(who.channel, kind))
        and (not who.routine or (origin.routine != "" and any_glob(who.routine, origin.routine)))
        and (not who.skill or (origin.skill != "" and any_glob(who.skill, origin.skill)))
        and (not who.rooms or (person is not None and entity is not None and entity.area in person.rooms))
    )


def when_answers(when: When, world: World) -> list[bool | None]:
    found: list[bool | None] = []
    if when.tainted is not None:
        found.append(when.tainted == bool(world.origin.taint))
    if when.between or when.days:
        found.append(in_span(*(when.between or ("00:00", "24:00")), when.days, world))
    if when.sun:
        found.append(sun_fits(when.sun, world))
    found += [wish_fits(wish, state_now(entity_id, world)) for entity_id, wish in when.states.items()]
    if when.home:
        found.append(home_fits(when.home, world))
    if when.away:
        found.append(away_fits(when.away, world))
    return found


def wish_fits(wish: StateWish, value: str | None) -> bool | None:
    return state_fits(wish, value)


def about(rule: Rule, entity: Entity | None, world: World) -> bool:
    lenient = bool(rule.allow)
    return (not rule.on or all(keys_that_fit(rule.on, entity, world.house, lenient=lenient).values())) and (
        not rule.except_ or not any(keys_that_fit(rule.except_, entity, world.house, lenient=not lenient).values())
    )


def exact(rule: Rule, action: str, entity: Entity | None) -> bool:
    """Whether an allow names the very thing whose effect is not its own."""
    if not rule.allow or action.partition(".")[0] not in INDIRECT:
        return True
    return rule.on is not None and any(one in rule.on.entity for one in ids(entity, lenient=True))


def seconds(text: str) -> int:
    number = text.rstrip("sminh ")
    return int(number) * SECONDS[text[len(number) :].strip()]


def too_often(rule: Rule, rate: Rate, action: Action, entity: Entity | None, world: World) -> bool:
    since = world.now - timedelta(seconds=seconds(rate.per))
    asker = world.origin.person if world.origin.authenticated else None
    total = 0.0
    for act in world.done:
        named = act.action.entities or ("",)
        fitting = [
            one
            for one in named
            if exact(rule, act.action.name, world.house.registry.entities.get(one))
            and about(rule, world.house.registry.entities.get(one), world)
            and who_fits(rule, world.house.registry.entities.get(one), act.origin, world.people)
        ]
        other = act.origin.person if act.origin.authenticated else None
        if (
            act.at > since
            and any_glob(rule.actions, act.action.name)
            and fitting
            and (rate.each != "person" or other == asker)
            and (rate.each != "entity" or entity is None or entity.entity_id in fitting)
        ):
            total += 1 if rate.sum is None else act.action.data.get(rate.sum, 0)
    own = 1 if rate.sum is None else action.data.get(rate.sum)
    if own is None:
        return True
    return total + own > (rate.times or rate.total or 0)


def speaks(rule: Rule, action: Action, entity_id: str, world: World) -> bool:
    entity = world.house.registry.entities.get(entity_id)
    answers = when_answers(rule.when, world) if rule.when else []
    beyond = not rule.beyond or not all(inside(key, one.min, one.max, action) for key, one in rule.beyond.items())
    return (
        any_glob(rule.actions, action.name)
        and exact(rule, action.name, entity)
        and about(rule, entity, world)
        and not (rule.allow and rule.on and rule.on.exposed is not None and dangerous(action.name, entity))
        and who_fits(rule, entity, world.origin, world.people)
        and False not in answers
        and not (None in answers and rule.allow)
        and all(inside(key, one.min, one.max, action) for key, one in rule.within.items())
        and beyond
        and not (rule.at_most and too_often(rule, rule.at_most, action, entity, world))
        and (not rule.more_than or too_often(rule, rule.more_than, action, entity, world))
    )


# ---------------------------------------------------------------------------------------------------------- decisions


def parts(action: Action, world: World, seen: frozenset[tuple[str, str]] = frozenset()) -> list[tuple[Action, str]]:
    """The action on each of its entities, members of groups too, and all that it sets off."""
    found: list[tuple[Action, str]] = []
    names = list(action.entities) or [""]
    for entity_id in names:
        names += [one for one in world.house.registry.groups.get(entity_id, ()) if one not in names]
    for entity_id in names:
        if (action.name, entity_id) in seen:
            continue
        found.append((action, entity_id))
        if action.domain not in {"script", "scene"} or action.name.endswith(".turn_off"):
            continue
        inner = seen | {(action.name, entity_id)}
        steps = world.house.registry.steps.get(entity_id, ())
        covered = {one for step in steps for one in step.entities}
        for step in steps:
            found += parts(step, world, inner)
        for reached in world.house.registry.reaches.get(entity_id, ()):
            if reached not in covered:
                for worst in WORST[reached.partition(".")[0]]:
                    found += parts(Action(worst, (reached,)), world, inner)
    return found


def together(asking: Sequence[Terms]) -> Terms | None:
    """The terms that satisfy all of them; None where they share nobody."""
    shared = strictest_terms(asking)
    return shared and replace(
        shared,
        strength=max((terms.strength for terms in asking), key=ORDER.index),
        grant_s=min(terms.grant_s for terms in asking),
        once_per_task=all(terms.once_per_task for terms in asking),
    )


def judge(rules: Sequence[Rule], action: Action, world: World) -> tuple[Effect, Terms | None]:
    """The effect, and the terms of a question."""
    world = proven(world)
    effects: list[Effect] = []
    asking: list[Terms] = []
    for part, entity_id in parts(action, world):
        found = [rule for rule in rules if speaks(rule, part, entity_id, world)]
        if any_glob(tuple(FORBIDDEN), part.name) or any(rule.deny for rule in found):
            effects.append("deny")
        elif confirms := [rule for rule in found if rule.confirm]:
            effects.append("confirm")
            asking += [rule.terms or Terms() for rule in confirms]
        else:
            effects.append("allow" if found else "deny")
    if "deny" in effects:
        return "deny", None
    if asking:
        terms = together(asking)
        return ("confirm", terms) if terms else ("deny", None)
    return "allow", None
