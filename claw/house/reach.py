"""What a scene or a script does, as far as its description says it.

A house file carries the steps of its scripts and the ends of its scenes.  Home Assistant tells of a scene only which
entities it sets, and of a script or an automation which entities, devices and areas it names.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from claw.base.action import Action, Json
from claw.house.model import Area, Device, Entity, State
from claw.house.services import CATALOGUE

MOST_REACHED = 500

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
) -> dict[str, tuple[str, ...]]:
    """Return what each scene sets, and each script and automation names, where that is known.

    ``related`` holds Home Assistant's answers to ``search/related`` by the id that was asked about.
    """
    found: dict[str, tuple[str, ...]] = {}
    for entity_id, state in states.items():
        reached: tuple[str, ...] | None = None
        if entity_id.startswith("scene."):
            reached = tuple(_texts(state.attributes, "entity_id")) or None
        elif entity_id in related:
            reached = _reached(related[entity_id], entities, devices, areas)
        if reached is not None:
            found[entity_id] = reached
    return found


def _reached(
    related: Json, entities: Mapping[str, Entity], devices: Mapping[str, Device], areas: Mapping[str, Area]
) -> tuple[str, ...] | None:
    """Return the entities that an answer leads to, None where that is too many.

    It also names the devices, areas and floors that hold the entities of a script, which the script need not name: only
    those that hold none of them were named themselves.  What is named stands for all of its parts, and a label for all
    that is in what bears it.
    """
    if not isinstance(related, Mapping):
        return None
    answer = cast("Mapping[str, Json]", related)
    found: dict[str, None] = {}
    for kind in ("entity", "scene", "script", "automation", "group"):
        found |= dict.fromkeys(entity_id for entity_id in _texts(answer, kind) if entity_id in entities)
    held = {entities[entity_id].device for entity_id in found}
    held |= {_parent(device, devices) for device in (*held, *_texts(answer, "device"))}
    places = {entities[entity_id].area for entity_id in found}
    named = {device for device in _texts(answer, "device") if device not in held}
    places |= {devices[device].area for device in named if device in devices}
    rooms = {area for area in _texts(answer, "area") if area not in places}
    known = {areas[area].floor for area in places | rooms if area is not None and area in areas}
    floors = {floor for floor in _texts(answer, "floor") if floor not in known}
    labels = set(_texts(answer, "label"))
    if not (named or rooms or floors or labels):
        return tuple(found) if len(found) <= MOST_REACHED else None
    for one in entities.values():
        area, whole = areas.get(one.area or ""), devices.get(_parent(one.device, devices) or "")
        if (
            one.device in named
            or (whole is not None and whole.id in named)
            or one.area in rooms
            or (area is not None and area.floor in floors)
            or not labels.isdisjoint(one.labels | (area.labels if area else _NONE) | (whole.labels if whole else _NONE))
        ):
            found[one.entity_id] = None
    return tuple(found) if len(found) <= MOST_REACHED else None


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
