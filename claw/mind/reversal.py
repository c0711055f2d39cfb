"""What would take an act back, from what was seen of it.

Only what really changed is taken back, and only in the direction that cannot let anybody in: a lock is never unlocked,
a door or gate never opened and an alarm never disarmed because something was taken back; that has to be said in words.
"""

from collections.abc import Iterable, Mapping

from claw.base.action import Action, Json, Outcome
from claw.house.catalogue.openings import SUN_COVERS
from claw.house.model import UNAVAILABLE, House
from claw.mind.phrases import figure

_CHANGED = frozenset({"done", "started", "sent"})

_SWITCHED = frozenset({"light", "switch", "fan", "input_boolean", "siren", "humidifier", "media_player", "camera"})

_OPPOSITE: Mapping[str, str] = {
    "lock.unlock": "lock.lock",
    "lock.open": "lock.lock",
    "cover.open_cover": "cover.close_cover",
    "valve.open_valve": "valve.close_valve",
    "media_player.media_pause": "media_player.media_play",
    "media_player.media_play": "media_player.media_pause",
    "vacuum.start": "vacuum.return_to_base",
    "lawn_mower.start_mowing": "lawn_mower.dock",
    "timer.start": "timer.cancel",
    "climate.turn_on": "climate.turn_off",
    "water_heater.turn_on": "water_heater.turn_off",
}
"""Acts whose opposite is always safe."""

_STATE_VALUES: Mapping[str, str] = {
    "input_select.select_option": "option",
    "select.select_option": "option",
    "climate.set_hvac_mode": "hvac_mode",
    "water_heater.set_operation_mode": "operation_mode",
    "input_number.set_value": "value",
    "number.set_value": "value",
}
"""Acts that set the state itself: the state before is the datum that takes them back."""

_TO_STATE = frozenset({*_STATE_VALUES, "climate.turn_off", "alarm_control_panel.alarm_disarm"})

_ARMED: Mapping[str, str] = {
    "armed_home": "alarm_arm_home",
    "armed_away": "alarm_arm_away",
    "armed_night": "alarm_arm_night",
    "armed_vacation": "alarm_arm_vacation",
}


def reverse(outcomes: Iterable[Outcome], house: House) -> tuple[Action, ...]:
    """Return the actions that take back what ``outcomes`` changed, the last first; empty where nothing can be."""
    back: dict[tuple[str, tuple[tuple[str, Json], ...]], list[str]] = {}
    for outcome in reversed(list(outcomes)):
        for entity_id in outcome.action.entities:
            if outcome.entities.get(entity_id, outcome.status) not in _CHANGED:
                continue
            found = _one(outcome, entity_id, house)
            if found is not None:
                entities = back.setdefault(found, [])
                if entity_id not in entities:
                    entities.append(entity_id)
    return tuple(Action(name, tuple(entities), dict(data)) for (name, data), entities in back.items())


_Back = tuple[str, tuple[tuple[str, Json], ...]]


def _one(outcome: Outcome, entity_id: str, house: House) -> _Back | None:
    action = outcome.action
    before = outcome.before.get(entity_id)
    domain, _, service = action.name.partition(".")
    if before is not None and before in UNAVAILABLE:
        return None
    if domain in _SWITCHED and service in {"turn_on", "turn_off"}:
        return _switched(domain, service, before)
    if action.name in {"cover.close_cover", "cover.set_cover_position"}:
        return _covered(entity_id, before, service, house)
    if before is not None and action.name in _TO_STATE:
        return _to_state(action.name, before)
    opposite = _OPPOSITE.get(action.name)
    return None if opposite is None else (opposite, ())


def _to_state(name: str, before: str) -> _Back | None:
    if name == "alarm_control_panel.alarm_disarm":
        return (f"alarm_control_panel.{_ARMED[before]}", ()) if before in _ARMED else None
    if name == "climate.turn_off":
        return "climate.set_hvac_mode", (("hvac_mode", before),)
    key = _STATE_VALUES[name]
    value: Json = figure(before) if key == "value" else before
    return None if value is None else (name, ((key, value),))


def _switched(domain: str, service: str, before: str | None) -> _Back | None:
    if service == "turn_off":
        return None if before == "off" else (f"{domain}.turn_on", ())
    # Switched on again while it was on: only its figure changed, and that is not in the outcome.
    return (f"{domain}.turn_off", ()) if before in {None, "off", "standby"} else None


def _covered(entity_id: str, before: str | None, service: str, house: House) -> _Back | None:
    if before == "closed":
        return "cover.close_cover", ()
    entity = house.registry.entities.get(entity_id)
    shades = entity is not None and entity.device_class in SUN_COVERS
    return ("cover.open_cover", ()) if shades and service == "close_cover" and before in {None, "open"} else None
