"""What a scene or a script does, as far as its description says it.

A house file carries the steps of its scripts and the ends of its scenes.  Home Assistant tells of a scene only which
entities it sets, and of a script or an automation which entities, devices and areas it names, together with those that
hold them.  Which of these it meant itself its text tells; where that is not to be had it meant all of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from claw.base.action import NO_DATA, Action, Json
from claw.house.model import Area, Device, Entity, State
from claw.house.script_text import ScriptText
from claw.house.services import CATALOGUE

MOST_REACHED = 500

_THINGS = ("entity", "scene", "script", "automation", "group")
_PLACES = ("device", "area", "floor", "label")
_Place = tuple[str, str]
"""A kind (device, area, floor, label) and an id."""

_TO: Mapping[str, Mapping[str, str]] = {
    "lock": {"locked": "lock", "unlocked": "unlock", "open": "open"},
    "cover": {"open": "open_cover", "closed": "close_cover"},
    "valve": {"open": "open_valve", "closed": "close_valve"},
    "alarm_control_panel": {
        "disarmed": "alarm_disarm",
        "armed_home": "alarm_arm_home",
        "armed_away": "alarm_arm_away",
        "armed_night": "alarm_arm_night",
        "armed_vacation": "alarm_arm_vacation",
    },
}
_NONE: frozenset[str] = frozenset()
_DEVICE_ID = re.compile(r"[0-9a-f]{32}")
_TOLD_APART = frozenset(_TO) | {"siren", "script", "scene", "automation", "button", "input_button", "group"}
_ON_OFF = {"on": "turn_on", "off": "turn_off"}
_FIGURES = ("brightness", "brightness_pct", "color_temp_kelvin", "percentage")


def steps_of_script(rows: Json) -> tuple[Action, ...] | None:
    """Return the actions of a script, None where they cannot all be read."""
    if not isinstance(rows, (list, tuple)):
        return None
    steps = [_step(row) for row in cast("Sequence[object]", rows)]
    known = tuple(step for step in steps if step is not None)
    return known if len(known) == len(steps) else None


def steps_of_scene(wished: Json) -> tuple[Action, ...]:
    """Return the actions that a scene amounts to, as far as its wishes say which; a wish for a position says none."""
    if not isinstance(wished, Mapping):
        return ()
    found = (_wish(str(entity_id), row) for entity_id, row in cast("Mapping[object, object]", wished).items())
    return tuple(step for step in found if step is not None)


def reaches(
    related: Mapping[str, Json],
    states: Mapping[str, State],
    entities: Mapping[str, Entity],
    devices: Mapping[str, Device],
    areas: Mapping[str, Area],
    texts: Mapping[str, ScriptText | None] = NO_DATA,
) -> dict[str, tuple[str, ...]]:
    """Return what each scene sets, and each script and automation acts on, where anything is known of that.

    ``related`` holds Home Assistant's answers to ``search/related`` by the id that was asked about, ``texts`` what the
    texts of the same scripts and automations say.  ``unsure`` tells of which there may be more.
    """
    found: dict[str, tuple[str, ...]] = {}
    house: _House | None = None
    for entity_id, state in states.items():
        reached: tuple[str, ...] | None = None
        if entity_id.startswith("scene."):
            reached = tuple(_texts(state.attributes, "entity_id")) or None
        elif isinstance(answer := related.get(entity_id), Mapping):
            house = house or _house(entities, devices, areas)
            reached = _reached(*_named(cast("Mapping[str, Json]", answer), texts.get(entity_id), house), house.within)
        if reached is not None:
            found[entity_id] = reached
    return found


class _House(NamedTuple):
    """The lists; ``ids`` are entity ids by registry id, ``within`` what is in each place."""

    entities: Mapping[str, Entity]
    devices: Mapping[str, Device]
    areas: Mapping[str, Area]
    ids: Mapping[str, str]
    within: Mapping[_Place, Sequence[str]]


def unsure(
    related: Mapping[str, Json], entities: Mapping[str, Entity], texts: Mapping[str, ScriptText | None]
) -> frozenset[str]:
    """Return which of the scripts and automations that were asked about may do more than is known of them.

    Those whose answer or text is not to be had, or is of a wrong shape; whose text says itself that only running it
    tells, or calls what is not in the house.
    """
    known = {entity_id: texts.get(entity_id) if _is_whole(answer) else None for entity_id, answer in related.items()}
    return frozenset(
        entity_id for entity_id, text in known.items() if text is None or text.open or not text.calls <= entities.keys()
    )


def _is_whole(answer: Json) -> bool:
    if not isinstance(answer, Mapping):
        return False
    row = cast("Mapping[str, Json]", answer)
    lists = [(kind, row[kind]) for kind in (*_THINGS, *_PLACES) if kind in row]
    return all(isinstance(given, (list, tuple)) and len(_texts(row, kind)) == len(given) for kind, given in lists)


def _house(entities: Mapping[str, Entity], devices: Mapping[str, Device], areas: Mapping[str, Area]) -> _House:
    ids = {one.registry_id: one.entity_id for one in entities.values() if one.registry_id is not None}
    return _House(entities, devices, areas, ids, _within(entities, devices, areas))


def _within(
    entities: Mapping[str, Entity], devices: Mapping[str, Device], areas: Mapping[str, Area]
) -> dict[_Place, list[str]]:
    """Return the entities in each device, area and floor and under each label; a device holds those of its parts."""
    found: dict[_Place, list[str]] = {}
    for one in entities.values():
        area, whole = areas.get(one.area or ""), devices.get(_parent(one.device, devices) or "")
        labels = one.labels | (area.labels if area else _NONE) | (whole.labels if whole else _NONE)
        places = {("area", one.area), ("device", one.device), *(("label", label) for label in labels)}
        places |= {("floor", area.floor)} if area else set()
        places |= {("device", whole.id)} if whole else set()
        for kind, place in places:
            if place is not None:
                found.setdefault((kind, place), []).append(one.entity_id)
    return found


def _named(
    answer: Mapping[str, Json],
    text: ScriptText | None,
    house: _House,
) -> tuple[dict[str, None], dict[_Place, None]]:
    """Return the entities that a script names, and the places and labels.

    An answer lists the devices, areas and floors that hold the entities of a script beside those that it names, in the
    same lists.  What holds none of them was named; of the others its text tells, and without a text they were, too.
    Old releases list other scripts and scenes as well that name the same entities; only a text tells these apart.
    """
    entities, devices, areas, ids, _ = house
    found: dict[str, None] = {}
    for kind in _THINGS if text is None else _THINGS[:1]:
        found |= dict.fromkeys(entity_id for entity_id in _texts(answer, kind) if entity_id in entities)
    listed = {(kind, place): None for kind in _PLACES for place in _texts(answer, kind)}
    if text is None:
        return found, listed
    held = {entities[entity_id].device for entity_id in found}
    held |= {_parent(device, devices) for device in (*held, *_texts(answer, "device"))}
    places = {entities[entity_id].area for entity_id in found}
    places |= {devices[one].area for kind, one in listed if kind == "device" and one in devices}
    floors = {areas[area].floor for area in (*places, *_texts(answer, "area")) if area is not None and area in areas}
    above: set[tuple[str, str | None]] = {
        *(("device", one) for one in held),
        *(("area", one) for one in places),
        *(("floor", one) for one in floors),
    }
    # A device that was split into several is listed as these, and named as what it was.
    former = any(_DEVICE_ID.fullmatch(word) and word not in devices and word not in ids for word in text.words)
    named = {
        (kind, one): None
        for kind, one in listed
        if one in text.words or (kind, one) not in above or (kind == "device" and former)
    }
    for word in text.words:
        entity_id = ids.get(word, word.lower())
        if entity_id in entities:
            found[entity_id] = None
    return found, named


def _reached(
    found: Mapping[str, None], named: Iterable[_Place], within: Mapping[_Place, Sequence[str]]
) -> tuple[str, ...]:
    """Return what is reached: what is named stands for all of its parts, a label for all that is in what bears it.

    Of very many things those that guard nothing and set nothing off are left out: of them no rule asks.
    """
    reached = dict(found) | {entity_id: None for place in named for entity_id in within.get(place, ())}
    if len(reached) <= MOST_REACHED:
        return tuple(reached)
    return tuple(one for one in reached if one in found or one.partition(".")[0] in _TOLD_APART)


def _parent(device: str | None, devices: Mapping[str, Device]) -> str | None:
    known = devices.get(device or "")
    return known.parent if known is not None else None


def _texts(answer: Mapping[str, Json], kind: str) -> list[str]:
    listed = answer.get(kind, ())
    if not isinstance(listed, (list, tuple)):
        return []
    return [one for one in cast("Iterable[object]", listed) if isinstance(one, str)]


def _step(row: object) -> Action | None:
    match row:
        case {"action": str() as name, **rest}:
            entities, data = rest.get("entities", ()), rest.get("data", {})
            if isinstance(entities, (list, tuple)) and isinstance(data, Mapping):
                named = tuple(str(entity_id) for entity_id in cast("Sequence[object]", entities))
                return Action(name, named, cast("Mapping[str, Json]", data))
        case _:
            pass
    return None


def _wish(entity_id: str, row: object) -> Action | None:
    wish = cast("Mapping[str, Json]", row if isinstance(row, Mapping) else {"state": row})
    domain, state = entity_id.partition(".")[0], wish.get("state")
    if isinstance(state, bool):
        state = "on" if state else "off"
    service = _TO.get(domain, _ON_OFF).get(str(state))
    partly_open = {"position", "current_position", "tilt_position", "current_tilt_position"}.intersection(wish)
    if service is None or f"{domain}.{service}" not in CATALOGUE or (partly_open and state != "closed"):
        return None
    data = {key: wish[key] for key in _FIGURES if key in wish and service == "turn_on"}
    return Action(f"{domain}.{service}", (entity_id,), data)
