"""What a kind of thing is: which entities "the blinds" or "everything" can mean, and what may be done to them.

Two tables.  ``KINDS`` turns a kind into domains and device classes.  ``REACH`` says which domains a verb can reach at
all; it is the reason why "turn off the front door" can never become an unlock: locks, covers, valves and alarms
are in no row but those of their own verbs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ANY: frozenset[str] = frozenset()
"""No device class asked for."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Entities of ``domains``; of these ``classes`` where given, else of ``instead`` where none has such a class."""

    domains: frozenset[str]
    classes: frozenset[str] = ANY
    instead: frozenset[str] = ANY


def _kind(domains: str, classes: str = "", instead: str = "") -> Kind:
    return Kind(frozenset(domains.split()), frozenset(classes.split()), frozenset(instead.split()))


_SUNSCREENS = "blind shade shutter curtain awning"

KINDS: Mapping[str, Kind] = {
    "light": _kind("light"),
    "switch": _kind("switch"),
    "outlet": _kind("switch", "outlet"),
    "fan": _kind("fan"),
    "cover": _kind("cover", _SUNSCREENS),
    "blind": _kind("cover", "blind", "shade shutter"),
    "shade": _kind("cover", "shade", "blind shutter"),
    "shutter": _kind("cover", "shutter", "blind shade"),
    "curtain": _kind("cover", "curtain"),
    "awning": _kind("cover", "awning"),
    "garage": _kind("cover binary_sensor", "garage garage_door"),
    "gate": _kind("cover lock binary_sensor", "gate"),
    "door": _kind("cover lock binary_sensor", "door opening"),
    "window": _kind("cover binary_sensor", "window"),
    "lock": _kind("lock binary_sensor", "lock"),
    "valve": _kind("valve"),
    "media": _kind("media_player"),
    "tv": _kind("media_player", "tv"),
    "speaker": _kind("media_player", "speaker receiver"),
    "climate": _kind("climate"),
    "vacuum": _kind("vacuum"),
    "mower": _kind("lawn_mower"),
    "siren": _kind("siren"),
    "humidifier": _kind("humidifier", "humidifier"),
    "dehumidifier": _kind("humidifier", "dehumidifier"),
    "water_heater": _kind("water_heater"),
    "alarm": _kind("alarm_control_panel"),
    "camera": _kind("camera"),
    "scene": _kind("scene"),
    "timer": _kind("timer"),
    "todo": _kind("todo"),
    "person": _kind("person"),
    "motion": _kind("binary_sensor", "motion occupancy presence"),
    "smoke": _kind("binary_sensor", "smoke gas carbon_monoxide"),
    "leak": _kind("binary_sensor", "moisture"),
    "problem": _kind("binary_sensor", "problem safety tamper"),
}

UNCLASSED = frozenset({"lock", "humidifier"})
"""Domains whose entities mostly carry no device class: a kind's class does not hold for them."""

EVERYTHING = frozenset({"light", "media_player", "fan"})
"""What "everything", "all" and "the house" mean; what is labelled ``everything`` is added where it can be switched."""

SWITCHED = frozenset(
    {
        "light",
        "switch",
        "fan",
        "media_player",
        "input_boolean",
        "climate",
        "siren",
        "humidifier",
        "water_heater",
        "script",
        "group",
    }
)

_RELATIVE = frozenset({"light", "media_player", "fan", "climate", "water_heater", "humidifier"})
_MEDIA = frozenset({"media_player"})
_ASKED = (
    SWITCHED - {"group"}
    | {"cover", "lock", "valve", "vacuum", "lawn_mower", "alarm_control_panel", "sensor", "binary_sensor", "timer"}
    | {"input_number", "input_select", "number", "select", "todo", "person", "counter", "camera", "weather"}
    | {"input_datetime", "input_text", "sun", "update"}
)

REACH: Mapping[str, frozenset[str]] = {
    "on": SWITCHED | {"scene"},
    "off": SWITCHED,
    "toggle": frozenset({"light", "switch", "fan", "input_boolean", "media_player", "group"}),
    "open": frozenset({"cover", "valve"}),
    "close": frozenset({"cover", "valve"}),
    "stop": frozenset({"cover", "valve", "vacuum", "lawn_mower", "media_player", "script", "siren", "fan", "timer"}),
    "lock": frozenset({"lock"}),
    "unlock": frozenset({"lock"}),
    "level": _RELATIVE | {"cover", "valve", "input_number", "number"},
    "light": frozenset({"light"}),
    "dim": frozenset({"light"}),
    "darken": frozenset({"light"}),
    "brighten": frozenset({"light"}),
    "choose": _RELATIVE - {"light"} | {"input_select", "select", "vacuum"},
    "more": _RELATIVE | {"input_number", "number"},
    "less": _RELATIVE | {"input_number", "number"},
    "relative": _RELATIVE,
    "play": _MEDIA | {"timer", "vacuum", "lawn_mower"},
    "pause": _MEDIA | {"vacuum", "lawn_mower", "timer"},
    "halt_media": _MEDIA,
    "next": _MEDIA,
    "previous": _MEDIA,
    "mute": _MEDIA,
    "unmute": _MEDIA,
    "activate": frozenset({"scene", "script"}),
    "press": frozenset({"button", "input_button"}),
    "clean": frozenset({"vacuum"}),
    "start": frozenset({"vacuum", "lawn_mower", "timer", "fan", "script", "scene"}),
    "dock": frozenset({"vacuum", "lawn_mower"}),
    "locate": frozenset({"vacuum"}),
    "arm": frozenset({"alarm_control_panel"}),
    "disarm": frozenset({"alarm_control_panel"}),
    "add_item": frozenset({"todo"}),
    "complete_item": frozenset({"todo"}),
    "remove_item": frozenset({"todo"}),
    "timer_start": frozenset({"timer"}),
    "timer_cancel": frozenset({"timer"}),
    "q_state": _ASKED,
    "q_any": _ASKED,
    "q_all": _ASKED,
    "q_which": _ASKED,
    "q_count": _ASKED,
    "q_value": _ASKED,
    "q_who": _ASKED,
    "q_why": _ASKED,
    "q_when": _ASKED,
    "q_went": frozenset({"person"}),
    "q_presence": frozenset({"person"}),
    "q_weather": frozenset({"weather"}),
    "q_time": frozenset(),
    "q_date": frozenset(),
}
"""Which domains each verb reaches.  Only ``lock`` and ``unlock`` reach a lock, only ``arm`` and ``disarm`` an alarm."""
