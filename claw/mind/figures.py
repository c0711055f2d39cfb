"""Relative words and levels made figures: what the entity will be set to, computed from its state now.

"Brighter" has no meaning to the gate or to the audit log: here it becomes the brightness that the lamp will have, kept
in its bounds and in its own terms and units.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from claw.base.action import Json
from claw.house.fields import choices, finite
from claw.house.model import State
from claw.house.text import plain
from claw.mind.reading import Reading

_WHOLE = 100.0
_BRIGHTNESS_STEP = 20.0
_VOLUME_STEP = 10.0
_SPEED_STEP = 25.0
_HUMIDITY_STEP = 5.0
_DIMMEST = 5.0
_FROM_DARK = 40.0
_STEP_DEGREES = {"°C": 1.0, "°F": 2.0}

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


def cannot(bid: Bid) -> str:
    """Return that the entity can do nothing of the kind."""
    return f"That is nothing that “{plain(bid.entity_id)}” can do."


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
        return cannot(bid)
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


def level(bid: Bid) -> Order | str:
    """Return the order for a figure that was said."""
    attr = _attr(bid)
    value = bid.reading.get("num", bid.reading.get("level"))
    unit = bid.reading.get("unit")
    if value is None:
        return cannot(bid)
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


def light(bid: Bid) -> Order | str:
    """Return the order for a colour or a white, kept in what the lamp can."""
    color, white = bid.reading.get("color"), bid.reading.get("white")
    if color is not None:
        return "light.turn_on", {"color_name": str(color).replace(" ", "")}
    low = bid.attribute("min_color_temp_kelvin") or 2000
    high = bid.attribute("max_color_temp_kelvin") or 6500
    return "light.turn_on", {"color_temp_kelvin": round(min(high, max(low, float(white or 2700))))}


def more(bid: Bid) -> Order | str:
    """Return the order for one step up, or the step said."""
    return _step(bid, _attr(bid), 1)


def less(bid: Bid) -> Order | str:
    """Return the order for one step down, or the step said."""
    return _step(bid, _attr(bid), -1)


def relative(bid: Bid) -> Order | str:
    """Return the order for "brighter" and its like, where the entity has what the word is about."""
    attr, sign = str(bid.reading.get("rel", " "))[:-1], str(bid.reading.get("rel", ""))[-1:]
    if attr != _OWN_ATTR.get(bid.domain):
        return cannot(bid)
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
