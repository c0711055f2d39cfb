"""What puts one thing back to how it was: from the state before and the state now to the orders in between.

Pure, and by what the thing was, not by the opposite of what was done: a lamp that was on at 40 % in warm white comes
back so.  Only what the act touched is put back.  Where no order leads there, the reason is a word that the reply knows.
"""

from collections.abc import Callable, Mapping

from claw.base.action import NO_DATA, Action, Json, Outcome
from claw.gate.prior import KEPT
from claw.gate.standing import NO_PRESET, OFF, VALUES, Order, Why
from claw.house.catalogue.openings import SUN_COVERS
from claw.house.fields import choices, finite
from claw.house.model import UNAVAILABLE, Entity, State
from claw.house.services import CATALOGUE

CHANGED = frozenset({"done", "started", "sent"})
"""Statuses of an entity that an act may have moved."""

VALUE = "state"
"""The name under which ``touched`` gives the state's value, beside names of attributes."""

_NEVER: Mapping[str, Why] = {
    "media_player.media_next_track": "skipped",
    "media_player.media_previous_track": "skipped",
    "media_player.media_seek": "skipped",
    "media_player.clear_playlist": "list",
    "scene.turn_on": "effects",
    "script.turn_on": "effects",
    "script.turn_off": "effects",
    "button.press": "effects",
    "input_button.press": "effects",
    "vacuum.locate": "over",
    "vacuum.clean_spot": "over",
    "timer.finish": "over",
    "cover.stop_cover": "over",
    "cover.stop_cover_tilt": "over",
    "valve.stop_valve": "over",
    "camera.turn_on": "unknown",
    "camera.turn_off": "unknown",
    "claw.remember": "memory",
    "claw.routine_adopt": "routine",
    "claw.routine_change": "routine",
    "claw.routine_pause": "routine",
    "claw.routine_remove": "routine",
    "claw.routine_resume": "routine",
    "claw.routine_run": "routine",
    "claw.routine_skip": "routine",
    "claw.schedule": "routine",
    "claw.skill_accept": "skill",
    "claw.skill_disable": "skill",
    "claw.skill_enable": "skill",
    "claw.skill_import": "skill",
    "claw.skill_learn": "skill",
    "claw.skill_retire": "skill",
    "claw.skill_rollback": "skill",
}
"""Acts whose effect no order takes back."""

_NEVER_OF: Mapping[str, Why] = {
    "notify": "sent",
    "assist_satellite": "sent",
    "tts": "sent",
    "claw": "sent",
    "todo": "list",
    "mcp": "foreign",
}

_TEMPERATURES = ("temperature", "target_temp_low", "target_temp_high")

_SETTERS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "cover": {
        "current_position": ("set_cover_position", "position"),
        "current_tilt_position": ("set_cover_tilt_position", "tilt_position"),
    },
    "valve": {"current_position": ("set_valve_position", "position")},
    "climate": {
        "preset_mode": ("set_preset_mode", "preset_mode"),
        "fan_mode": ("set_fan_mode", "fan_mode"),
        "swing_mode": ("set_swing_mode", "swing_mode"),
        "humidity": ("set_humidity", "humidity"),
    },
    "water_heater": {"temperature": ("set_temperature", "temperature")},
    "humidifier": {"humidity": ("set_humidity", "humidity"), "mode": ("set_mode", "mode")},
    "fan": {"oscillating": ("oscillate", "oscillating"), "direction": ("set_direction", "direction")},
    "media_player": {
        "volume_level": ("volume_set", "volume_level"),
        "is_volume_muted": ("volume_mute", "is_volume_muted"),
        "source": ("select_source", "source"),
        "sound_mode": ("select_sound_mode", "sound_mode"),
        "shuffle": ("shuffle_set", "shuffle"),
        "repeat": ("repeat_set", "repeat"),
    },
    "vacuum": {"fan_speed": ("set_fan_speed", "fan_speed")},
}
"""Attributes that one order puts back as they were: the service and the name of its datum."""


def touched(action: Action, then: State) -> frozenset[str]:
    """Return what the valid ``action`` changes of a thing in state ``then``: kept attributes, and ``VALUE``."""
    service = CATALOGUE.get(action.name)
    if service is None or service.goal is None:
        return frozenset()
    goal = service.goal(then, action.data)
    found = set(KEPT.get(action.domain, ())) & set(goal.attributes)
    if goal.value is not None and goal.value != then.value:
        found.add(VALUE)
    return frozenset(found)


def never(action: Action) -> Why | None:
    """Return why no order takes ``action`` back, None where one may."""
    if action.name in _NEVER:
        return _NEVER[action.name]
    if action.domain in _NEVER_OF:
        return _NEVER_OF[action.domain]
    return None if action.name in CATALOGUE else "foreign"


def moved(outcome: Outcome, entity: str) -> bool:
    """Return whether an act may have moved one of its things; of what nobody can see, it always may."""
    if entity not in outcome.action.entities:
        return False
    status = outcome.entities.get(entity, outcome.status)
    return status in CHANGED or (status == "unchanged" and never(outcome.action) is not None)


def orders(domain: str, then: State, now: State, changed: frozenset[str]) -> list[Order] | Why:
    """Return what brings a thing from ``now`` to ``then`` in whatever ``changed`` names, or why nothing does."""
    if now.value == "unavailable":
        return "gone"
    if then.value in UNAVAILABLE and VALUE in changed:
        return "unknown"
    found: list[Order] = []
    if domain == "light":
        return _light(then, now, changed)
    if VALUE in changed and then.value != now.value:
        make = VALUES.get(domain)
        value = "foreign" if make is None else make(domain, then, now)
        if isinstance(value, str):
            return value
        found += value
    found += _attributes(domain, then, now, changed)
    return found or "same"


def opens(order: Order, now: State, entity: Entity | None) -> bool:
    """Return whether an order lets somebody or something in: a lock, a door, a valve, the alarm."""
    name, data = order
    if name in {"lock.unlock", "lock.open", "alarm_control_panel.alarm_disarm", "valve.open_valve"}:
        return True
    if name in {"cover.set_cover_position", "valve.set_valve_position"} and now.value != "closed":
        position = finite(now.attributes.get("current_position"))
        if position is not None and data["position"] <= position:
            return False
    elif name not in {"cover.open_cover", "cover.set_cover_position", "valve.set_valve_position"}:
        return False
    return entity is None or entity.device_class not in SUN_COVERS


def _light(then: State, now: State, changed: frozenset[str]) -> list[Order] | Why:
    if then.value != "on":
        return [("light.turn_off", NO_DATA)] if now.value != then.value else "same"
    data: dict[str, Json] = {}
    if changed - {VALUE} or now.value != "on":
        data = _shine(then, now)
    if now.value == "on" and not data:
        return "same"
    return [("light.turn_on", data)]


def _shine(then: State, now: State) -> dict[str, Json]:
    """Return brightness, colour and effect where they differ from what the lamp shows now."""
    data: dict[str, Json] = {}
    lit = now.value == "on"
    brightness = finite(then.attributes.get("brightness"))
    if brightness and (not lit or brightness != now.attributes.get("brightness")):
        data["brightness"] = round(brightness)
    mode = then.attributes.get("color_mode")
    name = "color_temp_kelvin" if mode == "color_temp" else "hs_color"
    colour = then.attributes.get(name) if mode not in {None, "onoff", "brightness", "white"} else None
    same = lit and mode == now.attributes.get("color_mode") and _list(colour) == _list(now.attributes.get(name))
    if colour is not None and not same:
        data[name] = _list(colour)
    effect = then.attributes.get("effect")
    shown = now.attributes.get("effect") if lit else None
    if effect in choices(now, "effect_list") and str(effect).lower() != str(shown or "off").lower():
        data["effect"] = effect
    return data


def _list(value: Json) -> Json:
    return list(value) if isinstance(value, (list, tuple)) else value


def _attributes(domain: str, then: State, now: State, changed: frozenset[str]) -> list[Order]:
    found: list[Order] = []
    for name, (service, datum) in _SETTERS.get(domain, {}).items():
        if name == "current_position" and VALUE in changed and then.value != now.value:
            continue  # done with the value
        if _differs(name, then, now, changed):
            found.append((f"{domain}.{service}", {datum: then.attributes[name]}))
    further = _FURTHER.get(domain)
    return found if further is None else [*found, *further(then, now, changed)]


def _differs(name: str, then: State, now: State, changed: frozenset[str]) -> bool:
    value = then.attributes.get(name)
    return name in changed and value is not None and value != now.attributes.get(name)


def _warmth(then: State, now: State, changed: frozenset[str]) -> list[Order]:
    if "preset_mode" in changed and then.attributes.get("preset_mode") in NO_PRESET:
        changed |= set(_TEMPERATURES)  # a preset brings temperatures of its own and takes them away with it
    wished = {name: then.attributes[name] for name in _TEMPERATURES if _differs(name, then, now, changed)}
    if "target_temp_low" in wished or "target_temp_high" in wished:
        wished |= {name: then.attributes.get(name) for name in _TEMPERATURES[1:]}
    return [("climate.set_temperature", wished)] if wished else []


def _away(then: State, now: State, changed: frozenset[str]) -> list[Order]:
    if not _differs("away_mode", then, now, changed):
        return []
    return [("water_heater.set_away_mode", {"away_mode": then.attributes["away_mode"] == "on"})]


def _fan_speed(then: State, now: State, changed: frozenset[str]) -> list[Order]:
    if now.value in OFF:
        return []
    preset, speed = then.attributes.get("preset_mode"), then.attributes.get("percentage")
    if preset not in NO_PRESET:
        put_back = _differs("preset_mode", then, now, changed) or "percentage" in changed
        return [("fan.set_preset_mode", {"preset_mode": preset})] if put_back else []
    if speed and (_differs("percentage", then, now, changed) or "preset_mode" in changed):
        return [("fan.set_percentage", {"percentage": speed})]
    return []


def _watching(then: State, now: State, changed: frozenset[str]) -> list[Order]:
    if not _differs("motion_detection", then, now, changed):
        return []
    return [(f"camera.{'en' if then.attributes['motion_detection'] else 'dis'}able_motion_detection", NO_DATA)]


_FURTHER: Mapping[str, Callable[[State, State, frozenset[str]], list[Order]]] = {
    "climate": _warmth,
    "water_heater": _away,
    "fan": _fan_speed,
    "camera": _watching,
}
"""What of a domain is not put back by one order for one attribute."""
