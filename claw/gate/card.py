"""What a person sees before a yes: one line for each thing that would change, written by code and nobody else.

A name is text from outside and says what its owner likes; so it stands in quotes and is cut, and the id, the class and
the area beside it come from the registry.  Risky lines come first and none is left out, however many there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from claw.base.action import Action, Json, Pending
from claw.gate.plan import without_secrets
from claw.gate.rehearse import Step, rehearse
from claw.gate.risk import risky, risky_on
from claw.house.model import Entity, House, State
from claw.house.text import plain, quoted
from claw.policy.people import People

NAME = 40
"""Characters of a name that are shown; who needs more has a name that wants to say something."""

VALUE = 60
MOST_CALLED = 3
"""Names that people gave to a thing which are shown beside its own."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that would change: which action of the question does it (from 0), and from what to what.

    ``name`` is in quotes; ``becomes`` is what the twin says, with the data of the action; ``also`` marks a thing that
    the action does not name but sets off.  The action is struck out by its position.
    """

    action: int
    does: str
    entity: str
    name: str
    area: str
    device_class: str
    was: str
    becomes: str
    risky: bool
    also: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A question as it is shown, whatever shows it.

    ``influenced`` are the sources outside that the request was influenced by; ``choices`` the numbers to pick from,
    empty where none was told; ``grant_s`` for how long a yes may hold, 0 where it is for once.
    """

    id: str
    question: str
    lines: tuple[Line, ...]
    asker: str
    channel: str
    place: str
    influenced: tuple[str, ...]
    rule: str
    why: str
    roles: tuple[str, ...]
    channels: tuple[str, ...]
    strength: str
    created: datetime
    expires: datetime
    choices: tuple[str, ...]
    grant_s: float
    once_per_task: bool


def card(pending: Pending, house: House, people: People, why: str = "") -> Card:
    """Return the card for ``pending`` in ``house``; ``why`` is what the deciding rule says of itself."""
    steps = rehearse(_as_asked(pending, house), pending.actions, pending.created)
    lines = [line for at, step in enumerate(steps) for line in _lines(at, step)]
    origin, terms = pending.origin, pending.terms
    person = people.get(origin.person)
    area = house.registry.areas.get(origin.place) if origin.place else None
    return Card(
        id=pending.id,
        question=pending.question,
        lines=tuple(sorted(lines, key=lambda line: (not line.risky, line.action))),
        asker=quoted(person.name, NAME) if person else "",
        channel=plain(origin.channel, NAME),
        place=quoted(area.name, NAME) if area else "",
        influenced=tuple(quoted(source, NAME) for source in origin.taint),
        rule=pending.rule or "",
        why=plain(why, 200),
        roles=terms.roles,
        channels=terms.channels,
        strength=terms.strength,
        created=pending.created,
        expires=pending.expires,
        choices=pending.choices,
        grant_s=terms.grant_s if origin.authenticated and origin.person else 0.0,
        once_per_task=terms.once_per_task,
    )


def _as_asked(pending: Pending, house: House) -> House:
    """Return the house with the states that the question was put from."""
    states = dict(house.states)
    for entity, value in pending.before.items():
        states[entity] = State(value, states[entity].attributes if entity in states else {})
    return replace(house, states=states)


def _lines(at: int, step: Step) -> list[Line]:
    action = step.action
    named = [_line(at, step, entity) for entity in action.entities]
    also = [_line(at, step, entity, also=True) for entity in sorted(step.moved.keys() - set(action.entities))]
    bare = Line(at, action.name, "", "", "", "", "", _data(action), risky(action, step.before.registry))
    return named + also or [bare]


def _line(at: int, step: Step, entity_id: str, *, also: bool = False) -> Line:
    action, registry = step.action, step.before.registry
    entity = registry.entities.get(entity_id)
    area = registry.areas.get((entity.area if entity else None) or "")
    before, after = step.before.states.get(entity_id), step.after.states.get(entity_id)
    dangerous = _opens(step, entity_id) if also else risky(Action(action.name, (entity_id,), action.data), registry)
    return Line(
        action=at,
        does=action.name,
        entity=entity_id,
        name=_name(entity, entity_id),
        area=quoted(area.name, NAME) if area else "",
        device_class=plain((entity.device_class if entity else None) or entity_id.partition(".")[0], NAME),
        was=plain(before.value if before else "not known", VALUE),
        becomes=_becomes(action, before, after, also=also),
        risky=dangerous,
        also=also,
    )


def _name(entity: Entity | None, entity_id: str) -> str:
    """Return what a thing is called, and what its household calls it besides: the words that led here may be those."""
    own = quoted(entity.name if entity else entity_id, NAME)
    called = [quoted(name, NAME) for name in (entity.called if entity else ())][:MOST_CALLED]
    return f"{own}, called {', '.join(called)}" if called else own


def _opens(step: Step, entity_id: str) -> bool:
    """Return whether what a script or scene does to this thing is what a risky action of its own would do."""
    domain = entity_id.partition(".")[0]
    moved = step.moved[entity_id].value
    names = {f"{domain}.{verb}" for verb in _RISKY_ENDS.get(moved, ())}
    return any(risky_on(name, entity_id, step.before.registry) for name in names)


_RISKY_ENDS: Mapping[str, tuple[str, ...]] = {
    "unlocked": ("unlock",),
    "unlocking": ("unlock",),
    "open": ("open", "open_cover", "open_valve"),
    "opening": ("open", "open_cover", "open_valve"),
    "disarmed": ("alarm_disarm",),
    "on": ("turn_on",),
}


def _becomes(action: Action, before: State | None, after: State | None, *, also: bool) -> str:
    service = action.name.partition(".")[2].replace("_", " ")
    moved = before is not None and after is not None and after.value != before.value
    word = plain(after.value, VALUE) if moved and after else service
    data = "" if also else _data(action)
    return f"{word}, {data}" if data else word


def _data(action: Action) -> str:
    shown = without_secrets(action).data
    return ", ".join(
        f"{key.replace('_', ' ')} {_value(value)}" if shown[key] == value else f"with a {key.replace('_', ' ')}"
        for key, value in sorted(action.data.items())
    )


def _value(value: Json) -> str:
    return quoted(value, VALUE) if isinstance(value, str) else plain(str(value), VALUE)
