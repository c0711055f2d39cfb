"""From a verb and one entity to the Home Assistant action, with every relative word made a figure.

"Brighter" has no meaning to the gate or to the audit log: here it becomes the brightness that the lamp will have,
computed from its state now and kept in its bounds.  A word that the entity does not know is a reason why not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claw.base.action import Action, Json, canonical
from claw.base.errors import Refused
from claw.house.fields import choices, finite
from claw.house.model import UNAVAILABLE, House, State
from claw.house.services import CATALOGUE, validate
from claw.house.text import plain
from claw.mind.hygiene import name_text
from claw.mind.reading import Reading
from claw.mind.targets import Doubt

_WHOLE = 100.0
_BRIGHTNESS_STEP = 20.0
_VOLUME_STEP = 10.0
_SPEED_STEP = 25.0
_HUMIDITY_STEP = 5.0
_DIMMEST = 5.0
_FROM_DARK = 40.0
_STEP_DEGREES = {"°C": 1.0, "°F": 2.0}
_NOTHING = State("unknown")

Order = tuple[str, dict[str, Json]]
"""An action's name and data for one entity."""


@dataclass(frozen=True)
class Bid:
    """What a maker of orders may look at: the reading, the entity and its state, the house's unit."""

    reading: Reading
    entity_id: str
    state: State
    unit: str

    @property
    def domain(self) -> str:
        """The entity's domain."""
        return self.entity_id.partition(".")[0]

    def attribute(self, name: str) -> float | None:
        """Return a numeric attribute, None where there is none."""
        return finite(self.state.attributes.get(name))


def actions(reading: Reading, entities: Sequence[str], house: House) -> tuple[tuple[Action, ...], bool] | Doubt:
    """Return the actions that carry ``reading`` out on ``entities``, and whether a state was looked at.

    Entities of a set that cannot do it are left out; where none can, the Doubt says why.
    """
    make = _MAKERS[reading.does]
    orders: dict[tuple[str, bytes], tuple[dict[str, Json], list[str]]] = {}
    why = ""
    looked = reading.does in _STATEFUL
    for entity_id in entities:
        state = house.states.get(entity_id, _NOTHING)
        order = make(Bid(reading, entity_id, state, house.registry.temperature_unit))
        if isinstance(order, str):
            why, looked = order, True
            continue
        name, data = order
        if data or not _unconditional(name):
            looked = True
            refused = _refused(house, Action(name, (entity_id,), data))
            if refused is not None:
                why = refused
                continue
        orders.setdefault((name, canonical(data)), (data, []))[1].append(entity_id)
    if not orders:
        return Doubt(why or "None of these can do that.")
    return tuple(Action(name, tuple(ids), data) for (name, _), (data, ids) in orders.items()), looked


def _unconditional(name: str) -> bool:
    service = CATALOGUE.get(name)
    return service is not None and service.needs is None and not service.only_in


def _refused(house: House, action: Action) -> str | None:
    state = house.states.get(action.entities[0])
    if state is None or state.value in UNAVAILABLE:
        return None  # the gate says so better than "not understood" would
    try:
        validate(house, action)
    except Refused as refusal:
        return f"That cannot be done: {refusal}."
    return None


def _plainly(**services: str) -> Callable[[Bid], Order | str]:
    """Return a maker that takes one service for each domain, and ``other`` with the domain put before it."""

    def make(bid: Bid) -> Order | str:
        service = services.get(bid.domain, services.get("other"))
        return (f"{bid.domain}.{service}", {}) if service else _cannot(bid)

    return make


def _cannot(bid: Bid) -> str:
    return f"That is nothing that “{plain(bid.entity_id)}” can do."


def _toggle(bid: Bid) -> Order | str:
    if bid.state.value in UNAVAILABLE:
        return f"I do not know whether “{plain(bid.entity_id)}” is on."
    return f"{bid.domain}.{'turn_on' if bid.state.value in {'off', 'standby'} else 'turn_off'}", {}


def _set(bid: Bid, attr: str, value: float) -> Order | str:
    """Return the order that sets ``attr`` to ``value``, in the entity's own terms."""
    whole = round(value)
    table: Mapping[tuple[str, str], tuple[str, dict[str, Json]]] = {
        ("light", "brightness"): ("turn_on", {"brightness_pct": whole}),
        ("light", "color_temperature"): ("turn_on", {"color_temp_kelvin": whole}),
        ("fan", "speed"): ("set_percentage", {"percentage": whole}),
        ("cover", "position"): ("set_cover_position", {"position": whole}),
        ("valve", "position"): ("set_valve_position", {"position": whole}),
        ("media_player", "volume"): ("volume_set", {"volume_level": round(value / 100, 4)}),
        ("climate", "temperature"): ("set_temperature", {"temperature": _tidy(value)}),
        ("climate", "humidity"): ("set_humidity", {"humidity": whole}),
        ("water_heater", "temperature"): ("set_temperature", {"temperature": _tidy(value)}),
        ("humidifier", "humidity"): ("set_humidity", {"humidity": whole}),
        ("input_number", "value"): ("set_value", {"value": _tidy(value)}),
        ("number", "value"): ("set_value", {"value": _tidy(value)}),
    }
    found = table.get((bid.domain, attr))
    if found is None:
        return _cannot(bid)
    if bid.domain == "light" and attr == "brightness" and whole == 0:
        return "light.turn_off", {}
    return f"{bid.domain}.{found[0]}", found[1]


def _tidy(value: float) -> float:
    return int(value) if float(value).is_integer() else round(value, 4)


_OWN_ATTR = {
    "light": "brightness",
    "fan": "speed",
    "cover": "position",
    "valve": "position",
    "media_player": "volume",
    "climate": "temperature",
    "water_heater": "temperature",
    "humidifier": "humidity",
    "input_number": "value",
    "number": "value",
}
_PERCENT = frozenset({"brightness", "speed", "position", "volume", "humidity"})


def _level(bid: Bid) -> Order | str:
    attr = _attr(bid)
    value = bid.reading.get("num", bid.reading.get("level"))
    unit = bid.reading.get("unit")
    if value is None:
        return _cannot(bid)
    if unit == "kelvin" and bid.domain == "light":
        attr = "color_temperature"
    elif (unit == "degrees" and attr in _PERCENT) or (unit == "percent" and attr == "temperature"):
        return f"“{plain(bid.entity_id)}” has nothing that is set in {unit}."
    number = float(value)
    if attr == "temperature":
        number = _converted(number, bid)
    if attr in _PERCENT and not 0 <= number <= _WHOLE:
        return "That has to be between 0 and 100 percent."
    return _set(bid, attr, number)


def _attr(bid: Bid) -> str:
    said = bid.reading.get("attr")
    own = _OWN_ATTR.get(bid.domain, "")
    return own if said is None or own == "value" else str(said)


def _converted(degrees: float, bid: Bid) -> float:
    said = bid.reading.get("scale")
    if said == "F" and bid.unit == "°C":
        return round((degrees - 32) * 5 / 9 * 2) / 2
    if said == "C" and bid.unit == "°F":
        return round(degrees * 9 / 5 + 32)
    return degrees


def _light(bid: Bid) -> Order | str:
    color, white = bid.reading.get("color"), bid.reading.get("white")
    if color is not None:
        return "light.turn_on", {"color_name": str(color).replace(" ", "")}
    low = bid.attribute("min_color_temp_kelvin") or 2000
    high = bid.attribute("max_color_temp_kelvin") or 6500
    return "light.turn_on", {"color_temp_kelvin": round(min(high, max(low, float(white or 2700))))}


def _choose(bid: Bid) -> Order | str:
    """Return the order for a word that the entity itself lists: an option, a mode, a source."""
    said = name_text(str(bid.reading.get("option", "")))
    for service, field, listed in _CHOICES.get(bid.domain, ()):
        for option in choices(bid.state, listed):
            if name_text(option) == said:
                return f"{bid.domain}.{service}", {field: option}
    known = [plain(o, 30) for _, _, listed in _CHOICES.get(bid.domain, ()) for o in choices(bid.state, listed)]
    return f"“{plain(said)}” is not one of {', '.join(known[:8])}." if known else _cannot(bid)


_CHOICES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "input_select": (("select_option", "option", "options"),),
    "select": (("select_option", "option", "options"),),
    "climate": (
        ("set_hvac_mode", "hvac_mode", "hvac_modes"),
        ("set_preset_mode", "preset_mode", "preset_modes"),
        ("set_fan_mode", "fan_mode", "fan_modes"),
    ),
    "water_heater": (("set_operation_mode", "operation_mode", "operation_list"),),
    "humidifier": (("set_mode", "mode", "available_modes"),),
    "fan": (("set_preset_mode", "preset_mode", "preset_modes"),),
    "media_player": (
        ("select_source", "source", "source_list"),
        ("select_sound_mode", "sound_mode", "sound_mode_list"),
    ),
    "vacuum": (("set_fan_speed", "fan_speed", "fan_speed_list"),),
}


def _more(bid: Bid) -> Order | str:
    return _step(bid, _attr(bid), 1)


def _less(bid: Bid) -> Order | str:
    return _step(bid, _attr(bid), -1)


def _relative(bid: Bid) -> Order | str:
    attr, sign = str(bid.reading.get("rel", " "))[:-1], str(bid.reading.get("rel", ""))[-1:]
    if attr != _OWN_ATTR.get(bid.domain):
        return _cannot(bid)
    return _step(bid, attr, 1 if sign == "+" else -1)


def _step(bid: Bid, attr: str, sign: int) -> Order | str:
    """Return the order for one step, or the step said, from where the entity is now."""
    now = _now(bid, attr)
    said = bid.reading.get("num")
    if attr == "brightness" and bid.state.value == "off":
        if sign < 0:
            return f"“{plain(bid.entity_id)}” is off already."
        modes = choices(bid.state, "supported_color_modes")
        return "light.turn_on", {} if list(modes) == ["onoff"] else {"brightness_pct": round(_FROM_DARK)}
    if now is None:
        return f"“{plain(bid.entity_id)}” does not say where it is now."
    low, high, step = _bounds(bid, attr)
    size = float(said) if said is not None else step
    if attr == "temperature" and said is not None and bid.reading.get("scale") == "F" and bid.unit == "°C":
        size = size * 5 / 9
    return _set(bid, attr, min(max(now + sign * size, min(low, now)), max(high, now)))


def _now(bid: Bid, attr: str) -> float | None:
    if attr == "brightness":
        brightness = bid.attribute("brightness")
        return None if brightness is None else round(brightness / 2.55)
    if attr == "volume":
        level = bid.attribute("volume_level")
        return None if level is None else round(level * 100, 2)
    if attr == "value":
        try:
            return finite(float(bid.state.value))
        except ValueError:
            return None
    names = {
        "temperature": "temperature",
        "humidity": "humidity",
        "speed": "percentage",
        "position": "current_position",
    }
    return bid.attribute(names.get(attr, attr))


def _bounds(bid: Bid, attr: str) -> tuple[float, float, float]:
    """Return the lowest and highest value and the usual step."""
    if attr == "brightness":
        return _DIMMEST, 100.0, _BRIGHTNESS_STEP
    if attr == "temperature":
        step = _STEP_DEGREES.get(bid.unit, 1.0)
        return _or(bid.attribute("min_temp"), 7.0), _or(bid.attribute("max_temp"), 35.0), step
    if attr == "humidity":
        return _or(bid.attribute("min_humidity"), 0.0), _or(bid.attribute("max_humidity"), 100.0), _HUMIDITY_STEP
    if attr == "value":
        low, high = _or(bid.attribute("min"), 0.0), _or(bid.attribute("max"), 100.0)
        return low, high, max(_or(bid.attribute("step"), 1.0), round((high - low) / 10))
    if attr == "speed":
        return 0.0, 100.0, max(_SPEED_STEP, _or(bid.attribute("percentage_step"), 0.0))
    return 0.0, 100.0, _VOLUME_STEP if attr == "volume" else _BRIGHTNESS_STEP


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _arm(bid: Bid) -> Order | str:
    mode = str(bid.reading.get("arm_mode", ""))
    if not mode:
        return "Please say how: armed home, away or night."
    return f"alarm_control_panel.alarm_{mode.replace('armed_', 'arm_')}", {}


def _item(service: str, **more: str) -> Callable[[Bid], Order | str]:
    def make(bid: Bid) -> Order | str:
        item = plain(str(bid.reading.get("item", "")), 100)
        return (f"todo.{service}", {"item": item, **more}) if item else _cannot(bid)

    return make


def _timer(bid: Bid) -> Order | str:
    seconds = {"seconds": 1, "minutes": 60, "hours": 3600}[str(bid.reading.get("tunit", "minutes"))]
    total = round(float(bid.reading.get("secs", 0)) * seconds)
    return "timer.start", {"duration": f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}"}


def _muted(*, muted: bool) -> Callable[[Bid], Order | str]:
    return lambda bid: (f"{bid.domain}.volume_mute", {"is_volume_muted": muted})


def _halt(bid: Bid) -> Order | str:
    features = bid.state.attributes.get("supported_features")
    stops = isinstance(features, int) and bool(features & 4096)
    return ("media_player.media_stop" if stops else "media_player.media_pause"), {}


def _stop(bid: Bid) -> Order | str:
    return _halt(bid) if bid.domain == "media_player" else _STOPS(bid)


_STOPS = _plainly(
    cover="stop_cover",
    valve="stop_valve",
    vacuum="stop",
    lawn_mower="pause",
    script="turn_off",
    siren="turn_off",
    fan="turn_off",
    timer="cancel",
)
_STATEFUL = frozenset({"toggle", "halt_media", "stop", "choose"})

_MAKERS: Mapping[str, Callable[[Bid], Order | str]] = {
    "on": _plainly(other="turn_on"),
    "off": _plainly(other="turn_off"),
    "toggle": _toggle,
    "open": _plainly(cover="open_cover", valve="open_valve"),
    "close": _plainly(cover="close_cover", valve="close_valve"),
    "stop": _stop,
    "lock": _plainly(lock="lock"),
    "unlock": _plainly(lock="unlock"),
    "level": _level,
    "light": _light,
    "choose": _choose,
    "more": _more,
    "less": _less,
    "relative": _relative,
    "play": _plainly(media_player="media_play", timer="start", vacuum="start", lawn_mower="start_mowing"),
    "pause": _plainly(media_player="media_pause", vacuum="pause", lawn_mower="pause", timer="pause"),
    "halt_media": _halt,
    "next": _plainly(media_player="media_next_track"),
    "previous": _plainly(media_player="media_previous_track"),
    "mute": _muted(muted=True),
    "unmute": _muted(muted=False),
    "activate": _plainly(other="turn_on"),
    "press": _plainly(other="press"),
    "clean": _plainly(vacuum="start"),
    "start": _plainly(
        vacuum="start", lawn_mower="start_mowing", timer="start", fan="turn_on", script="turn_on", scene="turn_on"
    ),
    "dock": _plainly(vacuum="return_to_base", lawn_mower="dock"),
    "locate": _plainly(vacuum="locate"),
    "arm": _arm,
    "disarm": _plainly(alarm_control_panel="alarm_disarm"),
    "add_item": _item("add_item"),
    "complete_item": _item("update_item", status="completed"),
    "remove_item": _item("remove_item"),
    "timer_start": _timer,
    "timer_cancel": _plainly(timer="cancel"),
}


def kind_for(reading: Reading) -> str | None:
    """Return the kind that a verb without any noun means ("louder", "set the temperature to 21"), None where none."""
    attr = reading.get("attr") or str(reading.get("rel", " "))[:-1]
    by_attr: dict[Any, str] = {
        "brightness": "light",
        "color_temperature": "light",
        "temperature": "climate",
        "volume": "media",
        "speed": "fan",
        "humidity": "humidifier",
    }
    return by_attr.get(attr) or _BARE.get(reading.does)


_BARE = {
    "play": "media",
    "pause": "media",
    "halt_media": "media",
    "next": "media",
    "previous": "media",
    "mute": "media",
    "unmute": "media",
    "clean": "vacuum",
    "dock": "vacuum",
    "start": "vacuum",
    "arm": "alarm",
    "disarm": "alarm",
    "timer_start": "timer",
    "timer_cancel": "timer",
    "light": "light",
    "add_item": "todo",
    "complete_item": "todo",
}
