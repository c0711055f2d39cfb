"""From a reading that asks to a Question: what to look at, and for what."""

from dataclasses import replace

from claw.base.action import Json
from claw.house.model import Entity
from claw.mind.kinds import KINDS, REACH
from claw.mind.reading import Reading
from claw.mind.targets import Doubt, Scope, Targets, kind_name
from claw.mind.understood import Question, QuestionKind

_CLIMATE = frozenset({"temperature", "humidity"})
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "media_title": frozenset({"media_player"}),
    "volume_level": frozenset({"media_player"}),
    "target_temperature": frozenset({"climate", "water_heater"}),
    "brightness": frozenset({"light"}),
    "current_position": frozenset({"cover", "valve"}),
}
_RESTING = frozenset({"off", "closed", "locked", "docked", "disarmed", "clear", "dry"})
"""States that are asked of all: "are the windows closed" is true when every one is."""
_OPENINGS = frozenset({"door", "window", "garage_door", "opening"})
_BACKWARD: dict[str, QuestionKind] = {"q_who": "who", "q_why": "why", "q_when": "when", "q_went": "when"}
_KINDS: dict[str, QuestionKind] = {"q_any": "any", "q_all": "all", "q_which": "which", "q_count": "count"}


def question(reading: Reading, targets: Targets, language: str) -> Question | Doubt:
    """Return what ``reading`` asks, or why there is nothing to ask it of."""
    if reading.does in {"q_time", "q_date"}:
        return Question("time" if reading.does == "q_time" else "date", (), None, {}, language)
    if reading.does == "q_weather":
        found = tuple(entity.entity_id for entity in targets.book.by_domain.get("weather", ()))
        return (
            Question("weather", found, None, {}, language)
            if found
            else Doubt("There is no weather entity in the house.")
        )
    if reading.does == "q_presence":
        return _presence(reading, targets, language)
    if reading.does in _BACKWARD:
        asked = _state(reading, targets, language)
        return asked if isinstance(asked, Doubt) else replace(asked, kind=_BACKWARD[reading.does])
    if reading.does == "q_value":
        return _value(reading, targets, language)
    return _state(reading, targets, language)


def _presence(reading: Reading, targets: Targets, language: str) -> Question | Doubt:
    zone = reading.get("zone")
    wanted = zone if zone in {"home", "not_home"} else None
    ask = reading.get("ask", "any")
    if reading.get("thing") is not None:
        found = targets.find(reading)
        if isinstance(found, Doubt):
            return found
        return Question("presence", found, wanted if ask != "where" else None, {"ask": ask}, language)
    people = tuple(entity.entity_id for entity in targets.book.by_domain.get("person", ()))
    if not people:
        return Doubt("No people are known in the house.")
    if zone is not None and wanted is None:
        return Doubt("I know only whether somebody is home or away.")
    return Question("presence", people, wanted or "home", {"ask": ask}, language)


def _state(reading: Reading, targets: Targets, language: str) -> Question | Doubt:
    wanted = reading.get("state")
    kind = _KINDS.get(reading.does)
    said, _, number = str(reading.get("kind", "")).partition("/")
    if reading.get("thing") is not None:
        found = _thing(reading, str(wanted or ""), targets)
        if isinstance(found, Doubt):
            return found
        return Question("state", found, _word(wanted, found, targets), {}, language)
    scope = targets.scope(reading)
    if isinstance(scope, Doubt):
        return scope
    if kind is None:
        kind = "any" if reading.get("any") else "all" if reading.get("all") else None
    one = number == "one" and kind is None
    entities = _asked(targets, said, str(wanted or ""), scope)
    if one and len(entities) > 1 and not scope.said and targets.place is not None:
        entities = [entity for entity in entities if entity.area == targets.place] or entities
    if not entities:
        return Doubt(f"There are no {kind_name(said)} {targets.where(scope)} that I could ask.")
    ids = tuple(sorted(entity.entity_id for entity in entities))
    detail = _detail(scope, said)
    wanted = _word(wanted, ids, targets)
    if (len(ids) == 1 and kind in {None, "all"}) or wanted is None:
        return Question("state", ids, wanted, detail, language)
    return Question(kind or ("all" if wanted in _RESTING else "any"), ids, wanted, detail, language)


def _word(wanted: str | None, ids: tuple[str, ...], targets: Targets) -> str | None:
    """Return "open" for "on" of what opens: some languages have one word for both."""
    entities = targets.book.registry.entities
    opening = all(e.startswith(("cover.", "valve.")) or entities[e].device_class in _OPENINGS for e in ids)
    return {"on": "open", "off": "closed"}.get(wanted or "", wanted) if opening else wanted


def _thing(reading: Reading, wanted: str, targets: Targets) -> tuple[str, ...] | Doubt:
    """Return what a name in a question means: of a lock and a contact of one name, the one that knows the answer."""
    if reading.does == "q_went":
        return targets.find(reading, REACH["q_went"])
    if wanted in {"open", "closed"}:
        knowing = targets.find(reading, REACH["q_state"] - {"lock"})
        if not isinstance(knowing, Doubt) or knowing.firm:
            return knowing
    if wanted in {"locked", "unlocked"}:
        return targets.find(reading, frozenset({"lock", "binary_sensor"}))
    return targets.find(reading)


def _asked(targets: Targets, kind: str, wanted: str, scope: Scope) -> list[Entity]:
    """Return the entities of a kind that can be in the state asked for: only a lock is locked."""
    reach = REACH["q_state"]
    if wanted in {"locked", "unlocked"}:
        reach = frozenset({"lock"})
    elif wanted in {"open", "closed"} and kind != "lock":
        reach = frozenset({"cover", "valve", "binary_sensor"})
    elif kind == "lock":
        reach = frozenset({"lock"})
    if kind in KINDS and KINDS[kind].domains.isdisjoint(reach):
        return []
    return targets.of_kind(kind, reach, scope)


def _value(reading: Reading, targets: Targets, language: str) -> Question | Doubt:
    measure = str(reading.get("measure"))
    if reading.get("thing") is not None:
        found = targets.find(reading)
        if isinstance(found, Doubt):
            return found
        lit = measure == "illuminance" and found[0].startswith("light.")
        return Question("value", found, "brightness" if lit else measure, {}, language)
    scope = targets.scope(reading)
    if isinstance(scope, Doubt):
        return scope
    kind = str(reading.get("kind", "")).partition("/")[0]
    entities = targets.of_kind(kind, REACH["q_value"], scope) if kind else _carriers(targets, measure, scope)
    if not scope.said and targets.place is not None:
        entities = [entity for entity in entities if entity.area == targets.place] or entities
    if not entities:
        return Doubt(f"Nothing {targets.where(scope)} measures {measure.replace('_', ' ')}.")
    return Question("value", tuple(sorted(e.entity_id for e in entities)), measure, _detail(scope, kind), language)


def _carriers(targets: Targets, measure: str, scope: Scope) -> list[Entity]:
    by_domain = targets.book.by_domain
    if measure in _ATTRIBUTES:
        return targets.inside([e for d in sorted(_ATTRIBUTES[measure]) for e in by_domain.get(d, ())], scope)
    sensors = targets.inside([e for e in by_domain.get("sensor", ()) if e.device_class == measure], scope)
    if sensors or measure not in _CLIMATE:
        return sensors
    return targets.inside(by_domain.get("climate", ()), scope)


def _detail(scope: Scope, kind: str) -> dict[str, Json]:
    detail: dict[str, Json] = {}
    if scope.area is not None:
        detail["area"] = scope.area
    if scope.floor is not None:
        detail["floor"] = scope.floor
    known = KINDS.get(kind)
    if known is not None:
        if len(known.domains) == 1:
            detail["domain"] = next(iter(known.domains))
        if known.classes:
            detail["device_class"] = kind
    return detail
