"""Whether a routine as it is written makes sense in this house, before anybody keeps it: pure, one sentence a problem.

A routine fails months later, at night, with nobody there to ask; so what can be known to be wrong is said to whoever
writes it.  What only is so at this moment (a lamp without power, a player that is off) is no reason to refuse it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from claw.base.action import Action
from claw.base.errors import Refused
from claw.gate.messages import NOTIFY
from claw.house.fields import Service
from claw.house.model import UNAVAILABLE, House, State
from claw.house.services import CATALOGUE, validate
from claw.house.text import quoted
from claw.policy.people import People
from claw.policy.rules import ANYONE, NOBODY, When
from claw.routines.due import dues, never
from claw.routines.events import FLOODS
from claw.routines.place import Place
from claw.routines.spec import (
    Act,
    Acts,
    At,
    Becomes,
    Cron,
    Every,
    Happens,
    Holds,
    Once,
    Passes,
    Presence,
    Prompts,
    Runs,
    Says,
    Spec,
    Step,
    Sun,
    Trigger,
    span_s,
)

MOST_ACTS = 100
"""Actions of one routine, over all its steps."""
MOST_OVERDUE = 200
"""Firings that one routine may want to run after Claw was away."""
OWN = "claw"
"""The domain of Claw's own acts, of which a routine does none but say something."""

_TWO = frozenset({"on", "off"})
_TWO_SIDED = frozenset({"binary_sensor", "switch", "light", "fan", "input_boolean", "siren"})
_OF_EVERYBODY = frozenset({"anyone", "first", "last"})


@dataclass(frozen=True, slots=True)
class Ground:
    """What a routine is held against: the house, its clock and people, and what can be done in it.

    ``skill`` says why a skill with these values cannot be run, empty where it can; ``gate`` the same of the program
    that stands before a prompt, and None where there is no model.
    """

    house: House
    place: Place
    now: datetime
    services: Mapping[str, Service]
    people: People
    skill: Callable[[Runs], str]
    gate: Callable[[str], str] | None = None


def problems(spec: Spec, ground: Ground) -> tuple[str, ...]:
    """Return what is wrong with ``spec`` in this house, a sentence each; nothing where nothing is."""
    found: list[str] = []
    if spec.kind == "safety":
        found.append("What guards life comes with Claw and is listed in the policy file, nobody makes it.")
    if not spec.name.isprintable():
        found.append("The name holds characters that cannot be shown.")
    for number, trigger in enumerate(spec.when, 1):
        which = f"Trigger {number}: " if len(spec.when) > 1 else ""
        found += [sentence(f"{which}{why}") for why in _trigger(trigger, ground)]
    found += map(sentence, _frame(spec, ground))
    found += map(sentence, _steps(spec, ground))
    return tuple(dict.fromkeys(found))


def actions_of(spec: Spec) -> tuple[Action, ...]:
    """Return the actions that ``spec`` names outright, in order; what a skill or a message does is not among them."""
    return tuple(
        Action(act.action, act.entities, act.data) for step in spec.do if isinstance(step, Acts) for act in step.actions
    )


def _trigger(trigger: Trigger, ground: Ground) -> Iterable[str]:
    match trigger:
        case At() | Cron() | Every() | Once() | Sun():
            yield from filter(None, (never(trigger, ground.now, ground.place),))
        case Becomes():
            yield from _entity(trigger.state, ground.house)
            yield from _values(trigger)
        case Passes():
            yield from _entity(trigger.number, ground.house)
            yield from _figure(trigger, ground.house)
        case Happens():
            if trigger.event in FLOODS:
                yield f"the event {trigger.event} happens all the time; use a state trigger for what you wait for"
        case Presence():
            yield from _people(trigger.presence, ground, _OF_EVERYBODY)
        case Holds():
            yield from _when(trigger.holds, ground)


def _entity(entity_id: str, house: House) -> Iterable[str]:
    if entity_id not in house.states and entity_id not in house.registry.entities:
        yield f"there is no {quoted(entity_id)} in this house"


def _values(trigger: Becomes) -> Iterable[str]:
    values = {*trigger.to, *trigger.from_}
    if trigger.to and UNAVAILABLE.issuperset(trigger.to):
        yield "what is not known is no state to wait for; expected one such as on or off"
    elif trigger.state.partition(".")[0] in _TWO_SIDED and (odd := sorted(values - _TWO - UNAVAILABLE)):
        yield f"{trigger.state} is on or off, never {quoted(odd[0])}"


def _figure(trigger: Passes, house: House) -> Iterable[str]:
    state = house.states.get(trigger.number)
    if state is None or state.value in UNAVAILABLE or trigger.attribute is not None:
        return
    try:
        float(state.value)
    except ValueError:
        yield f"the state of {trigger.number} is {quoted(state.value, 40)}, which is no figure"


def _people(names: Sequence[str], ground: Ground, words: frozenset[str]) -> Iterable[str]:
    if words.intersection(names):
        if not any(person.entity for person in ground.people):
            yield "nothing in this house says who is at home"
        return
    for name in names:
        person = ground.people.get(name)
        if person is None:
            yield f"nobody here has the id {quoted(name)}"
        elif not person.entity:
            yield f"nothing in this house says where {quoted(person.name)} is"


def _when(when: When, ground: Ground) -> Iterable[str]:
    for entity_id in when.states:
        yield from _entity(entity_id, ground.house)
    for names in (when.home, when.away):
        if names:
            yield from _people(names, ground, frozenset({ANYONE, NOBODY}))
    if when.by_sun and ground.place.location is None:
        yield "it is not known where the house stands, so that the sun cannot be asked"
    if when.tainted is not None:
        yield "a condition looks at the house, not at who wrote something"


def _frame(spec: Spec, ground: Ground) -> Iterable[str]:
    """Give what is wrong with everything around triggers and steps."""
    if spec.only_if is not None:
        yield from _when(spec.only_if, ground)
    if spec.until is not None and _moment(spec.until, ground) <= ground.now:
        yield f"it would be over before it begins: {spec.until:%Y-%m-%d %H:%M} has passed"
    if spec.quiet is not None and spec.quiet[0] == spec.quiet[1]:
        yield "the quiet hours begin when they end; leave them out, or name a span"
    if spec.missed == "all":
        yield from _overdue(spec, ground)


def _overdue(spec: Spec, ground: Ground) -> Iterable[str]:
    since = ground.now - timedelta(seconds=span_s(spec.grace))
    for trigger in spec.when:
        if isinstance(trigger, (At, Cron, Every, Sun)):
            try:
                found = dues(trigger, since, ground.now, ground.place, since, MOST_OVERDUE + 1)
            except ValueError:
                continue  # said of the trigger already
            if len(found) > MOST_OVERDUE:
                yield f"more than {MOST_OVERDUE} firings could be made up for within {spec.grace}: shorten the grace"


def _moment(written: datetime, ground: Ground) -> datetime:
    return written if written.tzinfo is not None else written.replace(tzinfo=ground.place.zone)


def _steps(spec: Spec, ground: Ground) -> Iterable[str]:
    if len(actions_of(spec)) > MOST_ACTS:
        yield f"more than {MOST_ACTS} actions in one routine; make two of it"
    for number, step in enumerate(spec.do, 1):
        which = f"step {number}: " if len(spec.do) > 1 else ""
        yield from (f"{which}{why}" for why in _step(step, ground))


def _step(step: Step, ground: Ground) -> Iterable[str]:
    match step:
        case Acts():
            for act in step.actions:
                yield from filter(None, (_act(act, ground),))
        case Runs():
            yield from filter(None, (ground.skill(step),))
        case Says():
            yield from _addressee(step.to, ground)
        case Prompts():
            if ground.gate is None:
                yield "no model is named in the configuration, so that nothing can be put to one"
            else:
                yield from filter(None, (ground.gate(step.gate),))


def _act(act: Act, ground: Ground) -> str:
    """Return why an action is not valid here at any time, empty where it is.

    What does not answer now says little of what it can: of such a thing only its kind is looked at.
    """
    if act.action.partition(".")[0] == OWN and act.action != NOTIFY:
        return f"{act.action} is nothing that a routine does"
    service = CATALOGUE.get(act.action) or ground.services.get(act.action)
    dark = {one for one in act.entities if (state := ground.house.states.get(one)) and state.value in UNAVAILABLE}
    shown = tuple(one for one in act.entities if one not in dark)
    if service is not None and dark:
        if odd := sorted(one for one in dark if one.partition(".")[0] != service.acts_on):
            return f"{act.action} is not for {quoted(odd[0])}"
        if not shown:
            unknown = sorted(set(act.data) - set(service.fields))
            return f"{act.action} takes no {quoted(unknown[0])}" if unknown else ""
    try:
        validate(_possible(service, shown, ground.house), Action(act.action, shown, act.data), ground.services)
    except Refused as refusal:
        return str(refusal)
    return ""


def _possible(service: Service | None, entities: Iterable[str], house: House) -> House:
    """Return the house with ``entities`` in a state in which ``service`` does something, where there is such a one."""
    if service is None or not service.only_in:
        return house
    states = {
        one: State(service.only_in[0], state.attributes)
        for one in entities
        if (state := house.states.get(one)) is not None and state.value not in service.only_in
    }
    return House(house.registry, MappingProxyType({**house.states, **states})) if states else house


def _addressee(to: str, ground: Ground) -> Iterable[str]:
    kind, _, ident = to.partition(":")
    if kind == "person" and ground.people.get(ident) is None:
        yield f"nobody here has the id {quoted(ident)}"
    if kind == "place" and ident not in ground.house.registry.areas:
        yield f"there is no area {quoted(ident)} in this house"


def sentence(why: str) -> str:
    """Return ``why`` as a sentence, that nothing was done where it says nothing; an id that it begins with stays."""
    told = why.strip().rstrip(".") or "that was not done"
    first = told.split(" ", 1)[0]
    return f"{told if '.' in first else told[:1].upper() + told[1:]}."
