"""What actions, kinds of things and figures are called in a sentence about a skill: tables with a few rules.

An action that is not here is shown by its own name, in quotes, so that none is made to look like less than it is.
"""

from collections.abc import Mapping, Sequence

from claw.house.services import CATALOGUE
from claw.house.text import plain, quoted

LONGEST = 120
"""Characters of a word of a manifest, which has no more: none may hide its end."""

_ANY: Mapping[str, str] = {
    "turn_on": "turn on {0}",
    "turn_off": "turn off {0}",
    "set_value": "set the value of {0}",
    "select_option": "choose an option of {0}",
    "select_first": "choose the first option of {0}",
    "select_last": "choose the last option of {0}",
    "select_next": "choose the next option of {0}",
    "select_previous": "choose the previous option of {0}",
    "press": "press {0}",
    "set_preset_mode": "set the preset of {0}",
    "set_humidity": "set the humidity of {0}",
    "set_temperature": "set the temperature of {0}",
    "increment": "count {0} up",
    "decrement": "count {0} down",
    "pause": "pause {0}",
    "start": "start {0}",
    "stop": "stop {0}",
}
"""Verbs that mean the same in every domain."""

_OF: Mapping[str, str] = {
    "alarm_control_panel.alarm_arm_away": "arm {0} for away",
    "alarm_control_panel.alarm_arm_custom_bypass": "arm {0} in part",
    "alarm_control_panel.alarm_arm_home": "arm {0} for home",
    "alarm_control_panel.alarm_arm_night": "arm {0} for the night",
    "alarm_control_panel.alarm_arm_vacation": "arm {0} for a holiday",
    "alarm_control_panel.alarm_disarm": "disarm {0}",
    "assist_satellite.announce": "say something aloud through {0}",
    "assist_satellite.ask_question": "ask something aloud through {0}",
    "camera.disable_motion_detection": "have {0} notice no motion",
    "camera.enable_motion_detection": "have {0} notice motion",
    "claw.forget": "forget what is remembered",
    "claw.forget_all": "forget everything that is remembered",
    "claw.model": "ask a model",
    "claw.notify": "send messages",
    "claw.read_presence": "look who is home",
    "claw.read": "read texts from outside",
    "claw.remember": "have things remembered",
    "claw.routine_adopt": "take over what runs by itself",
    "claw.routine_change": "change what runs by itself",
    "claw.routine_pause": "let what runs by itself rest",
    "claw.routine_remove": "end what runs by itself",
    "claw.routine_resume": "let what runs by itself go on",
    "claw.routine_run": "have what runs by itself run now",
    "claw.routine_skip": "have what runs by itself left out on some days",
    "claw.schedule": "plan something for later",
    "claw.speak": "speak aloud",
    "climate.set_fan_mode": "set the fan of {0}",
    "climate.set_hvac_mode": "set the mode of {0}",
    "climate.set_swing_mode": "set the swing of {0}",
    "counter.reset": "set {0} back",
    "cover.close_cover": "close {0}",
    "cover.close_cover_tilt": "close the slats of {0}",
    "cover.open_cover": "open {0}",
    "cover.open_cover_tilt": "open the slats of {0}",
    "cover.set_cover_position": "move {0}",
    "cover.set_cover_tilt_position": "tilt the slats of {0}",
    "cover.stop_cover": "stop {0} on the way",
    "cover.stop_cover_tilt": "stop the slats of {0} on the way",
    "fan.decrease_speed": "slow {0} down",
    "fan.increase_speed": "speed {0} up",
    "fan.oscillate": "have {0} swing",
    "fan.set_direction": "set the direction of {0}",
    "fan.set_percentage": "set the speed of {0}",
    "humidifier.set_mode": "set the mode of {0}",
    "input_datetime.set_datetime": "set the time of {0}",
    "lawn_mower.dock": "send {0} home",
    "lawn_mower.start_mowing": "have {0} mow",
    "lock.lock": "lock {0}",
    "lock.open": "unlatch {0}",
    "lock.unlock": "unlock {0}",
    "logbook.log": "write into the house's logbook",
    "media_player.clear_playlist": "clear the playlist of {0}",
    "media_player.media_next_track": "go to the next track on {0}",
    "media_player.media_pause": "pause {0}",
    "media_player.media_play": "play on {0}",
    "media_player.media_previous_track": "go to the track before on {0}",
    "media_player.media_seek": "wind on {0}",
    "media_player.media_stop": "stop {0}",
    "media_player.repeat_set": "set the repeat of {0}",
    "media_player.select_sound_mode": "choose the sound of {0}",
    "media_player.select_source": "choose the source of {0}",
    "media_player.shuffle_set": "set the shuffle of {0}",
    "media_player.volume_down": "turn {0} down",
    "media_player.volume_mute": "mute {0}",
    "media_player.volume_set": "set the volume of {0}",
    "media_player.volume_up": "turn {0} up",
    "notify.notify": "send messages through the house",
    "notify.persistent_notification": "put a notice on the house's page",
    "notify.send_message": "send messages through {0}",
    "scene.turn_on": "set {0}, with all that they change",
    "script.turn_off": "end {0}",
    "script.turn_on": "run {0}, with all that they do",
    "timer.cancel": "cancel {0}",
    "timer.finish": "end {0}",
    "todo.add_item": "write on {0}",
    "todo.remove_completed_items": "strike what is done off {0}",
    "todo.remove_item": "strike something off {0}",
    "todo.update_item": "change something on {0}",
    "tts.speak": "say something aloud on {0}",
    "vacuum.clean_spot": "have {0} clean where they are",
    "vacuum.locate": "have {0} say where they are",
    "vacuum.return_to_base": "send {0} home",
    "vacuum.set_fan_speed": "set the power of {0}",
    "vacuum.start": "have {0} clean",
    "valve.close_valve": "close {0}",
    "valve.open_valve": "open {0}",
    "valve.set_valve_position": "move {0}",
    "valve.stop_valve": "stop {0} on the way",
    "water_heater.set_away_mode": "set whether {0} reckon with nobody at home",
    "water_heater.set_operation_mode": "set the mode of {0}",
}

_KINDS: Mapping[str, tuple[str, str]] = {
    "alarm_control_panel": ("alarm", "alarms"),
    "binary_sensor": ("on-off sensor", "on-off sensors"),
    "climate": ("thermostat", "thermostats"),
    "input_boolean": ("toggle", "toggles"),
    "input_button": ("button", "buttons"),
    "input_datetime": ("set time", "set times"),
    "input_number": ("number", "numbers"),
    "input_select": ("choice", "choices"),
    "input_text": ("text", "texts"),
    "lock": ("lock", "door locks"),
    "person": ("person", "people"),
    "select": ("choice", "choices"),
    "switch": ("switch", "switches"),
    "todo": ("list", "lists"),
}

_FIGURES: Mapping[str, str] = {
    "brightness": "brightness {0} of 255",
    "brightness_pct": "{0} bright",
    "color_temp_kelvin": "white of {0}",
    "position": "{0} open",
    "percentage": "speed {0}",
    "volume_level": "volume {0} of 1",
}
"""Data whose name is no word; every other is called by its own name."""


def kind(domain: str, *, several: bool = True) -> str:
    """Return what things of a domain are called: ``lights``, ``alarm``."""
    word = plain(domain.replace("_", " "), LONGEST)
    return _KINDS.get(domain, (word, f"{word}s"))[several]


def doing(action: str, things: str = "") -> str:
    """Return what an action does to ``things``: ``turn on lights in "Hall"``."""
    said = _OF.get(action) or (_ANY.get(action.partition(".")[2]) if action in CATALOGUE else None)
    if said is None:
        return f"use {quoted(action, LONGEST)}{f' on {things}' if things else ''}"
    return said.replace("{0}", things or "nothing")


def figure(action: str, field: str, said: str) -> str:
    """Return one field of an action's data with what it may be: ``at most 30 % bright``."""
    service = CATALOGUE.get(action)
    known = service.fields.get(field) if service is not None else None
    name = plain(field.removesuffix("_pct").replace("_", " "), LONGEST)
    if not said[-1:].isdigit():
        return f"{name} {said}"
    unit = f" {known.unit}" if known is not None and known.unit else ""
    return _FIGURES.get(field, f"{name} {{0}}").replace("{0}", f"{said}{unit}")


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def seconds(length: float) -> str:
    """Return a time span in the largest unit that leaves no rest: ``90 s``, ``5 min``, ``2 h``."""
    for size, unit in ((3600, "h"), (60, "min")):
        if length >= size and length % size == 0:
            return f"{length / size:g} {unit}"
    return f"{length:g} s"
