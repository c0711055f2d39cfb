"""Houses in trouble: the same house with things unavailable, already so, slow, failing or missing; empty, at night.

Each seed gives one such house, always the same one.  What must hold in all of them is not what happens, but what never
does: a program that breaks off, a call beyond the manifest, too many calls, an answer that says more than is true.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, tzinfo
from itertools import chain
from random import Random
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.base.action import Action
from claw.base.errors import Refused
from claw.house.model import House, State
from claw.house.services import expectation, validate
from claw.skills.conditions import unmet
from claw.skills.model import Skill
from claw.skills.proving_ground import Fault, Seen, Setting
from claw.skills.within import meant, within

_STATES: Mapping[str, tuple[str, ...]] = {
    "light": ("on", "off"),
    "switch": ("on", "off"),
    "fan": ("on", "off"),
    "input_boolean": ("on", "off"),
    "humidifier": ("on", "off"),
    "binary_sensor": ("on", "off"),
    "cover": ("open", "closed"),
    "valve": ("open", "closed"),
    "lock": ("locked", "unlocked"),
    "media_player": ("off", "idle", "playing", "paused"),
    "climate": ("off", "heat"),
    "vacuum": ("docked", "cleaning", "paused"),
    "alarm_control_panel": ("disarmed", "armed_home", "armed_away"),
    "person": ("home", "not_home"),
    "timer": ("idle", "active"),
}
"""What a thing of a domain may just as well be."""

_PRESENCE = frozenset({"motion", "occupancy", "presence"})
_NIGHT, _DAY, _EDGE = time(2, 30), time(13, 0), time(23, 59, 58)
_DELAY_S, _TRAVEL_S = 2.0, 20.0
_ABSURD = ("unknown", "-40", "0", "99999", "nan", "")
_OWN = "claw"


@dataclass
class _Draft:
    """A house on its way into trouble."""

    house: House
    now: datetime
    things: list[str]
    rng: Random
    faults: dict[str, Fault] = field(default_factory=dict[str, Fault])

    def some(self) -> list[str]:
        """Return at least one of the things, where there are any, at most half of them."""
        few = max(1, len(self.things) // 2)
        return self.rng.sample(self.things, self.rng.randint(1, few)) if self.things else []

    def put(self, values: Mapping[str, str], *, bare: bool = False) -> None:
        states = dict(self.house.states)
        for entity, value in values.items():
            old = states[entity]
            states[entity] = State(value, MappingProxyType({}) if bare else old.attributes, old.changed)
        self.house = replace(self.house, states=MappingProxyType(states))

    def break_(self, fault: Fault) -> None:
        self.faults |= dict.fromkeys(self.some(), fault)


def _unavailable(draft: _Draft) -> None:
    draft.put(dict.fromkeys(draft.some(), "unavailable"), bare=True)


def _unknown(draft: _Draft) -> None:
    draft.put(dict.fromkeys(draft.some(), "unknown"))


def _other(draft: _Draft) -> None:
    pools = {one: _STATES.get(one.partition(".")[0]) for one in draft.things}
    draft.put({one: draft.rng.choice(pool) for one, pool in pools.items() if pool})


def _extreme(which: int) -> Callable[[_Draft], None]:
    """Return what puts everything into the first, or the last, of the states that it may have: all on, or all off."""

    def put(draft: _Draft) -> None:
        pools = {one: _STATES.get(one.partition(".")[0]) for one in draft.things}
        draft.put({one: pool[which] for one, pool in pools.items() if pool})

    return put


def _people(home: bool) -> Callable[[_Draft], None]:  # noqa: FBT001  a table of two
    def put(draft: _Draft) -> None:
        registry, values = draft.house.registry, dict[str, str]()
        for one in draft.house.states:
            entity = registry.entities.get(one)
            if one.startswith(("person.", "device_tracker.")):
                values[one] = "home" if home else "not_home"
            elif entity is not None and entity.device_class in _PRESENCE:
                values[one] = "on" if home else "off"
        draft.put(values)

    return put


def _at(moment: time) -> Callable[[_Draft], None]:
    def put(draft: _Draft) -> None:
        there = draft.now.astimezone(_zone(draft.house))
        shown = there.replace(hour=moment.hour, minute=moment.minute, second=moment.second)
        draft.now = shown.astimezone(draft.now.tzinfo)
        if "sun.sun" in draft.house.states:
            draft.put({"sun.sun": "above_horizon" if 7 <= moment.hour < 18 else "below_horizon"})  # noqa: PLR2004  a day

    return put


def _missing(draft: _Draft) -> None:
    """Take a whole kind of thing out of the house."""
    kinds = sorted({one.partition(".")[0] for one in draft.things})
    if kinds:
        gone = draft.rng.choice(kinds)
        _take_out(draft, {one for one in draft.house.states if one.startswith(f"{gone}.")})


def _fewer(draft: _Draft) -> None:
    _take_out(draft, set(draft.some()))


def _take_out(draft: _Draft, gone: Collection[str]) -> None:
    draft.house = without(draft.house, gone)
    draft.things = [one for one in draft.things if one not in gone]


def _absurd(draft: _Draft) -> None:
    figures = [one for one in draft.things if one.startswith(("sensor.", "number.", "input_number."))]
    draft.put({one: draft.rng.choice(_ABSURD) for one in figures})


_KINDS: Mapping[str, Callable[[_Draft], None]] = {
    "unavailable": _unavailable,
    "already so": _extreme(0),
    "the other way round": _extreme(-1),
    "occupied": _people(home=True),
    "empty": _people(home=False),
    "night": _at(_NIGHT),
    "day": _at(_DAY),
    "slow": lambda draft: draft.break_(Fault(delay_s=_DELAY_S, travel_s=_TRAVEL_S)),
    "error": lambda draft: draft.break_(Fault(fail="the device reports an error")),
    "missing kind": _missing,
    "missing thing": _fewer,
    "found dead": lambda draft: draft.break_(Fault(dead=True)),
    "jammed": lambda draft: draft.break_(Fault(travel_s=_DELAY_S, jam=True)),
    "silent": lambda draft: draft.break_(Fault(silent=True)),
    "connection lost": lambda draft: draft.break_(Fault(lost=True)),
    "unknown": _unknown,
    "mixed": _other,
    "absurd figures": _absurd,
    "midnight": _at(_EDGE),
}
"""Kinds of trouble, in the order of the seeds that have one of them alone."""

KINDS = tuple(_KINDS)
_LATE = frozenset({"missing kind", "missing thing", "unavailable"})
"""What comes first where several come together: of what is not there nothing else can be wrong."""


def trouble(seed: int, setting: Setting, things: Collection[str]) -> tuple[str, Setting]:
    """Return what is wrong in the house of ``seed``, in words, and that house; ``setting`` is the one without trouble.

    The first seeds have one kind each, so that none is left out; those after them have two or three together.
    ``things`` are the entities that the skill may touch or look at.
    """
    rng = Random(f"trouble {seed}")  # noqa: S311  the same houses each time, not secrets
    chosen = [KINDS[seed]] if seed < len(KINDS) else rng.sample(KINDS, rng.choice((2, 3)))
    chosen.sort(key=lambda kind: (kind not in _LATE, KINDS.index(kind)))
    house = setting.house
    draft = _Draft(house, setting.now, sorted(one for one in things if one in house.states), rng)
    for kind in chosen:
        _KINDS[kind](draft)
    return ", ".join(chosen), replace(setting, house=draft.house, now=draft.now, faults=dict(draft.faults))


def without(house: House, gone: Collection[str]) -> House:
    """Return ``house`` without these entities, as if it had never had them."""
    if not gone:
        return house
    registry = house.registry
    entities = {one: entity for one, entity in registry.entities.items() if one not in gone}
    kept = {one: tuple(each for each in members if each not in gone) for one, members in registry.groups.items()}
    groups = {one: members for one, members in kept.items() if one not in gone and members}
    people = tuple(
        replace(person, entity_id=None if person.entity_id in gone else person.entity_id) for person in registry.people
    )
    known = replace(
        registry, entities=MappingProxyType(entities), groups=MappingProxyType(groups), people=people, version=0
    )
    return House(known, MappingProxyType({one: state for one, state in house.states.items() if one not in gone}))


def concerned(skill: Skill, house: House) -> frozenset[str]:
    """Return the entities of ``house`` that the skill may touch, look at, or make promises about."""
    manifest = skill.manifest
    selectors = [one.on for one in manifest.may if one.on is not None]
    wishes = [wish.of for wish in (*manifest.before, *manifest.after)]
    every = (meant(which, house, None, manifest) for which in (*selectors, *wishes, *manifest.reads))
    return frozenset(chain.from_iterable(every))


def wrong(skill: Skill, seen: Seen, house: House) -> tuple[str, ...]:
    """Return a sentence for each thing that must never be and was, in a run that began in ``house``."""
    found: list[str] = []
    manifest = skill.manifest
    if seen.problem and not _honest(seen):
        found.append(f"the program broke off: {seen.problem}")
    for action in seen.attempted:
        why = within(manifest, action, house, seen.arguments)
        if why is not None:
            found.append(f"it called {short(action)}: {why}")
    if len(seen.attempted) > manifest.limits.calls:
        found.append(f"it made {len(seen.attempted)} calls; {manifest.limits.calls} are its most")
    if seen.ends != "missed" and not seen.says.strip():
        found.append("it said nothing")
    if seen.ends == "done":
        lies = unmet(manifest.after, seen.after, seen.arguments, manifest)
        found += [f"it said that it was done, and {why}" for why in (*lies, *_not_so(seen, house))]
    if seen.ends == "missed" and seen.calls:
        found.append(f"it was taken for not meant after it had done {short(seen.calls[0])}")
    return tuple(found)


def _honest(seen: Seen) -> bool:
    """Return whether a program may break off like that: before it did anything, or where the house refused an act.

    A house that has none of its things is no house for it; and what a device refuses is an error that a program need
    not handle, as whoever asked is told of both.
    """
    if seen.ends == "done":
        return False
    if seen.problem.startswith("mistyped"):
        return not seen.calls
    return seen.problem.startswith("failed: RuntimeError") and len(seen.attempted) > len(seen.calls)


def _not_so(seen: Seen, house: House) -> list[str]:
    """Return what was sent, is the last word on its thing, and did not come about."""
    last = {entity: action for action in seen.calls for entity in action.entities}
    found: list[str] = []
    for entity, action in last.items():
        try:
            wish = expectation(house, validate(house, action), entity)
        except Refused:
            continue  # it made sense only in the house as it was by then
        state = seen.after.states.get(entity)
        if wish.reports and wish.goal.value is not None and (state is None or state.value != wish.goal.value):
            found.append(f"{entity} is {state.value if state else 'gone'} after {action.name}")
    return found


def short(action: Action) -> str:
    """Return an act in a few words, for a report."""
    data = ", ".join(f"{name}={value!r}" for name, value in sorted(action.data.items()))
    return f"{action.name}({', '.join([*action.entities, *([data] if data else [])])})"[:300]


def moves(calls: Sequence[Action]) -> bool:
    """Return whether any of these moves a thing of the house, and not only Claw's tongue."""
    return any(action.domain != _OWN for action in calls)


def _zone(house: House) -> tzinfo:
    try:
        return ZoneInfo(house.registry.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
