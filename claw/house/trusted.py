"""Which part of a state is Home Assistant's own word, and which is text that somebody else wrote.

A number, a moment and a word from a fixed list can mislead, but not command.  Everything else that a state can be (the
title of a song, a note, a message from a cloud, an option with a free name) is a stranger's text: no prompt shows it,
and a program that looks at it is marked from there on.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from claw.base.action import Json
from claw.house.fields import finite
from claw.house.model import State


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


WORDS = _words(
    """
    on off unavailable unknown none home not_home open opening closed closing stopped locked locking unlocked unlocking
    jammed idle standby paused playing buffering cleaning docked returning mowing error heat cool heat_cool auto dry
    fan_only eco electric gas heat_pump high_demand performance armed_home armed_away armed_night armed_vacation
    armed_custom_bypass arming disarmed disarming pending triggered above_horizon below_horizon active clear-night
    cloudy exceptional fog hail lightning lightning-rainy partlycloudy pouring rainy snowy snowy-rainy sunny windy
    windy-variant recording streaming heating cooling drying preheating defrosting fan low medium high normal charging
    discharging not_charging true false
    """
)
"""State values that Home Assistant's own domains have."""

NUMBERS = _words(
    """
    battery_level brightness color_temp_kelvin current_humidity current_position current_temperature
    current_tilt_position humidity max_temp min_temp percentage target_temp_high target_temp_low temperature
    volume_level max min step wind_speed pressure
    """
)
"""Attributes that are numbers."""

CHOICES = frozenset({"hvac_mode", "hvac_action", "is_volume_muted", "color_mode", "device_class"})
"""Attributes that are words of Home Assistant's own."""

_CLASS = re.compile(r"[a-z][a-z0-9_]{1,40}")
_UNIT = re.compile(r"[A-Za-z°%µΩ³²/·]{1,8}")
_DOMAINS_OF_TEXT = frozenset({"input_text", "text", "select", "input_select", "todo", "calendar", "event", "image"})


def trusted_value(domain: str, state: State) -> bool:
    """Return whether the value of ``state``, of an entity of ``domain``, is no stranger's text."""
    value = state.value
    if value in {"unavailable", "unknown"}:
        return True
    if domain in _DOMAINS_OF_TEXT:
        return False
    return value in WORDS or number(value) is not None or _is_moment(value)


def number(value: str) -> float | None:
    """Return the number that a state's value is, None where it is none that a device has."""
    if len(value) > 40 or "_" in value or not value.isascii():  # noqa: PLR2004  longer than any reading
        return None
    try:
        return finite(float(value))
    except ValueError:
        return None


def trusted_attributes(state: State) -> Mapping[str, Json]:
    """Return the attributes of ``state`` that hold a number or a word of Home Assistant's own."""
    found: dict[str, Json] = {}
    for name in sorted(NUMBERS & state.attributes.keys()):
        value = finite(state.attributes[name])
        if value is not None:
            found[name] = int(value) if value == int(value) else value
    for name in sorted(CHOICES & state.attributes.keys()):
        value = state.attributes[name]
        if isinstance(value, bool) or (isinstance(value, str) and _CLASS.fullmatch(value) and _known(name, value)):
            found[name] = value
    return found


def unit(state: State) -> str:
    """Return the unit of a reading where it looks like one, else nothing."""
    found = state.attributes.get("unit_of_measurement")
    return found if isinstance(found, str) and _UNIT.fullmatch(found) else ""


COLOUR_MODES = _words("onoff brightness color_temp hs xy rgb rgbw rgbww white")


def _known(name: str, value: str) -> bool:
    if name == "device_class":
        return value in DEVICE_CLASSES
    return value in (COLOUR_MODES if name == "color_mode" else WORDS)


DEVICE_CLASSES = _words(
    """
    absolute_humidity apparent_power aqi area atmospheric_pressure awning battery battery_charging blind
    blood_glucose_concentration button carbon_dioxide carbon_monoxide cold conductivity connectivity current curtain
    damper data_rate data_size date dehumidifier distance door doorbell duration energy energy_distance
    energy_storage enum firmware frequency garage garage_door gas gate glass_break heat humidifier humidity identify
    illuminance irradiance light lock moisture monetary motion moving nitrogen_dioxide nitrogen_monoxide
    nitrous_oxide occupancy opening outlet ozone ph plug pm1 pm10 pm25 pm4 power power_factor precipitation
    precipitation_intensity presence pressure problem projector radon reactive_energy reactive_power receiver
    restart running safety shade shutter signal_strength smoke sound sound_pressure speaker speed sulphur_dioxide
    switch tamper temperature temperature_delta timestamp tv update uptime vibration volatile_organic_compounds
    volatile_organic_compounds_parts voltage volume volume_flow_rate volume_storage water weight wind_direction
    wind_speed window
    """
)
"""Device classes of Home Assistant."""


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return value.isascii() and len(value) <= 40  # noqa: PLR2004  the longest with fractions and zone is shorter
