"""How one action and one state are put into words: the verb, the target, the predicate.

What is reported is read from the house's own attributes ("at 39 %"), not from the data that was sent ("40 %").
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from claw.base.action import Action, Json
from claw.house.model import House, State
from claw.house.text import plain
from claw.memory.effector import REMEMBER
from claw.memory.written import laid_open
from claw.mind.nouns import Naming
from claw.mind.phrases import Phrases, figure
from claw.skills.effector import ACTIONS as SKILLS

Unit = Literal["percent", "of255", "ratio", "degrees", "kelvin", "plain", "word", "quoted", "flag"]


class Figure(NamedTuple):
    """A datum of an action, the attribute that shows it (empty: the state itself), and how both are said."""

    key: str
    unit: Unit
    attribute: str
    shown: Unit
    phrase: str


_BRIGHTNESS = (
    Figure("brightness_pct", "percent", "brightness", "of255", "level"),
    Figure("brightness", "of255", "brightness", "of255", "level"),
)
FIGURES: Mapping[str, tuple[Figure, ...]] = {
    "light.turn_on": (
        *_BRIGHTNESS,
        Figure("color_temp_kelvin", "kelvin", "color_temp_kelvin", "kelvin", "level"),
        Figure("color_name", "word", "color_name", "word", "setting"),
        Figure("effect", "word", "effect", "word", "setting"),
    ),
    "fan.turn_on": (Figure("percentage", "percent", "percentage", "percent", "level"),),
    "fan.set_percentage": (Figure("percentage", "percent", "percentage", "percent", "level"),),
    "fan.set_preset_mode": (Figure("preset_mode", "word", "preset_mode", "word", "setting"),),
    "cover.set_cover_position": (Figure("position", "percent", "current_position", "percent", "level"),),
    "cover.set_cover_tilt_position": (Figure("tilt_position", "percent", "current_tilt_position", "percent", "level"),),
    "valve.set_valve_position": (Figure("position", "percent", "current_position", "percent", "level"),),
    "climate.set_temperature": (Figure("temperature", "degrees", "temperature", "degrees", "setting"),),
    "climate.set_humidity": (Figure("humidity", "percent", "humidity", "percent", "setting"),),
    "climate.set_hvac_mode": (Figure("hvac_mode", "word", "", "word", "setting"),),
    "climate.set_preset_mode": (Figure("preset_mode", "word", "preset_mode", "word", "setting"),),
    "climate.set_fan_mode": (Figure("fan_mode", "word", "fan_mode", "word", "setting"),),
    "water_heater.set_temperature": (Figure("temperature", "degrees", "temperature", "degrees", "setting"),),
    "water_heater.set_operation_mode": (Figure("operation_mode", "word", "", "word", "setting"),),
    "humidifier.set_humidity": (Figure("humidity", "percent", "humidity", "percent", "setting"),),
    "humidifier.set_mode": (Figure("mode", "word", "mode", "word", "setting"),),
    "media_player.volume_set": (Figure("volume_level", "ratio", "volume_level", "ratio", "volume"),),
    "media_player.volume_mute": (Figure("is_volume_muted", "flag", "is_volume_muted", "flag", "muted"),),
    "media_player.select_source": (Figure("source", "word", "source", "word", "setting"),),
    "media_player.select_sound_mode": (Figure("sound_mode", "word", "sound_mode", "word", "setting"),),
    "input_number.set_value": (Figure("value", "plain", "", "plain", "setting"),),
    "number.set_value": (Figure("value", "plain", "", "plain", "setting"),),
    "input_select.select_option": (Figure("option", "word", "", "word", "setting"),),
    "select.select_option": (Figure("option", "word", "", "word", "setting"),),
    "input_text.set_value": (Figure("value", "quoted", "", "quoted", "setting"),),
    "vacuum.set_fan_speed": (Figure("fan_speed", "word", "fan_speed", "word", "setting"),),
}
"""What of an action is worth saying, in the order of preference."""

_STANDING: Mapping[str, tuple[Figure, ...]] = {
    "media_player.volume_up": FIGURES["media_player.volume_set"],
    "media_player.volume_down": FIGURES["media_player.volume_set"],
    "fan.increase_speed": FIGURES["fan.set_percentage"],
    "fan.decrease_speed": FIGURES["fan.set_percentage"],
    "input_number.increment": FIGURES["input_number.set_value"],
    "input_number.decrement": FIGURES["input_number.set_value"],
}
"""Actions that carry no figure of their own and change one."""

_STEPS = frozenset({"brightness_step", "brightness_step_pct"})

_STANDS: Mapping[str, tuple[Figure, ...]] = {
    "light": _BRIGHTNESS[1:],
    "fan": FIGURES["fan.set_percentage"],
    "cover": FIGURES["cover.set_cover_position"],
    "valve": FIGURES["valve.set_valve_position"],
    "climate": FIGURES["climate.set_temperature"],
    "water_heater": FIGURES["water_heater.set_temperature"],
    "humidifier": FIGURES["humidifier.set_humidity"],
    "media_player": (Figure("", "quoted", "media_title", "quoted", "title"), *FIGURES["media_player.volume_set"]),
}
"""What is told of a thing besides its state when its state is asked for."""

RESTING = frozenset({"off", "closed", "unavailable", "unknown", "idle", "standby"})
"""States in which a thing has no figures to tell."""

_SECRET = frozenset({"code", "pin", "password", "token", "usercode"})
_EVENTS = frozenset({"scene", "script", "button", "input_button", "event", "notify"})
"""Things whose state says when they were last used, which is no state to a person."""

_RISKY: tuple[frozenset[str], ...] = (
    frozenset({"lock.unlock", "lock.open", "alarm_control_panel.alarm_disarm"}),
    frozenset({"cover.open_cover", "cover.toggle", "cover.set_cover_position", "valve.open_valve", "siren.turn_on"}),
    frozenset({"script.turn_on", "scene.turn_on", "lock.lock", "cover.close_cover", "valve.close_valve"}),
)
HASH = 12
"""Signs of a version's hash that a question shows; its card shows all of them."""
_GATES = frozenset({"garage", "gate", "door"})


def risk(action: Action, house: House) -> int:
    """Return the rank of an action in a question: the smaller, the sooner a person must read it."""
    for rank, names in enumerate(_RISKY):
        if action.name in names:
            entities = house.registry.entities
            outer = any(e in entities and entities[e].device_class in _GATES for e in action.entities)
            return 0 if rank == 1 and outer else rank
    return len(_RISKY)


def state_words(house: House, entity_id: str, state: State, words: Phrases, action: Action | None = None) -> str:
    """Return what follows "is": "on", "at 40 %", "locked"; the figure that ``action`` set comes before the state."""
    if action is not None and state.value not in {"off", "unavailable", "unknown"}:
        for shown in _wanted_figures(action):
            said = shown_figure(shown, state, house, words)
            if said:
                return said
    entity = house.registry.entities.get(entity_id)
    domain = entity_id.partition(".")[0]
    device_class = entity.device_class if entity else None
    for key in (f"{domain}.{device_class}.{state.value}", f"{domain}.{state.value}", state.value):
        if key in words.states and "." not in state.value:
            return words.states[key]
    return _foreign_state(domain, state, words)


def standing_figures(entity_id: str, state: State, house: House, words: Phrases) -> list[str]:
    """Return the figures that belong to the state of a thing that is on or open: "at 40 %", "set to 21 °C"."""
    if state.value in RESTING:
        return []
    said = (shown_figure(one, state, house, words) for one in _STANDS.get(entity_id.partition(".")[0], ()))
    return [words for words in said if words]


def reading(number: float, state: State, words: Phrases) -> str:
    """Return a number with the unit of the state that it was read from."""
    unit = state.attributes.get("unit_of_measurement")
    return with_unit(number, plain(unit, 20) if isinstance(unit, str) else "", words)


def with_unit(number: float, unit: str, words: Phrases) -> str:
    """Return a number and a unit as this language writes them."""
    if unit == "%":
        return words.number(number) + words.marks["percent"]
    return f"{words.number(number)} {unit}".rstrip()


def shown_figure(shown: Figure, state: State, house: House, words: Phrases) -> str | None:
    """Return what the house shows of a figure ("at 40 %"), None where it shows none."""
    value = state.attributes.get(shown.attribute) if shown.attribute else state.value
    if shown.unit == "flag":
        return words.figures["muted" if value else "unmuted"] if isinstance(value, bool) else None
    if not shown.attribute and isinstance(value, str) and value in words.states:
        return words.states[value]
    said = _amount(value, shown.shown, house, words)
    return words.figures[shown.phrase].format_map({"value": said}) if said else None


def target_words(action: Action, house: House, words: Phrases) -> str:
    """Return what an action would set: " to 40 %", empty where it carries no figure."""
    for shown in FIGURES.get(action.name, ()):
        said = _amount(action.data.get(shown.key), shown.unit, house, words)
        if said:
            return words.sentence("target", value=said)
    return ""


def verb_words(action: Action, words: Phrases) -> str:
    """Return the verb of an action ("turn on"); an action without a verb is named as it is."""
    service = action.name.partition(".")[2]
    if action.name == "media_player.volume_mute" and action.data.get("is_volume_muted") is False:
        return words.verbs["mute.off"]
    if any(shown.key in action.data and shown.unit != "flag" for shown in FIGURES.get(action.name, ())):
        return words.verbs["set"]
    for key in (action.name, service):
        if key in words.verbs and not _STEPS & action.data.keys():
            return words.verbs[key]
    if service.startswith(("set_", "select_")) or service.endswith("_set") or _STEPS & action.data.keys():
        return words.verbs["set"]
    return words.verbs["other" if action.entities else "other.bare"].format_map({"action": plain(action.name)})


def line(action: Action, house: House, naming: Naming, words: Phrases) -> str:
    """Return one action for a question: the verb, each entity with its present state, the target and all other data."""
    names = words.join([naming.one(entity) + _current(action, entity, house, words) for entity in action.entities])
    target = target_words(action, house, words)
    key = "line" if names else "line.bare"
    text = words.sentence(key, verb=verb_words(action, words), names=names, target=target)
    said = _said_key(action, house, words)
    rest = [
        f"{plain(key)}{words.marks['label']}{_datum(key, value, words)}"
        for key, value in _open(action).items()
        if key != said
    ]
    return text + (words.sentence("extra", pairs=words.marks["comma"].join(rest)) if rest else "")


def _open(action: Action) -> Mapping[str, Json]:
    """Return the data of ``action`` as it is shown: what is packed into one text is laid open, or it would be cut."""
    if action.name in SKILLS and isinstance(digest := action.data.get("hash"), str):
        return {**action.data, "hash": digest[:HASH]}
    return laid_open(action.data) if action.name == REMEMBER else action.data


def _said_key(action: Action, house: House, words: Phrases) -> str | None:
    for shown in FIGURES.get(action.name, ()):
        if _amount(action.data.get(shown.key), shown.unit, house, words):
            return shown.key
    return None


def _current(action: Action, entity_id: str, house: House, words: Phrases) -> str:
    if entity_id.partition(".")[0] in _EVENTS:
        return ""
    state = house.states.get(entity_id) or State("unknown")
    return words.sentence("current", state=state_words(house, entity_id, state, words, action))


def _datum(key: str, value: Json, words: Phrases) -> str:
    if key in _SECRET:
        return "••••"
    if isinstance(value, str):
        return words.quote(value, 500)
    number = figure(value)
    return words.number(number, 2) if number is not None else plain(str(value), 500)


def _wanted_figures(action: Action) -> tuple[Figure, ...]:
    wanted = tuple(shown for shown in FIGURES.get(action.name, ()) if shown.key in action.data)
    if not wanted and _STEPS & action.data.keys():
        return _BRIGHTNESS
    return wanted or _STANDING.get(action.name, ())


def _amount(value: Json, unit: Unit, house: House, words: Phrases) -> str | None:
    if unit in {"word", "quoted"}:
        return _text(value, unit, words)
    number = figure(value)
    if number is None or unit == "flag":
        return None
    if unit in _PERCENT:
        return f"{number * _PERCENT[unit]:.0f}{words.marks['percent']}"
    if unit == "degrees":
        return with_unit(number, plain(house.registry.temperature_unit, 4), words)
    return f"{number:.0f} K" if unit == "kelvin" else words.number(number, 2)


def _text(value: Json, unit: Unit, words: Phrases) -> str | None:
    if not isinstance(value, str) or not plain(value):
        return None
    if unit == "quoted":
        return words.quote(value, 80)
    return words.states[value] if value in {"on", "off"} else plain(value, 40).replace("_", " ")


_PERCENT: Mapping[str, float] = {"percent": 1.0, "of255": 100 / 255, "ratio": 100.0}


def _foreign_state(domain: str, state: State, words: Phrases) -> str:
    """Return a state that no table knows: a number with its unit, a place, or the text itself in quotation marks."""
    number = figure(state.value)
    if number is not None:
        return words.figures["level"].format_map({"value": reading(number, state, words)})
    if domain in {"person", "device_tracker"}:
        return words.figures["zone"].format_map({"value": words.quote(state.value, 40)})
    return words.quote(state.value, 40)
