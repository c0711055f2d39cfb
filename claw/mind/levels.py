"""Figures that can go up and down: brightness, warmth, volume, speed, position.

A step is turned into an absolute value from what the house shows now, so that the policy can judge it and a person can
read it.  Only covers that keep the sun out are moved by degrees; nothing here can open a door or a gate.
"""

from collections.abc import Iterable, Mapping
from math import copysign
from typing import NamedTuple

from claw.base.action import Action
from claw.house.catalogue.openings import SUN_COVERS
from claw.house.model import UNAVAILABLE, House, State
from claw.mind.phrases import figure


class Level(NamedTuple):
    """How one domain's figure is read and set; ``scale`` turns the attribute into the datum, ``step`` is one step."""

    action: str
    key: str
    attribute: str
    step: float
    low: float
    high: float
    scale: float = 1.0
    low_attribute: str = ""
    high_attribute: str = ""
    unit: str = "%"


_DEGREE_STEP_F = 2.0

LEVELS: Mapping[str, Level] = {
    "light": Level("light.turn_on", "brightness_pct", "brightness", 20, 1, 100, 100 / 255),
    "climate": Level("climate.set_temperature", "temperature", "temperature", 1, 7, 35, 1, "min_temp", "max_temp", "°"),
    "water_heater": Level(
        "water_heater.set_temperature", "temperature", "temperature", 2, 30, 60, 1, "min_temp", "max_temp", "°"
    ),
    "media_player": Level("media_player.volume_set", "volume_level", "volume_level", 0.1, 0, 1),
    "fan": Level("fan.set_percentage", "percentage", "percentage", 20, 1, 100),
    "cover": Level("cover.set_cover_position", "position", "current_position", 20, 0, 100),
    "humidifier": Level(
        "humidifier.set_humidity", "humidity", "humidity", 5, 0, 100, 1, "min_humidity", "max_humidity"
    ),
}


def step(house: House, entity_ids: Iterable[str], steps: float) -> tuple[Action, ...]:
    """Return actions that move each thing by ``steps`` (may be negative, half) from where it is now, within its bounds.

    Things that show no figure, cannot be reached or stand at the bound already are left out.
    """
    wanted: dict[str, float] = {}
    for entity_id in entity_ids:
        state = house.states.get(entity_id)
        level = _level(house, entity_id)
        if level is None or state is None or state.value in UNAVAILABLE:
            continue
        now = _now(state, level)
        if now is None:
            continue
        width = level.step * (_DEGREE_STEP_F if level.unit == "°" and house.registry.temperature_unit == "°F" else 1)
        # Half a degree is felt by nobody, and many thermostats round it away.
        count = copysign(max(abs(steps), 1.0), steps) if level.unit == "°" else steps
        value = _bounded(now + count * width, state, level)
        if round(value, 3) != round(now, 3) and not (state.value == "off" and steps < 0):
            wanted[entity_id] = value
    return _actions(wanted)


def set_to(house: House, entity_ids: Iterable[str], value: float, unit: str) -> tuple[Action, ...]:
    """Return actions that set each thing whose figure has this unit ("%", "°" or "" for any) to ``value``.

    A value out of a thing's bounds is left as it is said: the catalogue refuses it with the bounds.
    """
    wanted: dict[str, float] = {}
    for entity_id in entity_ids:
        level = _level(house, entity_id)
        if level is not None and unit in {"", level.unit}:
            wanted[entity_id] = value / 100 if level.key == "volume_level" else value
    return _actions(wanted)


def _level(house: House, entity_id: str) -> Level | None:
    domain = entity_id.partition(".")[0]
    entity = house.registry.entities.get(entity_id)
    if domain == "cover" and (entity is None or entity.device_class not in SUN_COVERS):
        return None
    return LEVELS.get(domain)


def _now(state: State, level: Level) -> float | None:
    if state.value == "off":
        return 0.0 if level.key in {"brightness_pct", "percentage"} else None
    value = figure(state.attributes.get(level.attribute))
    return None if value is None else value * level.scale


def _bounded(value: float, state: State, level: Level) -> float:
    low = figure(state.attributes.get(level.low_attribute))
    high = figure(state.attributes.get(level.high_attribute))
    least, most = level.low if low is None else low, level.high if high is None else high
    return min(max(value, least), max(most, least))


def _actions(values: Mapping[str, float]) -> tuple[Action, ...]:
    """Return one action for all things of a domain that get the same value."""
    alike: dict[tuple[str, float], list[str]] = {}
    for entity_id, value in values.items():
        domain = entity_id.partition(".")[0]
        rounded = round(value, 2 if LEVELS[domain].key == "volume_level" else 1)
        whole = LEVELS[domain].unit == "%" and LEVELS[domain].key != "volume_level"
        alike.setdefault((domain, round(value) if whole else rounded), []).append(entity_id)
    return tuple(
        Action(LEVELS[domain].action, tuple(entities), {LEVELS[domain].key: value})
        for (domain, value), entities in alike.items()
    )
