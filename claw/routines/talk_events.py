"""What must happen first, in what people say: "when the last person leaves", "if the window is open for 5 minutes".

A clause is turned into the question that the sentences about devices know ("is the kitchen window open"), so that a
thing is found here exactly as it is found there.  What is not found sure is no event: nothing is guessed.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from claw.base.action import Origin
from claw.house.mirror import Mirror
from claw.house.model import State
from claw.mind.hygiene import name_text
from claw.mind.intents import Intents
from claw.mind.memos_templates import Match
from claw.mind.understood import Question, fits
from claw.policy.people import People
from claw.policy.rules import ANYONE, NOBODY, When
from claw.routines.spec import MOST_TRIGGERS, Becomes, Holds, Passes, Presence, Trigger
from claw.routines.talk_done import finished
from claw.routines.talk_due import span
from claw.routines.talk_times import Reader
from claw.routines.talk_tongue import Tongue
from claw.skills.numerals import Figures

Problem = Literal["me_who", "no_event"]

_ON_OFF = ("on", "off")
_VALUES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("binary_sensor", "switch", "light", "fan", "input_boolean", "siren", "humidifier"), _ON_OFF),
    **dict.fromkeys(("cover", "valve"), ("open", "closed")),
    "lock": ("locked", "unlocked"),
    "vacuum": ("cleaning", "docked", "returning", "paused", "idle", "error"),
    "lawn_mower": ("mowing", "docked", "paused", "error"),
    "media_player": ("playing", "paused", "idle", "on", "off", "standby"),
}
"""The states that a thing of a domain comes to; what it passes on the way is none to wait for."""
_HYSTERESIS: Mapping[str, float] = {"temperature": 0.5, "humidity": 2.0, "battery": 1.0}
_SHARE = 0.02
"""Of another figure, by how much it must go back before it counts again."""
_FIGURES = Figures()
_CLIMATE: Mapping[str, str] = {"temperature": "current_temperature", "humidity": "current_humidity"}


@dataclass(frozen=True, slots=True)
class Event:
    """What sets something off, the clause that said it, and what must be so besides."""

    triggers: tuple[Trigger, ...]
    clause: str
    only_if: When | None = None


class Events:
    """Finds events and conditions in clauses."""

    def __init__(self, intents: Intents, mirror: Mirror, people: People) -> None:
        self._intents = intents
        self._mirror = mirror
        self._people = people

    async def event(self, clause: str, origin: Origin, tongue: Tongue, reader: Reader) -> Event | Problem:
        """Return what ``clause`` waits for, or why that is not known."""
        said, seconds = reader.without_span(clause, tongue.texts("holding"))
        lasting = span(seconds) if seconds else None
        problem: Problem = "no_event"
        for first, others in _orders(said, tongue):
            await asyncio.sleep(0)  # what is asked of the house costs some milliseconds each time
            triggers = await self._triggers(first, origin, tongue, lasting)
            if isinstance(triggers, str):
                problem = triggers if triggers != "no_event" else problem
                continue
            wishes = [await self.condition(other, origin, tongue) for other in others]
            if all(wish is not None for wish in wishes):
                return Event(triggers, clause, _together([wish for wish in wishes if wish is not None]))
        return problem

    async def condition(self, clause: str, origin: Origin, tongue: Tongue) -> When | None:
        """Return what ``clause`` says must be so, None where that is not known."""
        for match in tongue.events.matches(clause):
            wish = self._presence_wish(match, origin) or await self._state_wish(match, origin, tongue)
            if wish is not None:
                return When.model_validate(wish)
        return None

    async def _triggers(
        self, clause: str, origin: Origin, tongue: Tongue, lasting: str | None
    ) -> tuple[Trigger, ...] | Problem:
        problem: Problem = "no_event"
        for match in tongue.events.matches(clause):
            presence = self._presence(match, origin, lasting)
            if presence == "me_who":
                problem = "me_who"
            elif isinstance(presence, Presence):
                return (presence,)
            found = await self._of_house(match, origin, tongue, lasting)
            if found:
                return found
        return problem

    def _presence(self, match: Match, origin: Origin, lasting: str | None) -> Presence | Literal["me_who"] | None:
        fixed = {
            "last_leaves": ("last", "leaves"),
            "first_comes": ("first", "comes"),
            "we_come": ("first", "comes"),
            "anyone_comes": ("anyone", "comes"),
            "anyone_leaves": ("anyone", "leaves"),
        }
        who, does = fixed.get(match.means, ("", ""))
        if match.means in {"i_come", "i_leave"}:
            if self._people.get(origin.person) is None:
                return "me_who"
            who, does = str(origin.person), "comes" if match.means == "i_come" else "leaves"
        if match.means in {"who_comes", "who_leaves"}:
            who, does = self._person(match.get("who")), "comes" if match.means == "who_comes" else "leaves"
        if not who:
            return None
        return Presence.model_validate({"presence": [who], "does": does, **_lasting(lasting)})

    def _person(self, words: str) -> str:
        """Return the id of the one person of the household that ``words`` name, else ""."""
        said = name_text(words)
        found = [person.id for person in self._people if said and name_text(person.name) == said]
        return found[0] if len(found) == 1 else ""

    async def _of_house(self, match: Match, origin: Origin, tongue: Tongue, lasting: str | None) -> tuple[Trigger, ...]:
        if match.means in {"above", "below", "warmer", "colder", "moist"}:
            return await self._number(match, origin, tongue, lasting)
        if match.means == "done":
            return self._finished(match.get("thing"), tongue, lasting)
        asked = await self._asked(match, origin, tongue)
        if asked is None:
            return ()
        wanted = _wanted(match.means, asked)
        states = {one: values for one in asked.entities if (values := self._values(one, wanted))}
        if not wanted or not states or len(states) > MOST_TRIGGERS:
            return ()
        if asked.kind == "all" and len(states) > 1:
            held = {"states": {entity: list(values) for entity, values in states.items()}}
            return (Holds.model_validate({"holds": held, **_lasting(lasting)}),)
        return tuple(
            Becomes.model_validate({"state": one, **_change(one, values), **_lasting(lasting)})
            for one, values in states.items()
        )

    async def _asked(self, match: Match, origin: Origin, tongue: Tongue) -> Question | None:
        """Return the question about the house that a clause answers, None where none is understood."""
        slots = {key: _any(value, tongue) if key == "thing" else value for key, value in match.slots.items()}
        for template in _texts(tongue.raw["asks"].get(match.means, ())):
            question = await self._question(template.format_map({"where": "", "state": "", **slots}), origin)
            if question is not None and question.entities and question.kind in {"state", "any", "all", "which"}:
                return question
        return None

    async def _question(self, text: str, origin: Origin) -> Question | None:
        understood = await self._intents.listen(" ".join(text.split()), self._mirror.house(), origin)
        return understood if isinstance(understood, Question) else None

    def _values(self, entity_id: str, wanted: str) -> tuple[str, ...]:
        entity = self._mirror.registry.entities.get(entity_id)
        if entity is None or not wanted:
            return ()
        known = _VALUES.get(entity.domain, (wanted,))
        return tuple(value for value in known if fits(wanted, entity, State(value)))

    async def _number(self, match: Match, origin: Origin, tongue: Tongue, lasting: str | None) -> tuple[Trigger, ...]:
        figure = _FIGURES.number(tongue.plain(match.get("n")), tongue.code)
        found = await self._measured(match, origin, tongue)
        if figure is None or found is None:
            return ()
        entity, attribute, measure = found
        side = "below" if match.means in {"below", "colder"} else "above"
        hysteresis = _HYSTERESIS.get(measure, round(abs(figure) * _SHARE, 3))
        raw = {"number": entity, side: float(figure), "hysteresis": hysteresis, **_lasting(lasting)}
        return (Passes.model_validate({**raw, "attribute": attribute} if attribute else raw),)

    async def _measured(self, match: Match, origin: Origin, tongue: Tongue) -> tuple[str, str | None, str] | None:
        """Return the one thing that shows a figure, its attribute (None: its state), and what it measures."""
        measures = {"warmer": "temperature", "colder": "temperature", "moist": "humidity"}
        asks = tongue.raw["asks"]
        key = measures.get(match.means)
        templates = _texts(asks[key]) if key is not None else [*_texts(asks["value"]), *_texts(asks["value_of"])]
        named = self._by_name(match.get("what"))
        if named is not None:
            return named
        for template in templates:
            if ("{room}" in template) != bool(match.get("room")):
                continue
            question = await self._question(template.format_map({"where": "", **match.slots}), origin)
            if question is None or question.kind not in {"value", "state"} or len(question.entities) != 1:
                continue
            entity, measure = question.entities[0], question.wanted or ""
            if question.kind == "state":  # "the bathroom humidity": a sensor by its own name
                known = self._mirror.registry.entities.get(entity)
                measure = (known.device_class or "") if known is not None else ""
            if entity.startswith(("sensor.", "input_number.", "number.")):
                return entity, None, measure
            attribute = _CLIMATE.get(measure, measure)
            state = self._mirror.house().states.get(entity)
            if question.kind == "value" and state is not None and attribute in state.attributes:
                return entity, attribute, measure
        return None

    def _by_name(self, words: str) -> tuple[str, str | None, str] | None:
        """Return the one sensor that is called so: "front door battery" is no attribute of the front door."""
        said = name_text(words)
        sensors = (one for one in self._mirror.registry.entities.values() if one.domain == "sensor" and said)
        found = [one for one in sensors if any(name_text(name) == said for name in one.names)]
        return (found[0].entity_id, None, found[0].device_class or "") if len(found) == 1 else None

    def _finished(self, thing: str, tongue: Tongue, lasting: str | None) -> tuple[Trigger, ...]:
        trigger = finished(tongue.bare_name(thing), self._mirror.house(), tongue.texts("finished"), lasting)
        return (trigger,) if trigger is not None else ()

    def _presence_wish(self, match: Match, origin: Origin) -> dict[str, Any] | None:
        fixed: Mapping[str, dict[str, Any]] = {
            "dark": {"sun": "down"},
            "light": {"sun": "up"},
            "last_leaves": {"home": [NOBODY]},
            "somebody_home": {"home": [ANYONE]},
            "anyone_comes": {"home": [ANYONE]},
            "first_comes": {"home": [ANYONE]},
            "we_come": {"home": [ANYONE]},
        }
        if match.means in fixed:
            return fixed[match.means]
        who = str(origin.person) if match.means in {"i_come", "i_leave"} and self._people.get(origin.person) else ""
        if match.means in {"who_comes", "who_leaves"}:
            who = self._person(match.get("who"))
        if not who:
            return None
        return {"home": [who]} if match.means in {"i_come", "who_comes"} else {"away": [who]}

    async def _state_wish(self, match: Match, origin: Origin, tongue: Tongue) -> dict[str, Any] | None:
        if match.means in {"above", "below", "warmer", "colder", "moist"}:
            found, figure = await self._measured(match, origin, tongue), match.get("n")
            number = _FIGURES.number(tongue.plain(figure), tongue.code)
            if found is None or found[1] is not None or number is None:
                return None
            return {"states": {found[0]: {"max" if match.means in {"below", "colder"} else "min": float(number)}}}
        asked = await self._asked(match, origin, tongue)
        if asked is None or (asked.kind == "any" and len(asked.entities) > 1):
            return None
        wanted = _wanted(match.means, asked)
        states = {one: list(values) for one in asked.entities if (values := self._values(one, wanted))}
        return {"states": states} if states else None


def _orders(said: str, tongue: Tongue) -> Iterator[tuple[str, list[str]]]:
    """Yield a clause whole, then each of its parts as the event with the others as conditions."""
    yield said, []
    joiner = tongue.raw["joiner"]
    parts = [part.strip(" ,") for part in said.split(joiner if tongue.spaceless else f" {joiner} ")]
    if 1 < len(parts) <= 4 and all(parts):  # noqa: PLR2004  more is no clause that anybody says
        for at, part in enumerate(parts):
            yield part, [*parts[:at], *parts[at + 1 :]]


def _together(wishes: list[When]) -> When | None:
    """Return conditions as one; what two of them say of the same key is one that the later says."""
    if not wishes:
        return None
    merged: dict[str, Any] = {}
    for wish in wishes:
        written = wish.model_dump(exclude_defaults=True)
        states = {**merged.get("states", {}), **written.get("states", {})}
        merged |= written | ({"states": states} if states else {})
    return When.model_validate(merged)


def _wanted(means: str, asked: Question) -> str:
    """Return the state word that is waited for, "" where the question asks for none."""
    if means == "no_motion":
        return "clear"
    return asked.wanted or ""


def _any(thing: str, tongue: Tongue) -> str:
    """Return "any window" for "a window": which one is open does not matter."""
    low = thing.lower()
    gap = "" if tongue.spaceless else " "
    for said, stands in sorted(tongue.raw["anywhere"].items(), key=lambda pair: -len(pair[0])):
        if low.startswith(said + gap):
            return f"{stands}{gap}{thing[len(said) :].strip()}"
    return thing


def _change(entity_id: str, values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the states that something comes to; a player that plays and is paused was not turned on by that."""
    if not entity_id.startswith("media_player."):
        return {"to": values}
    resting = ("off", "standby")
    if "on" in values:
        return {"to": ("on", "idle", "playing", "paused"), "from": resting}
    return {"to": values, "from": ("on", "idle", "playing", "paused")} if "off" in values else {"to": values}


def _lasting(lasting: str | None) -> dict[str, str]:
    return {"for": lasting} if lasting is not None else {}


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]
