"""Conditions of a routine as Home Assistant writes them: for an automation, and as an expression of its templates.

Pure.  Where something means a little more or less there than here, or has no counterpart at all, a sentence about it
goes into the notes.
"""

from collections.abc import Iterable, Mapping, Sequence

from claw.base.action import Json
from claw.house.text import plain
from claw.policy.people import People
from claw.policy.rules import ANYONE, NOBODY, StateWish, When
from claw.policy.windows import DAYS

Condition = dict[str, Json]
Notes = list[str]
"""Sentences for whoever reads the export."""

HOME = "zone.home"
"""What counts in Home Assistant how many people are at home."""
_USUAL = {"sunrise": 6 * 60, "sunset": 18 * 60}
_MARKS = ("{{", "{%", "{#")
"""What a template begins with."""
_TAINT = "whether text from outside had a part in it is not known in Home Assistant: left out"
_NIGHT = "a night belongs to the day on which it begins here, and to each of its two days in Home Assistant"


def conditions(when: When, people: People, notes: Notes) -> list[Condition]:
    """Return what must hold, each a condition of an automation; all of them together."""
    found: list[Condition] = []
    if when.between:
        found.append(span(*when.between))
        if when.days and _over_midnight(*when.between):
            notes.append(_NIGHT)
    if when.days:
        found.append(weekdays(when.days))
    if when.sun:
        found.append({"condition": "state", "entity_id": "sun.sun", "state": f"{_horizon(when.sun)}"})
    found += [_state(entity, wish) for entity, wish in when.states.items()]
    for names, home in ((when.home, True), (when.away, False)):
        found += _presence(names, people, notes, home=home) if names else []
    if when.tainted is not None:
        notes.append(_TAINT)
    return found


def expression(when: When, people: People, notes: Notes) -> str:
    """Return the same as one expression; empty where nothing of it can be said in one."""
    found: list[str] = []
    if when.between and any(end.startswith("sun") for end in when.between):
        notes.append("a span that begins or ends with the sun cannot be said in a template: left out")
    elif when.between:
        start, end = when.between
        ends = [f"now().strftime('%H:%M') >= '{start}'", f"now().strftime('%H:%M') < '{end}'"]
        found.append(f"({(' or ' if _over_midnight(start, end) else ' and ').join(ends)})")
    if when.days:
        found.append(on_days(DAYS.index(day) for day in when.days))
    if when.sun:
        found.append(f"is_state('sun.sun', '{_horizon(when.sun)}')")
    found += [_wished(entity, wish) for entity, wish in when.states.items()]
    for names, home in ((when.home, True), (when.away, False)):
        found += [_said(one) for one in _presence(names, people, notes, home=home)] if names else []
    if when.tainted is not None:
        notes.append(_TAINT)
    return " and ".join(found)


def weekdays(days: Sequence[str]) -> Condition:
    """Return the condition that it is one of these days."""
    return {"condition": "time", "weekday": [day for day in DAYS if day in days]}


def on_days(days: Iterable[int]) -> str:
    """Return the expression that today is one of these days, from Monday, 0."""
    return f"now().weekday() in {sorted(set(days))}"


def span(start: str, end: str) -> Condition:
    """Return the condition that it is between two ends: clock times, or the sun's with an offset."""
    over, both = _over_midnight(start, end), [_end(start, "after"), _end(end, "before")]
    if both[0]["condition"] == both[1]["condition"] == "time":
        return {**both[0], **both[1]}  # one condition of the clock knows midnight by itself
    return {"condition": "or" if over else "and", "conditions": both}


def literal(text: str) -> str:
    """Return ``text`` as a string in an expression, whatever stands in it."""
    kept = "".join(char if char.isascii() and (char.isalnum() or char in " _.-:") else _escaped(char) for char in text)
    return f"'{kept}'"


def evaluated(expr: str) -> Condition:
    """Return the condition that an expression is true."""
    return {"condition": "template", "value_template": f"{{{{ {expr} }}}}"}


def inert(value: Json) -> Json:
    """Return ``value`` so that Home Assistant takes no text in it for a template."""
    if isinstance(value, str) and any(mark in value for mark in _MARKS):
        return value.replace("{", "{{ '{' }}")
    if isinstance(value, Mapping):
        return {key: inert(one) for key, one in value.items()}
    return [inert(one) for one in value] if isinstance(value, (list, tuple)) else value


def people_of(names: Sequence[str], people: People, notes: Notes) -> list[str]:
    """Return the entities that say where these people are; ``anyone`` is all of them."""
    known = {person.id: person.entity for person in people if person.entity}
    if ANYONE in names:
        return list(known.values())
    notes += [f"no entity says where {plain(name)} is: left out" for name in names if name not in known]
    return [known[name] for name in names if name in known]


def _horizon(sun: str) -> str:
    return "above_horizon" if sun == "up" else "below_horizon"


def _end(text: str, which: str) -> Condition:
    if text.startswith("sun"):
        event, offset = text[:7].rstrip("+-"), text[len("sunset" if text.startswith("sunset") else "sunrise") :]
        found: Condition = {"condition": "sun", which: event}
        return {**found, f"{which}_offset": f"{offset.removeprefix('+')}:00"} if offset else found
    return {"condition": "time", which: "00:00:00" if text == "24:00" else f"{text}:00"}


def _over_midnight(start: str, end: str) -> bool:
    return _usual(start) > _usual(end)


def _usual(text: str) -> int:
    """Return about which minute of a day an end is, as the policy's windows do."""
    for event, minute in _USUAL.items():
        if text.startswith(event):
            offset = text[len(event) :]
            shift = int(offset[1:3]) * 60 + int(offset[4:6]) if offset else 0
            return minute + (-shift if offset.startswith("-") else shift)
    return int(text[:2]) * 60 + int(text[3:5])


def _state(entity: str, wish: StateWish) -> Condition:
    if wish.values:
        return {"condition": "state", "entity_id": entity, "state": list(wish.values)}
    return evaluated(_wished(entity, wish))  # its own condition leaves the ends of the range out


def _wished(entity: str, wish: StateWish) -> str:
    if wish.values:
        return f"states('{entity}') in [{', '.join(map(literal, wish.values))}]"
    ends = [f"is_number(states('{entity}'))"]
    if wish.min is not None:
        ends.append(f"states('{entity}') | float >= {wish.min:g}")
    if wish.max is not None:
        ends.append(f"states('{entity}') | float <= {wish.max:g}")
    return f"({' and '.join(ends)})"


def _presence(names: Sequence[str], people: People, notes: Notes, *, home: bool) -> list[Condition]:
    """Return that one of these people is at home, or away; ``anyone`` and ``nobody`` are counted by the zone."""
    if ANYONE in names or NOBODY in names:
        somebody = (ANYONE in names) is home
        return [evaluated(f"states('{HOME}') | int(0) {'> 0' if somebody else '== 0'}")]
    found = people_of(names, people, notes)
    if not found:
        return []
    gone = "['home', 'unavailable', 'unknown']"  # where nothing is known somebody is not away either
    where = " or ".join(f"is_state('{one}', 'home')" if home else f"states('{one}') not in {gone}" for one in found)
    return [evaluated(f"({where})")]


def _said(condition: Condition) -> str:
    return str(condition["value_template"])[3:-3]


def _escaped(char: str) -> str:
    return f"\\U{ord(char):08x}"
