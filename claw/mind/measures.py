"""What a thing says when it is asked for a measure: a sensor's own state, or an attribute of something else.

Units come from the sensor where it names one; an attribute's unit follows from what it is.
"""

from collections.abc import Mapping
from typing import NamedTuple

from claw.base.action import Json
from claw.house.model import UNAVAILABLE, House
from claw.house.text import plain
from claw.mind.phrases import Phrases, figure
from claw.mind.wording import with_unit

AVERAGED = frozenset(
    {"temperature", "humidity", "target_temperature", "target_humidity", "illuminance", "pressure", "moisture"}
    | {"atmospheric_pressure", "carbon_dioxide", "carbon_monoxide", "pm1", "pm25", "pm10", "aqi", "sound_pressure"}
    | {"volatile_organic_compounds", "brightness", "current_position", "volume_level", "percentage"}
)
"""Measures whose average means something; of others (power, battery) each reading is told."""

_TEXT = 80

_ATTRIBUTES: Mapping[str, str] = {
    "temperature": "current_temperature",
    "humidity": "current_humidity",
    "target_temperature": "temperature",
    "target_humidity": "humidity",
    "battery": "battery_level",
}
"""Where things that are no sensor keep a measure; a weather keeps it under its own name."""

_DEGREES = frozenset({"current_temperature", "temperature", "target_temp_high", "target_temp_low", "dew_point"})
_PERCENT: Mapping[str, float] = {
    "brightness": 100 / 255,
    "volume_level": 100.0,
    "current_position": 1.0,
    "current_tilt_position": 1.0,
    "percentage": 1.0,
    "current_humidity": 1.0,
    "humidity": 1.0,
    "battery_level": 1.0,
}


class Reading(NamedTuple):
    """One thing's value in words; ``number`` and ``unit`` where it is a number."""

    entity_id: str
    said: str
    number: float | None
    unit: str


def read_measure(entity_id: str, measure: str, house: House, words: Phrases) -> Reading | None:
    """Return what an entity says about ``measure``, None where it says nothing (unavailable, not known, not there)."""
    state = house.states.get(entity_id)
    if state is None or state.value in UNAVAILABLE:
        return None
    domain = entity_id.partition(".")[0]
    if domain in {"sensor", "number", "input_number"}:
        unit = state.attributes.get("unit_of_measurement")
        return _reading(entity_id, state.value, plain(unit, 20) if isinstance(unit, str) else "", words)
    attribute = measure if domain == "weather" else _ATTRIBUTES.get(measure, measure)
    value = state.attributes.get(attribute)
    number = figure(value)
    if attribute in _PERCENT and number is not None:
        return _reading(entity_id, round(number * _PERCENT[attribute]), "%", words)
    unit = plain(house.registry.temperature_unit, 4) if attribute in _DEGREES else ""
    return _reading(entity_id, value, unit, words)


def _reading(entity_id: str, value: Json, unit: str, words: Phrases) -> Reading | None:
    number = figure(value)
    if number is not None:
        return Reading(entity_id, with_unit(number, unit, words), number, unit)
    if isinstance(value, str) and plain(value):
        return Reading(entity_id, words.quote(value, _TEXT), None, "")
    return None
