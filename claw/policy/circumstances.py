"""Ways to ask that a rule can tell apart: as it wishes them, and each time one thing otherwise.

Two policies are compared by asking both.  To ask everything is impossible, to ask at noon is not enough: a rule that
opens the garage at night, when nobody is home, shows itself only there.  So each rule is asked as it wishes everything
at once (a moment in its hours, its states, its values, its askers), then with each of these otherwise or not known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import product
from types import MappingProxyType
from typing import Any, Literal

from claw.base.action import Json, Origin
from claw.house.model import House, Registry, State
from claw.policy.globs import matcher
from claw.policy.people import ROLES, People
from claw.policy.rules import Rule, StateWish, When
from claw.policy.windows import DAYS

USUAL_CHANNEL = "web"
HOME, AWAY = "home", "not_home"
DAY, NOON = 24 * 60, 12 * 60


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks, by name; ``role`` is None where the channel proves nobody."""

    name: str
    origin: Origin
    role: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """One set of circumstances; ``words`` say what is special about them, nothing where nothing is."""

    house: House
    now: datetime
    data: Mapping[str, Json] = field(default_factory=dict[str, Json])
    taint: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


Key = Literal["now", "house", "data", "taint"]
Side = tuple[str, Any]
"""What is special, in words, and the value of the field of ``Case`` that makes it so."""


def usual_askers(people: People) -> Iterator[Asker]:
    """Give each role through its usual channel, then who is nobody: a voice, a routine."""
    for role in ROLES:
        person = next((one.id for one in people if one.role == role), None)
        yield Asker(role, Origin(USUAL_CHANNEL, person=person, authenticated=True, strength="session"), role)
    yield Asker("voice", Origin("voice"), None)
    yield Asker("routine", Origin("routine", routine="any"), None)


def named_askers(people: People, registry: Registry, rule: Rule) -> Iterator[Asker]:
    """Give the askers that ``rule`` itself names: a person, a channel, a place, a routine or skill."""
    who = rule.who
    if who is None:
        return
    for name in who.person:
        person = people.get(name)
        origin = Origin(USUAL_CHANNEL, person=name, authenticated=True, strength="session")
        yield Asker(name, origin, person.role if person else None)
    if not (who.channel or who.place or who.routine or who.skill):
        return
    places = [area for area in registry.areas if who.place and matcher(who.place)(area)][:1] or [None]
    for role, channel, place in product(who.role or (None,), who.channel or ("voice",), places):
        person = next((one.id for one in people if one.role == role), None) if role else None
        origin = Origin(
            channel.replace("*", "x").replace("?", "x"),
            person=person,
            place=place,
            authenticated=role is not None,
            routine=_example(who.routine),
            skill=_example(who.skill),
        )
        words = [role or "", origin.channel, f"in {place}" if place else "", origin.routine, origin.skill]
        yield Asker(" ".join(word for word in words if word), origin, role)


def _example(globs: tuple[str, ...]) -> str:
    return globs[0].replace("*", "x").replace("?", "x") if globs else ""


def cases(rule: Rule, people: People, plain: Case) -> Iterator[Case]:
    """Give the circumstances that ``rule`` can tell apart, beginning with those it wishes; none where it asks none."""
    sides: dict[Key, list[Side]] = {
        "now": list(_moments(rule, plain.now)),
        "house": list(_houses(rule, people, plain.house)),
        "data": list(_data(rule)),
        "taint": list(_taints(rule)),
    }
    special: dict[Key, list[Side]] = {key: found for key, found in sides.items() if found}
    wished: dict[Key, Side] = {key: found[0] for key, found in special.items()}
    if wished:
        yield _with(plain, wished)
    for key, found in special.items():
        for side in found[1:]:
            yield _with(plain, {**wished, key: side})
        if len(wished) > 1:
            yield _with(plain, {other: side for other, side in wished.items() if other != key})
            yield from (_with(plain, {key: side}) for side in found)


def _with(plain: Case, sides: Mapping[Key, Side]) -> Case:
    words = tuple(words for words, _ in sides.values())
    return replace(plain, **{key: value for key, (_, value) in sides.items()}, words=words)


def _moments(rule: Rule, now: datetime) -> Iterator[Side]:
    """Give moments inside the span of time that a rule looks at, then some outside."""
    when = rule.when
    if when is None or not (when.between or when.days or when.sun):
        return
    days = [DAYS.index(day) for day in when.days] or [now.weekday()]
    others = [day for day in range(7) if day not in days] if when.days else []
    inside, outside = _minutes(when)
    for day, minute in [*product(days[:1], inside), *product(days[:1], outside), *product(others[:1], inside)]:
        date = now.date() + timedelta(days=(day - now.weekday()) % 7)
        moment = datetime.combine(date, time(minute // 60, minute % 60), now.tzinfo)
        yield f"{DAYS[day]} {moment:%H:%M}", moment


def _minutes(when: When) -> tuple[list[int], list[int]]:
    """Return minutes of the day inside and outside of a span; by the sun, noon and midnight stand for day and night."""
    ends = when.between or ("00:00", "24:00")
    if when.sun or any(not end[:1].isdigit() for end in ends):
        day = when.sun == "up" or (when.sun is None and ends[0].startswith("sunrise"))
        return ([NOON], [0]) if day else ([0], [NOON])
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in ends)
    inside, outside = [start, (end - 1) % DAY], [end % DAY, (start - 1) % DAY]
    return inside, [] if (end - start) % DAY == 0 else outside


def _houses(rule: Rule, people: People, house: House) -> Iterator[Side]:
    """Give the house with every state as a rule wishes it, then each of them otherwise and not known."""
    if rule.when is None:
        return
    wished = dict(wished_states(rule.when, people))
    met = {entity: value for entity, (value, _) in wished.items()}
    if not met:
        return
    yield _said(met), _changed(house, met)
    for entity, (_, other) in wished.items():
        for value in (other, "unknown"):
            states = {**met, entity: value}
            yield _said(states), _changed(house, states)


def wished_states(when: When, people: People) -> Iterator[tuple[str, tuple[str, str]]]:
    """Give every entity that ``when`` looks at, with a state that it wishes and one that it does not."""
    for entity, wish in when.states.items():
        yield entity, (_meeting(wish), _missing(wish))
    for person in people:
        if person.entity and (person.id in when.home or "anyone" in when.home):
            yield person.entity, (HOME, AWAY)
        elif person.entity and (person.id in when.away or "nobody" in when.home):
            yield person.entity, (AWAY, HOME)


def _said(states: Mapping[str, str]) -> str:
    return ", ".join(f"{entity} {value}" for entity, value in states.items())


def _changed(house: House, states: Mapping[str, str]) -> House:
    renamed = house.registry.renamed
    values = {renamed.get(entity, entity): State(value) for entity, value in states.items()}
    return House(house.registry, MappingProxyType({**house.states, **values}))


def _meeting(wish: StateWish) -> str:
    if wish.values:
        return wish.values[0]
    return f"{wish.min if wish.min is not None else wish.max:g}"


def _missing(wish: StateWish) -> str:
    if wish.values:
        return "otherwise"
    return f"{wish.max + 1:g}" if wish.max is not None else f"{(wish.min or 0) - 1:g}"


def _taints(rule: Rule) -> Iterator[Side]:
    if rule.when and rule.when.tainted is not None:
        sides = [("by outside text", ("somebody's text",)), ("without outside text", ())]
        yield from sides if rule.when.tainted else reversed(sides)


def _data(rule: Rule) -> Iterator[Side]:
    """Give values inside and outside of every bound; what the rule wishes comes first."""
    inside: list[Side] = []
    outside: list[Side] = []
    for key, bound in (*rule.within.items(), *rule.beyond.items()):
        step = 1 if (bound.max or 2) - (bound.min or 0) > 1 else 0.01
        edges = [(bound.min, -step), (bound.max, step)]
        for edge, out in edges:
            if edge is not None:
                inside.append(_value(key, edge, bound.unit))
                outside.append(_value(key, edge + out, bound.unit))
    yield from inside + outside if rule.within else outside + inside


def _value(key: str, value: float, unit: str | None) -> Side:
    """Return a value in a call: what Home Assistant counts to 1 or to 255 may be bounded in percent."""
    scale = {"volume_level": 0.01, "brightness": 2.55, "white": 2.55}.get(key, 1.0) if unit == "%" else 1.0
    return f"{key} {value:g}{f' {unit}' if unit else ''}", {key: value * scale}
